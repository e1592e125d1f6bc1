import Testing

@testable import viplab

private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// A timeline of three machines from (ms, node, change).
private func timeline(_ events: [(Int64, Int, HolderTimeline.Change)]) -> HolderTimeline {
    var timeline = HolderTimeline(nodes: 3)
    for (time, node, change) in events { timeline.note(change, node: node, at: at(time)) }
    return timeline
}

@Suite struct HolderTimelineTests {
    @Test("two holders on one switch overlap for as long as both have it")
    func twoHoldersOverlap() {
        let history = timeline([(0, 0, .holds(true)), (100, 1, .holds(true)), (130, 0, .holds(false))])
        #expect(history.overlap(from: at(0), to: at(500)) == .milliseconds(30))
        #expect(history.holders == [1])
        #expect(!history.isDouble)
    }

    @Test("only the part of an overlap inside the window counts")
    func overlapIsCutToTheWindow() {
        let history = timeline([(0, 0, .holds(true)), (100, 1, .holds(true)), (200, 0, .holds(false))])
        #expect(history.overlap(from: at(150), to: at(180)) == .milliseconds(30))
        #expect(history.overlap(from: at(200), to: at(300)) == .zero)
    }

    @Test("an overlap that goes on counts to the window's end")
    func lastingOverlap() {
        let history = timeline([(0, 0, .holds(true)), (100, 1, .holds(true))])
        #expect(history.overlap(from: at(0), to: at(6100)) == .seconds(6))
        #expect(history.isDouble)
    }

    @Test("three holders at once are one overlap")
    func threeHolders() {
        let history = timeline([
            (0, 0, .holds(true)), (10, 1, .holds(true)), (20, 2, .holds(true)), (30, 0, .holds(false)),
            (40, 1, .holds(false)),
        ])
        #expect(history.overlap(from: at(0), to: at(100)) == .milliseconds(30))
    }

    @Test("a machine off the switch is no second holder")
    func machineOffTheSwitch() {
        let history = timeline([(0, 0, .holds(true)), (50, 0, .wired(half: nil)), (100, 1, .holds(true))])
        #expect(history.overlap(from: at(0), to: at(500)) == .zero)
        #expect(history.holders == [1])
        #expect(history.holds(0))
    }

    @Test("holders in two halves overlap only once the halves are joined")
    func holdersInTwoHalves() {
        let history = timeline([
            (0, 0, .holds(true)), (50, 0, .wired(half: 1)), (100, 1, .holds(true)), (1000, 0, .wired(half: 0)),
            (1049, 0, .holds(false)),
        ])
        #expect(history.overlap(from: at(0), to: at(1000)) == .zero)
        #expect(history.overlap(from: at(0), to: at(2000)) == .milliseconds(49))
    }

    @Test("with quorum, holders in two halves are two holders")
    func holdersAcrossHalves() {
        let history = timeline([
            (0, 0, .holds(true)), (50, 0, .wired(half: 1)), (100, 1, .holds(true)), (140, 0, .holds(false)),
        ])
        #expect(history.overlap(from: at(0), to: at(500), acrossHalves: true) == .milliseconds(40))
        #expect(history.overlap(from: at(0), to: at(500)) == .zero)
    }

    @Test("a renewal of the address is no event")
    func renewal() {
        let history = timeline([(0, 0, .holds(true)), (1000, 0, .holds(true)), (2000, 0, .holds(true))])
        #expect(history.events.count == 1)
    }

    @Test("the first claim after a fault is another machine's")
    func firstClaim() {
        let history = timeline([
            (0, 0, .holds(true)), (100, 0, .holds(false)), (120, 0, .holds(true)), (130, 2, .holds(true)),
        ])
        #expect(history.firstClaim(since: at(50), otherThan: 0)?.node == 2)
        #expect(history.firstLoss(since: at(50), of: 0)?.at == at(100))
        #expect(history.firstAbsence(since: at(50), of: 0)?.end?.at == at(120))
        #expect(history.firstClaim(since: at(131), otherThan: 0) == nil)
    }
}
