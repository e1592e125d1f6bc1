// Quorum on a segment of real elections: a minority lets go before the majority claims, whatever is cut or lost.
// Deliberately not here: clocks apart and lossy links, which are the simulator's business.

import Testing
import VIPElection
import VIPWire

@Suite("5.6 Quorum scenarios")
struct QuorumScenarioTests {
    private func cluster(_ settings: GroupSettings) -> Segment {
        var segment = Segment(settings.members ?? 0, settings: settings)
        segment.run(.seconds(7))
        segment.mark()
        return segment
    }

    private func expectOneHolder(
        _ segment: Segment, _ number: Int? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(segment.faults == [], sourceLocation: location)
        #expect(segment.owners().count == 1 && segment.holders == segment.owners(), sourceLocation: location)
        if let number { #expect(segment.holders == [number], sourceLocation: location) }
        #expect(segment.doubledAnywhere == .zero, sourceLocation: location)
    }

    @Test(
        "5.6: booted at once, nobody holds before the start's pause is over; then one does, and goes on",
        arguments: 2...5)
    func boot(_ count: Int) {
        var segment = Segment(
            count, settings: GroupSettings(name: "api", addresses: [Dialogue.vip], members: count))
        segment.run(.milliseconds(3499))
        #expect(segment.holders == [])
        segment.run(.milliseconds(2500))
        expectOneHolder(segment)
        segment.mark()
        segment.run(.seconds(20))
        expectOneHolder(segment)
        #expect(
            segment.vacant == .zero && !segment.story.contains { $0.text.contains(">") }, "no change without a fault")
    }

    @Test("5.6: power cut: the next holds after S + 3 P and the votes", arguments: [GroupSettings.three, .five])
    func powerCut(_ settings: GroupSettings) {
        var segment = cluster(settings)
        segment.cutPower(segment.holders[0])
        segment.run(.seconds(5))
        expectOneHolder(segment)
        #expect(segment.vacant <= .milliseconds(600) && segment.vacant >= .milliseconds(400))
    }

    @Test(
        "5.6: the holder cut off lets go before the majority claims; healed, it follows",
        arguments: [
            GroupSettings.three, .five, .threeStrictly,
        ])
    func holderCutOff(_ settings: GroupSettings) throws {
        var segment = cluster(settings)
        let old = segment.holders[0]
        segment.partition(old)
        segment.run(.seconds(8))
        #expect(segment.owners(side: 1) == [])
        expectOneHolder(segment)
        let letGo = try #require(segment.time(of: "n\(old) > releasing"))
        let claimed = try #require(segment.time(of: "n\(segment.holders[0]) > claiming"))
        #expect(letGo <= 400 && claimed >= (settings.strict ? 4500 : 460))
        #expect(claimed <= (settings.strict ? 6000 : 700))
        segment.mark()
        segment.heal()
        segment.run(.seconds(5))
        expectOneHolder(segment)
        #expect(segment.vacant == .zero, "terms that grew in the minority disturb nobody")
        #expect(!segment.story.contains { $0.text.hasSuffix("> claiming") })
    }

    @Test("5.6: a minority cut off with terms of its own acknowledges the holder again when it is back")
    func minorityReturns() {
        var segment = cluster(.five)
        let holder = segment.holders[0]
        let others = (0..<5).filter { $0 != holder }
        segment.partition(others[0])
        segment.partition(others[1])
        segment.run(.seconds(6))
        expectOneHolder(segment, holder)
        segment.heal()
        segment.run(.seconds(5))
        // Those that had acknowledged it until now go: only the two that came back are left to do so.
        segment.cutPower(others[2])
        segment.cutPower(others[3])
        segment.run(.seconds(4))
        expectOneHolder(segment, holder)
        #expect(segment.vacant == .zero)
    }

    @Test("5.6: quorum lost and found: without a majority nobody holds, however long; with one, somebody within 3 S")
    func lostAndFound() {
        var segment = cluster(.three)
        let holder = segment.holders[0]
        let others = (0..<3).filter { $0 != holder }
        segment.cutPower(others[0])
        segment.run(.seconds(10))
        expectOneHolder(segment, holder)
        #expect(segment.vacant == .zero)
        segment.cutPower(others[1])
        segment.run(.milliseconds(500))
        #expect(segment.holders == [] && segment.owners() == [])
        segment.run(.seconds(10))
        #expect(segment.holders == [])
        #expect((segment.machines[holder].election?.term ?? 0) < 10, "terms do not grow while nobody answers")
        segment.mark()
        segment.start(others[0])
        segment.run(.seconds(6))
        expectOneHolder(segment)
        // Its own pause after the start, and a candidacy that had just failed.
        #expect(segment.vacant <= .milliseconds(3500 + 1500))
    }

