// One group on this node: its configuration, its election while it has a link, and what it waits for while it has none.
// Deliberately not here: performing directives (Daemon+Performing) and choosing links (Daemon+Links).

public import VIPConfiguration
import VIPControl
public import VIPElection
import VIPWire

/// An election behind a reference: it is many times the size of what is asked of it, and is not copied to be asked.
final class RunningElection {
    var value: Election

    init(_ value: Election) { self.value = value }
}

/// A group that the daemon serves.
final class Group {
    var configuration: GroupConfiguration
    /// Runs while the group has a link.
    var running: RunningElection?
    /// The election as it is now, a copy of all of it: what is done for every frame looks at ``running`` instead.
    var election: Election? { running?.value }
    /// The election's next deadline; kept, because every turn of the loop asks all groups.
    var deadline: Instant?
    /// The index of the link that the election runs on.
    var linkIndex: Int?
    /// Why there is no link yet, in one line.
    var waitingFor: String?
    /// Keeps another vipd in this network namespace from serving the same address.
    let reservation: AnyObject
    /// The last change of the holder that this node saw, with its civil time.
    var lastChange: (change: HolderChange, at: Instant)?
    /// The first host that confirmed it, and how long after this node's announcement.
    var lastConfirmation: (host: IPv4Address, after: Duration)?
    /// The holder was there before this node could have seen its claim.
    var cameLaterThanHolder = false
    /// Where the time of the change that is under way goes.
    var phases = PhaseClock()
    /// The state that the election last told of.
    var toldState = State.listening
    /// What was counted on links that the group had before.
    var countedBefore: GroupCounters?
    /// What its transitions came to, on all links that the group had.
    var tallies = TransitionTallies()

    /// Why the handover that was asked for last did not begin.
    var handoverRefusal: HandoverRefusal?
    /// The checks of the configuration, in its order.
    var checks: [RunningCheck] = []
    /// A check fails, or the link has lost its subnet: the election has been told.
    var isSick = false
    /// The link had an address of its own in the group's subnet at some time since the group began on it.
    var hadSubnet = false
    /// Since when it has none any more: a holder there answers ARP, and has no route to those who ask.
    var strandedSince: Instant?
    /// It has had none for so long that it counts as sick.
    var isStranded = false
    /// The election has finished: the group is released.
    var isFinished = false

    init(configuration: GroupConfiguration, authentication: Authentication, reservation: AnyObject) {
        self.configuration = configuration
        self.authentication = authentication
        self.reservation = reservation
    }

    var name: String { configuration.name }

    func isDue(at now: Instant) -> Bool { deadline.map { $0 <= now } ?? false }

    /// What the link vouches for, the same for all groups.
    var authentication: Authentication
    /// The configuration as the election takes it.
    var settings: GroupSettings {
        var settings = GroupSettings(configuration)
        settings.authentication = authentication
        return settings
    }
}

extension Authentication {
    /// What a node with these keys vouches for.
    init(_ keys: KeySettings) {
        if keys.file == nil {
            self = .unauthenticated
        } else {
            self = keys.acceptsUnsigned ? .acceptsUnsigned : .authenticated
        }
    }
}

extension GroupSettings {
    /// The settings of a group's election; what vouches for its link is not in the configuration.
    public init(_ group: GroupConfiguration) {
        self.init(
            name: group.name, addresses: group.addresses, priority: group.priority, interval: group.interval,
            suspectAfter: group.suspectAfter, leaseSeconds: group.leaseSeconds, broadcast: group.broadcast,
            preempt: group.preempt, preemptDelay: group.preemptDelay, members: group.members, strict: group.strict,
            holdsWhenAllUnhealthy: group.holdsWhenAllUnhealthy, holdDown: group.holdDown, confirm: group.confirm,
            pace: group.pace
        )
    }
}
