// What must hold in every run: named sentences, and the bounds in them worked out from the settings.

public import VIPElection

/// Something that must hold in every run.
public struct Property: Hashable, Sendable {
    /// Short, for reports.
    public let name: String
    /// One sentence.
    public let statement: String

    /// Safety: two who hear each other.
    public static let oneHolderPerSegment = Property(
        name: "one-holder-per-segment",
        statement: """
            Two kernels that reach each other and whose daemons both live have an address at once for no longer than \
            an interval, two frames, the kernels' answers and the moment that a handover lets pass, and an interval more \
            for each announcement that the network loses between them, or lets a later frame overtake.
            """)
    /// Safety: quorum.
    public static let oneHolderAnywhere = Property(
        name: "one-holder-anywhere",
        statement: """
            With members, no two kernels have an address at once, wherever they are, but for what a slow kernel takes; \
            for a handover's overlap, at most the suspicion and the holder's patience, and for the lease of a kernel \
            that keeps addresses after it or whose daemon hangs or dies inside it; for the lease of a holder whose \
            daemon hangs or dies or whose kernel keeps addresses, unless strict; and for a machine that stood still, \
            until its daemon has found its votes old, or, where that hangs, or its kernel keeps addresses, until their \
            lease has ended.
            """)
    /// Safety: a dead daemon's kernel.
    public static let noClaimOverAnswer = Property(
        name: "no-claim-over-answer",
        statement: """
            A node that suspects the holder claims only after three of its probes in a row were sent without an answer \
            having come, when the holder has said that it let go, or when a peer's kernel has answered for longer than \
            any lease.
            """)
    /// Safety: foreign hosts.
    public static let noClaimOverForeigner = Property(
        name: "no-claim-over-foreigner",
        statement:
            "A node does not claim within a lease of a frame in which a machine that is no peer claimed an address.")
    /// Safety: announcements.
    public static let confirmedBeforeAnnounced = Property(
        name: "confirmed-before-announced",
        statement: """
            A daemon sends a frame with an address of the group as sender only between its kernel's word that the \
            addresses are there and its own request to remove them.
            """)
    /// Safety: senders.
    public static let senderHolds = Property(
        name: "sender-holds",
        statement: """
            No frame with an address of the group as sender comes from a machine whose kernel does not have that \
            address, but for the few milliseconds in which the kernel's word of an outsider's removal is on its way.
            """)
    /// Liveness.
    public static let oneHolderAfterHealing = Property(
        name: "one-holder-after-healing",
        statement: """
            Once everything is repaired, exactly one node holds all addresses after at most a lease and two seconds, \
            the suspicion, sixteen intervals, and four probe spacings for each node; with members as much as a start \
            and three candidacies need beside; with preemption its delay beside, and a second. Where services stay \
            sick, it is one whose services are well if there is one, the hold-down and a handover later at most; if \
            there is none, one of the sick, or with `release` none.
            """)
    /// Liveness.
    static let movesForHealthApart = Property(
        name: "moves-for-health-apart",
        statement: """
            A node that took over because the holder's services were sick hands over for its own sickness no sooner than \
            the hold-down after its claim.
            """)
    /// Liveness.
    public static let noFlapping = Property(
        name: "no-flapping",
        statement: "Without a fault the holder stays the holder, once preemption has had its time.")
    /// Liveness.
    public static let handoverEnds = Property(
        name: "handover-ends",
        statement: """
            A holder that hands over no longer does after five probe spacings, or 250 ms if that is less, for each \
            other node.
            """)
    /// Liveness.
    public static let deadlinesMoveOn = Property(
        name: "deadlines-move-on",
        statement: "A daemon that is woken at its deadline names a later one: it never spins.")

    /// All of them, safety first.
    public static let all = [
        oneHolderPerSegment, oneHolderAnywhere, noClaimOverAnswer, noClaimOverForeigner, confirmedBeforeAnnounced,
        senderHolds, oneHolderAfterHealing, movesForHealthApart, noFlapping, handoverEnds, deadlinesMoveOn,
    ]
}

