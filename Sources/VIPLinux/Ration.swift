// How much of something is taken in a time, so that those who have much of it cannot have all of the time.
// Deliberately not here: clocks, and what it is that is taken.

/// So much in each stretch of time, which begins with the first that is taken after the last one.
public struct Ration: Sendable {
    private let most: Int
    private let window: Int64
    private var taken = 0
    private var endsAt = Int64.min

    /// - Parameters:
    ///   - most: may be taken in a window; at least 1. What is taken at once may go beyond it.
    ///   - nanoseconds: a window's length.
    public init(of most: Int, inNanoseconds nanoseconds: Int64) {
        precondition(most > 0, "a ration of nothing would end nothing but the reading")
        (self.most, window) = (most, nanoseconds)
    }

    /// Notes that so many were taken at `now`. Returns until when no more should be; nil where there are some left.
    public mutating func take(_ count: Int, at now: Int64) -> Int64? {
        if now >= endsAt { (taken, endsAt) = (0, now + window) }
        taken += count
        return taken < most ? nil : endsAt
    }

    /// Whether there is none left at `now`.
    public func isUsedUp(at now: Int64) -> Bool { taken >= most && now < endsAt }
}
