// vipsim run: many seeds on all processors, with progress, and the command that shows a failure again.

import Foundation
import VIPSimulator

/// Runs seeds of profiles and tells of violations.
struct RunCommand {
    var options: RunOptions

    /// Some seeds of one profile: what one processor does at a time.
    private struct Batch: Sendable {
        var profile: Profile
        var seeds: ClosedRange<UInt64>
    }

    private struct Outcome: Sendable {
        var profile: Profile
        var runs: Int
        var nodeSeconds: Double
        var failures: [(seed: UInt64, violations: [Violation])]
    }

    private static let batchSize: UInt64 = 5

    /// Returns whether every property held.
    func perform() async -> Bool {
        var waiting = batches().makeIterator()
        let jobs = options.jobs ?? ProcessInfo.processInfo.activeProcessorCount
        var progress = Progress(total: options.profiles.count * options.seeds.count)
        let nodes = options.nodes
        await withTaskGroup(of: Outcome.self) { group in
            for _ in 0..<jobs {
                guard let batch = waiting.next() else { break }
                group.addTask { Self.run(batch, nodes: nodes) }
            }
            while let outcome = await group.next() {
                if let batch = waiting.next() { group.addTask { Self.run(batch, nodes: nodes) } }
                progress.take(
                    runs: outcome.runs, nodeSeconds: outcome.nodeSeconds, failures: outcome.failures.count)
                for failure in outcome.failures {
                    tell(failure.seed, of: outcome.profile, failure.violations, &progress)
                }
            }
        }
        progress.finish()
        return progress.failures == 0
    }

    /// All there is to do, a few seeds at a time.
    private func batches() -> [Batch] {
        options.profiles.flatMap { profile in
            stride(from: options.seeds.lowerBound, through: options.seeds.upperBound, by: Int(Self.batchSize)).map {
                Batch(profile: profile, seeds: $0...min($0 + Self.batchSize - 1, options.seeds.upperBound))
            }
        }
    }

    private static func run(_ batch: Batch, nodes: Int?) -> Outcome {
        var outcome = Outcome(profile: batch.profile, runs: 0, nodeSeconds: 0, failures: [])
        for seed in batch.seeds {
            let verdict = SimulationRun.verdict(on: Scenario(seed: seed, profile: batch.profile, nodes: nodes))
            outcome.runs += 1
            outcome.nodeSeconds += verdict.nodeSeconds
            if !verdict.violations.isEmpty { outcome.failures.append((seed, verdict.violations)) }
        }
        return outcome
    }

    /// One failed seed: its first violation, and how to see it.
    private func tell(_ seed: UInt64, of profile: Profile, _ violations: [Violation], _ progress: inout Progress) {
        guard let first = violations.first else { return }
        progress.clearLine()
        let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
        let nodes = options.nodes.map { " --nodes \($0)" } ?? ""
        say(["\(first.words)\(more)", "    vipsim replay \(seed) --profile \(profile.name)\(nodes)"])
    }
}

/// How far a long run is, on standard error: redrawn on a terminal, a line now and then elsewhere.
private struct Progress {
    let total: Int
    private(set) var failures = 0
    private var runs = 0
    private var nodeSeconds = 0.0
    private let start = ContinuousClock.now
    private var toldAt = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(total: Int) { self.total = total }

    mutating func take(runs: Int, nodeSeconds: Double, failures: Int) {
        self.runs += runs
        self.nodeSeconds += nodeSeconds
        self.failures += failures
        let now = ContinuousClock.now
        guard now - toldAt > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        toldAt = now
        let left = elapsed / Double(self.runs) * Double(total - self.runs)
        write("\(summary), \(Int(left)) s left")
    }

    func clearLine() { if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }

    func finish() {
        clearLine()
        say(["\(summary) in \(Int(elapsed.rounded())) s"])
    }

    private var elapsed: Double { max((ContinuousClock.now - start) / .seconds(1), 0.001) }

    private var summary: String {
        let rate = Int(nodeSeconds / elapsed)
        return "\(runs) of \(total) runs, \(failures) failed; \(Int(nodeSeconds)) node-seconds, \(rate) a second"
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n").utf8))
    }
}