    @Test("5.6: of five, two may go at once and the holder stays; a third takes the quorum; two come back")
    func fiveLoseThree() {
        var segment = cluster(.five)
        let holder = segment.holders[0]
        let others = (0..<5).filter { $0 != holder }
        segment.cutPower(others[0])
        segment.cutPower(others[1])
        segment.run(.seconds(10))
        expectOneHolder(segment, holder)
        #expect(segment.vacant == .zero)
        segment.cutPower(others[2])
        segment.run(.seconds(10))
        #expect(segment.owners() == [])
        segment.start(others[0])
        segment.start(others[1])
        segment.run(.seconds(10))
        expectOneHolder(segment)
    }

    @Test("5.6: an even cluster cut in halves has no holder; healed, it has one", arguments: 0..<5)
    func evenSplit(_ seed: Int) {
        var segment = cluster(GroupSettings(name: "api", addresses: [Dialogue.vip], members: 4))
        segment.run(.milliseconds(37 * seed))
        let holder = segment.holders[0]
        segment.partition(holder, (holder + 1) % 4)
        segment.run(.seconds(5))
        #expect(segment.holders == [] && segment.doubledAnywhere == .zero)
        segment.heal()
        segment.run(.seconds(8))
        expectOneHolder(segment)
        segment.mark()
        segment.run(.seconds(5))
        #expect(segment.vacant == .zero)
    }

    @Test(
        "5.6: the holder's daemon killed or hung among its peers: its kernel is heard, and two never have it",
        arguments: [true, false], [GroupSettings.three, .five])
    func killedOrHung(_ isKilled: Bool, _ settings: GroupSettings) {
        var segment = cluster(settings)
        let old = segment.holders[0]
        if isKilled { segment.kill(old) } else { segment.hang(old) }
        segment.run(.seconds(10))
        #expect(segment.owners().count == 1 && segment.doubledAnywhere == .zero)
        #expect(segment.vacant <= .milliseconds(250))
        if !isKilled { segment.resume(old) }
        segment.run(.seconds(5))
        expectOneHolder(segment)
    }

    @Test(
        "5.6: a daemon that hangs while it is cut off: two until its lease ends, and with strict not even then",
        arguments: [true, false])
    func hungWhileCutOff(_ isStrict: Bool) {
        var segment = cluster(isStrict ? .threeStrictly : .three)
        let old = segment.holders[0]
        segment.hang(old)
        segment.partition(old)
        segment.run(.seconds(20))
        #expect(segment.owners().count == 1)
        #expect(segment.doubledAnywhere <= (isStrict ? .zero : .seconds(4)))
        #expect(segment.doubledAnywhere > .zero || isStrict, "the exception that strict closes")
    }

    @Test("5.6: a holder's daemon restarted at once gives its leftover up, and another holds within a few ms")
    func restarted() {
        var segment = cluster(.three)
        let old = segment.holders[0]
        segment.kill(old)
        segment.run(.milliseconds(20))
        segment.start(old)
        segment.run(.milliseconds(200))
        expectOneHolder(segment)
        #expect(segment.holders != [old] && segment.vacant <= .milliseconds(100))
    }

    @Test(
        "5.5: handovers with quorum: never a moment without a holder, two only for the overlap",
        arguments: [GroupSettings.three, .five, .threeStrictly])
    func moves(_ settings: GroupSettings) {
        var segment = cluster(settings)
        for round in 0..<20 {
            segment.mark()
            let target = (segment.holders[0] + 1) % segment.machines.count
            segment.give(.handoverRequested(to: UInt64(target + 1)), to: segment.holders[0])
            segment.run(.milliseconds(150 + 37 * (round % 7)))
            #expect(segment.holders == [target] && segment.owners() == [target] && segment.faults == [])
            #expect(segment.vacant == .zero && segment.doubledAnywhere <= .microseconds(5500))
        }
        let holder = segment.holders[0]
        segment.give(.stopRequested, to: holder)
        segment.run(.seconds(3))
        #expect(segment.holders.count == 1 && segment.vacant == .zero && segment.machines[holder].isFinished)
    }

    @Test(
        "5.6: cut off in the middle of a handover: at most the overlap, then what has the majority", arguments: 0..<14,
        [1, 2])
    func handoverCut(_ step: Int, _ cut: Int) {
        var segment = cluster(.three)
        let old = segment.holders[0]
        let successor = (old + 1) % 3
        segment.give(.handoverRequested(to: UInt64(successor + 1)), to: old)
        segment.run(.microseconds(60 * Int64(step) * Int64(step)))
        segment.partition(cut == 1 ? successor : old)
        segment.run(.seconds(3))
        #expect(segment.owners().count == 1 && segment.owners(side: 1) == [])
        #expect(segment.doubledAnywhere <= .milliseconds(400), "the consent's time at most")
        segment.heal()
        segment.mark()
        segment.run(.seconds(3))
        expectOneHolder(segment)
        #expect(segment.vacant == .zero)
    }
}
