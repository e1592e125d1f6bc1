// What `vipd status` tells: the model and its JSON, whose keys and their order are those of docs (a stable interface).
// Deliberately not here: how it is drawn for people, and where the daemon takes it from.
public import VIPJSON

/// The whole answer to `status`. Durations are whole milliseconds; nil means unknown and is null in JSON.
public struct StatusReport: Equatable, Sendable {
    public var node: NodeIdentity
    public var groups: [GroupStatus]
    /// What the daemon as a whole had to turn away or drop since it started; the names differ and contain no NUL.
    public var counters: [GroupCounters.Count]

    public init(node: NodeIdentity, groups: [GroupStatus], counters: [GroupCounters.Count] = []) {
        self.node = node
        self.groups = groups
        self.counters = counters
    }

    /// The report as a JSON value, keys in their documented order.
    public var json: JSONValue {
        .object([
            "node": node.json,
            "groups": .array(groups.map(\.json)),
            "counters": .object(counters.map { .init(key: $0.name, value: .counter($0.value)) }),
        ])
    }

    /// Reads what `json` wrote; unknown keys are ignored, so that the writer may be newer.
    public init(json: JSONValue) throws(JSONError) { try self.init(JSONFields(json, at: "")) }

    init(_ fields: JSONFields) throws(JSONError) {
        node = try NodeIdentity(fields.object("node"))
        // A daemon from before they were told has none.
        counters =
            try fields.optionalObject("counters") { counts throws(JSONError) in
                try GroupCounters.counts(counts, except: [])
            } ?? []
        groups = try fields.array("groups", of: GroupStatus.init)
    }
}

/// The node that answers.
public struct NodeIdentity: Equatable, Sendable {
    public var name: String
    /// The 64-bit node id as 16 hexadecimal digits.
    public var id: String
    /// The version of the daemon that runs, which after an upgrade may not be that of the command.
    public var version: String
    public var authentication: AuthenticationStatus
    /// The id of the key that it signs with, 8 hexadecimal digits; nil for none.
    public var keyID: String?
    /// When the daemon began to serve, by the clock of that moment. It does not change during a daemon's life, and so
    /// tells one life from another, in each of which events are numbered from 1; nil from a daemon that does not say.
    public var startedAt: Timestamp?
    /// How the daemon runs beside others; nil from one that does not say.
    public var realtime: RealtimeStatus?

    public init(
        name: String, id: String, version: String = vipdVersion,
        authentication: AuthenticationStatus = .unauthenticated,
        keyID: String? = nil, startedAt: Timestamp? = nil, realtime: RealtimeStatus? = nil
    ) {
        self.name = name
        self.id = id
        self.version = version
        self.authentication = authentication
        self.keyID = keyID
        self.startedAt = startedAt
        self.realtime = realtime
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "id": .string(id), "version": .string(version),
            "authentication": .string(authentication.rawValue), "keyId": .optional(keyID),
            "startedAt": .optional(startedAt?.rfc3339), "realtime": realtime?.json ?? .null,
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.string("name")
        id = try fields.string("id")
        version = try fields.string("version")
        authentication = try fields.choice("authentication")
        keyID = try fields.optionalString("keyId")
        startedAt = try fields.optionalTimestamp("startedAt")
        realtime = try fields.optionalObject("realtime", as: RealtimeStatus.init)
    }
}

/// What came of the key `realtime`.
public struct RealtimeStatus: Equatable, Sendable {
    /// The configuration that the daemon was started with asks for it.
    public var isWanted: Bool
    /// The kernel runs the daemon before everything that is not realtime, as the service manager may have arranged without
    /// being asked.
    public var isScheduled: Bool
    /// All of the program stays in memory.
    public var isMemoryLocked: Bool

    public init(isWanted: Bool = false, isScheduled: Bool = false, isMemoryLocked: Bool = false) {
        self.isWanted = isWanted
        self.isScheduled = isScheduled
        self.isMemoryLocked = isMemoryLocked
    }

