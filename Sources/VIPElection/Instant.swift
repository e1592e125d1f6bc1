// A point on the caller's clock. The election never reads a clock: every instant comes in as an argument.

/// A point in time, in nanoseconds of a clock that never goes back and goes on while the machine is suspended
/// (CLOCK_BOOTTIME, clock_gettime(2)), or of a simulator's.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's own zero.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + duration.nanoseconds)
    }

    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds - duration.nanoseconds)
    }

    /// The time from `earlier` to `later`; negative if they are the other way round.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// The duration in whole nanoseconds, cut towards zero. Must be shorter than 292 years.
    public var nanoseconds: Int64 {
        Int64(attoseconds / 1_000_000_000)
    }

    /// The duration in whole milliseconds, cut towards zero: the unit of logs and status.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
