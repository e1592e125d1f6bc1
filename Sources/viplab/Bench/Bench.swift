// The bench: the same faults over and over, the daemons turn about, each in labs of its own.
import Foundation

struct Bench {
    /// How long a client that is without, or two holders, are watched: longer than any lease.
    static let patience = Duration.seconds(6)
    /// How often the daemons take turns at a measure.
    private static let rounds = 5

    let daemons: [any Daemon]
    let measures: [Measure]
    let runs: Int

    /// Measures everything, prints the table, and writes the single runs to a file where one is wanted.
    func run(json: String?) throws {
        let plan = measures.flatMap { measure in daemons.filter(measure.applies).map { (measure, $0) } }
        var clock = ProgressClock(plan: plan.map { ($0.0, $0.0.runs(of: runs)) })
        var all: [Series] = []
        for measure in measures {
            let contenders = daemons.filter(measure.applies)
            var series = contenders.map { Series(measure: measure, daemon: $0.name, interval: $0.interval) }
            // Turn about, so that whatever else this machine does befalls all alike.
            let wanted = measure.runs(of: runs)
            let rounds = min(Self.rounds, wanted)
            for round in 1...rounds {
                for (index, daemon) in contenders.enumerated() {
                    try extend(&series[index], daemon, upTo: wanted * round / rounds, &clock)
                }
            }
            Console.progress("")
            for error in series.flatMap(\.errors) { Console.complain("a run was lost: \(error)") }
            all += series
        }
        let report = BenchReport(series: all, runs: runs)
        for line in report.markdown { Console.line(line) }
        if let json { try report.json().write(to: URL(fileURLWithPath: json)) }
    }

    /// A lab that does not come to rest after a fault is replaced by a new one, and the run counts as lost; a series
    /// ends with its third such run.
    private func extend(
        _ series: inout Series, _ daemon: any Daemon, upTo count: Int, _ clock: inout ProgressClock
    ) throws {
        while series.samples.count + series.errors.count < count && series.footprint == nil && series.errors.count < 3 {
            do {
                try Lab.with(LabOptions(daemon: series.measure.setUp(daemon))) { lab in
                    try fill(&series, in: lab, upTo: count, &clock)
                }
            } catch let error as LabError {
                series.errors.append(error.description)
            }
        }
    }

    private func fill(
        _ series: inout Series, in lab: Lab, upTo count: Int, _ clock: inout ProgressClock
    ) throws {
        let measure = series.measure
        if measure.fault != nil { try lab.boot() }
        let witness = try Witness(of: measure, in: lab)
        while series.samples.count + series.errors.count < count {
            let number = series.samples.count + series.errors.count + 1
            let label = "\(series.daemon) at \(series.interval.short), \(measure.rawValue) \(number) of \(runs)"
            Console.progress("\(label); \(clock.timeLeft)")
            let start = Instant.now
            if let (fault, repair) = measure.fault {
                series.samples.append(
                    try lab.sample(
                        fault, repair: repair, beat: measure.beat(of: lab.daemon), rest: measure.rest(of: runs),
                        witness: witness))
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

/// Whose experience a measure is about.
private enum Witness {
    /// The client that connects all the time.
    case client
    /// One beside it that ignores gratuitous ARP.
    case deaf(ClientLog, Namespace)
    /// One that only listens on an open connection.
    case listener(ListenerLog)

    init(of measure: Measure, in lab: Lab) throws {
        switch measure {
        case .deaf:
            let host = try lab.addHost("client2", Plan.client(2))
            self = .deaf(try CacheKind.deaf.start(in: lab, on: host), host)
        case .stopReset, .moveReset:
            self = .listener(try ListenerLog.start(in: lab, on: lab.addHost("listener", Plan.client(1))))
        default: self = .client
        }
    }

    /// Makes ready for the next fault.
    func prepare() throws {
        guard case .deaf(let log, let host) = self else { return }
        // A machine that was switched on again knows only clients that have asked since: this one does.
        try host.ip(["neighbour flush dev eth0"])
        let start = Instant.now
        _ = try Interrupt.wait(upTo: Bench.patience) { log.firstAnswer(since: start, otherThan: "") != nil }
    }

    /// How long it was without, as far as the bench watches.
    func time(of measured: Measurement) throws -> Duration {
        let start = measured.window.start
        let time: Duration?
        func wait(for isOver: () -> Bool) throws {
            _ = try Interrupt.wait(upTo: start + Bench.patience - .now, for: isOver)
        }
        switch self {
        case .client: time = measured.outage.gap
        case .listener(let log):
            try wait { log.firstBreak(since: start) != nil }
            time = log.firstBreak(since: start).map { $0.at - start }
        case .deaf(let log, _):
            try wait { log.firstAnswer(since: start, otherThan: measured.holder.name) != nil }
            let answer = log.firstAnswer(since: start, otherThan: measured.holder.name)
            time = answer.map { Outage(of: log.attempts(since: start - .seconds(1)), from: start, to: $0.end).gap }
        }
        return min(time ?? Bench.patience, Bench.patience)
    }
}

extension Lab {
    fileprivate func sample(
        _ fault: Fault, repair: Fault?, beat: Duration, rest: Duration, witness: Witness
    ) throws -> Sample {
        try witness.prepare()
        let holder = try settle()
        // The fault comes at any point between two beats, as in life.
        try Interrupt.sleep(.nanoseconds(Int64.random(in: 0..<beat.inNanoseconds)))
        let measured = try measure(fault, on: holder, limit: Bench.patience, rest: rest)
        let time = try witness.time(of: measured)
        if repair == .start {
            // A planned stop may take its time; the next start must not meet it.
            _ = try holder.daemon?.waitForExit(upTo: .seconds(5))
        }
        if let repair { try inflict(repair, on: holder) }
        try settle()
        var sample = Sample(
            time: time, overlap: measured.overlap, isOverlapLasting: measured.isOverlapLasting,
            failed: measured.outage.failed, attempts: measured.outage.attempts, slowest: measured.outage.slowest,
            takeover: measured.takeover?.after, stalled: measured.stalled)
        if case .deaf = witness { sample.beside = measured.outage.gap }
        return sample
    }

    fileprivate func sampleFirstNode() throws -> Sample {
        let node = nodes[0]
        let start = Instant.now
        try startDaemon(on: node)
        let held = try Interrupt.wait(upTo: Bench.patience) { try holderWatch.timeline.holds(node.index) }
        guard held, let claim = try holderWatch.timeline.firstClaim(since: start, otherThan: -1) else {
            throw LabError("a first node alone does not hold after \(Bench.patience.short): \(try situation())")
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
