// Random faults on a small segment, then none: while they last no frame lies, and afterwards one node holds.
// Deliberately not here: lossy links and clocks apart, which a simulator of its own is for.

import Testing
import VIPElection
import VIPWire

@Suite("Chaos")
struct ChaosTests {
    @Test(
        "after whatever faults, once healed exactly one eligible node holds and the others follow it", arguments: 0..<6
    )
    func heals(_ part: Int) {
        for seed in UInt64(part) * 10..<UInt64(part + 1) * 10 {
            var random = RandomSource(seed: seed)
            let count = 2 + Int(random.next() % 3)
            var segment = Segment(count)
            for _ in 0..<30 {
                Self.befall(&segment, &random)
                segment.run(random.duration(in: .zero...(random.next() % 4 == 0 ? .seconds(5) : .milliseconds(300))))
            }
            Self.mend(&segment)
            // The longest wait: a refused or lapsed lease, an occupied address, and every turn.
            segment.run(.seconds(9))
            segment.mark()
            segment.run(.seconds(20))
            #expect(segment.faults == [], "seed \(seed)")
            #expect(segment.holders.count == 1 && segment.owners() == segment.holders, "seed \(seed)")
            #expect(segment.vacant == .zero && segment.doubled == .zero, "seed \(seed)")
            #expect(!segment.story.contains { $0.text.contains(" > ") }, "seed \(seed): a change without a fault")
        }
    }

    private static func befall(_ segment: inout Segment, _ random: inout RandomSource) {
        let number = Int(random.next() % UInt64(segment.machines.count))
        let machine = segment.machines[number]
        switch random.next() % 12 {
        case 0: segment.cutPower(number)
        case 1: segment.kill(number)
        case 2: segment.hang(number)
        case 3 where machine.isHung: segment.resume(number)
        case 4 where machine.hasCarrier: segment.unplug(number)
        case 5 where !machine.hasCarrier: segment.plug(number)
        case 6: segment.partition(number)
        case 7: segment.heal()
        case 8 where machine.leaseUntil != nil: segment.removeAddress(from: number)
        case 9: segment.give(.maintenanceSet(random.next() % 2 == 0), to: number)
        case 10: segment.give(.stopRequested, to: number)
        default: if machine.election == nil { segment.start(number) }
        }
    }

    private static func mend(_ segment: inout Segment) {
        segment.heal()
        for number in segment.machines.indices {
            if segment.machines[number].isHung { segment.resume(number) }
            if segment.machines[number].election == nil { segment.start(number) }
            if !segment.machines[number].hasCarrier { segment.plug(number) }
            segment.give(.maintenanceSet(false), to: number)
        }
    }
}