/// A property that did not hold.
public struct Violation: Hashable, Sendable {
    public var property: Property
    /// When it was noticed, in the world's time.
    public var at: Instant
    /// Who and what, in words.
    public var detail: String

    /// Name, time, and who and what, in one line.
    public var words: String { "\(property.name) at \(Narration.time(at)): \(detail)" }
}

/// The times that properties speak of, from a group's settings. Clocks may be a hundredth apart, so each is a fiftieth
/// longer than on a perfect clock.
struct Bounds: Hashable, Sendable {
    var interval: Duration
    var suspectAfter: Duration
    var probeSpacing: Duration
    var lease: Duration
    var hasQuorum: Bool
    var isStrict: Bool
    var holdsWhenAllUnhealthy: Bool
    private var holdDown: Duration
    private var preemption: Duration

    init(_ settings: GroupSettings) {
        hasQuorum = settings.members != nil
        isStrict = settings.strict
        holdsWhenAllUnhealthy = settings.holdsWhenAllUnhealthy
        holdDown = settings.holdDown
        preemption = settings.preempt ? settings.preemptDelay + .seconds(1) + settings.interval * 5 : .zero
        interval = settings.interval
        suspectAfter = settings.suspectAfter
        probeSpacing = max(settings.interval / 5, .milliseconds(2))
        lease = .seconds(settings.leaseSeconds)
    }

    /// What a holder lets pass between its successor's announcement and letting go.
    private static let linger: Duration = .milliseconds(5)

    /// From the moment at which two holders can hear each other to the end of one of them, which may be handing over to
    /// the other just then.
    func conflict(frame: Duration, kernel: Duration) -> Duration {
        stretched(interval + Self.linger) + frame * 2 + kernel * 5
    }

    /// How much longer where a daemon first listens with an earlier life's addresses.
    var listening: Duration { stretched(suspectAfter + probeSpacing) }

    /// From the end of all faults to one holder.
    func healing(nodes: Int) -> Duration {
        let votes = hasQuorum ? startPause + (votePause + suspectAfter + probeSpacing * 5) * 3 : .zero
        return stretched(
            lease + .seconds(2) + suspectAfter + interval * 16 + probeSpacing * (4 * nodes) + votes + preemption)
    }

    /// How much longer until one that is well holds, where services stay sick: the hold-down, a handover that is tried
    /// twice, and the signs of life that tell who is well.
    func recovery(nodes: Int) -> Duration {
        stretched(holdDown + handover(nodes: nodes) * 2 + max(interval * 5, .seconds(1)) + interval * 10)
    }

    /// The shortest time between two moves for health's sake, on a clock that may run fast.
    var shortestHoldDown: Duration { holdDown - holdDown / 50 }

    /// How long a node that has started gives no vote, and how long one that has given one gives no other.
    private var startPause: Duration { suspectAfter + (isStrict ? longestLease : lease) }
    private var votePause: Duration { isStrict ? suspectAfter + longestLease : suspectAfter }
    private var longestLease: Duration { stretched(lease + .seconds(1)) }

    /// How long a holder waits for a successor that it has named.
    private var patience: Duration { min(probeSpacing * 5, .milliseconds(250)) }

    /// The longest overlap of a handover: the holder goes on while its votes are fresh.
    var overlap: Duration { stretched(suspectAfter + patience * 2 + Self.linger) }

    /// From the first naming of a successor to the end of the handover.
    func handover(nodes: Int) -> Duration { stretched(patience * nodes + Self.linger + interval) }

    /// How long a machine that stood still may believe in its votes.
    var staleVotes: Duration { stretched(suspectAfter) }

    private func stretched(_ duration: Duration) -> Duration { duration + duration / 50 }
}
