// The validated configuration of a daemon.
// Deliberately not here: where it comes from (Configuration+Load) and how an interface is found (LinkChoice).

public import VIPHealth
public import VIPWire

/// What `vipd run` was told, complete and within bounds if `load` made it.
public struct Configuration: Equatable, Sendable {
    /// The node's name; nil if none was given, which means the hostname.
    public var node: String?
    /// The groups, at least one; names and addresses are unique among them.
    public var groups: [GroupConfiguration]
    /// What frames are signed with.
    public var keys: KeySettings
    /// True to run before all that is not realtime, with the whole program in memory.
    public var realtime: Bool

    /// Puts a configuration together as it is; only `load` checks.
    public init(
        node: String? = nil, groups: [GroupConfiguration], keys: KeySettings = KeySettings(), realtime: Bool = false
    ) {
        self.node = node
        self.groups = groups
        self.keys = keys
        self.realtime = realtime
    }
}

/// Which keys guard the frames between the nodes.
public struct KeySettings: Equatable, Sendable {
    /// The file of the key that frames are signed with; nil for none, and then nothing else is set.
    public var file: String?
    /// Files of further keys whose frames are believed: old ones, or those to come; at most 8.
    public var accepted: [String]
    /// True while keys are handed out: signs, and believes unsigned frames all the same.
    public var acceptsUnsigned: Bool

    public init(file: String? = nil, accepted: [String] = [], acceptsUnsigned: Bool = false) {
        self.file = file
        self.accepted = accepted
        self.acceptsUnsigned = acceptsUnsigned
    }
}

/// The settings of one group: addresses that move together on one link.
public struct GroupConfiguration: Equatable, Sendable {
    /// 1 to 32 characters of A-Z a-z 0-9 . _ -
    public var name: String
    /// The virtual IPs in the order they were given: 1 to 4096 unicast addresses, none twice.
    public var addresses: [IPv4Address]
    /// How the interface is found.
    public var link: LinkChoice
    /// 1 to 254, higher first.
    public var priority: UInt8
    /// Time between two announcements, 10 ms to 10 s.
    public var interval: Duration
    /// Silence after which the holder is suspected, 1.5 intervals to 60 s.
    public var suspectAfter: Duration
    /// How long the kernel keeps an address that is not renewed, 2 to 30 s.
    public var leaseSeconds: Int
    /// True to send signs of life as broadcasts instead of to vipd's multicast address.
    public var broadcast: Bool
    /// True to hand over to a node of higher priority that has been eligible for `preemptDelay`.
    public var preempt: Bool
    /// 0 to 1 h.
    public var preemptDelay: Duration
    /// The number of nodes, 2 to 256, of which a majority must agree; nil for no quorum.
    public var members: Int?
    /// With `members`: never two holders, at the price of a takeover that takes `leaseSeconds` and a second longer.
    public var strict: Bool
    /// Hosts that are asked to confirm a takeover, beside the gateways; at most 16.
    public var confirm: [IPv4Address]
    /// Announcements and directed requests a second at most, 1 to 100,000; nil for no limit.
    public var pace: Int?
    /// What must be well for the node to be a good holder; names are unique, at most 16.
    public var checks: [CheckSpecification]
    /// What a sick node does while nobody else is well: true to keep, or take, the addresses; false to drop them.
    public var holdsWhenAllUnhealthy: Bool
    /// Between two moves for reasons of health, 0 to 1 h.
    public var holdDown: Duration
    /// What runs when the node takes or drops the addresses, or cannot hold them.
    public var hooks: HookCommands
    /// Where the same is posted to, an http or https URL.
    public var webhook: String?

    /// Puts a group together as it is, with the defaults for what is left out; only `Configuration.load` checks.
    /// `suspectAfter` nil means two intervals, with `members` five.
    public init(
        name: String = Limits.defaultGroupName, addresses: [IPv4Address], link: LinkChoice = .bySubnet,
        priority: UInt8 = Limits.defaultPriority, interval: Duration = Limits.defaultInterval,
        suspectAfter: Duration? = nil, leaseSeconds: Int = Limits.defaultLeaseSeconds, broadcast: Bool = false,
        preempt: Bool = false, preemptDelay: Duration = Limits.defaultPreemptDelay, members: Int? = nil,
        strict: Bool = false, confirm: [IPv4Address] = [], pace: Int? = nil,
        checks: [CheckSpecification] = [], holdsWhenAllUnhealthy: Bool = true,
        holdDown: Duration = Limits.defaultHoldDown, hooks: HookCommands = HookCommands(), webhook: String? = nil
    ) {
        self.name = name
        self.addresses = addresses
        self.link = link
        self.priority = priority
        self.interval = interval
        self.suspectAfter =
            suspectAfter ?? Limits.defaultSuspectAfter(interval: interval, hasQuorum: members != nil)
        self.leaseSeconds = leaseSeconds
        self.broadcast = broadcast
        self.preempt = preempt
        self.preemptDelay = preemptDelay
        self.members = members
        self.strict = strict
        self.confirm = confirm
        self.pace = pace
        self.checks = checks
        self.holdsWhenAllUnhealthy = holdsWhenAllUnhealthy
        self.holdDown = holdDown
        self.hooks = hooks
        self.webhook = webhook
    }
}

/// The programs of a group's hooks: each its absolute path and its arguments; nil for none.
public struct HookCommands: Equatable, Sendable {
    /// Runs when the node has taken the addresses.
    public var acquired: [String]?
    /// Runs when the node has dropped them.
    public var released: [String]?
    /// Runs when the node cannot hold, is sick, or somebody else claims an address.
    public var fault: [String]?
    /// How long each may run, 100 ms to 5 min.
    public var timeout: Duration

    public init(
        acquired: [String]? = nil, released: [String]? = nil, fault: [String]? = nil,
        timeout: Duration = Limits.defaultHookTimeout
    ) {
        self.acquired = acquired
        self.released = released
        self.fault = fault
        self.timeout = timeout
    }
}

/// How a group's interface is found.
public enum LinkChoice: Equatable, Sendable {
    /// By its name.
    case named(String)
    /// By its properties.
    case selector(DeviceSelector)
    /// By the group's addresses: the interface that has an address of their subnet.
    case bySubnet
}
