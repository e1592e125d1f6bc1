// Scenarios: the phases of takeovers and handovers (`vipd events --timings`), held against the times of the events.
import Foundation

extension Scenario {
    static let timings: [Scenario] = [
        Scenario(
            name: "timings", promise: "the phases of a takeover add up to the time between its events", body: takeover),
        Scenario(
            name: "timings-move", promise: "the phases of a handover add up on both of its sides", body: handover),
    ]

    private static func takeover(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            try lab.inflict(.cut, on: holder)
            let heir = try lab.settle()
            let change = try timed(on: heir, to: heir, ended: "confirmed", by: stage)
            let names = change.phases.map(\.name)
            stage.judge.expect(
                names.filter { $0 != "deciding" }
                    == ["silence", "probing", "netlink", "announcing", "addresses", "confirmation"],
                "the phases are \(names.joined(separator: ", "))")
            let silence = change.phases.first?.us ?? 0
            stage.judge.expect(
                silence / 1000 == change.transition.silenceMs,
                "silence is \(silence) us, but silenceMs is \(change.transition.silenceMs ?? -1)")
            // The claim's milliseconds end with the kernel's answer, before anything is announced.
            let claim = change.length { ["probing", "deciding", "netlink"].contains($0) }
            stage.judge.expect(
                claim / 1000 == change.transition.claimMs,
                "probing to netlink took \(claim) us, but claimMs is \(change.transition.claimMs ?? -1)")
            let probing = try events(of: heir, by: stage).last { $0.kind == "state" && $0.to == "probing" }
            guard let probing else { throw LabError("no event says that \(heir.name) began to probe") }
            expectSum(change.length { $0 != "silence" }, from: probing, to: change.end, stage)
            try expectTable(on: heir, ["silence", "netlink", "confirmation", "whole"], stage)
            return change.summary
        }
    }

    private static func handover(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            try lab.move(from: holder)
            let heir = try lab.settle()
            let old = try timed(on: holder, to: heir, ended: "state", by: stage)
            let leaving = old.phases.map(\.name)
            stage.judge.expect(
                leaving == ["naming", "lingering", "closing", "removing", "resigning"],
                "the old holder's phases are \(leaving.joined(separator: ", "))")
            expectSum(old.length { $0 != "naming" }, from: old.transition, to: old.end, stage)
            let new = try timed(on: heir, to: heir, ended: "confirmed", by: stage)
            let taking = new.phases.map(\.name)
            stage.judge.expect(
                taking.contains("netlink") && !taking.contains("probing"),
                "the successor's phases are \(taking.joined(separator: ", "))")
            try expectTable(on: holder, ["naming", "removing", "whole"], stage)
            return "\(holder.name): \(old.summary); \(heir.name): \(new.summary)"
        }
    }

    /// A change of holders on a node's timeline, with all of its phases: once the event that ends them is there.
    private static func timed(on node: Node, to heir: Node, ended kind: String, by stage: Stage) throws -> LabChange {
        var change: LabChange?
        _ = try Interrupt.wait(upTo: .seconds(3)) {
            let events = try events(of: node, by: stage)
            guard let begin = events.lastIndex(where: { $0.kind == "transition" && $0.to == heir.name }) else {
                return false
            }
            let later = events[(begin + 1)...]
            guard let end = later.first(where: { $0.kind == kind && $0.phases != nil }) else { return false }
            change = LabChange(transition: events[begin], end: end)
            return true
        }
        guard let change else {
            throw LabError("no event of the kind \(kind) on \(node.name) ends the phases of a change to \(heir.name)")
        }
        return change
    }

    private static func events(of node: Node, by stage: Stage) throws -> [LabEvent] {
        let decoder = JSONDecoder()
        return try stage.daemon.ask(["events", "--json"], on: node.machine).output.split(separator: "\n").map { line in
            do {
                return try decoder.decode(LabEvent.self, from: Data(line.utf8))
            } catch {
                throw LabError("vipd events --json on \(node.name) says what the lab cannot read: \(line)")
            }
        }
    }

    /// The phases between two events take as long as their times of day are apart, which are whole milliseconds. The
    /// later one is written after the phase that it ends; on a busy machine that may take a moment.
    private static func expectSum(_ microseconds: Int, from begin: LabEvent, to end: LabEvent, _ stage: Stage) {
        guard let begun = begin.time, let ended = end.time else {
            return stage.judge.expect(false, "\(begin.at) or \(end.at) is no time")
        }
        let apart = (ended - begun) * 1000
        let difference = Double(microseconds) / 1000 - apart
        stage.judge.expect(
            abs(difference) <= 3, "the phases add up to \(microseconds) us, the events are \(apart) ms apart")
    }

    private static func expectTable(on node: Node, _ words: [String], _ stage: Stage) throws {
        let table = try stage.daemon.ask(["events", "--timings"], on: node.machine)
        for word in words {
            stage.judge.expect(
                table.status == .exited(0) && table.output.contains("  \(word) "),
                "vipd events --timings does not tell of \(word): \(table.output)")
        }
    }
}

/// `vipd events --json`, as far as the phases go.
private struct LabEvent: Decodable {
    struct Phase: Decodable {
        let name: String
        let us: Int
    }

    let at: String
    let kind: String
    let to: String?
    let silenceMs: Int?
    let claimMs: Int?
    let phases: [Phase]?

    /// The time of day, in seconds.
    var time: TimeInterval? {
        let format = ISO8601DateFormatter()
        format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return format.date(from: at)?.timeIntervalSinceReferenceDate
    }
}

/// A transition and the event that ends its phases.
private struct LabChange {
    let transition: LabEvent
    let end: LabEvent

    var phases: [LabEvent.Phase] { (transition.phases ?? []) + (end.phases ?? []) }

    /// Microseconds in the phases of which `isMeant` is true.
    func length(_ isMeant: (String) -> Bool) -> Int {
        phases.filter { isMeant($0.name) }.map(\.us).reduce(0, +)
    }

    var summary: String {
        phases.map { "\($0.name) \(Duration.microseconds($0.us).short)" }.joined(separator: ", ")
    }
}
