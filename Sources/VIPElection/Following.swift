// A node that does not hold: whom it follows, when it suspects, and what a resignation means to it.

import VIPWire

extension Election {
    /// A node with a valid trailer says that it holds.
    mutating func heardAnnouncement(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        if nomination?.holder.id == peer.reference.id, trailer.subject != node.id { nomination = nil }
        switch phase {
        // A predecessor that announces a later term has claimed anew: this node's own claim was not heard for long.
        case .claiming(let claiming) where claiming.predecessor == peer.reference.id && trailer.term <= claiming.term:
            break
        case .holder, .claiming:
            // Who may only be a recording of the successor is asked first.
            if !isProven(peer, at: now) && isOverlap(with: peer.reference.id, at: now) { return }
            if meetSuccessor(trailer, peer, at: now) || isOfOverlap(trailer, at: now) { return }
            meetRival(trailer, peer, at: now)
        // It cannot ask yet, and does not let go for what may be a recording: it claims, and asks then.
        case .listening(let listening) where listening.hasLeftover && !isProven(peer, at: now): break
        case .listening(let listening):
            follow(trailer, peer, at: now)
            if listening.hasLeftover {
                release(then: .candidate, because: .heardHolder(name: peer.reference.name))
            } else {
                becomeCandidate(because: .heardHolder(name: peer.reference.name), at: now)
            }
        case .candidate:
            guard shouldFollow(peer, at: now) else { return }
            follow(trailer, peer, at: now)
            speakOnBeat(at: now)
        case .ineligible, .releasing:
            if shouldFollow(peer, at: now) { follow(trailer, peer, at: now) }
        case .probing, .occupied:
            follow(trailer, peer, at: now)
            becomeCandidate(because: .heardHolder(name: peer.reference.name), at: now)
        }
    }

    /// Whether `peer` is the holder to follow: the one we follow, any if we hear none, else the better claim.
    private func shouldFollow(_ peer: Peer, at now: Instant) -> Bool {
        guard let holder, holder.reference.id != node.id else { return true }
        if holder.reference.id == peer.reference.id { return true }
        if holder.lastHeard + settings.suspectAfter <= now { return true }
        let isKnownProven = peerTable.peer(id: holder.reference.id).map { self.isProven($0, at: now) } ?? true
        let isProven = self.isProven(peer, at: now)
        if isProven != isKnownProven { return isProven }
        let known = Claim(term: holder.term, priority: holder.priority, id: holder.reference.id)
        return Claim(peer).beats(known)
    }

    /// Takes `peer` for the holder.
    mutating func follow(_ trailer: Trailer, _ peer: Peer, at now: Instant) {
        if let holder, holder.reference.id != peer.reference.id {
            // One that was not silent is followed no more because another has the better claim.
            let wasSilent = holder.lastHeard + settings.suspectAfter <= now
            lose(holder.successor == peer.reference.id ? .handover : wasSilent ? .silence : .conflict, at: now)
        }
        let before = holder ?? departure?.holder
        let isSame = before?.reference.id == peer.reference.id && before?.term == trailer.term
        holder = KnownHolder(
            reference: peer.reference, priority: peer.priority, term: trailer.term,
            since: isSame ? before?.since ?? now : now, lastHeard: now, sequence: trailer.sequence,
            successor: trailer.subject == 0 ? nil : trailer.subject
        )
        if !isSame { reportHolderChange(to: peer.reference, term: trailer.term, at: now) }
        departure = nil
        acknowledgeHolder(at: now)
    }

    /// Tells the operator of a new holder, or of none, with the times of the change as this node saw them.
    mutating func reportHolderChange(to holder: NodeReference?, term: UInt64, at now: Instant) {
        let change = HolderChange(
            from: departure?.holder.reference,
            to: holder,
            reason: departure?.reason ?? .start,
            term: term,
            silence: departure.map { $0.noticedAt - $0.holder.lastHeard },
            claim: holder == nil ? nil : departure.map { now - $0.noticedAt }
        )
        emit(.report(.holderChanged(change)))
    }

