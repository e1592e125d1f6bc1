// How long the bench will take: guesses that give way to experience.

/// Counts what is left to do, by series, and what each part of it takes.
struct BenchClock {
    /// What takes time in a series.
    enum Part: Hashable { case lab, idle, sample }

    private struct Work {
        var left: Int
        let guess: Double
        var took: [Double] = []

        var average: Double? { took.isEmpty ? nil : took.reduce(0, +) / Double(took.count) }
    }

    /// By series, in the order of the plan, flattened.
    private var works: [[Part: Work]] = []

    init(_ series: [Series]) {
        works = series.map { series in
            guard series.inability == nil else { return [:] }
            var parts = [
                Part.sample: Work(left: series.runs, guess: Self.sampleGuess(series)),
                .lab: Work(left: min(Bench.rounds, series.runs), guess: Self.labGuess(series)),
            ]
            if series.wantsIdle {
                parts[.idle] = Work(left: 1, guess: (Bench.calmDown + Bench.idleWindow).inSeconds + 1)
            }
            return parts
        }
    }

    mutating func finished(_ part: Part, of series: Int, in time: Duration) {
        works[series][part]?.left -= 1
        works[series][part]?.took.append(time.inSeconds)
    }

    /// A series that is over takes no more.
    mutating func drop(_ series: Int) {
        for part in works[series].keys { works[series][part]?.left = 0 }
    }

    /// Where there is no experience, the guess, corrected by how right the guesses have been so far.
    var secondsLeft: Double {
        let all = works.flatMap(\.values)
        let known = all.filter { !$0.took.isEmpty }
        let took = known.flatMap(\.took).reduce(0, +)
        let guessed = known.map { $0.guess * Double($0.took.count) }.reduce(0, +)
        let correction = guessed > 0 ? min(max(took / guessed, 0.5), 2) : 1
        return all.map { Double(max($0.left, 0)) * ($0.average ?? $0.guess * correction) }.reduce(0, +)
    }

    var timeLeft: String {
        let seconds = secondsLeft
        return seconds < 90 ? "about \(Int(seconds)) s left" : "about \(Int((seconds / 60).rounded())) min left"
    }

    /// The outage, the client's watching, the repair and the rest that the daemon needs after it.
    private static func sampleGuess(_ series: Series) -> Double {
        let beat = series.interval.inSeconds
        let size = Double(series.cell.load.addresses) / 1000 + Double(series.cell.load.groups) / 100
        let isDead = [.kill, .hang].contains(series.measure)
        // In beats, but for a dead vipd's addresses, which end with their lease.
        let fault =
            switch (series.daemon, series.measure) {
            case ("vipd", _) where isDead: 4.5
            case ("vipd", _): series.measure.isPlanned ? 0 : 2.5 * beat
            case ("keepalived", _): (series.measure.isPlanned ? 0.7 : 3.2) * beat
            default: 3.3 * beat
            }
        let outOfSight = series.daemon != "vipd" && [.deaf, .stopReset].contains(series.measure) ? 3.0 : 0
        // Under load all daemons start anew after each run.
        let start = series.cell.load == .single ? 0 : labGuess(series) - 1.5
        return 1.5 + 2 * beat + fault + outOfSight + size + start + series.measure.rest(of: series.runs).inSeconds
    }

    private static func labGuess(_ series: Series) -> Double {
        let start = series.interval.inSeconds * (series.daemon == "vipd" ? 2.5 : 4)
        let nodes = Double(series.cell.nodes) / 5
        return 1.5 + start * (series.cell.load.addresses > 1 ? 1.5 : 1) + nodes + Double(series.cell.load.groups) / 50
    }
}
