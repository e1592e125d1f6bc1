// What befalls a cluster, told with a few nodes: who has the VIP afterwards, how long nobody did, and how long two did.

import Testing
import VIPElection
import VIPWire

@Suite("Scenarios")
struct ScenarioTests {
    /// How long a handover without loss may have two holders: the successor's first word, and the linger.
    private static let overlap: Duration = .milliseconds(6)

    /// Three nodes of which `n0` holds, a while after the claim.
    private func cluster(_ count: Int = 3, settings: GroupSettings = .usual) -> Segment {
        var segment = Segment(count, settings: settings)
        segment.run(.seconds(10))
        segment.mark()
        return segment
    }

    private func expectOneHolder(_ segment: Segment, _ number: Int, at location: SourceLocation = #_sourceLocation) {
        #expect(segment.holders == [number], sourceLocation: location)
        #expect(segment.owners() == [number], sourceLocation: location)
        #expect(segment.faults == [], sourceLocation: location)
        let followers = segment.machines.indices.filter {
            $0 != number && segment.machines[$0].isReachable && segment.machines[$0].election != nil
        }
        for follower in followers {
            let election = segment.machines[follower].election
            #expect(election?.currentHolder?.reference.name == "n\(number)", sourceLocation: location)
            #expect([.candidate, .ineligible].contains(election?.currentState), sourceLocation: location)
        }
    }

    @Test("5.4: booted at once, the best of them holds within S + P + 3 P, and never two", arguments: [1, 2, 3, 4])
    func boot(_ count: Int) {
        var segment = Segment(count)
        segment.run(.milliseconds(281))
        expectOneHolder(segment, 0)
        segment.mark()
        segment.run(.seconds(60))
        expectOneHolder(segment, 0)
        #expect(segment.doubled == .zero && segment.vacant == .zero)
        #expect(!segment.story.contains { $0.text.contains(">") }, "no change without a fault")
    }

