// All that a run of the bench has found, and its form as JSON.
import Foundation

/// What was run, and where.
struct BenchHeader {
    /// As it was typed.
    let command: String
    let started: Date
    /// Facts of the machine and of the programs, in the order in which they are told.
    let facts: [(name: String, value: String)]
}

struct BenchResults {
    let header: BenchHeader
    let series: [Series]
    /// Whether nothing is missing that was planned.
    var isComplete = false

    /// Every single run; times in milliseconds, sizes in the unit that their names end in.
    func json() throws -> Data {
        let machine = Dictionary(header.facts.map { ($0.name, $0.value) }) { first, _ in first }
        let whole: [String: Any] = [
            "command": header.command, "started": ISO8601DateFormatter().string(from: header.started),
            "complete": isComplete, "machine": machine, "goals": goals.map(Self.object),
            "series": series.map(Self.object),
        ]
        return try JSONSerialization.data(
            withJSONObject: whole, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    private static func object(_ goal: Goal) -> [String: Any] {
        var object: [String: Any] = [
            "goal": goal.what, "vipd": goal.ours, "keepalived": goal.theirs, "bound": goal.bound, "met": goal.isMet,
        ]
        if let ratio = goal.ratio { object["ratio"] = ratio }
        return object
    }

    private static func object(_ series: Series) -> [String: Any] {
        var object: [String: Any] = [
            "suite": series.cell.suite.rawValue, "measure": series.measure.rawValue, "daemon": series.daemon,
            "intervalMs": series.interval.inMilliseconds, "nodes": series.cell.nodes,
            "groups": series.cell.load.groups, "addresses": series.cell.load.addresses, "runsWanted": series.runs,
            "runs": series.samples.map(Self.object),
        ]
        if let inability = series.inability { object["inability"] = inability }
        if !series.errors.isEmpty { object["errors"] = series.errors }
        if let idle = series.idle {
            object["idle"] = [
                "holderCpuMsPerSecond": idle.holderCPU, "standbyCpuMsPerSecond": idle.standbyCPU,
                "pssMB": idle.pss, "framesPerSecond": idle.framesPerSecond, "bytesPerSecond": idle.bytesPerSecond,
                "stalledMs": idle.stalled.inMilliseconds,
            ]
        }
        return object
    }

    private static func object(_ sample: Sample) -> [String: Any] {
        var object: [String: Any] = [
            "timeMs": sample.time.inMilliseconds, "twoHoldersMs": sample.overlap.inMilliseconds,
            "twoHoldersLasting": sample.isOverlapLasting, "failedAttempts": sample.failed, "attempts": sample.attempts,
            "slowestMs": sample.slowest.inMilliseconds, "stalledMs": sample.stalled.inMilliseconds,
        ]
        if let beside = sample.beside { object["besideMs"] = beside.inMilliseconds }
        if let cpu = sample.cpu { object["takeoverCpuMs"] = cpu.inMilliseconds }
        for (name, moved) in [("kernel", sample.kernel), ("wire", sample.wire)] {
            guard let moved else { continue }
            object["\(name)FirstMs"] = moved.first.inMilliseconds
            object["\(name)LastMs"] = moved.last.inMilliseconds
        }
        return object
    }
}
