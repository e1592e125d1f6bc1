// A machine's clock in virtual time: it runs at its own rate, and may stop while its machine is paused.
// Deliberately not here: what the time is used for.

import VIPElection

/// Local time as a linear function of the world's, in whole nanoseconds so that every machine computes the same run.
struct LocalClock: Hashable, Sendable {
    /// How much faster than the world's this clock runs, in parts per million; negative if slower.
    private(set) var rate: Int64
    private var worldBase: Instant
    private var localBase: Instant

    /// The longest look ahead of ``worldTime(reaching:)``: keeps its products within 64 bits.
    private static let horizon: Int64 = 3_600_000_000_000

    init(rate: Int64, world: Instant, local: Instant) {
        self.rate = rate
        worldBase = world
        localBase = local
    }

    /// What the clock shows when the world's time is `world`.
    func read(at world: Instant) -> Instant {
        let elapsed = world.nanoseconds - worldBase.nanoseconds
        return Instant(nanoseconds: localBase.nanoseconds + elapsed + elapsed * rate / 1_000_000)
    }

    /// The first moment of the world at which the clock shows `local` or more; an hour from the last time it was set
    /// for what is further away, so that the caller asks again then.
    func worldTime(reaching local: Instant) -> Instant {
        let wanted = local.nanoseconds - localBase.nanoseconds
        guard wanted > 0 else { return worldBase }
        guard wanted < Self.horizon else { return Instant(nanoseconds: worldBase.nanoseconds + Self.horizon) }
        // Every quotient is cut towards zero, so the estimate may be a few nanoseconds early.
        var world = Instant(nanoseconds: worldBase.nanoseconds + wanted * 1_000_000 / (1_000_000 + rate) - 2)
        while read(at: world) < local { world.nanoseconds += 1 }
        return world
    }

    /// Goes on from `local` at the world's time `world`: after a pause in which it stood still, or a boot.
    mutating func set(to local: Instant, at world: Instant) {
        worldBase = world
        localBase = local
    }
}
