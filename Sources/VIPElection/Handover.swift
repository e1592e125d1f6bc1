// Make before break: the holder names a successor, goes on holding until that announces, and then lets go
// (docs/DESIGN.md, "Handover"). Used by stop, move, maintenance, failing health and preemption.

import VIPWire

/// A handover that is under way, kept by the holder.
struct Handover: Hashable, Sendable {
    /// No other than the first successor will do.
    var isBound: Bool
    var successor: NodeReference
    /// The term that the successor is to claim.
    var term: UInt64
    /// Those that were named so far, the present one last.
    var named: [NodeReference]
    var beganAt: Instant
    /// When the successor is named again, in case it did not hear.
    var nextNamingAt: Instant
    /// When the next candidate is named.
    var givesUpAt: Instant
    /// The successor announces: when this node lets go.
    var letsGoAt: Instant?
    /// A frame has gone out that names a successor: before, nobody can have claimed.
    var isSaid = false

    var nextDeadline: Instant { letsGoAt ?? min(nextNamingAt, givesUpAt) }
}

/// With strict: the last node that was named and not heard. It may have claimed, and hang with the addresses.
struct Unheard: Hashable, Sendable {
    var node: NodeReference
    /// When no lease of its can stand any more.
    var until: Instant
}

/// A holder's word that this node is to take over.
struct Nomination: Hashable, Sendable {
    var holder: NodeReference
    var term: UInt64
    /// With quorum: until when the holder's consent counts.
    var consentUntil: Instant?
    /// The holder hands over because its services are sick.
    var isForHealth: Bool
    var heardAt: Instant
}

extension Obstacle {
    /// Whether a holder has the time to hand over.
    var allowsHandover: Bool {
        switch self {
        case .stopping, .maintenance, .unhealthy: true
        case .carrierLost, .addressRefused: false
        }
    }
}

// The holder's side.
extension Election {
    /// An operator wants the addresses moved.
    mutating func requestHandover(to id: UInt64?, at now: Instant) {
        guard case .holder(let holding) = phase else {
            return emit(.report(.handoverRefused(.notHolder(holder: holder?.reference))))
        }
        if let refusal = refusal(ofHandoverTo: id, holding) { return emit(.report(.handoverRefused(refusal))) }
        let successors = successors(at: now)
        guard let successor = successors.first(where: { id == nil || $0.reference.id == id }) else {
            guard let unheard = holding.unheard else { return }
            return emit(.report(.handoverRefused(.unheard(unheard.node, for: unheard.until - now))))
        }
        beginHandover(to: successor.reference, isBound: id != nil, at: now)
    }

    /// The candidates that may be named, the best first: with strict only the last one that was not heard, while it may
    /// hang with the addresses. Last come those that may be recordings of nodes that are off.
    private func successors(at now: Instant) -> [Peer] {
        let successors = peerTable.successors.filter { mayName($0.reference.id, at: now) }
        return successors.filter { wasProven($0) } + successors.filter { !wasProven($0) }
    }

    private func mayName(_ id: UInt64, at now: Instant) -> Bool {
        guard case .holder(let holding) = phase, let unheard = holding.unheard else { return true }
        return unheard.node.id == id || unheard.until <= now
    }

    /// Whom a resignation is to name: with him the addresses may be, whatever this node has heard.
    func heir(at now: Instant) -> UInt64? {
        guard case .holder(let holding) = phase else { return nil }
        if let handover = holding.handover, handover.isSaid { return handover.successor.id }
        return holding.unheard.flatMap { now < $0.until ? $0.node.id : nil }
    }

    private func refusal(ofHandoverTo id: UInt64?, _ holding: Holding) -> HandoverRefusal? {
        if let handover = holding.handover { return .busy(to: handover.successor) }
        if holding.predecessor != nil { return .busy(to: ownReference) }
        guard let id else { return peerTable.successors.isEmpty ? .noCandidate : nil }
        if id == node.id { return .isHolder }
        guard let peer = peerTable.peer(id: id), peer.isAlive else { return .unknownNode }
        return peer.isCandidate ? nil : .notEligible(peer.reference)
    }

    /// A holder that may not stay: hands over, or releases at once if there is nobody.
    mutating func handOverOrRelease(because obstacle: Obstacle, at now: Instant) {
        guard case .holder(var holding) = phase else { return }
        // The end of the overlap looks at the obstacles again.
        if holding.predecessor != nil { return }
        if obstacle == .unhealthy, let until = holdDownEnd(of: holding), now < until {
            // The others are to know how it stands with it.
            return sendSign(at: now)
        }
        if var handover = holding.handover {
            // One is under way already; now it must lead away from here.
            handover.isBound = false
            holding.handover = handover
            phase = .holder(holding)
            return
        }
        if let successor = successors(at: now).first {
            beginHandover(to: successor.reference, isBound: false, at: now)
        } else {
            leaveWithoutSuccessor(because: obstacle, at: now)
        }
    }

