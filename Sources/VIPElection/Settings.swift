// What one election is told about its group and its node, and the times that follow from it (docs/DESIGN.md, rules).

public import VIPWire

/// A group's settings. The caller validates; the ranges are the configuration's.
public struct GroupSettings: Hashable, Sendable {
    public var name: String
    /// At least one; the first is the one that heartbeats and probes speak of.
    public var addresses: [IPv4Address]
    /// 1...254, high first.
    public var priority: UInt8
    /// Between two announcements of a holder; 10 ms...10 s.
    public var interval: Duration
    /// Silence of the holder after which a candidate probes; at least one interval.
    public var suspectAfter: Duration
    /// How long the kernel keeps the addresses unless renewed; whole seconds, 2...30.
    public var leaseSeconds: Int
    /// Frames between nodes go to ff:ff:ff:ff:ff:ff instead of vipd's multicast address.
    public var broadcast: Bool
    /// A holder hands over to a candidate of higher priority that has been eligible for ``preemptDelay``.
    public var preempt: Bool
    public var preemptDelay: Duration
    /// The size of the cluster, 2 or more: turns quorum on. Nil: a segment that is cut in two has two holders.
    public var members: Int?
    /// With ``members``: a claim waits until the lease of a holder that hangs while it is cut off cannot stand.
    public var strict: Bool
    /// What sick nodes do where nobody is eligible: the holder keeps the addresses, and the others take over from one
    /// that is lost (true); or the holder drops them, and no sick node claims (false).
    public var holdsWhenAllUnhealthy: Bool
    /// From a handover for health's sake to the next: a successor that sickens sooner holds on until then; 0 or more.
    public var holdDown: Duration
    /// Hosts beside the gateways that are asked to confirm a takeover.
    public var confirm: [IPv4Address]
    /// Announcements and directed requests a second at most; nil: at line speed.
    public var pace: Int?
    /// What the link vouches for. ``Authentication/authenticated``: recordings of frames move nothing.
    public var authentication: Authentication

    /// How many addresses the kernel is asked for, or everybody is told of, in one go; between two goes frames are read and
    /// signs of life are sent. Nothing that nodes have to agree on.
    public var slice = 256

    public init(
        name: String, addresses: [IPv4Address], priority: UInt8 = 100, interval: Duration = .milliseconds(100),
        suspectAfter: Duration? = nil, leaseSeconds: Int = 3, broadcast: Bool = false,
        preempt: Bool = false, preemptDelay: Duration = .seconds(5), members: Int? = nil, strict: Bool = false,
        holdsWhenAllUnhealthy: Bool = true, holdDown: Duration = .seconds(5), confirm: [IPv4Address] = [],
        pace: Int? = nil, authentication: Authentication = .unauthenticated
    ) {
        precondition(!addresses.isEmpty, "a group has at least one address")
        precondition(members ?? 2 >= 2, "a cluster has at least two members")
        precondition(pace ?? 1 >= 1, "a pace is at least one frame a second")
        self.name = name
        self.addresses = addresses
        self.priority = priority
        self.interval = interval
        self.suspectAfter = suspectAfter ?? interval * (members == nil ? 2 : 5)
        self.leaseSeconds = leaseSeconds
        self.broadcast = broadcast
        self.preempt = preempt
        self.preemptDelay = preemptDelay
        self.members = members
        self.strict = strict
        self.holdsWhenAllUnhealthy = holdsWhenAllUnhealthy
        self.holdDown = holdDown
        self.confirm = confirm
        self.pace = pace
        self.authentication = authentication
    }

