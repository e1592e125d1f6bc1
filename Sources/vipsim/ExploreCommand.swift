// vipsim explore: every situation within a horizon and a fault budget, with progress; exit 1 on a violation.

import Foundation
import VIPSimulator

/// What is to be explored.
struct ExploreOptions {
    var nodes = 2
    var depth = 60
    var faults = 2
    var members: Int?
    var strict = false
    var beginnings = Exploration.Beginning.allCases

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var words = arguments
        while let flag = words.popFirst() {
            switch flag {
            case "--nodes": nodes = try number(try value(of: flag, in: &words), of: flag, in: 2...3)
            case "--depth": depth = try number(try value(of: flag, in: &words), of: flag, in: 1...10_000)
            case "--faults": faults = try number(try value(of: flag, in: &words), of: flag, in: 0...20)
            case "--members": members = try number(try value(of: flag, in: &words), of: flag, in: 2...5)
            case "--strict": strict = true
            case "--from": beginnings = [try beginning(try value(of: flag, in: &words))]
            default: throw UsageError(message: "unknown argument \(flag)")
            }
        }
        if strict && members == nil { throw UsageError(message: "--strict goes with --members") }
    }
}

private func beginning(_ name: String) throws(UsageError) -> Exploration.Beginning {
    guard let beginning = Exploration.Beginning(rawValue: name) else {
        let names = Exploration.Beginning.allCases.map(\.rawValue).joined(separator: " or ")
        throw UsageError(message: "--from takes \(names), not \(name)")
    }
    return beginning
}

/// Explores from each beginning in turn. Returns whether every property held.
func explore(_ options: ExploreOptions) -> Bool {
    for beginning in options.beginnings {
        let exploration = Exploration(
            nodes: options.nodes, depth: options.depth, faults: options.faults, members: options.members,
            strict: options.strict, beginning: beginning)
        var explorer = Explorer(exploration)
        var progress = ExplorationProgress(depth: options.depth)
        let trace = explorer.run { progress.tell($0) }
        progress.clearLine()
        if let trace {
            say(trace.lines + ["found after \(progress.summary(of: explorer.coverage))"])
            return false
        }
        say([
            "from \(beginning.rawValue): every property held in all there is within \(options.depth) probe spacings "
                + "and \(options.faults) faults: \(progress.summary(of: explorer.coverage)); "
                + "\(explorer.coverage.leaves) paths go on beyond"
        ])
    }
    return true
}

/// How far an exploration is, on standard error: redrawn on a terminal, a line now and then elsewhere.
private struct ExplorationProgress {
    let depth: Int
    private let start = ContinuousClock.now
    private var toldAt = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(depth: Int) { self.depth = depth }

    mutating func tell(_ coverage: Coverage) {
        let now = ContinuousClock.now
        guard now - toldAt > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        toldAt = now
        let text = "depth \(coverage.depth) of \(depth): \(summary(of: coverage))"
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n").utf8))
    }

    func clearLine() { if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }

    func summary(of coverage: Coverage) -> String {
        let elapsed = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        return "\(coverage.states) situations, \(coverage.steps) steps (\(coverage.transitions) worked out anew) in "
            + "\(Int(elapsed.rounded())) s, \(Int(Double(coverage.states) / elapsed)) situations a second"
    }
}
