// The bench's results, as a Markdown table and as JSON.
import Foundation

struct BenchReport {
    let series: [Series]
    let runs: Int

    /// A table that reads well as it is and pastes into a document.
    var markdown: [String] {
        var faults = Table(header: [
            "measure", "daemon", "interval", "median", "min", "max", "goal", "failed", "slowest attempt",
            "two holders", "host stalled",
        ])
        var idle = Table(header: ["idle holder", "interval", "CPU a second", "PSS"])
        for series in series {
            if let footprint = series.footprint {
                let mark = footprint.stalled > .zero ? " (host stalled)" : ""
                let cpu = "\(rounded(footprint.cpuMsPerSecond, to: 1)) ms\(mark)"
                idle.rows.append([series.daemon, series.interval.short, cpu, "\(rounded(footprint.pssMB, to: 1)) MB"])
            } else {
                faults.rows.append(row(series))
                if let times = series.timesBeside {
                    let identity = ["  a default client beside it", series.daemon, series.interval.short]
                    faults.rows.append(identity + Self.cells(times) + Array(repeating: "", count: 5))
                }
            }
        }
        let note = """
            \(runs) runs each. "failed": attempts of a client that connects every \(ClientLog.every.short), all runs \
            together, and the slowest that did not. "host stalled": runs in which a thread was kept from running for more than \
            \(StallWatch.threshold.short), and the maximum without them.
            """
        return (faults.rows.isEmpty ? [] : faults.markdown + ["", note])
            + (idle.rows.isEmpty ? [] : [""] + idle.markdown)
    }

    private func row(_ series: Series) -> [String] {
        let identity = [series.measure.title, series.daemon, series.interval.short]
        guard let times = series.times else {
            return identity + Array(repeating: "-", count: 7) + ["no run came to an end"]
        }
        let failed = series.samples.map(\.failed).reduce(0, +)
        let attempts = series.samples.map(\.attempts).reduce(0, +)
        let calm = series.calmTimes.map { ", else \($0.greatest.short)" } ?? ""
        let slowest = series.samples.map(\.slowest).max() ?? .zero
        return identity + Self.cells(times) + [
            goal(series, times.median), attempts > 0 ? "\(failed) of \(attempts)" : "-",
            attempts > 0 ? slowest.short : "-", overlap(series),
            series.stalledRuns > 0 ? "\(series.stalledRuns) of \(series.samples.count)\(calm)" : "no",
        ]
    }

    /// Median, least and greatest; what lasted as long as the bench watches may have lasted for longer.
    private static func cells(_ times: Spread) -> [String] {
        [times.median, times.least, times.greatest].map { ($0 >= Bench.patience ? "> " : "") + $0.short }
    }

    /// What is promised, and whether it was kept: of the median, or of every attempt.
    private func goal(_ series: Series, _ median: Duration) -> String {
        guard series.daemon == "vipd" else { return "-" }
        if series.measure.isPlanned {
            let slowest = series.samples.map(\.slowest).max() ?? .zero
            let isMet = series.samples.allSatisfy { $0.failed == 0 } && slowest <= Bounds.stopAttempt
            return "none failed, \(Bounds.stopAttempt.short) \(isMet ? "met" : "MISSED")"
        }
        guard let goal = series.measure.goal(at: series.interval) else { return "-" }
        return "\(goal.short) \(median <= goal ? "met" : "MISSED")"
    }

    private func overlap(_ series: Series) -> String {
        guard series.measure.fault != nil else { return "-" }
        if series.samples.contains(where: \.isOverlapLasting) { return "until repaired" }
        return Spread(series.samples.map(\.overlap))?.greatest.short ?? "-"
    }

    /// Every single run; times in milliseconds.
    func json() throws -> Data {
        let list = series.map { series -> [String: Any] in
            var object: [String: Any] = [
                "measure": series.measure.rawValue, "daemon": series.daemon,
                "intervalMs": series.interval.inMilliseconds, "errors": series.errors,
                "runs": series.samples.map(Self.object),
            ]
            if let times = series.times {
                object["medianMs"] = times.median.inMilliseconds
                object["minMs"] = times.least.inMilliseconds
                object["maxMs"] = times.greatest.inMilliseconds
            }
            if let footprint = series.footprint {
                object["cpuMsPerSecond"] = footprint.cpuMsPerSecond
                object["pssMB"] = footprint.pssMB
                object["stalledMs"] = footprint.stalled.inMilliseconds
            }
            return object
        }
        return try JSONSerialization.data(
            withJSONObject: ["series": list], options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    private static func object(_ sample: Sample) -> [String: Any] {
        var object: [String: Any] = [
            "timeMs": sample.time.inMilliseconds, "twoHoldersMs": sample.overlap.inMilliseconds,
            "twoHoldersLasting": sample.isOverlapLasting, "failedAttempts": sample.failed, "attempts": sample.attempts,
            "slowestMs": sample.slowest.inMilliseconds, "stalledMs": sample.stalled.inMilliseconds,
        ]
        if let beside = sample.beside { object["besideMs"] = beside.inMilliseconds }
        if let takeover = sample.takeover { object["takeoverMs"] = takeover.inMilliseconds }
        return object
    }
}
