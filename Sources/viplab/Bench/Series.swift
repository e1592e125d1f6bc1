// What the bench has measured: samples, what an idle daemon costs, and all of it in series.

/// When addresses came to another machine, counted from the fault.
struct Moved: Equatable {
    let first: Duration
    let last: Duration

    /// nil unless all of `count` have come. Moments are in the order of time, and not before `start`.
    init?(_ moments: [Instant], since start: Instant, of count: Int) {
        guard moments.count == count, let first = moments.first, let last = moments.last else { return nil }
        (self.first, self.last) = (first - start, last - start)
    }

    init(first: Duration, last: Duration) { (self.first, self.last) = (first, last) }
}

/// One run of a fault, or of a first node's start.
struct Sample: Equatable {
    /// Client without, reset of its connection, or start to VIP; at most as long as the bench watches.
    let time: Duration
    /// Client without, of a default client beside the one that is measured.
    var beside: Duration?
    var overlap = Duration.zero
    /// Whether there still were two holders when the bench looked away.
    var isOverlapLasting = false
    var failed = 0
    var attempts = 0
    var slowest = Duration.zero
    /// The addresses at other machines: in their kernels, and as they announce them.
    var kernel: Moved?
    var wire: Moved?
    /// What a daemon used of a CPU, from the fault to the end of the run: the busiest, which took over.
    var cpu: Duration?
    let stalled: Duration
}

/// What the daemons cost while nothing happens and no client connects.
struct Idle: Equatable {
    /// Milliseconds of a CPU a second, on the holder, and on one of the others.
    let holderCPU: Double
    let standbyCPU: Double
    /// Proportional set size of a node's daemon with all its processes, in MB.
    let pss: Double
    /// What all nodes together send.
    let framesPerSecond: Double
    let bytesPerSecond: Double
    let stalled: Duration
}

/// All runs of one cell with one daemon at one interval.
struct Series {
    let cell: Cell
    let daemon: String
    let interval: Duration
    /// How many were wanted.
    let runs: Int
    /// Why this daemon cannot do this; nil: it can.
    var inability: String?
    var samples: [Sample] = []
    var idle: Idle?
    /// Runs that came to no end, and why.
    var errors: [String] = []

    /// A daemon that fails so often at one thing is not asked for more of it.
    static let mostErrors = 3

    var measure: Measure { cell.measure }
    var times: Spread? { Spread(samples.map(\.time)) }
    var timesBeside: Spread? { Spread(samples.compactMap(\.beside)) }
    /// Without the runs in which the host stood still for a time.
    var calmTimes: Spread? { Spread(samples.filter { $0.stalled == .zero }.map(\.time)) }
    var stalledRuns: Int { samples.count { $0.stalled > .zero } }
    var failed: Int { samples.map(\.failed).reduce(0, +) }
    var attempts: Int { samples.map(\.attempts).reduce(0, +) }

    /// Runs that are behind us, lost ones included.
    var done: Int { samples.count + errors.count }
    var isOver: Bool { inability != nil || done >= runs || errors.count >= Self.mostErrors }
    /// Whether idleness is measured along with it, once.
    var wantsIdle: Bool { measure == .powerCut && idle == nil }
}

/// Median, quartiles, least and greatest.
struct Spread: Equatable {
    let median: Duration
    let lowerQuartile: Duration
    let upperQuartile: Duration
    let least: Duration
    let greatest: Duration

    /// nil of nothing. A quartile between two values is where it lies on the line from one to the other.
    init?(_ values: [Duration]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        func quantile(_ quarters: Int) -> Duration {
            let (index, rest) = ((sorted.count - 1) * quarters).quotientAndRemainder(dividingBy: 4)
            guard rest > 0 else { return sorted[index] }
            return sorted[index] + (sorted[index + 1] - sorted[index]) * rest / 4
        }
        (lowerQuartile, median, upperQuartile) = (quantile(1), quantile(2), quantile(3))
        (least, greatest) = (first, last)
    }
}
