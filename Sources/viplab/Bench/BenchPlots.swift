// Which plots the bench makes of its results.

/// The plots of a run, by suite.
struct BenchPlots {
    struct Figure {
        let suite: Suite
        let file: String
        let plot: Plot
    }

    private let results: BenchResults
    private static let daemons = ["vipd", "keepalived", "ucarp"]

    init(_ results: BenchResults) { self.results = results }

    var plots: [Figure] {
        [
            faults("outage.svg", "Client without the address", \.times),
            faults("two-holders.svg", "Two holders at once, as long as the bench looked on") {
                Spread($0.samples.map(\.overlap))
            },
        ]
            + [Suite.addresses, .groups, .nodes].flatMap { suite in
                [
                    scaling(suite, "outage", "client without", "ms") { $0.times.map(Self.point) },
                    scaling(suite, "cpu", "CPU of an idle holder", "ms/s") { $0.idle.map { Self.point($0.holderCPU) } },
                    scaling(suite, "memory", "PSS of a node", "MB") { $0.idle.map { Self.point($0.pss) } },
                    scaling(suite, "frames", "frames of all nodes, idle", "a second") {
                        $0.idle.map { Self.point($0.framesPerSecond) }
                    },
                ]
            } + [
                scaling(.addresses, "span", "first to last address announced", "ms") { series in
                    Spread(series.samples.compactMap { $0.wire.map { $0.last - $0.first } }).map(Self.point)
                },
                scaling(.addresses, "takeover-cpu", "CPU of a takeover", "ms") { series in
                    Spread(series.samples.compactMap(\.cpu)).map(Self.point)
                },
            ]
    }

    /// A category for each fault at each interval.
    private func faults(_ file: String, _ title: String, _ spread: (Series) -> Spread?) -> Figure {
        let all = results.series.filter { $0.cell.suite == .outage }
        var categories: [(Measure, Duration)] = []
        for series in all where !categories.contains(where: { $0 == (series.measure, series.interval) }) {
            categories.append((series.measure, series.interval))
        }
        let lines = Self.daemons.filter { daemon in all.contains { $0.daemon == daemon } }.map { daemon in
            Plot.Line(
                name: daemon,
                points: categories.map { category in
                    all.first { $0.daemon == daemon && ($0.measure, $0.interval) == category }
                        .flatMap(spread).map(Self.point)
                })
        }
        return Figure(
            suite: .outage, file: file,
            plot: Plot(
                title: title, categories: categories.map { "\($0.0.rawValue)\n\($0.1.short)" },
                categoryTitle: "fault, interval", valueTitle: "ms", isConnected: false, lines: lines))
    }

    private func scaling(
        _ suite: Suite, _ name: String, _ title: String, _ unit: String, _ point: (Series) -> PlotPoint?
    ) -> Figure {
        let all = results.series.filter { $0.cell.suite == suite }
        let sizes = all.compactMap(\.cell.size).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }.sorted()
        let lines = Self.daemons.compactMap { daemon -> Plot.Line? in
            guard let first = all.first(where: { $0.daemon == daemon }) else { return nil }
            return Plot.Line(
                name: "\(daemon), \(first.interval.short)",
                points: sizes.map { size in all.first { $0.daemon == daemon && $0.cell.size == size }.flatMap(point) })
        }
        return Figure(
            suite: suite, file: "\(suite.rawValue)-\(name).svg",
            plot: Plot(
                title: "\(title.prefix(1).uppercased())\(title.dropFirst()), by number of \(suite.rawValue)",
                categories: sizes.map(String.init), categoryTitle: suite.rawValue, valueTitle: unit,
                isConnected: true, lines: lines))
    }

    private static func point(_ spread: Spread) -> PlotPoint {
        PlotPoint(
            median: spread.median.inMilliseconds, lowerQuartile: spread.lowerQuartile.inMilliseconds,
            upperQuartile: spread.upperQuartile.inMilliseconds, least: spread.least.inMilliseconds,
            greatest: spread.greatest.inMilliseconds)
    }

    private static func point(_ value: Double) -> PlotPoint {
        PlotPoint(median: value, lowerQuartile: value, upperQuartile: value, least: value, greatest: value)
    }
}
