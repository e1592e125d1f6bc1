// The way to a violation in words: who, when, what and why, a line each.

import VIPElection

/// A path from the beginning of an exploration to a violation.
public struct Trace: Sendable {
    public let exploration: Exploration
    let choices: [Choice]
    public let violation: Violation

    /// The path, and what did not hold at its end.
    public var lines: [String] {
        var (situation, _) = exploration.beginningSituation
        var narration = Narration()
        var transitions = Transitions()
        var lines: [String] = []
        for choice in choices {
            transitions.forget()
            let at = situation.now
            if let words = words(for: choice, in: situation) { lines.append("\(Narration.time(at))  \(words)") }
            for fact in situation.take(choice, &transitions).facts {
                if let line = narration.line(for: Occurrence(at: at, fact: fact)) { lines.append(line) }
            }
        }
        return lines + ["VIOLATED \(violation.words)", "    \(violation.property.statement)"]
    }

    /// What facts do not tell: what the network does to one frame.
    private func words(for choice: Choice, in situation: Situation) -> String? {
        switch choice {
        case .drop(let index): "*** lost: \(words(for: situation.flights[index]))"
        case .duplicate(let index): "*** doubled: \(words(for: situation.flights[index]))"
        case .delay(let index): "*** late: \(words(for: situation.flights[index]))"
        case .deliver(let index) where situation.flights[index].lateUntil != nil:
            "*** arrives late: \(words(for: situation.flights[index]))"
        case .handOver(let machine): "*** an operator asks node-\(machine + 1) to hand over"
        default: nil
        }
    }

    private func words(for flight: Situation.Flight) -> String {
        "node-\(flight.from + 1) to node-\(flight.to + 1): \(flight.parcel.frame.words)"
    }
}

extension Narration {
    /// The line that tells of an occurrence, if it is worth one.
    mutating func line(for occurrence: Occurrence) -> String? {
        let before = lines.count
        observe(occurrence)
        return lines.count > before ? lines.last : nil
    }
}
