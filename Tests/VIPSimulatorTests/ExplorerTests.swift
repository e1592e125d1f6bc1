import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

/// The explorer sees what there is to be seen, and judges it.
struct ExplorerTests {
    @Test("A settled beginning has exactly one holder, with quorum and without", arguments: [nil, 3])
    func settled(members: Int?) {
        let exploration = Exploration(nodes: 3, depth: 1, faults: 0, members: members, beginning: .settled)
        let situation = exploration.beginningSituation.situation
        #expect(situation.nodes.filter { $0.sketch.isHolder && $0.sketch.lease != nil }.count == 1)
        #expect(situation.nodes.filter { $0.sketch.lease != nil }.count == 1)
    }

    @Test("Without faults two nodes come through the boot and four seconds more", arguments: [2, 3])
    func boot(nodes: Int) {
        var explorer = Explorer(Exploration(nodes: nodes, depth: 50, faults: 0, beginning: .boot))
        #expect(explorer.run { _ in } == nil)
        #expect(explorer.coverage.depth == 50 && explorer.coverage.leaves > 0)
    }

    @Test("Every fault at every place within a second of a settled pair leaves every property whole")
    func oneFault() {
        var explorer = Explorer(Exploration(nodes: 2, depth: 12, faults: 1, beginning: .settled))
        #expect(explorer.run { _ in } == nil)
    }

    @Test("The same exploration sees the same number of situations each time")
    func deterministic() {
        let exploration = Exploration(nodes: 2, depth: 8, faults: 1, beginning: .settled)
        var (one, other) = (Explorer(exploration), Explorer(exploration))
        _ = one.run { _ in }
        _ = other.run { _ in }
        #expect(one.coverage == other.coverage && one.coverage.states > 100)
    }

    @Test("Two of five members never hold, and the trace says how that came about")
    func violation() throws {
        // The property is broken on purpose: there is no majority to be had.
        var explorer = Explorer(Exploration(nodes: 2, depth: 400, faults: 0, members: 5, beginning: .boot))
        let trace = try #require(explorer.run { _ in })
        #expect(trace.violation.property == .somebodyHolds)
        #expect(trace.lines.contains { $0.contains("listening -> probing") })
        #expect(trace.lines.contains { $0.hasPrefix("VIOLATED somebody-holds") })
    }

    @Test("A choice survives being remembered in two octets")
    func codes() {
        let choices: [Choice] = [
            .advance, .heal, .pass, .deliver(flight: 200), .operation(machine: 2), .timer(machine: 1),
            .leaseEnd(machine: 0), .drop(flight: 3), .duplicate(flight: 4), .delay(flight: 5), .kill(machine: 2),
            .hang(machine: 1), .powerCut(machine: 0), .isolate(machine: 2), .mute(machine: 1), .stop(machine: 0),
            .handOver(machine: 2), .sicken(machine: 1), .recover(machine: 1), .start(machine: 1), .resume(machine: 0),
            .boot(machine: 2),
        ]
        #expect(choices.map { Choice(code: $0.code) } == choices)
        #expect(Set(choices.map(\.code)).count == choices.count)
    }
}
