// The bench: the same faults over and over, the daemons turn about, each in labs of its own.
import Foundation

struct Bench {
    /// How long a client that is without, or two holders, are watched: longer than any lease.
    static let patience = Duration.seconds(6)
    /// How long daemons may take to agree, where they carry thousands of addresses.
    static let bootLimit = Duration.seconds(30)
    /// From a claim to its last repeated announcement, and some more: vipd's is after 3.3 s, keepalived's after 5 s.
    static let calmDown = Duration.milliseconds(6_500)
    /// How long idleness is watched.
    static let idleWindow = Duration.seconds(6)
    /// How often the daemons take turns at a cell.
    static let rounds = 3

    private let contests: [Contest]
    private let output: BenchOutput?
    private let header: BenchHeader
    /// Of all contenders of all contests, in their order.
    private var series: [Series]
    private var clock: BenchClock
    private var lastTold: Instant?

    /// - Parameter output: where results go as they come; nil: only to standard output, in the end
    init(_ plan: BenchPlan, header: BenchHeader, output: BenchOutput?) {
        (contests, self.output, self.header) = (plan.contests, output, header)
        series = plan.contests.flatMap(\.series)
        clock = BenchClock(series)
    }

    /// Measures everything and prints the tables. What was measured before an interrupt or an error is kept.
    mutating func run() throws {
        do {
            var first = 0
            for contest in contests {
                try hold(contest, first)
                first += contest.contenders.count
            }
        } catch {
            Console.progress("")
            try? publish(isComplete: false)
            throw error
        }
        Console.progress("")
        try publish(isComplete: true)
    }

    private var results: BenchResults { BenchResults(header: header, series: series) }

    private func publish(isComplete: Bool) throws {
        var results = results
        results.isComplete = isComplete
        for line in BenchTables(results).lines(withPictures: false) { Console.line(line) }
        guard let output else { return }
        try output.write(results)
        Console.line("\nwritten to \(output.directory): \(BenchOutput.names(results).joined(separator: ", "))")
    }

    /// Has the daemons take turns at a cell, so that whatever else this machine does befalls all alike.
    /// - Parameter first: where the series of the contenders begin
    private mutating func hold(_ contest: Contest, _ first: Int) throws {
        let rounds = min(Self.rounds, contest.runs)
        for round in 1...rounds {
            for (offset, daemon) in contest.contenders.enumerated() {
                try extend(first + offset, daemon, upTo: contest.runs * round / rounds)
                try output?.writeJSON(results)
            }
        }
    }

    /// A lab that does not come to rest after a fault is replaced by a new one, and the run counts as lost.
    private mutating func extend(_ number: Int, _ daemon: any Daemon, upTo count: Int) throws {
        while !series[number].isOver && series[number].done < count {
            do {
                let start = Instant.now
                try Lab.with(LabOptions(nodes: series[number].cell.nodes, daemon: daemon)) { lab in
                    try fill(number, in: lab, since: start, upTo: count)
                }
            } catch let error as LabError {
                series[number].errors.append(error.description)
                let series = series[number]
                Console.progress("")
                Console.complain("a run of \(series.daemon) was lost (\(series.cell.label)): \(error)")
            }
        }
        if series[number].isOver { clock.drop(number) }
    }

    /// - Parameter start: when the making of the lab began
    private mutating func fill(_ number: Int, in lab: Lab, since start: Instant, upTo count: Int) throws {
        let measure = series[number].measure
        tell(number)
        try lab.silenceIPv6()
        guard measure.fault != nil else {
            clock.finished(.lab, of: number, in: .now - start)
            while series[number].done < count {
                tell(number)
                let begun = Instant.now
                series[number].samples.append(try lab.sampleFirstNode())
                clock.finished(.sample, of: number, in: .now - begun)
            }
            return
        }
        try lab.bootDaemons()
        clock.finished(.lab, of: number, in: .now - start)
        if series[number].wantsIdle {
            let begun = Instant.now
            series[number].idle = try lab.measureIdleness()
            clock.finished(.idle, of: number, in: .now - begun)
        }
        try lab.startClient()
        try lab.settle(limit: Self.bootLimit)
        let announcements = try AnnouncementWatch(lab.network, addresses: lab.daemon.load.all)
        defer { announcements.stop() }
        let instruments = Instruments(witness: try Witness(of: measure, in: lab), announcements: announcements)
        while series[number].done < count {
            tell(number)
            let begun = Instant.now
            let rest = measure.rest(of: series[number].runs)
            series[number].samples.append(try lab.sample(measure, rest: rest, with: instruments))
            clock.finished(.sample, of: number, in: .now - begun)
        }
    }

    /// What goes on and how long it will take: on a terminal at once, in a log now and then.
    private mutating func tell(_ number: Int) {
        let series = series[number]
        let what = "\(series.daemon) at \(series.interval.short), \(series.cell.label)"
        let text = "\(what): run \(series.done + 1) of \(series.runs); \(clock.timeLeft)"
        if Console.isInteractive {
            Console.progress(text)
        } else if lastTold.map({ .now - $0 > .seconds(30) }) ?? true {
            Console.complain(text)
            lastTold = .now
        }
    }
}
