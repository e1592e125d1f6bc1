// The bench's results as Markdown: goals, a table a suite, footnotes.

struct BenchTables {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Text that reads well as it is.
    /// - Parameter withPictures: whether the plots are shown, which lie beside the text
    func lines(withPictures: Bool) -> [String] {
        var lines = ["# Results of the bench", "", "    \(results.header.command)", ""]
        lines += results.header.facts.map { "- \($0.name): \($0.value)" }
        lines += ["", "docs/benchmarks.md tells what the columns mean, and how to read them."]
        if !results.isComplete { lines += ["", "Interrupted: not everything that was planned has been measured."] }
        lines += section("Goals", goals)
        for suite in Suite.allCases {
            let series = results.series.filter { $0.cell.suite == suite }
            guard !series.isEmpty else { continue }
            var notes = Footnotes()
            let table = faults(series, suite, &notes)
            lines += section(suite.title, table)
            let idle = idleness(series, suite, &notes)
            if !idle.isEmpty { lines += [""] + idle }
            if !notes.texts.isEmpty { lines += [""] + notes.lines }
            guard withPictures else { continue }
            let plots = BenchPlots(results).plots.filter { $0.suite == suite && !$0.plot.isEmpty }
            for plot in plots { lines += ["", "![\(plot.plot.title)](\(plot.file))"] }
        }
        return lines
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", "## \(title)", ""] + lines
    }

    private var goals: [String] {
        var table = Table(header: ["goal", "vipd", "keepalived", "ratio", "at most", ""])
        table.rows = results.goals.map { goal in
            [
                goal.what, goal.ours, goal.theirs, goal.ratio.map { rounded($0, to: 3) } ?? "-", goal.bound,
                goal.isMet ? "met" : "MISSED",
            ]
        }
        return table.rows.isEmpty ? [] : table.markdown
    }

    // MARK: faults

    private func faults(_ series: [Series], _ suite: Suite, _ notes: inout Footnotes) -> [String] {
        var table = Table(header: [
            suite.sizes.isEmpty ? "fault" : suite.rawValue, "interval", "daemon", "runs", "client without", "quartiles",
            "min to max", "failed", "slowest", "in kernels", "announced", "two holders", "CPU", "goal", "host stalled",
        ])
        for series in sorted(series, suite) {
            table.rows.append(row(series, &notes))
            if let times = series.timesBeside {
                let row =
                    ["  a default client beside it", series.interval.short, series.daemon, ""] + Self.cells(times)
                table.rows.append(row + Array(repeating: "", count: table.header.count - row.count))
            }
        }
        return table.markdown
    }

    /// By fault or size, then by interval, the daemons beside each other.
    private func sorted(_ series: [Series], _ suite: Suite) -> [Series] {
        var groups: [(Cell, Duration)] = []
        for series in series where !groups.contains(where: { $0 == (series.cell, series.interval) }) {
            groups.append((series.cell, series.interval))
        }
        let cells = series.map(\.cell).reduce(into: [Cell]()) { if !$0.contains($1) { $0.append($1) } }
        return cells.flatMap { cell in
            groups.filter { $0.0 == cell }.flatMap { group in
                series.filter { $0.cell == group.0 && $0.interval == group.1 }
            }
        }
    }

    private func row(_ series: Series, _ notes: inout Footnotes) -> [String] {
        let name = series.cell.size.map(String.init) ?? series.measure.title
        let identity = [name, series.interval.short, series.daemon]
        func blank(_ reason: String) -> [String] {
            identity + ["-" + notes.mark(reason)] + Array(repeating: "-", count: 11)
        }
        if let inability = series.inability { return blank(inability) }
        guard let times = series.times else {
            return blank(series.errors.first.map { "\(series.daemon): \($0)" } ?? "not measured")
        }
        let lost = series.errors.first.map { notes.mark("\(series.errors.count) lost, first: \($0)") } ?? ""
        let slowest = series.samples.map(\.slowest).max() ?? .zero
        let hasClient = series.attempts > 0
        let calm = series.calmTimes.map { ", else to \($0.greatest.short)" } ?? ""
        return identity + ["\(series.samples.count)\(lost)"] + Self.cells(times) + [
            hasClient ? "\(series.failed) of \(series.attempts)" : "-", hasClient ? slowest.short : "-",
            moved(series.samples.compactMap(\.kernel), series), moved(series.samples.compactMap(\.wire), series),
            overlap(series), Spread(series.samples.compactMap(\.cpu)).map { $0.median.short } ?? "-",
            goal(series, times.median),
            series.stalledRuns > 0 ? "\(series.stalledRuns) of \(series.samples.count)\(calm)" : "no",
        ]
    }

