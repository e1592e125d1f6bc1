// What time it was, for people: instants of the daemon's clock as civil time.
// Deliberately not here: reading clocks, and deadlines, which never use civil time.

public import VIPControl
public import VIPElection

/// How far civil time is ahead of the daemon's clock.
///
/// On Linux the two run at the same rate, steered or not, so that the distance changes only when somebody sets the civil
/// clock (clock_settime(2), or adjtimex(2) with ADJ_SETOFFSET). Two readings of clocks are never of the same moment,
/// though; so the distance is kept for as long as readings allow for it, and the same instant has the same civil time
/// whenever it is asked for.
public struct CivilClock: Sendable {
    /// Less than this is no setting of the clock, but the inexactness of readings.
    static let tolerance = Duration.milliseconds(1)

    /// Nanoseconds.
    private var distance: Int64?

    /// A clock that has not been read: ``time(of:)`` wants ``read(_:after:before:)`` first.
    public init() {}

    /// Takes note of a reading of civil time.
    /// - Parameters:
    ///   - civil: nanoseconds since 1970-01-01T00:00:00Z (CLOCK_REALTIME)
    ///   - earlier: the daemon's clock (CLOCK_BOOTTIME) just before that reading
    ///   - later: and just after it; however much later, where the process was kept from running
    public mutating func read(_ civil: Int64, after earlier: Instant, before later: Instant) {
        let (least, most) = (civil - later.nanoseconds, civil - earlier.nanoseconds)
        let tolerance = Self.tolerance.nanoseconds
        if let distance, distance >= least - tolerance, distance <= most + tolerance { return }
        distance = least + (most - least) / 2
    }

    /// The civil time of an instant, past or to come, by the clock as it was last set.
    public func time(of instant: Instant) -> Timestamp {
        guard let distance else { preconditionFailure("the clock has not been read") }
        let (milliseconds, rest) = (instant.nanoseconds + distance).quotientAndRemainder(dividingBy: 1_000_000)
        return Timestamp(milliseconds: rest < 0 ? milliseconds - 1 : milliseconds)
    }
}
