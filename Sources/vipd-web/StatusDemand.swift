// When the daemon is asked for its status. Pure: times go in, a time comes out. Deliberately not here: asking
// (DaemonLink.swift).

/// Bounds what any number of clients cost the daemon: it is asked on demand, and never twice within ``spacing``.
struct StatusDemand {
    /// How old a status may be that is given to a client who asks. An event makes any status old.
    static let freshness = Duration.milliseconds(200)
    /// The same for metrics: between events only ages and counters change, and however many scrape, one a second is asked.
    static let metricsFreshness = Duration.seconds(1)
    /// From one question to the next.
    static let spacing = Duration.milliseconds(100)
    /// From one status to the next while somebody follows.
    static let cadence = Duration.seconds(1)

    /// Somebody follows events.
    var isWatched: Bool
    private var isWanted = false
    private var isAsking = false
    /// Something has happened since the last status.
    private var isOutdated = false
    private var askedAt: Instant?
    private var answeredAt: Instant?

    init(isWatched: Bool = false) { self.isWatched = isWatched }

    /// Whether the last status will do for a client who asks now.
    func isFresh(at now: Instant, within freshness: Duration = StatusDemand.freshness) -> Bool {
        guard let answeredAt, !isOutdated else { return false }
        return now - answeredAt < freshness
    }

    /// A client wants one that is fresh. The one that is on its way will do.
    mutating func want() { isWanted = !isAsking }

    /// The daemon has told of an event.
    mutating func noteEvent() { isOutdated = true }

    mutating func noteAsked(at now: Instant) {
        isAsking = true
        isWanted = false
        askedAt = now
    }

    mutating func noteAnswered(at now: Instant) {
        isAsking = false
        isOutdated = false
        answeredAt = now
    }

    /// The daemon is gone: nothing is asked of it until it is back.
    mutating func forget() { self = StatusDemand(isWatched: isWatched) }

    /// When the daemon is to be asked; nil while nobody needs to know, or the answer is on its way.
    func dueAt(now: Instant) -> Instant? {
        guard !isAsking else { return nil }
        let earliest = askedAt.map { $0 + Self.spacing } ?? now
        if isWanted || (isWatched && isOutdated) { return earliest }
        guard isWatched else { return nil }
        return max(earliest, answeredAt.map { $0 + Self.cadence } ?? now)
    }
}
