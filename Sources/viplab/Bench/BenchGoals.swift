// What the bench is to show: ratios between daemons of one run, each met or missed.

/// A promise, and what came of it.
struct Goal: Equatable {
    let what: String
    /// As measured, with its unit.
    let ours: String
    let theirs: String
    /// Ours to theirs; nil where the promise is no ratio.
    var ratio: Double?
    let bound: String
    let isMet: Bool
}

extension BenchResults {
    /// The goals of which both sides were measured.
    var goals: [Goal] { powerCuts + stops + lastAddress + memory + processor }

    private func find(
        _ suite: Suite, _ measure: Measure, _ daemon: String, _ interval: Duration, size: Int? = nil
    ) -> Series? {
        series.first {
            $0.cell.suite == suite && $0.measure == measure && $0.daemon == daemon && $0.interval == interval
                && $0.cell.size == size
        }
    }

    private static func goal(
        _ what: String, _ ours: Double?, _ theirs: Double?, atMost bound: Double, _ text: (Double) -> String
    ) -> [Goal] {
        guard let ours, let theirs, theirs > 0 else { return [] }
        let ratio = ours / theirs
        return [
            Goal(
                what: what, ours: text(ours), theirs: text(theirs), ratio: ratio, bound: rounded(bound, to: 2),
                isMet: ratio <= bound)
        ]
    }

    private static func milliseconds(_ value: Double) -> String { Duration.nanoseconds(Int64(value * 1e6)).short }

    private var powerCuts: [Goal] {
        func outage(_ daemon: String, _ interval: Duration) -> Double? {
            find(.outage, .powerCut, daemon, interval)?.times?.median.inMilliseconds
        }
        let pairs: [(String, Duration, Duration, Double)] = [
            ("at 100 ms", .milliseconds(100), .milliseconds(100), 0.7),
            ("at 10 ms", .milliseconds(10), .milliseconds(10), 0.8),
            ("each at its default (100 ms, 1 s)", .milliseconds(100), .seconds(1), 0.08),
        ]
        return pairs.flatMap { what, ours, theirs, bound in
            Self.goal(
                "power cut, \(what): client without", outage("vipd", ours), outage("keepalived", theirs),
                atMost: bound, Self.milliseconds)
        }
    }

    private var stops: [Goal] {
        BenchOptions.allIntervals.compactMap { interval in
            guard let ours = find(.outage, .stop, "vipd", interval), ours.attempts > 0 else { return nil }
            let theirs = find(.outage, .stop, "keepalived", interval)
            return Goal(
                what: "planned stop at \(interval.short): failed attempts", ours: "\(ours.failed) of \(ours.attempts)",
                theirs: theirs.map { "\($0.failed) of \($0.attempts)" } ?? "-", bound: "none",
                isMet: ours.failed == 0 && ours.errors.isEmpty)
        }
    }

    private var lastAddress: [Goal] {
        func last(_ daemon: String) -> Double? {
            let series = find(.addresses, .powerCut, daemon, BenchOptions.commonInterval, size: 1024)
            return series.flatMap { Spread($0.samples.compactMap { $0.wire?.last })?.median.inMilliseconds }
        }
        return Self.goal(
            "1024 addresses at 100 ms: last one announced", last("vipd"), last("keepalived"), atMost: 1,
            Self.milliseconds)
    }

    private var memory: [Goal] {
        func pss(_ daemon: String) -> Double? {
            find(.outage, .powerCut, daemon, BenchOptions.commonInterval)?.idle?.pss
        }
        return Self.goal("memory of an idle holder (PSS)", pss("vipd"), pss("keepalived"), atMost: 2) {
            "\(rounded($0, to: 1)) MB"
        }
    }

    private var processor: [Goal] {
        BenchOptions.allIntervals.flatMap { interval -> [Goal] in
            func idle(_ daemon: String) -> Idle? { find(.outage, .powerCut, daemon, interval)?.idle }
            let (ours, theirs) = (idle("vipd"), idle("keepalived"))
            func text(_ value: Double) -> String { "\(rounded(value, to: 2)) ms/s" }
            let at = "at \(interval.short): CPU of an idle"
            return Self.goal("\(at) holder", ours?.holderCPU, theirs?.holderCPU, atMost: 2, text)
                + Self.goal("\(at) candidate", ours?.standbyCPU, theirs?.standbyCPU, atMost: 2, text)
        }
    }
}
