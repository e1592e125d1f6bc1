// One group's election: a value that turns events into directives. Rules: docs/DESIGN.md.
// Deliberately not here: clocks, sockets, tasks, logging. What each state does stands in a file of its own.

import VIPWire

/// The election of one group on one node.
///
/// The caller gives it every event in the order in which they happened, performs the directives of each in order
/// before the next event, answers those that can fail with their event, and gives it ``Event/timeReached`` no earlier
/// than ``nextDeadline``. Instants must never go back.
public struct Election: Hashable, Sendable {
    public internal(set) var settings: GroupSettings
    public internal(set) var node: NodeIdentity
    /// The settings' digests, worked out once: every frame carries and checks them.
    private(set) var groupDigest: UInt64
    /// The group's addresses, for looking them up.
    let addressSet: Set<IPv4Address>
    private(set) var configurationDigest: UInt64

    var phase: Phase
    /// The highest term that was seen or claimed.
    var highestTerm: UInt64 = 0
    /// The holder that this node hears, or is.
    var holder: KnownHolder?
    /// How the last holder went, until another is heard.
    var departure: Departure?
    var obstacles: Set<Obstacle> = []
    var peerTable = PeerTable()
    var conflictTable = ConflictTable()
    /// When this node's next regular sign of life is due; nil while it does not speak.
    var nextSignAt: Instant?
    var lastReason = Reason.started
    var counters = ElectionCounters()
    var ballot = Ballot()
    var clientTable = ClientTable()
    var pacer = Pacer()
    /// What the kernel has granted of the addresses that this node claims or holds.
    var leases = Leases()
    /// The default gateways of the group's link.
    var gateways: [IPv4Address] = []
    var random: RandomSource
    /// With keys: proofs of life, given and asked for.
    var echoes = Echoes()

    private var isStarted = false
    /// Since when this node reads what arrived while it did nothing for long; nil while it keeps up. Until it has
    /// read everything it believes no word that would make it claim: the next one may take that word back.
    private(set) var catchingUpSince: Instant?
    /// This node has been named successor, and reads on before it believes that.
    var nomination: Nomination?
    /// When ``Event/timeReached`` is next due, unless another event comes before; nil for never. Worked out at the end of
    /// each event, and stored: it is asked for far more often.
    public private(set) var nextDeadline: Instant?
    /// Until when the kernel may have the addresses that it would not remove; nil if it has removed them.
    var keptUntil: Instant?
    /// ``Directive/finish`` was given.
    var isFinished = false
    /// Of the last frame that was sent with a trailer.
    var sequence: UInt64 = 0
    /// Empty but while an event is handled.
    private var output: [Directive] = []

    /// A holder as this node knows it.
    struct KnownHolder: Hashable, Sendable {
        var reference: NodeReference
        var priority: UInt8
        var term: UInt64
        var since: Instant
        var lastHeard: Instant
        /// ``Trailer/sequence`` of its last announcement.
        var sequence: UInt64
        /// Whom it has named, while it hands over.
        var successor: UInt64?
        /// With quorum: that announcement is acknowledged.
        var isAcknowledged = false
    }

    /// How a holder went.
    struct Departure: Hashable, Sendable {
        var holder: KnownHolder
        var reason: HolderChangeReason
        var noticedAt: Instant
    }

    /// - Parameters:
    ///   - settings: the validated settings of the group.
    ///   - node: this node on the group's link.
    ///   - seed: randomness; different on every node and at every start.
    ///   - firstSequence: below the sequence of the first frame. One that nobody can guess, below 2^63, keeps what was
    ///     recorded of earlier lives from answering this one.
    public init(settings: GroupSettings, node: NodeIdentity, seed: UInt64, firstSequence: UInt64 = 0) {
        self.settings = settings
        self.node = node
        groupDigest = settings.groupDigest
        addressSet = Set(settings.addresses)
        configurationDigest = settings.configurationDigest
        random = RandomSource(seed: seed)
        sequence = firstSequence
        phase = .listening(Phase.Listening(until: Instant(nanoseconds: .max), hasLeftover: false))
        noteDeadline()
    }

