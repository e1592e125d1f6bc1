// When the window is drawn: soon after a change, with what comes along with it, and not all the time in a storm of changes.
// Deliberately not here: the clock, and drawing.

struct DrawingPace {
    typealias Instant = ContinuousClock.Instant

    /// Between two pictures at least, but for those that a key or the window asks for.
    static let spacing = Duration.milliseconds(200)
    /// An event is followed by a status that has its consequences.
    static let gathering = Duration.milliseconds(20)

    private var last: Instant?
    /// When the next picture is due; nil while nothing has changed.
    private(set) var due: Instant?

    /// Something is to be seen that was not.
    mutating func noteChange(at now: Instant) {
        if due == nil { due = max(now + Self.gathering, last.map { $0 + Self.spacing } ?? now) }
    }

    /// The user waits for the next picture.
    mutating func hurry(at now: Instant) { due = now }

    /// True if a picture is due, which is then taken for drawn.
    mutating func takeDue(at now: Instant) -> Bool {
        guard let due, now >= due else { return false }
        self.due = nil
        last = now
        return true
    }
}
