// When a holder broadcasts its addresses again: soon, for caches that ignore quick updates, then slowly, for switches.

/// The schedule of a holder's broadcast announcements after a claim.
struct AnnouncementPlan: Hashable, Sendable {
    /// After the claim. Linux before 4.14 ignores a second update of an entry within a second (arp(7), `locktime`).
    static let repeats: [Duration] = [
        .milliseconds(100), .milliseconds(1100), .milliseconds(2200), .milliseconds(3300),
    ]
    /// Afterwards: switch tables age.
    static let refresh: ClosedRange<Duration> = .seconds(54)...(.seconds(66))

    private let start: Instant
    private var done = 0
    private(set) var next: Instant

    /// A plan whose first announcement, both forms, went out at `start`.
    init(start: Instant) {
        self.start = start
        next = start + Self.repeats[0]
    }

    /// The caches that can be reached soon have been.
    var isSettled: Bool { done >= Self.repeats.count }

    /// Notes that the announcement due at ``next`` has gone out; those that were missed with it are not made up for.
    mutating func advance(at now: Instant, random: inout RandomSource) {
        repeat { done += 1 } while done < Self.repeats.count && start + Self.repeats[done] <= now
        next = done < Self.repeats.count ? start + Self.repeats[done] : now + random.duration(in: Self.refresh)
    }
}