    /// Takes in one event and returns what to do about it, in order.
    ///
    /// Before ``Event/started(hasLeftover:obstacles:)`` every other event is a programmer's error.
    public mutating func handle(_ event: Event, at now: Instant) -> [Directive] {
        var directives: [Directive] = []
        handle(event, at: now, into: &directives)
        return directives
    }

    /// The same, in memory that is used again and again: what `directives` held is forgotten.
    public mutating func handle(_ event: Event, at now: Instant, into directives: inout [Directive]) {
        swap(&output, &directives)
        output.removeAll(keepingCapacity: true)
        // What is given out is not held on to: the next event would have to copy it.
        defer { swap(&output, &directives) }
        let lastSequence = sequence
        if case .started(let hasLeftover, let obstacles) = event {
            precondition(!isStarted, "an election starts once")
            isStarted = true
            start(hasLeftover: hasLeftover, obstacles: obstacles, at: now)
        } else {
            precondition(isStarted, "an election is started before anything else")
            // A holder that comes back after its lease may have been followed by another: whatever it hears next is
            // heard by a node that does not hold. Only the kernel's answer may say that the lease goes on.
            if case .addressesInstalled = event {} else { lapseIfDue(at: now) }
            noteLateness(at: now)
            dispatch(event, at: now)
            sendEcho(at: now)
            if case .timeReached = event { catchingUpSince = nil }
            lapseIfDue(at: now)
        }
        if settings.authentication != .unauthenticated && sequence != lastSequence {
            echoes.noteSent(from: lastSequence + 1, interval: settings.interval, at: now)
        }
        noteDeadline()
    }

    /// A deadline that is long past: this node was held up, and has frames to read.
    private mutating func noteLateness(at now: Instant) {
        assert(nextDeadline == earliestDeadline, "nothing but an event changes what a deadline follows from")
        guard catchingUpSince == nil, let due = nextDeadline, due + settings.interval < now else { return }
        catchingUpSince = now
        if due + settings.standstill < now { forgetWhatWasAsked(at: now) }
    }

    private mutating func dispatch(_ event: Event, at now: Instant) {
        switch event {
        case .started: break
        case .frameReceived(let frame): receive(frame, at: now)
        case .timeReached: reachTime(now)
        case .addressesInstalled(let refused): noteInstalled(refused: refused, at: now)
        case .addressesRemoved(let refused): noteRemoved(refused: refused, at: now)
        case .addressesLost(let addresses): noteLost(addresses, at: now)
        case .sendFailed: noteSendFailed()
        case .carrierLost: add(.carrierLost, at: now)
        case .carrierReturned: remove(.carrierLost, at: now)
        case .maintenanceSet(true): add(.maintenance, at: now)
        case .maintenanceSet(false): remove(.maintenance, at: now)
        case .healthSet(false): add(.unhealthy, at: now)
        case .healthSet(true): remove(.unhealthy, at: now)
        case .handoverRequested(let successor): requestHandover(to: successor, at: now)
        case .gatewaysChanged(let gateways): self.gateways = gateways
        case .stopRequested: add(.stopping, at: now)
        case .stopDemanded: stopNow(at: now)
        case .settingsChanged(let settings): adopt(settings, at: now)
        case .identityChanged(let identity): adopt(identity, at: now)
        }
    }

    mutating func noteDeadline() { nextDeadline = earliestDeadline }

    /// ``nextDeadline``, worked out.
    private var earliestDeadline: Instant? {
        var next = earlier(nextSignAt, silenceDeadline)
        next = earlier(next, earlier(peerTable.nextTimeout, conflictTable.nextExpiry))
        next = earlier(next, earlier(catchingUpSince, nomination?.heardAt))
        next = earlier(next, echoDeadline)
        switch phase {
        case .listening(let listening): return earlier(next, listening.until)
        case .candidate, .releasing: return next
        case .claiming(let claiming):
            next = earlier(next, earlier(leases.nextDue, leases.until))
            return earlier(next, quorumDeadline(consentUntil: claiming.consentUntil))
        case .probing(let probing): return earlier(next, probing.nextProbeAt)
        case .occupied(let occupied): return earlier(next, occupied.nextProbeAt)
        case .holder(let holding):
            next = earlier(next, earlier(leases.nextDue, leases.until))
            next = earlier(next, earlier(holding.nextDeadline, pacer.nextDeadline))
            return earlier(next, earlier(quorumDeadline(of: holding), preemptionDeadline(of: holding)))
        case .ineligible(let ineligible): return earlier(next, ineligible.retryAt)
        }
    }

