// The way to a violation in words: who, when, what and why, a line each.

import VIPElection

/// A path from the beginning of an exploration to a violation.
public struct Trace: Sendable {
    public let exploration: Exploration
    let choices: [Choice]
    public let violation: Violation

    /// The path, and what did not hold at its end.
    public var lines: [String] {
        var (situation, opening) = exploration.beginningSituation
        var narration = Narration()
        var lines = exploration.beginning == .boot ? ["    all daemons start at once"] : [situation.summary]
        if exploration.beginning == .boot {
            for fact in opening.flatMap(\.facts) { narration.observe(Occurrence(at: situation.now, fact: fact)) }
        }
        var transitions = Transitions()
        for choice in choices {
            transitions.forget()
            let at = situation.now
            if let words = situation.words(for: choice) { lines.append("\(Narration.time(at))  *** \(words)") }
            for fact in situation.take(choice, &transitions).facts {
                if case .fault = fact { continue }
                if case .lost = fact { continue }
                if let line = narration.line(for: Occurrence(at: at, fact: fact)) { lines.append(line) }
            }
        }
        return lines + ["VIOLATED \(violation.words)", "    \(violation.property.statement)"]
    }
}

extension Situation {
    /// Who holds, in words.
    fileprivate var summary: String {
        let holders = nodes.indices.filter { sketch($0).isHolder }.map { "node-\($0 + 1) holds" }
        return "    all has been quiet for a while; "
            + (holders.isEmpty ? "nobody holds" : holders.joined(separator: ", "))
    }

    /// What goes wrong, or is repaired, by a choice; nil for what goes its way.
    fileprivate func words(for choice: Choice) -> String? {
        switch choice {
        case .operation, .timer, .leaseEnd, .pass, .advance: nil
        case .deliver(let index): flights[index].lateUntil == nil ? nil : "arrives late: \(words(for: flights[index]))"
        case .drop(let index): "lost: \(words(for: flights[index]))"
        case .duplicate(let index): "doubled: \(words(for: flights[index]))"
        case .delay(let index): "late: \(words(for: flights[index]))"
        case .kill(let machine): "node-\(machine + 1)'s daemon is killed"
        case .hang(let machine): "node-\(machine + 1)'s daemon hangs"
        case .powerCut(let machine): "node-\(machine + 1) loses power"
        case .isolate(let machine): "node-\(machine + 1) is cut off from the others"
        case .mute(let machine): "node-\(machine + 1)'s frames reach nobody any more"
        case .stop(let machine): "node-\(machine + 1)'s daemon is asked to stop"
        case .sicken(let machine): "node-\(machine + 1)'s services sicken"
        case .recover(let machine): "node-\(machine + 1)'s services recover"
        case .handOver(let machine): "node-\(machine + 1) is asked to hand over"
        case .start(let machine): "node-\(machine + 1)'s daemon is started again"
        case .resume(let machine): "node-\(machine + 1)'s daemon goes on"
        case .boot(let machine): "node-\(machine + 1) has power again, and its daemon starts"
        case .heal: "the network is whole again"
        }
    }

    private func words(for flight: Flight) -> String {
        "from node-\(flight.from + 1) to node-\(flight.to + 1), \(flight.parcel.frame.words)"
    }
}

extension Narration {
    /// The line that tells of an occurrence, if it is worth one.
    fileprivate mutating func line(for occurrence: Occurrence) -> String? {
        let before = lines.count
        observe(occurrence)
        return lines.count > before ? lines.last : nil
    }
}
