// The bench: the same faults over and over, each series in a lab of its own.
import Foundation

struct Bench {
    let daemons: [any Daemon]
    let measures: [Measure]
    let runs: Int

    /// Measures everything, prints the table, and writes the single runs to a file where one is wanted.
    func run(json: String?) throws {
        var clock = ProgressClock(plan: daemons.flatMap { _ in measures.map { ($0, $0.runs(of: runs)) } })
        var all: [Series] = []
        for daemon in daemons {
            for measure in measures {
                let series = try Self.series(measure, daemon, runs: measure.runs(of: runs), &clock)
                Console.progress("")
                for error in series.errors { Console.complain("a run was lost: \(error)") }
                all.append(series)
            }
        }
        let report = BenchReport(series: all, runs: runs)
        for line in report.markdown { Console.line(line) }
        if let json { try report.json().write(to: URL(fileURLWithPath: json)) }
    }

    /// A lab that does not come to rest after a fault is replaced by a new one, and the run counts as lost; a series
    /// ends with its third such run.
    private static func series(
        _ measure: Measure, _ daemon: any Daemon, runs: Int, _ clock: inout ProgressClock
    ) throws -> Series {
        var series = Series(measure: measure, daemon: daemon.name, interval: daemon.interval)
        while series.samples.count + series.errors.count < runs && series.footprint == nil && series.errors.count < 3 {
            do {
                try Lab.with(LabOptions(daemon: daemon)) { lab in
                    try fill(&series, in: lab, runs: runs, &clock)
                }
            } catch let error as LabError {
                series.errors.append(error.description)
            }
        }
        return series
    }

    private static func fill(
        _ series: inout Series, in lab: Lab, runs: Int, _ clock: inout ProgressClock
    ) throws {
        let measure = series.measure
        if measure.fault != nil { try lab.boot() }
        while series.samples.count + series.errors.count < runs {
            let number = series.samples.count + series.errors.count + 1
            let label = "\(series.daemon) at \(series.interval.short), \(measure.rawValue) \(number) of \(runs)"
            Console.progress("\(label); \(clock.timeLeft)")
            let start = Instant.now
            if let (fault, repair) = measure.fault {
                series.samples.append(try lab.sample(fault, repair: repair))
            } else if measure == .firstNode {
                series.samples.append(try lab.sampleFirstNode())
            } else {
                series.footprint = try lab.footprint()
                clock.finished(measure, in: .now - start)
                return
            }
            clock.finished(measure, in: .now - start)
        }
    }
}

extension Lab {
    /// How long a lasting overlap is watched: longer than any lease.
    private static let patience = Duration.seconds(6)

    fileprivate func sample(_ fault: Fault, repair: Fault) throws -> Sample {
        let holder = try settle()
        // The fault comes at any point between two announcements, as in life.
        try Interrupt.sleep(.nanoseconds(Int64.random(in: 0..<daemon.interval.inNanoseconds)))
        let measured = try measure(fault, on: holder, limit: Self.patience)
        if repair == .start {
            // A planned stop may take its time; the next start must not meet it.
            _ = try holder.daemon?.waitForExit(upTo: .seconds(5))
        }
        try inflict(repair, on: holder)
        try settle()
        return Sample(
            time: measured.outage.gap, overlap: measured.overlap, isOverlapLasting: measured.isOverlapLasting,
            failed: measured.outage.failed, attempts: measured.outage.attempts, slowest: measured.outage.slowest,
            takeover: measured.takeover?.after, stalled: measured.stalled)
    }

    fileprivate func sampleFirstNode() throws -> Sample {
        let node = nodes[0]
        let start = Instant.now
        try startDaemon(on: node)
        let held = try Interrupt.wait(upTo: Self.patience) { try holderWatch.timeline.holds(node.index) }
        guard held, let claim = try holderWatch.timeline.firstClaim(since: start, otherThan: -1) else {
            throw LabError("a first node alone does not hold after \(Self.patience.short): \(try situation())")
        }
        node.daemon?.end()
        try node.machine.namespace.ip(["address flush dev eth0 to \(Plan.vip)"])
        _ = try Interrupt.wait(upTo: .seconds(1)) { try !holderWatch.timeline.holds(node.index) }
        return Sample(time: claim.at - start, stalled: stalls.total(from: start, to: claim.at))
    }

    /// What the holder costs while nothing happens and no client connects: over ten seconds.
    fileprivate func footprint() throws -> Footprint {
        for node in nodes { try powerOn(node) }
        let holder = try settle()
        guard let daemon = holder.daemon else { throw LabError("\(holder.name) runs no daemon") }
        try Interrupt.sleep(.seconds(2))
        let (start, before) = (Instant.now, Usage.cpu(of: daemon.identity.family))
        try Interrupt.sleep(.seconds(10))
        let (end, after) = (Instant.now, Usage.cpu(of: daemon.identity.family))
        // The pages of the program are shared out among all that run it: on a machine of its own it has them alone.
        for other in nodes where other !== holder { other.daemon?.end() }
        let pss = Usage.pss(of: daemon.identity.family)
        return Footprint(
            cpuMsPerSecond: (after - before).inMilliseconds / (end - start).inSeconds, pssMB: pss / 1_000_000,
            stalled: stalls.total(from: start, to: end))
    }
}

/// What processes use, as the kernel counts it.
enum Usage {
    /// Time on a CPU so far, of all threads: the first number of /proc/PID/task/TID/schedstat, in nanoseconds. The ticks
    /// of /proc/PID/stat are too coarse for a daemon that wakes for microseconds.
    static func cpu(of processes: [ProcessIdentity]) -> Duration {
        var total: Int64 = 0
        for process in processes {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/task")) ?? []
            for thread in threads {
                let path = "/proc/\(process.pid)/task/\(thread)/schedstat"
                let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                total += text.split(separator: " ").first.flatMap { Int64($0) } ?? 0
            }
        }
        return .nanoseconds(total)
    }

    /// Proportional set size in bytes: "Pss:" of /proc/PID/smaps_rollup (proc(5)), which is in KiB.
    static func pss(of processes: [ProcessIdentity]) -> Double {
        processes.map { process in
            let text = (try? String(contentsOfFile: "/proc/\(process.pid)/smaps_rollup", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
        }.reduce(0, +)
    }
}

/// Guesses the time left from what runs of the same measure took.
struct ProgressClock {
    private var remaining: [Measure: Int] = [:]
    private var seconds: [Measure: Double] = [:]

    init(plan: [(Measure, Int)]) {
        for (measure, runs) in plan { remaining[measure, default: 0] += runs }
    }

    mutating func finished(_ measure: Measure, in time: Duration) {
        remaining[measure, default: 1] -= 1
        seconds[measure] = time.inSeconds
    }

    var timeLeft: String {
        let total = remaining.map { max(0, Double($1)) * (seconds[$0] ?? $0.guess) }.reduce(0, +)
        return total < 90 ? "about \(Int(total)) s left" : "about \(Int((total / 60).rounded())) min left"
    }
}