    var json: JSONValue {
        .object([
            "wanted": .bool(isWanted), "scheduled": .bool(isScheduled), "memoryLocked": .bool(isMemoryLocked),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        isWanted = try fields.bool("wanted")
        isScheduled = try fields.bool("scheduled")
        isMemoryLocked = try fields.bool("memoryLocked")
    }
}

/// How far the frames between the nodes are known to be theirs.
public enum AuthenticationStatus: String, CaseIterable, Sendable {
    /// There is no key.
    case unauthenticated
    /// Frames are signed, and unsigned ones are believed as well.
    case acceptsUnsigned
    /// Only signed frames are believed.
    case authenticated
}

/// The state of a node in the election of one group.
public enum NodeState: String, CaseIterable, Sendable {
    case listening, candidate, probing, occupied, claiming, holder, handingOver, releasing, ineligible

    /// True where the node has the group's addresses and announces them.
    public var isHolding: Bool { self == .holder || self == .handingOver }
}

/// One group, as the answering node sees it.
public struct GroupStatus: Equatable, Sendable {
    public var name: String
    /// The virtual addresses, in the order of the configuration.
    public var addresses: [String]
    /// The link they live on; nil while it is waited for.
    public var interface: String?
    /// The answering node's own state.
    public var state: NodeState
    /// Why it is in that state, for people.
    public var reason: String?
    /// The highest term seen.
    public var term: UInt64
    /// The holder, the answering node included; nil where nobody is known to hold.
    public var holder: HolderStatus?
    /// The other nodes. The answering node is not among them: see `own`.
    public var peers: [PeerStatus]
    public var lastTransition: TransitionStatus?
    /// The conflicts that stand at the moment.
    public var conflicts: [ConflictStatus]
    public var counters: GroupCounters
    /// The answering node's own part of the table; in JSON the last keys of the group.
    public var own: OwnStatus
    /// The answering node's checks, in the order of the configuration.
    public var checks: [CheckStatus]
    /// The node that holds next if nothing else changes: a name off the wire, or the answering node's; nil for none, or
    /// from a daemon that does not say.
    public var next: String?
    /// Milliseconds until the kernel would take the addresses from the answering node, did it not renew them; nil where
    /// it does not hold.
    public var leaseLeftMs: Int?
    /// What the group's transitions came to; nil from a daemon that does not count them.
    public var tallies: TransitionTallies?

    public init(
        name: String, addresses: [String], interface: String?, state: NodeState, reason: String?, term: UInt64,
        holder: HolderStatus?, peers: [PeerStatus], lastTransition: TransitionStatus?, conflicts: [ConflictStatus],
        counters: GroupCounters, own: OwnStatus, checks: [CheckStatus] = [], next: String? = nil,
        leaseLeftMs: Int? = nil, tallies: TransitionTallies? = nil
    ) {
        self.name = name
        self.addresses = addresses
        self.interface = interface
        self.state = state
        self.reason = reason
        self.term = term
        self.holder = holder
        self.peers = peers
        self.lastTransition = lastTransition
        self.conflicts = conflicts
        self.counters = counters
        self.own = own
        self.checks = checks
        self.next = next
        self.leaseLeftMs = leaseLeftMs
        self.tallies = tallies
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "addresses": .array(addresses.map(JSONValue.string)),
            "interface": .optional(interface), "state": .string(state.rawValue), "reason": .optional(reason),
            "term": .counter(term), "holder": holder?.json ?? .null, "peers": .array(peers.map(\.json)),
            "lastTransition": lastTransition?.json ?? .null, "conflicts": .array(conflicts.map(\.json)),
            "counters": counters.json,
            "address": .optional(own.address), "mac": .optional(own.mac), "priority": .integer(Int64(own.priority)),
            "eligible": .bool(own.eligible), "health": .optional(own.health),
            "checks": .array(checks.map(\.json)), "next": .optional(next), "leaseLeftMs": .optional(leaseLeftMs),
            "tallies": tallies?.json ?? .null,
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.string("name")
        addresses = try fields.strings("addresses")
        interface = try fields.optionalString("interface")
        state = try fields.choice("state")
        reason = try fields.optionalString("reason")
        term = try fields.counter("term")
        holder = try fields.optionalObject("holder", as: HolderStatus.init)
        peers = try fields.array("peers", of: PeerStatus.init)
        lastTransition = try fields.optionalObject("lastTransition", as: TransitionStatus.init)
        conflicts = try fields.array("conflicts", of: ConflictStatus.init)
        counters = try GroupCounters(fields.object("counters"))
        own = try OwnStatus(fields)
        checks = fields["checks"] == .null ? [] : try fields.array("checks", of: CheckStatus.init)
        next = try fields.optionalString("next")
        leaseLeftMs = try fields.optionalInteger("leaseLeftMs")
        tallies = try fields.optionalObject("tallies", as: TransitionTallies.init) ?? nil
    }
}

/// What the answering node says of itself in a group, beside its state.
public struct OwnStatus: Equatable, Sendable {
    /// Its own IPv4 address on the link, and the link's MAC; nil while the link is waited for.
    public var address: String?
    public var mac: String?
    /// 1-254, as configured.
    public var priority: Int
    public var eligible: Bool
    /// `ok`, or what fails.
    public var health: String?

    public init(address: String?, mac: String?, priority: Int, eligible: Bool, health: String?) {
        self.address = address
        self.mac = mac
        self.priority = priority
        self.eligible = eligible
        self.health = health
    }

    init(_ fields: JSONFields) throws(JSONError) {
        address = try fields.optionalString("address")
        mac = try fields.optionalString("mac")
        priority = try fields.integer("priority")
        eligible = try fields.bool("eligible")
        health = try fields.optionalString("health")
    }
}
