// What a client went through, computed from its attempts. No IO.

/// Something that a client tried, once.
protocol Try {
    var start: Instant { get }
    var end: Instant { get }
    var isSuccess: Bool { get }
    /// What came of it, for people.
    var account: String { get }
}

extension Try {
    var duration: Duration { end - start }
}

/// An attempt that came to nothing.
struct FailedTry: Equatable, Sendable {
    /// What came of it, and when.
    let account: String
    let duration: Duration
    /// For how long the host stood still while it was under way.
    let stalled: Duration
}

/// The service as the client saw it over a window of time.
struct Outage: Equatable, Sendable {
    /// The longest time between the ends of two successful attempts in a row: the client was without for that long, give
    /// or take the beat of its attempts.
    var gap: Duration
    /// Attempts begun in the window that came to nothing, of `attempts` in all.
    var failures: [FailedTry]
    var attempts: Int
    /// The slowest successful attempt.
    var slowest: Duration

    var failed: Int { failures.count }

    /// - Parameters:
    ///   - attempts: in the order of their ends, reaching back some way before `start`
    ///   - start: just before the fault
    ///   - end: the window's end; where no attempt succeeded after the fault, the gap lasts to here
    ///   - stalls: when the host stood still
    init(of attempts: [some Try], from start: Instant, to end: Instant, stalls: [Stall] = []) {
        let successes = attempts.filter(\.isSuccess)
        var gap = Duration.zero
        var last = successes.last { $0.end <= start }?.end ?? start
        for success in successes where success.end > start && success.end <= end {
            gap = max(gap, success.end - last)
            last = success.end
        }
        self.gap = max(gap, end - last)
        let begun = attempts.filter { $0.start >= start && $0.start <= end }
        self.failures = begun.filter { !$0.isSuccess }.map { attempt in
            let stalled = stalls.total(from: attempt.start, to: attempt.end)
            let host = stalled > .zero ? ", while the host stood still for \(stalled.short)" : ""
            let begun = "begun \((attempt.start - start).short) in"
            let account = "\(attempt.account) after \(attempt.duration.short), \(begun)\(host)"
            return FailedTry(account: account, duration: attempt.duration, stalled: stalled)
        }
        self.attempts = begun.count
        self.slowest = begun.filter(\.isSuccess).map(\.duration).max() ?? .zero
    }
}