    /// Unanswered probes in a row before a first candidate claims.
    static let probeCount = 3
    /// From one probe to the next while the holder is suspected.
    var probeSpacing: Duration { max(interval / 5, .milliseconds(2)) }
    var lease: Duration { .seconds(leaseSeconds) }
    /// From one renewal of the lease to the next.
    var renewalSpacing: Duration { lease / 3 }
    /// From an announcement that could not be sent to the next attempt, once the lease needs renewing.
    var retrySpacing: Duration { min(probeSpacing, renewalSpacing / 2) }
    /// From one sign of life of a node without the addresses to the next.
    var candidateSpacing: Duration { members == nil ? interval * 5 : interval }
    /// The same for a candidate, which speaks when it hears the holder: where it did not in time, half an interval later.
    var longestCandidateSpacing: Duration { members == nil ? candidateSpacing + interval / 2 : candidateSpacing }
    /// Silence after which a node counts as gone: three of its signs of life, and a bit.
    static let peerTimeoutIntervals = 16
    /// How old the proof may be that a peer lives: so old may what it is believed be at most.
    var proofLasts: Duration { interval * Self.peerTimeoutIntervals }
    /// How long an answering kernel may be a dead daemon's: its lease, the kernel's timer grain, and slack.
    var longestOccupation: Duration { lease + .seconds(2) }
    /// Who was late for longer may have missed more than what it still has to read: a machine that was paused has nobody to
    /// keep its frames.
    var standstill: Duration { max(suspectAfter, .milliseconds(250)) }
    /// How long a foreign claim keeps a candidate from claiming after it was last seen.
    var foreignHold: Duration { min(lease, Self.conflictMemory) }
    /// How long a conflict stays in the status after it was last seen (RFC 5227, DEFEND_INTERVAL).
    static let conflictMemory: Duration = .seconds(10)
    /// How long a holder waits for the successor that it has named, before it names another or, with ``strict``, gives
    /// the handover up.
    var handoverPatience: Duration { min(probeSpacing * 5, .milliseconds(250)) }
    /// From one naming of the successor to the next.
    var namingSpacing: Duration { handoverPatience / 5 }
    /// From the successor's first announcement until the old holder lets go: a connection just accepted may finish.
    static let handoverLinger: Duration = .milliseconds(5)
    /// How long a successor takes its predecessor's announcements for the overlap of their handover.
    var handoverOverlap: Duration { handoverPatience * 2 + Self.handoverLinger }
    /// From a handover that came to nothing to the next for the same cause.
    var handoverRetry: Duration { max(interval * 5, .seconds(1)) }

    /// How many nodes make a majority, the node itself included; nil without ``members``.
    var quorum: Int? { members.map { $0 / 2 + 1 } }
    /// How long after it was sent an acknowledged frame lets a holder keep the addresses. Less than
    /// ``suspectAfter``, for clocks that run apart.
    var vouchFor: Duration { suspectAfter * 4 / 5 }
    /// How long a successor may hold by its predecessor's consent alone. Whoever acknowledged the predecessor within
    /// as long before is bound to it for longer than that.
    var consentFor: Duration { vouchFor / 2 }
    /// How long a node that heard a holder, or voted for one, gives no vote to another.
    var votePause: Duration { strict ? suspectAfter + longestLease : suspectAfter }
    /// How long a node that has just started gives no vote: it does not remember what it promised.
    var startPause: Duration { suspectAfter + (strict ? longestLease : lease) }
    /// How long the kernel may keep addresses after the last renewal: whole seconds, up to one late, and a clock that
    /// runs 2 % apart from ours.
    var longestLease: Duration { (lease + .seconds(1)) * 102 / 100 }

    /// From a refusal by the kernel to the next attempt.
    var retryDelay: Duration { lease }

    /// ``Digest`` of the group's name and addresses.
    public var groupDigest: UInt64 { Digest.group(name: name, addresses: addresses) }

    /// ``Digest`` of what the nodes of a group should have in common.
    public var configurationDigest: UInt64 {
        var digest = Digest()
        digest.add(UInt64(interval.nanoseconds))
        digest.add(UInt64(suspectAfter.nanoseconds))
        digest.add(UInt64(leaseSeconds))
        digest.add(UInt64(broadcast ? 1 : 0))
        digest.add(UInt64(members ?? 0))
        digest.add(UInt64(strict ? 1 : 0))
        return digest.value
    }
}

/// Who this node is on the group's link.
public struct NodeIdentity: Hashable, Sendable {
    /// ``Digest/node(machineID:mac:)``; never 0.
    public var id: UInt64
    /// 1...63 bytes.
    public var name: String
    /// The link's MAC address: the sender of every frame.
    public var mac: MACAddress
    /// The node's own address on the link, unspecified if it has none.
    public var address: IPv4Address
    /// Grows with each start of the daemon.
    public var epoch: UInt64

    public init(id: UInt64, name: String, mac: MACAddress, address: IPv4Address, epoch: UInt64) {
        self.id = id
        self.name = name
        self.mac = mac
        self.address = address
        self.epoch = epoch
    }
}
