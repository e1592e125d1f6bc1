// Handovers and preemption on a segment of real elections: who has the VIP, how long nobody, how long two.
// Deliberately not here: quorum (QuorumScenarioTests).

import Testing
import VIPElection
import VIPWire

@Suite("5.5 Handover scenarios")
struct HandoverScenarioTests {
    /// How long a handover without loss may have two holders: the successor's first word, and the linger.
    private static let overlap: Duration = .microseconds(5500)

    private func cluster(_ count: Int = 3, _ settings: GroupSettings = .usual) -> Segment {
        var segment = Segment(count, settings: settings)
        segment.run(.seconds(10))
        segment.mark()
        return segment
    }

    private func expectOneHolder(_ segment: Segment, _ number: Int?, at location: SourceLocation = #_sourceLocation) {
        #expect(segment.faults == [], sourceLocation: location)
        #expect(segment.owners().count == 1 && segment.holders == segment.owners(), sourceLocation: location)
        if let number { #expect(segment.holders == [number], sourceLocation: location) }
    }

    @Test("5.5: 200 moves in a row: there is never a moment without a holder, and two only for the overlap")
    func moves() {
        var segment = cluster()
        for round in 0..<200 {
            segment.mark()
            let target = (round + 1) % 3
            segment.give(.handoverRequested(to: UInt64(target + 1)), to: segment.holders[0])
            segment.run(.milliseconds(50 + round % 7 * 37))
            expectOneHolder(segment, target)
            #expect(segment.vacant == .zero && segment.doubled <= Self.overlap)
        }
        #expect(segment.machines.allSatisfy { $0.election?.conflicts.isEmpty == true })
    }

    @Test("5.5: stopped one after the other, each hands over to the next; the last resigns")
    func stopsInTurn() {
        var segment = cluster()
        for number in 0..<3 {
            #expect(segment.holders == [number])
            segment.give(.stopRequested, to: number)
            segment.run(.milliseconds(100))
            #expect(segment.machines[number].isFinished)
        }
        #expect(segment.owners() == [])
        #expect(segment.vacant <= .milliseconds(100) && segment.doubled <= Self.overlap * 2)
    }

    @Test("5.5: holder and successor stopped at once: the third has the address", arguments: 0..<12)
    func bothStop(_ step: Int) {
        var segment = cluster()
        segment.give(.stopRequested, to: 0)
        segment.run(.microseconds(50 * Int64(step) * Int64(step)))
        segment.give(.stopRequested, to: 1)
        segment.run(.milliseconds(250))
        expectOneHolder(segment, 2)
        #expect(segment.vacant <= .milliseconds(1))
        segment.run(.seconds(5))
        expectOneHolder(segment, 2)
        #expect(segment.machines[0].isFinished && segment.machines[1].isFinished)
    }

    @Test("5.5: all stopped at once: nobody holds, and all are done")
    func allStop() {
        var segment = cluster()
        for number in 0..<3 { segment.give(.stopRequested, to: number) }
        segment.run(.seconds(1))
        #expect(segment.owners() == [])
        #expect(segment.machines.count(where: \.isFinished) == 3)
    }

    @Test(
        "5.5: the successor dies at whatever step of the handover: one of the others holds", arguments: 0..<16,
        [true, false])
    func successorDies(_ step: Int, _ stops: Bool) {
        var segment = cluster()
        segment.give(stops ? .stopRequested : .handoverRequested(to: 2), to: 0)
        segment.run(.microseconds(50 * Int64(step) * Int64(step)))
        segment.cutPower(1)
        segment.run(.seconds(5))
        expectOneHolder(segment, nil)
        // Before it was heard, nobody notices; afterwards it is a power cut like any other.
        #expect(segment.vacant <= .milliseconds(261 + 60))
        #expect(segment.doubled <= Self.overlap)
    }

    @Test("5.5: the holder dies at whatever step of the handover: one of the others holds", arguments: 0..<16)
    func holderDies(_ step: Int) {
        var segment = cluster()
        segment.give(.handoverRequested(to: 3), to: 0)
        segment.run(.microseconds(50 * Int64(step) * Int64(step)))
        segment.cutPower(0)
        segment.run(.seconds(5))
        expectOneHolder(segment, nil)
        #expect(segment.vacant <= .milliseconds(261))
        #expect(segment.doubled <= Self.overlap)
    }

    @Test(
        "5.5: whichever frames of a kind are lost, the handover ends in one holder and a clear answer",
        arguments: [
            Trailer.Kind.handover, .announcement, .resign, .probe,
        ], [1, 2])
    func losses(_ kind: Trailer.Kind, _ loser: Int) {
        for stops in [true, false] {
            var segment = cluster()
            segment.loses = { trailer, _, receiver in trailer.kind == kind && receiver == loser }
            segment.give(stops ? .stopRequested : .handoverRequested(to: 2), to: 0)
            segment.run(.milliseconds(180))
            segment.loses = nil
            segment.run(.seconds(5))
            expectOneHolder(segment, nil)
            #expect(segment.vacant == .zero)
            #expect(segment.holders != [0] || !stops)
        }
    }

    @Test(
        "5.5: the old holder deaf to its successor's announcements: it learns from the others' or from the rival's defence"
    )
    func deafHolder() {
        var segment = cluster()
        segment.loses = { trailer, _, receiver in trailer.kind == .announcement && receiver == 0 }
        segment.give(.handoverRequested(to: 2), to: 0)
        segment.run(.milliseconds(250))
        segment.loses = nil
        segment.run(.seconds(3))
        expectOneHolder(segment, 1)
        #expect(segment.vacant == .zero)
    }

    @Test("5.5: a successor whose kernel refuses is passed over at once")
    func kernelRefuses() {
        var segment = cluster()
        segment.refuse(1, errno: 1)
        segment.give(.stopRequested, to: 0)
        segment.run(.milliseconds(20))
        expectOneHolder(segment, 2)
        #expect(segment.vacant == .zero && segment.doubled <= Self.overlap)
    }

    @Test("5.5: a move to a node whose kernel refuses fails at once, and the holder stays")
    func moveRefused() {
        var segment = cluster()
        segment.refuse(1, errno: 1)
        segment.give(.handoverRequested(to: 2), to: 0)
        segment.run(.milliseconds(20))
        expectOneHolder(segment, 0)
        #expect(segment.story.contains { $0.text == "n0 handover failed after 1" })
        #expect(segment.vacant == .zero && segment.doubled == .zero)
    }

    @Test(
        "5.5: a successor that was hung while all was settled without it takes nothing from anybody",
        arguments: [50, 300, 1500, 9000])
    func hungSuccessor(_ milliseconds: Int) {
        var segment = cluster()
        segment.hang(1)
        segment.give(.stopRequested, to: 0)
        segment.run(.milliseconds(milliseconds))
        segment.resume(1)
        segment.run(.seconds(3))
        expectOneHolder(segment, milliseconds < 100 ? 1 : 2)
        #expect(segment.story.contains { $0.text == "n1 > claiming" } == (milliseconds < 100))
        #expect(segment.doubled <= Self.overlap && segment.vacant == .zero)
    }

    @Test("5.8: a node that was held up reads on before it believes a resignation: another may have claimed since")
    func hungHeir() {
        var segment = cluster()
        segment.hang(1)
        segment.give(.stopDemanded, to: 0)
        segment.run(.seconds(2))
        expectOneHolder(segment, 2)
        segment.resume(1)
        segment.run(.seconds(1))
        expectOneHolder(segment, 2)
        #expect(!segment.story.contains { $0.text == "n1 > claiming" })
    }

    @Test("5.5: a move while a worse rival announces, or a foreign host, ends in one holder")
    func moveDuringConflict() {
        var segment = cluster(4)
        segment.partition(2, 3)
        segment.run(.seconds(3))
        segment.heal()
        // n0 has the worse claim, and does not know it yet.
        segment.give(.handoverRequested(to: 2), to: 0)
        segment.run(.seconds(3))
        expectOneHolder(segment, nil)
        var contested = cluster(2)
        let foreign = contested.addForeignHost()
        contested.run(.milliseconds(10))
        contested.give(.handoverRequested(to: 2), to: 0)
        contested.run(.seconds(1))
        #expect(contested.holders == [0])
        #expect(contested.story.contains { $0.text == "n0 handover failed after 1" })
        #expect(contested.owners() == [0, foreign])
    }

    @Test("5.10: a sick holder hands over to whoever is well, and nobody notices; all sick, the last one keeps it")
    func health() {
        var segment = cluster()
        segment.give(.healthSet(false), to: 0)
        segment.run(.milliseconds(50))
        expectOneHolder(segment, 1)
        segment.give(.healthSet(false), to: 2)
        segment.run(.milliseconds(50))
        segment.give(.healthSet(false), to: 1)
        segment.run(.seconds(20))
        expectOneHolder(segment, 1)
        segment.give(.healthSet(true), to: 2)
        segment.run(.milliseconds(50))
        expectOneHolder(segment, 2)
        #expect(segment.vacant == .zero && segment.doubled <= Self.overlap * 2)
    }

    @Test("5.5: preempt: the better node gets the address back after preemptDelay, by handover, once")
    func preemption() {
        var better = GroupSettings.usual
        better.priority = 200
        better.preempt = true
        var worse = better
        worse.priority = 100
        var segment = Segment([better, worse, worse])
        segment.run(.seconds(10))
        expectOneHolder(segment, 0)
        segment.cutPower(0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        segment.mark()
        segment.start(0)
        segment.run(.seconds(60))
        expectOneHolder(segment, 0)
        #expect(segment.vacant == .zero && segment.doubled <= Self.overlap)
        #expect(
            segment.story.filter { $0.text == "n1 > handingOver" }.map(\.atMs).allSatisfy { (5000...6000).contains($0) }
        )
        #expect(segment.story.filter { $0.text.hasSuffix("> handingOver") }.count == 1)
    }

    @Test(
        "5.5: preempt: a better node that comes and goes within preemptDelay never gets it; one that cannot is not tried in a loop"
    )
    func preemptionFlapping() {
        var better = GroupSettings.usual
        better.priority = 200
        better.preempt = true
        var worse = better
        worse.priority = 100
        var segment = Segment([better, worse])
        segment.give(.healthSet(false), to: 0)
        segment.run(.seconds(5))
        expectOneHolder(segment, 1)
        segment.mark()
        for _ in 0..<10 {
            segment.give(.healthSet(true), to: 0)
            segment.run(.milliseconds(4500))
            segment.give(.healthSet(false), to: 0)
            segment.run(.milliseconds(500))
        }
        expectOneHolder(segment, 1)
        #expect(!segment.story.contains { $0.text.contains("handingOver") })
        segment.refuse(0, errno: 1)
        segment.give(.healthSet(true), to: 0)
        segment.run(.seconds(60))
        expectOneHolder(segment, 1)
        let attempts = segment.story.filter { $0.text == "n1 > handingOver" }.count
        #expect((1...10).contains(attempts))
        #expect(segment.vacant == .zero)
    }
}
