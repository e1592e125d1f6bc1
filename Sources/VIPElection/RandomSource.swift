// Randomness as a value: seeded from outside, the same numbers on every machine.

/// SplitMix64. Good enough to spread timers apart; not for secrets.
public struct RandomSource: Hashable, Sendable {
    private var state: UInt64

    /// - Parameter seed: the same seed gives the same numbers.
    public init(seed: UInt64) { state = seed }

    /// The next number, any of 2^64.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A duration in `range`, in steps of a nanosecond.
    public mutating func duration(in range: ClosedRange<Duration>) -> Duration {
        let span = UInt64(range.upperBound.nanoseconds - range.lowerBound.nanoseconds)
        return range.lowerBound + .nanoseconds(Int64(next() % (span + 1)))
    }
}
