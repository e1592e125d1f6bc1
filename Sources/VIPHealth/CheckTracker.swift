// What a check's results amount to. Pure: results and times go in, the state comes out. Deliberately not here: running
// checks, and what a failing check means for the election.

/// The state of one check.
///
/// It starts unknown, and unknown fails nothing: neither a daemon that has just started nor a checker that died makes a
/// healthy node look sick. From unknown, the first pass makes it passing, since it changes nothing; failing takes `fall`
/// failures in a row from anywhere, and passing again takes `rise` passes. Times are durations since boot.
public struct CheckTracker: Sendable {
    public enum State: String, Sendable {
        /// There is no result yet, or none any more.
        case unknown
        case passing
        case failing
    }

    public let specification: CheckSpecification
    public private(set) var state = State.unknown
    /// What the last result said, or why there is none.
    public private(set) var message = "no result yet"
    /// When `state` was entered.
    public private(set) var since: Duration
    /// When the last result came; nil where none came since the check was made or forgotten.
    public private(set) var lastResultAt: Duration?
    /// Results in a row that speak against `state`.
    private var contradictions = 0

    /// What a result may be late for reasons that are no fault of the checker's.
    private static let grace = Duration.seconds(2)

    /// A check that begins `now`.
    public init(_ specification: CheckSpecification, at now: Duration) {
        self.specification = specification
        since = now
    }

    /// Takes in a result. Returns whether the state changed.
    @discardableResult
    public mutating func record(passed: Bool, message: String, at now: Duration) -> Bool {
        self.message = message
        lastResultAt = now
        guard passed != (state == .passing) || state == .unknown else {
            contradictions = 0
            return false
        }
        if state == .unknown, passed { return enter(.passing, at: now) }
        contradictions += 1
        let needed = passed ? specification.rise : specification.fall
        return contradictions >= needed ? enter(passed ? .passing : .failing, at: now) : false
    }

    /// Forgets every result: the checker died, or its results stayed away. Returns whether the state changed.
    @discardableResult
    public mutating func forget(because reason: String, at now: Duration) -> Bool {
        message = reason
        lastResultAt = nil
        contradictions = 0
        return state == .unknown ? false : enter(.unknown, at: now)
    }

    /// From then on the next result is so late that the check should be forgotten; nil while none was promised.
    public var overdueAt: Duration? {
        lastResultAt.map { $0 + patience }
    }

    /// How long a result may take to come after the one before, or after the check was asked for.
    public var patience: Duration { specification.interval + specification.timeout + Self.grace }

    private mutating func enter(_ state: State, at now: Duration) -> Bool {
        self.state = state
        since = now
        contradictions = 0
        return true
    }
}
