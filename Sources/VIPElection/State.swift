// The states of an election: what each means, who enters it, and where it leads.

import VIPWire

/// What a node is doing about its group's addresses. The names are those of status, log and docs.
public enum State: String, Sendable, CaseIterable {
    /// Just started, or returned to the link: hears the segment out before it speaks, for `suspectAfter` and a random
    /// part of a probe's spacing. Entered at the start, when the last obstacle goes, and by a holder whose lease has
    /// lapsed. Leads to `candidate` (an announcement is heard), `probing` (none was), `claiming` (none was, and the
    /// addresses of an earlier life still stand), `releasing` (they stand, and somebody else announces, or their lease
    /// ends), `ineligible`.
    case listening
    /// Eligible, and hears a holder. Leads to `probing` on its silence, `claiming` when it resigns and it is our turn.
    case candidate
    /// The holder is silent, or there is none: asks for the address, every probe spacing. Leads to `candidate`
    /// (announcement), `occupied` (an answer without an announcement), `claiming` (unanswered for our turn).
    case probing
    /// A kernel answers for the address and no daemon announces it: dead daemon under a lease, or a foreign host.
    /// Leads to `candidate` (announcement) or `claiming` (answers have stopped, or a peer's outlast any lease).
    case occupied
    /// The kernel was asked to install the addresses; nothing is announced before it has confirmed. Leads to `holder`,
    /// or through `releasing` to `candidate` (a better claim is heard), `listening` (the lease has ended
    /// before all was confirmed) or `ineligible` (refused, or another obstacle).
    case claiming
    /// Has the addresses, announces them, renews their lease. Leads to `handingOver` and `releasing`.
    case holder
    /// Still the holder, and has named a successor. Leads to `releasing` (the successor announces, or there is none
    /// and this node may not stay), or back to `holder` (there is none and it may).
    case handingOver
    /// The kernel was asked to remove the addresses. Leads to `candidate`, `listening` or `ineligible`.
    case releasing
    /// May not hold: no carrier, maintenance, refused by the kernel, stopping; or sick while another holds. Leads to
    /// `listening`, to `candidate` where a holder is heard, and to `probing` where nothing but sickness stands against
    /// this node, a last resort (``Election/isLastResort``), and the holder is gone.
    case ineligible
}

/// Why a node may not hold, the weightiest first.
public enum Obstacle: Hashable, Sendable, Comparable {
    case stopping
    case carrierLost
    case maintenance
    case unhealthy
    /// The kernel refused an address; `errno` is its answer (errno(3)).
    case addressRefused(errno: Int32)
}

/// An election's state with what belongs to that state alone.
enum Phase: Hashable, Sendable {
    case listening(Listening)
    case candidate
    case probing(Probing)
    case occupied(Occupied)
    case claiming(Claiming)
    case holder(Holding)
    case releasing(Releasing)
    case ineligible(Ineligible)

    struct Listening: Hashable, Sendable {
        var until: Instant
        /// The kernel still has the addresses of an earlier life.
        var hasLeftover: Bool
    }

    struct Probing: Hashable, Sendable {
        var nextProbeAt: Instant
        /// Probes in a row that nobody has answered.
        var unanswered = 0
        /// The last probe went out: one that could not be sent is not unanswered.
        var wasAsked = true
        /// After a resignation the address is known to be free: a first candidate need not probe.
        var isFree: Bool
        /// With quorum: the vote that this node asks for.
        var candidacy: Candidacy?
    }

    struct Occupied: Hashable, Sendable {
        var since: Instant
        var nextProbeAt: Instant
        var unanswered = 0
        /// The last probe went out.
        var wasAsked = true
        /// An answer has come since the last probe.
        var answered = true
        /// When a peer's MAC first answered, if one did: its lease ends. Later, as far as a foreign claim kept everybody waiting.
        var peerSince: Instant?
        var lastAnswerBy: MACAddress
        /// Longer than any lease: a foreign host has the address.
        var outlastsLeases = false
    }

    struct Claiming: Hashable, Sendable {
        var term: UInt64
        var requestedAt: Instant
        /// The holder that named this node its successor.
        var predecessor: UInt64?
        /// With quorum: until when its consent counts.
        var consentUntil: Instant?
        /// That holder's services were sick.
        var isForHealth = false
    }

    struct Releasing: Hashable, Sendable {
        var resigns: Bool
        var next: Next
        /// Who has the addresses now, or is about to, by this node's own choice.
        var successor: UInt64?

        enum Next: Hashable, Sendable { case candidate, listening, ineligible }
    }

    struct Ineligible: Hashable, Sendable {
        /// When to ask a kernel that refused again.
        var retryAt: Instant?
    }

    /// Whether this node takes over from one that may not have let go yet.
    var isInOverlap: Bool {
        switch self {
        case .claiming(let claiming): claiming.predecessor != nil
        case .holder(let holding): holding.predecessor != nil
        case .listening, .candidate, .probing, .occupied, .releasing, .ineligible: false
        }
    }

    var state: State {
        switch self {
        case .listening: .listening
        case .candidate: .candidate
        case .probing: .probing
        case .occupied: .occupied
        case .claiming: .claiming
        case .holder(let holding): holding.handover == nil ? .holder : .handingOver
        case .releasing: .releasing
        case .ineligible: .ineligible
        }
    }
}
