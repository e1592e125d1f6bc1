import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

/// Histories in which services are sick, right and wrong.
struct HealthCheckerTests {
    /// A sick node's naming of another.
    private static func naming(of successor: Int, by holder: Int) -> Frame {
        var frame = announcement(by: holder)
        frame.trailer?.kind = .handover
        frame.trailer?.flags = [.sick, .lastResort]
        frame.trailer?.subject = UInt64(successor + 1)
        return frame
    }

    /// node-2 is handed the address at 1000 ms by a sick node-1, or by one that is well.
    private static func succession(fromSick isSick: Bool) -> [(Int64, Occurrence.Fact)] {
        var named = naming(of: 1, by: 0)
        if !isSick { named.trailer?.flags = .eligible }
        return [
            (900, .sent(announcement(by: 1), bytes: [], .daemon(1))), (990, .received(named, by: 1)),
            (995, entered(.claiming, 1, because: .namedSuccessor(by: "node-1"))),
            (1000, entered(.holder, 1, from: .claiming)),
        ]
    }

    @Test("Who took over from a sick node hands over for its own sickness after the hold-down, not before")
    func holdDown() {
        func moves(_ history: [(Int64, Occurrence.Fact)]) -> Int {
            violations(until: 9000, history).count { $0 == "moves-for-health-apart" }
        }
        let names = Occurrence.Fact.sent(Self.naming(of: 0, by: 1), bytes: [], .daemon(1))
        let early: [(Int64, Occurrence.Fact)] = [(5800, names), (5820, names)]
        let late: [(Int64, Occurrence.Fact)] = [(5950, names)]
        #expect(moves(Self.succession(fromSick: true) + early) == 1)
        #expect(moves(Self.succession(fromSick: true) + late) == 0)
        #expect(moves(Self.succession(fromSick: false) + early) == 0)
        var resting = Self.naming(of: 0, by: 1)
        resting.trailer?.flags = .maintenance
        let other: [(Int64, Occurrence.Fact)] = [(5790, .sent(resting, bytes: [], .daemon(1)))]
        #expect(moves(Self.succession(fromSick: true) + other + early) == 0)
        let asked: [(Int64, Occurrence.Fact)] = [(2000, .fault(.moveRequested(1, to: nil)))]
        #expect(moves(Self.succession(fromSick: true) + asked + early) == 0)
    }

    /// Everything is repaired at 1000 ms, and these stay sick; node-1 holds in the end.
    private static func healed(sick: [Int]) -> [(Int64, Occurrence.Fact)] {
        [(1000, .fault(.healed))] + sick.map { (1000, .fault(.healthSet($0, false))) } + [
            (2000, .addressesChanged(0, held: 1, .asked)), (2000, entered(.holder, 0, from: .claiming)),
        ]
    }

    @Test("One of the sick holds when all are, and none of them while another is well")
    func whoHolds() {
        #expect(violations(until: 60_000, Self.healed(sick: [])).isEmpty)
        #expect(violations(until: 60_000, Self.healed(sick: [1])).isEmpty)
        #expect(violations(until: 60_000, Self.healed(sick: [0, 1])).isEmpty)
        #expect(violations(until: 60_000, Self.healed(sick: [0])) == ["one-holder-after-healing"])
    }

    @Test("Where the sick are to let go nobody holds when all are sick, and it stays so")
    func released() {
        func violated(_ history: [(Int64, Occurrence.Fact)]) -> [String] {
            let settings = GroupSettings(name: "default", addresses: [vip], holdsWhenAllUnhealthy: false)
            var checkers = Checkers(settings: settings, nodes: 2)
            for (time, fact) in history { checkers.observe(Occurrence(at: at(time), fact: fact)) }
            checkers.finish(at: at(60_000))
            return checkers.violations.map(\.property.name)
        }
        #expect(violated(Self.healed(sick: [0, 1])) == ["one-holder-after-healing"])
        #expect(violated(Array(Self.healed(sick: [0, 1]).prefix(3))).isEmpty)
        let late: [(Int64, Occurrence.Fact)] = [(50_000, entered(.holder, 0, from: .claiming))]
        #expect(violated(Array(Self.healed(sick: [0, 1]).prefix(3)) + late) == ["no-flapping"])
        #expect(violated(Self.healed(sick: [1])).isEmpty)
    }
}
