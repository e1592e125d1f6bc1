// What the bench is going to measure, in which order: from the command line's choice to contests between daemons.

/// What the command line chose.
struct BenchOptions {
    var suites = Suite.allCases
    /// Empty: all measures of the suites.
    var measures: [Measure] = []
    /// Empty: all sizes of the suites that scale.
    var sizes: [Int] = []
    var intervals = Self.allIntervals
    /// Samples of each in the suites that do not scale, and in those that do.
    var runs = 10
    var sizeRuns = 10

    static let allIntervals: [Duration] = [.seconds(1), .milliseconds(100), .milliseconds(10)]
    /// At which the suites other than `outage` are measured: vipd's default. A daemon that cannot has its own least.
    static let commonInterval = Duration.milliseconds(100)
}

/// A cell, and the daemons that take turns at it.
struct Contest {
    let cell: Cell
    let contenders: [any Daemon]
    let runs: Int

    /// One for each contender, with nothing measured yet.
    var series: [Series] {
        contenders.map { daemon in
            Series(
                cell: cell, daemon: daemon.name, interval: daemon.interval, runs: runs, inability: daemon.inability)
        }
    }
}

struct BenchPlan {
    let contests: [Contest]

    /// - Parameter daemons: makes each daemon at an interval, in the order in which they are to be told
    init(_ options: BenchOptions, daemons: [(Duration) -> any Daemon]) {
        let intervals = options.intervals.sorted(by: >)
        let common = intervals.contains(BenchOptions.commonInterval) ? BenchOptions.commonInterval : intervals.last
        contests = options.suites.flatMap { suite in
            let measures = suite.measures.filter { options.measures.isEmpty || options.measures.contains($0) }
            return measures.flatMap { measure -> [Contest] in
                let sizes = suite.sizes.filter { options.sizes.isEmpty || options.sizes.contains($0) }
                let cells = suite.sizes.isEmpty ? [Cell(suite, measure)] : sizes.map { Cell(suite, measure, size: $0) }
                return cells.map { cell in
                    let contenders = daemons.flatMap { make -> [any Daemon] in
                        if suite == .outage { return intervals.map(make) }
                        // The interval of all, or where a daemon knows none so short, the one that it knows.
                        let chosen = common.map(make).map { daemon in
                            make(.seconds(1)).inability == nil && daemon.isTooFast ? make(.seconds(1)) : daemon
                        }
                        return chosen.map { [$0] } ?? []
                    }
                    return Contest(
                        cell: cell, contenders: contenders.filter(measure.applies).map { Self.load($0, for: cell) },
                        runs: suite.sizes.isEmpty ? options.runs : options.sizeRuns)
                }
            }
        }
    }

    private static func load(_ daemon: any Daemon, for cell: Cell) -> any Daemon {
        var daemon = daemon
        daemon.load = cell.load
        return cell.measure.setUp(daemon)
    }
}

extension Daemon {
    /// Whether the interval alone is what it cannot do.
    fileprivate var isTooFast: Bool {
        var alone = self
        alone.load = .single
        return alone.inability != nil
    }
}