    mutating func becomeCandidate(because reason: Reason, at now: Instant) {
        guard obstacles.isEmpty else { return becomeIneligible(because: reason, at: now) }
        enter(.candidate, because: reason)
        sendSign(at: now)
    }

    /// Whether this node follows a holder and means to be the next in its turn.
    private var awaitsTurn: Bool {
        switch phase {
        case .candidate: true
        case .ineligible: isLastResort
        case .listening, .probing, .occupied, .claiming, .holder, .releasing: false
        }
    }

    /// The holder that this node follows has been silent for `suspectAfter`.
    mutating func noteSilence(at now: Instant) {
        guard let silent = lose(.silence, at: now) else { return }
        if awaitsTurn {
            let reason = Reason.holderSilent(name: silent.reference.name, silence: now - silent.lastHeard)
            beginProbing(isFree: false, because: reason, at: now)
        }
    }

    /// Stops following the holder, and remembers how it went.
    @discardableResult
    mutating func lose(_ reason: HolderChangeReason, at now: Instant) -> KnownHolder? {
        guard let lost = holder else { return nil }
        departure = Departure(holder: lost, reason: reason, noticedAt: now)
        holder = nil
        return lost
    }

    /// A node says that it dropped the addresses, or leaves.
    mutating func heardResign(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        // If it is no recording, its silence tells the same soon.
        guard isProven(peer, at: now) else { return }
        if nomination?.holder.id == peer.reference.id { nomination = nil }
        noteNamed(peer, at: now)
        if case .holder(let holding) = phase {
            if holding.predecessor?.id == peer.reference.id { endOverlap(at: now) }
            repair(after: peer, at: now)
        }
        // A successor that it has handed over to has the addresses already: they are not free.
        let isFree = trailer.subject == 0 || trailer.subject == node.id
        // Then nothing stands against a vote for its sake.
        if isFree { ballot.endPause(of: peer.reference.id) }
        let reason: HolderChangeReason = isFree ? .resign : .handover
        if holder?.reference.id == peer.reference.id {
            holder?.lastHeard = now
            lose(reason, at: now)
        } else if departure?.holder.reference.id != peer.reference.id || departure?.reason == reason {
            return
        } else {
            departure?.reason = reason
        }
        switch phase {
        case .candidate, .ineligible: guard awaitsTurn else { return }
        case .probing, .occupied: break
        case .listening, .claiming, .holder, .releasing: return
        }
        beginProbing(isFree: isFree, because: .holderResigned(name: peer.reference.name), at: now)
    }

    /// A node speaks as one that does not hold.
    mutating func heardProbe(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        noteVote(trailer, from: peer, at: now)
        noteNamed(peer, at: now)
        if case .holder(let holding) = phase {
            if holding.predecessor?.id == peer.reference.id { endOverlap(at: now) }
            repair(after: peer, at: now)
        }
        guard holder?.reference.id == peer.reference.id else { return }
        lose(.silence, at: now)
        if awaitsTurn {
            beginProbing(isFree: false, because: .holderStepped(name: peer.reference.name), at: now)
        }
    }
}

/// What decides between two claimants who hear each other: the higher term, then the better rank.
struct Claim {
    var term: UInt64
    var priority: UInt8
    var id: UInt64

    init(term: UInt64, priority: UInt8, id: UInt64) {
        self.term = term
        self.priority = priority
        self.id = id
    }

    init(_ peer: Peer) { self.init(term: peer.term, priority: peer.priority, id: peer.reference.id) }

    func beats(_ other: Claim) -> Bool {
        if term != other.term { return term > other.term }
        return Rank(standing: .eligible, priority: priority, id: id)
            < Rank(standing: .eligible, priority: other.priority, id: other.id)
    }
}