    /// Median, quartiles, extremes; what lasted as long as the bench watches may have lasted for longer.
    private static func cells(_ times: Spread) -> [String] {
        func text(_ time: Duration) -> String { (time >= Bench.patience ? "> " : "") + time.short }
        return [
            text(times.median), "\(text(times.lowerQuartile)) to \(text(times.upperQuartile))",
            "\(text(times.least)) to \(text(times.greatest))",
        ]
    }

    /// Of the addresses at the next holder: the last, and the time from the first to it where there are several.
    private func moved(_ moved: [Moved], _ series: Series) -> String {
        guard let last = Spread(moved.map(\.last)), let span = Spread(moved.map { $0.last - $0.first }) else {
            return "-"
        }
        return last.median.short + (series.cell.load.addresses > 1 ? ", all in \(span.median.short)" : "")
    }

    /// What is promised, and whether it was kept: of the median, or of every attempt.
    private func goal(_ series: Series, _ median: Duration) -> String {
        guard series.daemon == "vipd" else { return "-" }
        if series.measure.isPlanned {
            let slowest = series.samples.map(\.slowest).max() ?? .zero
            let isMet = series.failed == 0 && slowest <= Bounds.stopAttempt
            return "none failed, \(Bounds.stopAttempt.short) \(isMet ? "met" : "MISSED")"
        }
        guard series.cell.size == nil, let goal = series.measure.goal(at: series.interval) else { return "-" }
        return "\(goal.short) \(median <= goal ? "met" : "MISSED")"
    }

    private func overlap(_ series: Series) -> String {
        guard series.measure.fault != nil else { return "-" }
        let isLasting = series.samples.contains(where: \.isOverlapLasting)
        return Spread(series.samples.map(\.overlap)).map { (isLasting ? "> " : "") + $0.greatest.short } ?? "-"
    }

    // MARK: idleness

    private func idleness(_ series: [Series], _ suite: Suite, _ notes: inout Footnotes) -> [String] {
        var table = Table(header: [
            suite.sizes.isEmpty ? "idle at" : suite.rawValue, "interval", "daemon", "CPU of the holder",
            "CPU of another", "PSS of a node", "frames", "bytes", "host stalled",
        ])
        for series in sorted(series, suite) where series.measure == .powerCut {
            let identity = [
                series.cell.size.map(String.init) ?? series.interval.short, series.interval.short, series.daemon,
            ]
            guard let idle = series.idle else {
                let reason = series.inability ?? series.errors.first.map { "\(series.daemon): \($0)" } ?? "not measured"
                table.rows.append(identity + ["-" + notes.mark(reason)] + Array(repeating: "-", count: 5))
                continue
            }
            table.rows.append(
                identity + [
                    "\(rounded(idle.holderCPU, to: 2)) ms/s", "\(rounded(idle.standbyCPU, to: 2)) ms/s",
                    "\(rounded(idle.pss, to: 1)) MB", "\(rounded(idle.framesPerSecond, to: 1))/s",
                    "\(rounded(idle.bytesPerSecond, to: 0))/s",
                    idle.stalled > .zero ? "for \(idle.stalled.short)" : "no",
                ])
        }
        return table.rows.isEmpty ? [] : table.markdown
    }
}

/// Reasons that stand below a table, each told once.
private struct Footnotes {
    private(set) var texts: [String] = []

    /// The mark that refers to a reason: " (1)".
    mutating func mark(_ text: String) -> String {
        if !texts.contains(text) { texts.append(text) }
        return " (\((texts.firstIndex(of: text) ?? 0) + 1))"
    }

    var lines: [String] { texts.enumerated().map { "- (\($0 + 1)) \($1)" } }
}