    /// When a holder that is heard will have been silent for too long. Only those wait for it that follow one.
    private var silenceDeadline: Instant? {
        switch phase {
        case .candidate, .ineligible: holder.map { $0.lastHeard + settings.suspectAfter }
        case .listening, .probing, .occupied, .claiming, .holder, .releasing: nil
        }
    }

    private mutating func reachTime(_ now: Instant) {
        takeNomination(at: now)
        for peer in peerTable.expire(at: now) {
            emit(.report(.peerLost(peer.reference)))
            forgetRival(peer)
        }
        for conflict in conflictTable.expire(at: now) { emit(.report(.conflictEnded(conflict))) }
        if let deadline = silenceDeadline, deadline <= now { noteSilence(at: now) }
        switch phase {
        case .listening(let listening): if listening.until <= now { endListening(listening, at: now) }
        case .candidate, .releasing: break
        case .claiming(let claiming):
            if !abandonIfQuorumIsLost(claiming, at: now) { continueClaiming(claiming, at: now) }
        case .probing(let probing): if probing.nextProbeAt <= now { continueProbing(probing, at: now) }
        case .occupied(let occupied): if occupied.nextProbeAt <= now { continueOccupied(occupied, at: now) }
        case .holder(let holding):
            if !releaseIfQuorumIsLost(holding, at: now) { continueHolding(holding, at: now) }
        case .ineligible(let ineligible): if let retryAt = ineligible.retryAt, retryAt <= now { retry(at: now) }
        }
        if let signAt = nextSignAt, signAt <= now {
            let couldSend = !sendingFails
            sendSign(at: now)
            if couldSend { renewOnBeat(at: now) }
        }
    }

    private mutating func adopt(_ settings: GroupSettings, at now: Instant) {
        precondition(
            settings.name == self.settings.name && settings.addresses == self.settings.addresses,
            "another name or other addresses are another election"
        )
        let turnsQuorumOn = self.settings.quorum == nil && settings.quorum != nil
        self.settings = settings
        configurationDigest = settings.configurationDigest
        // What waits is repeated soon; without a pace nothing waits.
        if settings.pace == nil { pacer.clear() }
        // What it would have promised meanwhile it does not know; what it holds, nobody has had to acknowledge yet.
        if turnsQuorumOn { ballot.beginsAt = now + settings.startPause }
        if case .holder(var holding) = phase {
            if turnsQuorumOn { holding.consentUntil = now + settings.vouchFor }
            leases.hasten(to: now + settings.renewalSpacing)
            phase = .holder(holding)
        }
        reviewStanding(at: now)
        if nextSignAt != nil { sendSign(at: now) }
    }

    private mutating func adopt(_ identity: NodeIdentity, at now: Instant) {
        let macChanged = identity.mac != node.mac
        node = identity
        if case .holder = phase {
            let reference = ownReference
            holder?.reference = reference
            if macChanged { announceAnew(settings.addresses, at: now) }
        }
    }
}

// What the states share.
extension Election {
    var state: State { phase.state }
    var ownReference: NodeReference {
        NodeReference(id: node.id, name: node.name, address: node.address, mac: node.mac)
    }
    var ownRank: Rank { Rank(standing: standing, priority: settings.priority, id: node.id) }

    mutating func emit(_ directive: Directive) { output.append(directive) }

    /// Goes over to `phase`, and tells the operator if that is another state.
    mutating func enter(_ phase: Phase, because reason: Reason) {
        let before = state
        self.phase = phase
        guard state != before else { return }
        lastReason = reason
        emit(.report(.stateChanged(from: before, to: state, reason: reason)))
    }

    /// The next beat of a rhythm, without drift; a beat that was missed by more than one is not made up for.
    func nextTime(after last: Instant?, spacing: Duration, at now: Instant) -> Instant {
        guard let last, last <= now, now - last < spacing else { return now + spacing }
        return last + spacing
    }
}

/// The earlier of two instants, either of which may be never.
func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
}
