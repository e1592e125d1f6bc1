// vipsim explore: every situation within a horizon and a fault budget, with progress; exit 1 on a violation.

import Foundation
import Synchronization
import VIPSimulator

/// What is to be explored: the standard set, the exhaustive one, or what the arguments say from each beginning.
struct ExploreOptions {
    var explorations = Exploration.standard
    var jobs: Int?

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var words = arguments
        var isExhaustive = false
        var isOwn = false
        var (nodes, depth, faults) = (2, 60, 1)
        var members: Int?
        var isStrict = false
        var beginnings = Exploration.Beginning.allCases
        while let flag = words.popFirst() {
            isOwn = isOwn || flag != "--jobs" && flag != "--exhaustive"
            switch flag {
            case "--jobs": jobs = try number(try value(of: flag, in: &words), of: flag, in: 1...1024)
            case "--exhaustive": isExhaustive = true
            case "--nodes": nodes = try number(try value(of: flag, in: &words), of: flag, in: 2...3)
            case "--depth": depth = try number(try value(of: flag, in: &words), of: flag, in: 1...10_000)
            case "--faults": faults = try number(try value(of: flag, in: &words), of: flag, in: 0...20)
            case "--members": members = try number(try value(of: flag, in: &words), of: flag, in: 2...5)
            case "--strict": isStrict = true
            case "--from": beginnings = [try beginning(try value(of: flag, in: &words))]
            default: throw UsageError(message: "unknown argument \(flag)")
            }
        }
        if isExhaustive {
            guard !isOwn else { throw UsageError(message: "--exhaustive says all that is to be explored") }
            explorations = Exploration.exhaustive
        }
        guard isOwn else { return }
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

/// Explores everything, several at a time, the longest first. Returns whether every property held.
func explore(_ options: ExploreOptions) async -> Bool {
    let jobs = options.jobs ?? ProcessInfo.processInfo.activeProcessorCount
    let progress = ExplorationProgress(total: options.explorations.count)
    var waiting = options.explorations.makeIterator()
    var isSound = true
    await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<jobs {
            if let next = waiting.next() { group.addTask { explore(next, progress) } }
        }
        while let held = await group.next() {
            isSound = isSound && held
            if isSound, let next = waiting.next() { group.addTask { explore(next, progress) } }
        }
    }
    if isSound { say(["\(progress.states) situations, every property held in each"]) }
    return isSound
}

/// Sees all of one exploration, and tells what came of it.
private func explore(_ exploration: Exploration, _ progress: ExplorationProgress) -> Bool {
    let start = ContinuousClock.now
    var explorer = Explorer(exploration)
    var seen = 0
    let trace = explorer.run { coverage in
        progress.add(coverage.states - seen)
        seen = coverage.states
    }
    let coverage = explorer.coverage
    let seconds = Int(((ContinuousClock.now - start) / .seconds(1)).rounded())
    let summary =
        "\(coverage.states) situations, \(coverage.steps) steps (\(coverage.transitions) worked out anew) in \(seconds) s"
    progress.finishOne()
    if let trace {
        say(trace.lines + ["found with \(exploration.description), after \(summary)"])
    } else {
        say(["\(exploration.description): all seen, every property held; \(summary)"])
    }
    return trace == nil
}

/// How far all explorations are, on standard error: redrawn on a terminal, a line now and then elsewhere.
private final class ExplorationProgress: Sendable {
    private struct Tally {
        var states = 0
        var finished = 0
        var toldAt = ContinuousClock.now
    }

    private let total: Int
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let tally = Mutex(Tally())

    init(total: Int) { self.total = total }

    var states: Int { tally.withLock { $0.states } }

    func add(_ states: Int) {
        let now = ContinuousClock.now
        let text: String? = tally.withLock { tally in
            tally.states += states
            guard now - tally.toldAt > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return nil }
            tally.toldAt = now
            let seconds = max((now - start) / .seconds(1), 0.001)
            let rate = Int(Double(tally.states) / seconds)
            return "\(tally.finished) of \(total) done; \(tally.states) situations, \(rate) a second"
        }
        if let text { FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n").utf8)) }
    }

    func finishOne() {
        tally.withLock { $0.finished += 1 }
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