    @Test("5.4: a node that comes back, however good its rank, disturbs nobody")
    func returns() {
        var segment = cluster()
        segment.cutPower(0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        segment.mark()
        segment.start(0)
        segment.run(.seconds(60))
        expectOneHolder(segment, 1)
        #expect(segment.vacant == .zero && segment.doubled == .zero)
    }

    @Test("5.2: power cut: the next in rank has the address after S + 3 P at most, and the third stays out")
    func powerCut() {
        var segment = cluster()
        segment.cutPower(0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        #expect(segment.vacant <= .milliseconds(261) && segment.vacant >= .milliseconds(160))
        #expect(segment.doubled == .zero)
        #expect(!segment.story.contains { $0.text == "n2 > claiming" })
        #expect(segment.story.contains { $0.text == "n2 holder n0 > n1: silence" })
    }

    @Test("5.2: the holder and its successor cut at once: the third has the address after S + 6 P at most")
    func doublePowerCut() {
        var segment = cluster()
        segment.cutPower(0)
        segment.cutPower(1)
        segment.run(.seconds(5))
        expectOneHolder(segment, 2)
        #expect(segment.vacant <= .milliseconds(321))
    }

    @Test("7: daemon killed: the VIP works on under its lease, then moves within 100 ms, and never two have it")
    func killed() {
        var segment = cluster()
        segment.kill(0)
        segment.run(.seconds(8))
        expectOneHolder(segment, 1)
        #expect(segment.vacant <= .milliseconds(100) && segment.vacant > .zero)
        #expect(segment.doubled == .zero)
        #expect(segment.story.contains { $0.text == "n1 > occupied" })
        #expect(segment.story.contains { $0.text == "n1 holder n0 > n1: lease" })
    }

    @Test("7: daemon hung for shorter than its lease: it goes on holding")
    func hungBriefly() {
        var segment = cluster()
        segment.hang(0)
        segment.run(.milliseconds(1500))
        #expect(segment.machines[1].election?.currentState == .occupied)
        segment.resume(0)
        segment.run(.milliseconds(50))
        expectOneHolder(segment, 0)
        #expect(segment.vacant == .zero && segment.doubled == .zero)
    }

    @Test("7: daemon hung for longer than its lease: another holds when it resumes, and it follows without a word")
    func hungForLong() {
        var segment = cluster()
        segment.hang(0)
        segment.run(.seconds(8))
        #expect(segment.holders.contains(1))
        let vacant = segment.vacant
        segment.resume(0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        #expect(vacant <= .milliseconds(100) && segment.vacant == vacant && segment.doubled == .zero)
        #expect(
            segment.story.contains {
                $0.text == "n0 holder - > n1: leaseLapsed" || $0.text == "n0 holder n0 > n1: leaseLapsed"
            })
    }

    @Test("5.5: stopped: the next in rank has the address at once, and the stopped daemon is done")
    func stopped() {
        var segment = cluster()
        segment.give(.stopRequested, to: 0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        #expect(segment.machines[0].isFinished)
        #expect(segment.vacant == .zero && segment.doubled <= Self.overlap)
        #expect(segment.story.contains { $0.text == "n2 holder n0 > n1: handover" })
    }

    @Test("5.5: a candidate that is stopped takes its leave: the turn is another's at once")
    func candidateStopped() {
        var segment = cluster()
        segment.give(.stopRequested, to: 1)
        segment.run(.milliseconds(10))
        segment.give(.stopRequested, to: 0)
        segment.run(.milliseconds(10))
        expectOneHolder(segment, 2)
        #expect(segment.vacant <= .milliseconds(1))
    }

    @Test("5.3: a partition: one holder on each side; healed, the newer claim stays and the other lets go in 1 ms")
    func partition() {
        var segment = cluster()
        segment.partition(0)
        segment.run(.seconds(10))
        #expect(segment.owners(side: 0) == [1] && segment.owners(side: 1) == [0])
        segment.mark()
        segment.heal()
        segment.run(.seconds(30))
        expectOneHolder(segment, 1)
        #expect(segment.doubled <= .milliseconds(101), "until the first announcement is heard")
        #expect(segment.vacant == .zero)
        // The node that let go says so, and the caches that it reached are set right once more.
        #expect(segment.story.contains { $0.text == "n0 holder n0 > n1: conflict" })
    }

    @Test("5.3: a partition healed where both sides have claimed the same term: the better rank stays")
    func evenPartition() {
        var segment = cluster(4)
        segment.partition(2, 3)
        segment.cutPower(0)
        segment.run(.seconds(5))
        #expect(segment.owners(side: 0) == [1] && segment.owners(side: 1) == [2])
        segment.mark()
        segment.heal()
        segment.run(.seconds(10))
        expectOneHolder(segment, 1)
        #expect(segment.doubled <= .milliseconds(101) && segment.vacant == .zero)
    }

    @Test("5.3: a term that grew in vain on one side of a partition does not take the address from both holders")
    func vainTerm() {
        var segment = cluster(4)
        // n2 and n3 claim in turn on their side, n3 twice as high in the end; then all meet.
        segment.partition(2, 3)
        segment.run(.seconds(5))
        segment.cutPower(2)
        segment.run(.seconds(5))
        #expect(segment.owners(side: 1) == [3])
        segment.mark()
        segment.heal()
        segment.run(.seconds(10))
        expectOneHolder(segment, 3)
        #expect(segment.vacant == .zero)
    }

    @Test("5.8: carrier lost: the holder lets go at once, another takes over; plugged in again it follows")
    func carrier() {
        var segment = cluster()
        segment.unplug(0)
        #expect(segment.machines[0].leaseUntil == nil)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        segment.plug(0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        #expect(segment.machines[0].election?.currentState == .candidate)
        #expect(segment.doubled == .zero && segment.vacant <= .milliseconds(261))
    }

    @Test("5.9: a foreign host that takes the VIP while nobody has it keeps it; when it goes, the address is claimed")
    func foreignHost() {
        var segment = cluster(2)
        let foreign = segment.addForeignHost()
        segment.run(.milliseconds(100))
        #expect(segment.holders == [0], "a holder defends")
        #expect(segment.machines[0].election?.conflicts.map(\.isForeign) == [true])
        segment.cutPower(0)
        segment.run(.seconds(60))
        #expect(segment.holders == [] && segment.owners() == [foreign])
        #expect(segment.machines[1].election?.currentState == .occupied)
        segment.cutPower(foreign)
        segment.run(.seconds(4))
        expectOneHolder(segment, 1)
    }

    @Test("5.8: addresses removed by others come back within P, and nobody else claims")
    func removed() {
        var segment = cluster()
        for _ in 0..<50 {
            segment.removeAddress(from: 0)
            segment.run(.milliseconds(7))
        }
        segment.run(.seconds(1))
        expectOneHolder(segment, 0)
        #expect(!segment.story.contains { $0.text.contains("> claiming") })
    }

    @Test("5.4: a holder's daemon that is restarted at once goes on serving: nobody notices")
    func restarted() {
        var segment = cluster()
        segment.kill(0)
        segment.run(.milliseconds(50))
        segment.start(0)
        segment.run(.seconds(10))
        expectOneHolder(segment, 0)
        #expect(segment.vacant == .zero && segment.doubled == .zero)
    }

    @Test("6: a daemon that is restarted after its clock went back a year is heard again, and nobody holds beside it")
    func clockWentBack() {
        var segment = cluster()
        segment.kill(0)
        segment.start(0, epoch: 31_536_000_000_000)
        segment.run(.seconds(10))
        expectOneHolder(segment, 0)
        segment.kill(0)
        segment.run(.milliseconds(50))
        segment.start(0, epoch: 1)
        segment.run(.seconds(20))
        #expect(segment.owners().count == 1 && segment.holders == segment.owners())
        #expect(segment.doubled <= .milliseconds(1))
        segment.give(.maintenanceSet(true), to: segment.holders[0])
        segment.run(.seconds(1))
        #expect(segment.owners().count == 1 && segment.holders == segment.owners())
    }

    @Test("5.4: restarted as its lease ends, it takes the address from nobody", arguments: 0..<40)
    func restartedLate(_ step: Int) {
        var segment = cluster()
        segment.kill(0)
        segment.run(.milliseconds(2000 + 40 * step))
        segment.start(0)
        segment.run(.seconds(10))
        #expect(segment.owners().count == 1 && segment.holders == segment.owners())
        #expect(segment.faults == [])
        #expect(segment.vacant <= .milliseconds(400))
        #expect(segment.doubled <= .milliseconds(1))
    }

    @Test("5.8: maintenance of the holder hands the turn on at once; taken off, it stays a candidate")
    func maintenance() {
        var segment = cluster()
        segment.give(.maintenanceSet(true), to: 0)
        segment.run(.seconds(1))
        expectOneHolder(segment, 1)
        #expect(segment.vacant == .zero && segment.doubled <= Self.overlap)
        segment.give(.maintenanceSet(false), to: 0)
        segment.run(.seconds(1))
        expectOneHolder(segment, 1)
    }

    @Test("1: at an interval of 10 ms all of it is ten times as fast", arguments: [3])
    func quick(_ count: Int) {
        var segment = cluster(
            count, settings: GroupSettings(name: "api", addresses: [Dialogue.vip], interval: .milliseconds(10)))
        expectOneHolder(segment, 0)
        segment.cutPower(0)
        segment.run(.seconds(2))
        expectOneHolder(segment, 1)
        #expect(segment.vacant <= .milliseconds(27))
    }
}
