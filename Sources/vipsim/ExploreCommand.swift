// vipsim explore: every situation within a horizon and a fault budget, with progress; exit 1 on a violation.

import Foundation
import VIPSimulator

/// What is to be explored: the standard set, or what the arguments say from each beginning.
struct ExploreOptions {
    var explorations = Exploration.standard

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        guard !arguments.isEmpty else { return }
        var words = arguments
        var (nodes, depth, faults) = (2, 60, 1)
        var members: Int?
        var isStrict = false
        var beginnings = Exploration.Beginning.allCases
        while let flag = words.popFirst() {
            switch flag {
            case "--nodes": nodes = try number(try value(of: flag, in: &words), of: flag, in: 2...3)
            case "--depth": depth = try number(try value(of: flag, in: &words), of: flag, in: 1...10_000)
            case "--faults": faults = try number(try value(of: flag, in: &words), of: flag, in: 0...20)
            case "--members": members = try number(try value(of: flag, in: &words), of: flag, in: 2...5)
            case "--strict": isStrict = true
            case "--from": beginnings = [try beginning(try value(of: flag, in: &words))]
            default: throw UsageError(message: "unknown argument \(flag)")
            }
        }
        if isStrict && members == nil { throw UsageError(message: "--strict goes with --members") }
        explorations = beginnings.map {
            Exploration(
                nodes: nodes, depth: depth, faults: faults, members: members, strict: isStrict, beginning: $0)
        }
    }
}

private func beginning(_ name: String) throws(UsageError) -> Exploration.Beginning {
    guard let beginning = Exploration.Beginning(rawValue: name) else {
        let names = Exploration.Beginning.allCases.map(\.rawValue).joined(separator: " or ")
        throw UsageError(message: "--from takes \(names), not \(name)")
    }
    return beginning
}

/// Explores one thing after the other, up to the first violation. Returns whether every property held.
func explore(_ options: ExploreOptions) -> Bool {
    var states = 0
    for (index, exploration) in options.explorations.enumerated() {
        var explorer = Explorer(exploration)
        var progress = ExplorationProgress(
            title: "\(index + 1) of \(options.explorations.count)", depth: exploration.depth)
        let trace = explorer.run { progress.tell($0) }
        progress.clearLine()
        let summary = progress.summary(of: explorer.coverage)
        if let trace {
            say(trace.lines + ["found with \(exploration.description), after \(summary)"])
            return false
        }
        states += explorer.coverage.states
        say(["\(exploration.description): all seen, every property held; \(summary)"])
    }
    say(["\(states) situations, every property held in each"])
    return true
}

/// How far an exploration is, on standard error: redrawn on a terminal, a line now and then elsewhere.
private struct ExplorationProgress {
    let title: String
    let depth: Int
    private let start = ContinuousClock.now
    private var toldAt = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(title: String, depth: Int) {
        self.title = title
        self.depth = depth
    }

    mutating func tell(_ coverage: Coverage) {
        let now = ContinuousClock.now
        guard now - toldAt > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        toldAt = now
        let text = "\(title), depth \(coverage.depth) of \(depth): \(summary(of: coverage))"
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n").utf8))
    }

    func clearLine() { if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }

    func summary(of coverage: Coverage) -> String {
        let elapsed = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        return "\(coverage.states) situations, \(coverage.steps) steps (\(coverage.transitions) worked out anew) in "
            + "\(Int(elapsed.rounded())) s, \(Int(Double(coverage.states) / elapsed)) situations a second"
    }
}
