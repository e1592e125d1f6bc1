// How often a group's addresses changed hands and how long each phase of it took, and the JSON of that. The daemon keeps
// it, so that nobody who reads it now and then, or is restarted, loses anything.
// Deliberately not here: which change counts as what (the daemon).
import VIPJSON

/// What one node has seen of a group's transitions since the group is served. Every node of a segment sees the same
/// transition: what several report must not be added up.
public struct TransitionTallies: Equatable, Sendable {
    /// Changes of the holder by their reason, in the order of `TransitionReason`; in JSON each reason is a key.
    public private(set) var transitions: [GroupCounters.Count]
    /// Conflicts that began.
    public private(set) var conflicts: UInt64 = 0
    /// The phases of changes by which another node came to hold, other than by handover.
    public private(set) var takeover = PhaseTallies()
    /// The phases of handovers, whose silence is the time since the predecessor's last announcement.
    public private(set) var handover = PhaseTallies()

    /// Nothing has happened yet.
    public init() {
        transitions = TransitionReason.allCases.map { .init($0.rawValue, 0) }
    }

    /// Counts a change of the holder. `silence` and `claim` are its phases where they are known; a change to nobody has
    /// no phases, since it is half of one: pass nil.
    public mutating func countTransition(_ reason: TransitionReason, silence: Duration?, claim: Duration?) {
        if let place = transitions.firstIndex(where: { $0.name == reason.rawValue }) {
            transitions[place].value += 1
        }
        tally(reason) { phases in
            if let silence { phases.silence.add(silence) }
            if let claim { phases.claim.add(claim) }
        }
    }

    /// Counts the first confirmation of a change that had this reason.
    public mutating func countConfirmation(of reason: TransitionReason, after time: Duration) {
        tally(reason) { $0.confirm.add(time) }
    }

    /// Counts a conflict that began.
    public mutating func countConflict() { conflicts += 1 }

    private mutating func tally(_ reason: TransitionReason, _ body: (inout PhaseTallies) -> Void) {
        if reason == .handover { body(&handover) } else { body(&takeover) }
    }

    var json: JSONValue {
        .object([
            "transitions": .object(transitions.map { .init(key: $0.name, value: .counter($0.value)) }),
            "conflicts": .counter(conflicts),
            "boundsMs": .array(DurationTally.boundsMs.map { .integer(Int64($0)) }),
            "takeover": takeover.json, "handover": handover.json,
        ])
    }

    /// Nil where a daemon of another release counts between other bounds.
    init?(_ fields: JSONFields) throws(JSONError) {
        transitions = try GroupCounters.counts(fields.object("transitions"), except: [])
        conflicts = try fields.counter("conflicts")
        guard fields["boundsMs"] == .array(DurationTally.boundsMs.map { .integer(Int64($0)) }) else { return nil }
        takeover = try PhaseTallies(fields.object("takeover"))
        handover = try PhaseTallies(fields.object("handover"))
    }
}

/// The phases of changes of one kind.
public struct PhaseTallies: Equatable, Sendable {
    /// From the old holder's last sign of life to the moment its absence was noticed.
    public var silence = DurationTally()
    /// From then to the new holder's first announcement.
    public var claim = DurationTally()
    /// From that announcement to the first answer of another host; only the new holder sees it.
    public var confirm = DurationTally()

    public init() {}

    var json: JSONValue {
        .object(["silence": silence.json, "claim": claim.json, "confirm": confirm.json])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        silence = try DurationTally(fields.object("silence"))
        claim = try DurationTally(fields.object("claim"))
        confirm = try DurationTally(fields.object("confirm"))
    }
}

/// Durations, counted by how long they were.
public struct DurationTally: Equatable, Sendable {
    /// Upper bounds in milliseconds, each inclusive; what is longer than the last counts beyond it.
    public static let boundsMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

    /// How many fell between a bound and the one before; one more than there are bounds.
    public private(set) var counts = [UInt64](repeating: 0, count: boundsMs.count + 1)
    /// All of them together, in microseconds.
    public private(set) var sumUs: UInt64 = 0

    public init() {}

    /// How many durations were counted.
    public var total: UInt64 { counts.reduce(0, &+) }

    /// Counts `time`; what is less than nothing counts as nothing.
    public mutating func add(_ time: Duration) {
        let time = max(time, .zero)
        counts[Self.boundsMs.firstIndex { time <= .milliseconds($0) } ?? Self.boundsMs.count] += 1
        let (seconds, attoseconds) = time.components
        sumUs += UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000)
    }

    var json: JSONValue {
        .object(["counts": .array(counts.map(JSONValue.counter)), "sumUs": .counter(sumUs)])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        sumUs = try fields.counter("sumUs")
        guard case .array(let values) = fields["counts"], values.count == counts.count else {
            throw JSONError(path: fields.path(of: "counts"), problem: "expected \(counts.count) counters")
        }
        for (place, value) in values.enumerated() {
            guard case .integer(let count) = value, count >= 0 else {
                throw JSONError(path: "\(fields.path(of: "counts"))[\(place)]", problem: "expected a counter")
            }
            counts[place] = UInt64(count)
        }
    }
}
