// One line of the timeline that `vipd events` tells, and its JSON. Deliberately not here: how many the daemon keeps.
public import VIPJSON

/// One thing that happened, as `events` tells it. Durations are whole milliseconds; nil means it does not apply.
public struct EventRecord: Equatable, Sendable {
    /// Grows by one with each event of a daemon's life; a follower asks for what came after the one it has.
    public var id: UInt64
    public var at: Timestamp
    /// The group it is about; nil where it is about the whole node.
    public var group: String?
    /// The node that did it, or that it happened to.
    public var node: String?
    /// What kind of thing, in one word, such as `transition` or `conflict`; ``Kind`` has those that programs go by.
    public var kind: String
    /// The holder, or the state, before and after.
    public var from: String?
    public var to: String?
    /// The answering node's state after it.
    public var state: NodeState?
    /// A word for why, such as `silence`.
    public var reason: String?
    public var term: UInt64?
    /// From the old holder's last sign of life to the claim.
    public var silenceMs: Int?
    /// From the claim to the first announcement.
    public var claimMs: Int?
    /// From the new holder's first announcement to the answer of a host, in an event of the kind `confirmed`.
    public var confirmedMs: Int?
    /// Where the time of a takeover or a handover went, one phase after the other, up to this event; empty where that is
    /// not known. A transition begins anew; later events of its group continue where the last one with phases ended:
    /// `confirmed` with the first answer of a host, `state` with what an old holder did to let go.
    public var phases: [EventPhase]
    /// The whole of it in one line, for people.
    public var message: String

    /// Kinds that the command line tool looks for.
    public enum Kind {
        /// The addresses changed hands.
        public static let transition = "transition"
        /// A check passes, fails, or is unknown.
        public static let check = "check"
        /// A hook or a webhook has ended.
        public static let hook = "hook"
        /// A handover ended without a new holder.
        public static let handoverFailed = "handoverFailed"
        /// A host has answered the new holder's directed request.
        public static let confirmed = "confirmed"
    }

    public init(
        id: UInt64, at: Timestamp, group: String? = nil, node: String? = nil, kind: String, from: String? = nil,
        to: String? = nil, state: NodeState? = nil, reason: String? = nil, term: UInt64? = nil, silenceMs: Int? = nil,
        claimMs: Int? = nil, confirmedMs: Int? = nil, phases: [EventPhase] = [], message: String
    ) {
        self.id = id
        self.at = at
        self.group = group
        self.node = node
        self.kind = kind
        self.from = from
        self.to = to
        self.state = state
        self.reason = reason
        self.term = term
        self.silenceMs = silenceMs
        self.claimMs = claimMs
        self.confirmedMs = confirmedMs
        self.phases = phases
        self.message = message
    }

    /// The event as a JSON value, keys in their documented order. `phases`, a list of `{"name", "us"}`, is there only where
    /// there are any.
    public var json: JSONValue {
        var members = self.members
        if !phases.isEmpty { members.append(.init(key: "phases", value: .array(phases.map(\.json)))) }
        return .object(members)
    }

    private var members: [JSONValue.Member] {
        let always: KeyValuePairs<String, JSONValue> = [
            "id": .counter(id), "at": .string(at.rfc3339), "group": .optional(group), "node": .optional(node),
            "kind": .string(kind), "from": .optional(from), "to": .optional(to), "state": .optional(state?.rawValue),
            "reason": .optional(reason), "term": term.map(JSONValue.counter) ?? .null,
            "silenceMs": .optional(silenceMs), "claimMs": .optional(claimMs),
            "confirmedMs": .optional(confirmedMs), "message": .string(message),
        ]
        return always.map { JSONValue.Member(key: $0.key, value: $0.value) }
    }

    /// Reads what `json` wrote; unknown keys are ignored, so that the writer may be newer.
    public init(json: JSONValue) throws(JSONError) { try self.init(JSONFields(json, at: "")) }

    init(_ fields: JSONFields) throws(JSONError) {
        id = try fields.counter("id")
        at = try fields.timestamp("at")
        group = try fields.optionalString("group")
        node = try fields.optionalString("node")
        kind = try fields.string("kind")
        from = try fields.optionalString("from")
        to = try fields.optionalString("to")
        state = try fields.optionalChoice("state")
        reason = try fields.optionalString("reason")
        term = fields["term"] == .null ? nil : try fields.counter("term")
        silenceMs = try fields.optionalInteger("silenceMs")
        claimMs = try fields.optionalInteger("claimMs")
        confirmedMs = try fields.optionalInteger("confirmedMs")
        message = try fields.string("message")
        phases =
            fields["phases"] == .null
            ? []
            : try fields.array("phases") { (phase) throws(JSONError) in try EventPhase(phase) }
    }
}
