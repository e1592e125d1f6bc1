// The parts of a group's status: holder, peers, last transition, conflicts, counters, each with its JSON.
// Deliberately not here: the group itself (StatusReport.swift).
import VIPJSON

/// The node that holds a group's addresses.
public struct HolderStatus: Equatable, Sendable {
    public var name: String
    public var address: String?
    public var mac: String?
    /// When it claimed; nil where the answering node came later than the claim.
    public var since: Timestamp?

    public init(name: String, address: String?, mac: String?, since: Timestamp?) {
        self.name = name
        self.address = address
        self.mac = mac
        self.since = since
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "address": .optional(address), "mac": .optional(mac),
            "since": .optional(since?.rfc3339),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.string("name")
        address = try fields.optionalString("address")
        mac = try fields.optionalString("mac")
        since = try fields.optionalTimestamp("since")
    }
}

/// Another node of a group. What it says of itself comes off the wire: treat the texts as hostile.
public struct PeerStatus: Equatable, Sendable {
    public var name: String
    public var address: String?
    public var mac: String?
    public var state: NodeState?
    public var priority: Int?
    public var eligible: Bool
    /// `ok`, or what fails there; nil where it does not say.
    public var health: String?
    /// Milliseconds since its last frame.
    public var heardMs: Int?

    public init(
        name: String, address: String?, mac: String?, state: NodeState?, priority: Int?, eligible: Bool,
        health: String?, heardMs: Int?
    ) {
        self.name = name
        self.address = address
        self.mac = mac
        self.state = state
        self.priority = priority
        self.eligible = eligible
        self.health = health
        self.heardMs = heardMs
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "address": .optional(address), "mac": .optional(mac),
            "state": .optional(state?.rawValue), "priority": .optional(priority), "eligible": .bool(eligible),
            "health": .optional(health), "heardMs": .optional(heardMs),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.string("name")
        address = try fields.optionalString("address")
        mac = try fields.optionalString("mac")
        state = try fields.optionalChoice("state")
        priority = try fields.optionalInteger("priority")
        eligible = try fields.bool("eligible")
        health = try fields.optionalString("health")
        heardMs = try fields.optionalInteger("heardMs")
    }
}

/// The last time the addresses changed hands.
public struct TransitionStatus: Equatable, Sendable {
    /// When the new holder announced, or when the old one let go and nobody followed.
    public var at: Timestamp
    /// The holder before; nil for nobody.
    public var from: String?
    /// The holder after; nil for nobody.
    public var to: String?
    /// A word for why, such as `silence`.
    public var reason: String
    /// From the old holder's last sign of life to the claim.
    public var silenceMs: Int?
    /// From the claim to the first announcement.
    public var claimMs: Int?
    /// From the first announcement to the first answer of another host that shows it arrived.
    public var confirmedMs: Int?
    /// That host.
    public var confirmedBy: String?

    public init(
        at: Timestamp, from: String?, to: String?, reason: String, silenceMs: Int?, claimMs: Int?, confirmedMs: Int?,
        confirmedBy: String? = nil
    ) {
        self.at = at
        self.from = from
        self.to = to
        self.reason = reason
        self.silenceMs = silenceMs
        self.claimMs = claimMs
        self.confirmedMs = confirmedMs
        self.confirmedBy = confirmedBy
    }

    var json: JSONValue {
        .object([
            "at": .string(at.rfc3339), "from": .optional(from), "to": .optional(to), "reason": .string(reason),
            "silenceMs": .optional(silenceMs), "claimMs": .optional(claimMs), "confirmedMs": .optional(confirmedMs),
            "confirmedBy": .optional(confirmedBy),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        at = try fields.timestamp("at")
        from = try fields.optionalString("from")
        to = try fields.optionalString("to")
        reason = try fields.string("reason")
        silenceMs = try fields.optionalInteger("silenceMs")
        claimMs = try fields.optionalInteger("claimMs")
        confirmedMs = try fields.optionalInteger("confirmedMs")
        confirmedBy = try fields.optionalString("confirmedBy")
    }
}

/// Somebody who answers for a virtual address and is no peer of the group, or a peer that should not (RFC 5227, 2.4).
public struct ConflictStatus: Equatable, Sendable {
    /// The virtual address.
    public var address: String
    /// Who else claims it.
    public var mac: String
    public var since: Timestamp
    public var lastSeen: Timestamp
    /// Frames that showed it.
    public var count: UInt64
    /// What it is and what to do, in one line.
    public var description: String

    public init(
        address: String, mac: String, since: Timestamp, lastSeen: Timestamp, count: UInt64, description: String
    ) {
        self.address = address
        self.mac = mac
        self.since = since
        self.lastSeen = lastSeen
        self.count = count
        self.description = description
    }

    var json: JSONValue {
        .object([
            "address": .string(address), "mac": .string(mac), "since": .string(since.rfc3339),
            "lastSeen": .string(lastSeen.rfc3339), "count": .counter(count), "description": .string(description),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        address = try fields.string("address")
        mac = try fields.string("mac")
        since = try fields.timestamp("since")
        lastSeen = try fields.timestamp("lastSeen")
        count = try fields.counter("count")
        description = try fields.string("description")
    }
}

/// What a group has counted since the daemon started.
public struct GroupCounters: Equatable, Sendable {
    public var announcementsSent: UInt64
    /// Other counters by name, in this order; the names must differ and contain no NUL.
    public var others: [Count]
    /// Refused frames by the name of the reason, in this order; same rule.
    public var framesDropped: [Count]

    /// A counter and its name.
    public struct Count: Equatable, Sendable {
        public var name: String
        public var value: UInt64

        public init(_ name: String, _ value: UInt64) {
            self.name = name
            self.value = value
        }
    }

    /// The keys of the JSON object that are no plain counters' names.
    private static let fixedKeys = ["announcementsSent", "framesDropped"]

    public init(announcementsSent: UInt64, others: [Count] = [], framesDropped: [Count]) {
        self.announcementsSent = announcementsSent
        self.others = others
        self.framesDropped = framesDropped
    }

    var json: JSONValue {
        func members(_ counts: [Count]) -> [JSONValue.Member] {
            counts.map { .init(key: $0.name, value: .counter($0.value)) }
        }
        let sent = JSONValue.Member(key: "announcementsSent", value: .counter(announcementsSent))
        let dropped = JSONValue.Member(key: "framesDropped", value: .object(members(framesDropped)))
        return .object([sent] + members(others) + [dropped])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        announcementsSent = try fields.counter("announcementsSent")
        others = try Self.counts(fields, except: Self.fixedKeys)
        framesDropped = try Self.counts(fields.object("framesDropped"), except: [])
    }

    /// All members of an object but some, each a counter.
    static func counts(_ fields: JSONFields, except fixed: [String]) throws(JSONError) -> [Count] {
        var counts: [Count] = []
        for key in fields.keys where !fixed.contains(key) { counts.append(Count(key, try fields.counter(key))) }
        return counts
    }
}