    mutating func beginHandover(to successor: NodeReference, isBound: Bool, at now: Instant) {
        guard case .holder(var holding) = phase else { return }
        holding.handover = Handover(
            isBound: isBound, successor: successor, term: nextTerm(), named: [successor],
            beganAt: now, nextNamingAt: now, givesUpAt: now + settings.handoverPatience)
        emit(.report(.handoverBegan(to: successor)))
        enter(.holder(holding), because: .successorNamed(name: successor.name))
        continueHandover(at: now)
    }

    /// Does what is due in a handover.
    mutating func continueHandover(at now: Instant) {
        guard case .holder(var holding) = phase, var handover = holding.handover else { return }
        if let letsGoAt = handover.letsGoAt {
            if letsGoAt <= now { letGo(handover, at: now) }
            return
        }
        if handover.givesUpAt <= now {
            let others = successors(at: now).map(\.reference).filter { other in
                !handover.named.contains { $0.id == other.id }
            }
            // With strict the first may have claimed and hang since: nobody else is named while its lease may stand.
            guard !handover.isBound, !settings.strict, let next = others.first else {
                return endHandover(handover, at: now)
            }
            handover.successor = next
            handover.named.append(next)
            handover.term = nextTerm()
            handover.givesUpAt = now + settings.handoverPatience
            handover.nextNamingAt = now
            emit(.report(.handoverBegan(to: next)))
        }
        guard handover.nextNamingAt <= now else { return }
        handover.nextNamingAt = now + settings.namingSpacing
        // The successor claims in no term lower than one it has heard of.
        if handover.term < highestTerm { handover.term = nextTerm() }
        let stands = !holding.restoring.contains(settings.addresses[0])
        let isNamed = stands && mayConsent(at: now)
        handover.isSaid = handover.isSaid || isNamed
        holding.handover = handover
        phase = .holder(holding)
        if isNamed { send(.handover, term: handover.term) }
    }

    /// Nobody that was named has taken over.
    private mutating func endHandover(_ handover: Handover, at now: Instant) {
        guard case .holder(var holding) = phase else { return }
        holding.handoverRetryAt = now + settings.handoverRetry
        if settings.strict && handover.isSaid {
            holding.unheard = Unheard(node: handover.successor, until: now + settings.longestLease)
        }
        // Obstacles have come and gone meanwhile: those that stand now decide.
        if let obstacle = obstacles.min() {
            emit(.report(.handoverFailed(tried: handover.named)))
            phase = .holder(holding)
            leaveWithoutSuccessor(because: obstacle, at: now)
        } else {
            holding.handover = nil
            enter(.holder(holding), because: .noSuccessor)
            // Before anybody is told: a successor that comes to late reads this after its naming, and lets it be.
            sendSign(at: now)
            emit(.report(.handoverFailed(tried: handover.named)))
        }
    }

    /// A holder that should leave, and nobody to follow it.
    private mutating func leaveWithoutSuccessor(because obstacle: Obstacle, at now: Instant) {
        if obstacle == .unhealthy && settings.holdsWhenAllUnhealthy {
            guard case .holder(var holding) = phase else { return }
            holding.handover = nil
            enter(.holder(holding), because: .noSuccessor)
            // Without its flag the others would name it in their turn.
            sendSign(at: now)
            return
        }
        stepDown(HolderChangeReason(obstacle), at: now)
        emit(.closeConnections)
        // With strict it goes on naming the one that may hang with the addresses: that frees nobody's vote.
        let heir = settings.strict ? heir(at: now) : nil
        release(then: .ineligible, resigns: canSpeak, to: heir, because: .obstacle(obstacle))
    }

    /// A node that was named says that it does not hold, and may not: the next is named without waiting for it.
    mutating func noteNamed(_ peer: Peer, at now: Instant) {
        guard case .holder(var holding) = phase, let handover = holding.handover, handover.letsGoAt == nil,
            handover.successor.id == peer.reference.id, !peer.isCandidate
        else { return }
        holding.handover?.givesUpAt = now
        phase = .holder(holding)
    }

    /// Takes note of an announcement by a node that was named; false if it was not, or does not know of it.
    mutating func meetSuccessor(_ trailer: Trailer, _ peer: Peer, at now: Instant) -> Bool {
        guard case .holder(var holding) = phase, let handover = holding.handover,
            handover.isSaid, handover.named.contains(where: { $0.id == peer.reference.id }),
            // After the last term there is none, which only a forged frame can bring about.
            trailer.term > holding.term || holding.term == .max
        else { return false }
        guard handover.letsGoAt == nil else { return true }
        holding.handover?.successor = peer.reference
        holding.handover?.letsGoAt = now + GroupSettings.handoverLinger
        phase = .holder(holding)
        // From here on only the successor speaks for the addresses.
        nextSignAt = nil
        holder?.lastHeard = handover.beganAt
        lose(.handover, at: handover.beganAt)
        follow(trailer, peer, at: now)
        return true
    }

    /// The successor has the addresses: connections are reset while their other ends can still be told, then the
    /// addresses go, then this node resigns.
    private mutating func letGo(_ handover: Handover, at now: Instant) {
        emit(.closeConnections)
        let isLeaving = !obstacles.isEmpty
        release(
            then: isLeaving ? .ineligible : .candidate, resigns: canSpeak, to: handover.successor.id,
            because: .successorTookOver(name: handover.successor.name))
        if isLeaving, let obstacle = obstacles.min() { lastReason = .obstacle(obstacle) }
    }
}

// The successor's side.
extension Election {
    /// The holder names a successor; for everybody else that is an announcement like any other.
    mutating func heardHandover(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        if nomination?.holder.id == peer.reference.id { nomination = nil }
        guard trailer.subject == node.id else {
            noteNaming(trailer, from: peer, at: now)
            return
        }
        switch phase {
        case .candidate, .probing, .occupied:
            // Its holder repeats it, if it still stands, and once it is known to live.
            guard catchingUpSince == nil, obstacles.isEmpty, isProven(peer, at: now) else { return }
            guard trailer.term >= highestTerm, !isForeignClaimFresh(at: now) else { return }
            let consentUntil = consent(in: trailer)
            if settings.quorum != nil && (consentUntil.map { $0 <= now } ?? true) { return }
            recallHolder(peer)
            holder?.lastHeard = now
            nomination = Nomination(
                holder: peer.reference, term: trailer.term, consentUntil: consentUntil,
                isForHealth: trailer.flags.contains(.sick), heardAt: now)
        case .holder(let holding) where holding.predecessor?.id == peer.reference.id:
            // It has not heard yet.
            sendSign(at: now)
        case .listening, .claiming, .holder, .releasing, .ineligible: break
        }
    }

    /// Takes over from the holder that has named this node, now that everything that had arrived is read: a node that
    /// was held up reads the naming first, and only then that the holder went on without it.
    mutating func takeNomination(at now: Instant) {
        guard let nomination else { return }
        self.nomination = nil
        switch phase {
        case .candidate, .probing, .occupied: break
        case .listening, .claiming, .holder, .releasing, .ineligible: return
        }
        let isHeld = holder == nil || holder?.reference.id == nomination.holder.id
        guard isHeld, obstacles.isEmpty, nomination.term >= highestTerm, !isForeignClaimFresh(at: now) else { return }
        lose(.handover, at: now)
        // Before anything can draw a client here.
        emit(.relay(to: nomination.holder.mac))
        claim(
            term: nomination.term, predecessor: nomination.holder.id, consentUntil: nomination.consentUntil,
            isForHealth: nomination.isForHealth, because: .namedSuccessor(by: nomination.holder.name), at: now)
    }

    /// The holder that is followed is alive, and about to hand over.
    private mutating func noteNaming(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        switch phase {
        case .candidate, .ineligible, .probing, .occupied:
            if recallHolder(peer), phase.state != .ineligible {
                becomeCandidate(because: .heardHolder(name: peer.reference.name), at: now)
            }
            guard holder?.reference.id == peer.reference.id else { return }
            holder?.lastHeard = now
            holder?.successor = trailer.subject
        case .listening, .claiming, .holder, .releasing: break
        }
    }

    /// Takes a holder that was lost for the holder again; false if `peer` is another.
    @discardableResult
    private mutating func recallHolder(_ peer: Peer) -> Bool {
        guard holder == nil, let departure, departure.holder.reference.id == peer.reference.id else { return false }
        holder = departure.holder
        self.departure = nil
        return true
    }

    /// The predecessor has let go, or should have: the caches that it may have answered meanwhile are set right.
    mutating func endOverlap(at now: Instant) {
        guard case .holder(var holding) = phase, holding.predecessor != nil else { return }
        holding.predecessor = nil
        phase = .holder(holding)
        // It knows the connections that it had no more than this node does: here they are reset at once.
        emit(.endRelay)
        announceAnew(settings.addresses, at: now)
        // What came up in the overlap has waited for its end.
        if let obstacle = obstacles.min(), obstacle.allowsHandover { handOverOrRelease(because: obstacle, at: now) }
    }

    /// Whether a claim by `id` is the overlap of a handover that this node is part of, and no conflict.
    func isOverlap(with id: UInt64?, at now: Instant) -> Bool {
        guard let id, case .holder(let holding) = phase else { return false }
        if isPredecessor(id, at: now) { return true }
        return holding.handover.map { $0.isSaid && $0.named.contains { $0.id == id } } ?? false
    }

    /// Whether an announcement is the predecessor's last word, and not that of a new claim of its.
    func isOfOverlap(_ trailer: Trailer, at now: Instant) -> Bool {
        guard case .holder(let holding) = phase, trailer.term <= holding.term else { return false }
        return isPredecessor(trailer.node, at: now)
    }

    /// Whether `id` is the node that has named this one, and may not have let go yet.
    func isPredecessor(_ id: UInt64, at now: Instant) -> Bool {
        guard case .holder(let holding) = phase, let predecessor = holding.predecessor else { return false }
        return predecessor.id == id && now < predecessor.until
    }
}
