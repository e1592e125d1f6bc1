// `members`: a claim needs the votes of a majority, and a holder keeps the addresses only while a majority has lately
// acknowledged it (docs/DESIGN.md, "Quorum"). Votes and acknowledgements are probes that name the node they are about
// and the sequence of the frame they answer; what counts is when that frame was sent, never when the answer came.

import VIPWire

/// What a node has promised as a voter, and what it has sent that others may acknowledge.
struct Ballot: Hashable, Sendable {
    /// The highest term that this node has voted in, or has heard a holder of.
    var term: UInt64 = 0
    /// The node that has this node's vote in ``term``.
    var candidate: UInt64?
    /// After its start a node votes for nobody, itself included, before this: it has forgotten what it promised.
    var beginsAt: Instant?
    /// The last term that this node has claimed: a claim has a term of its own.
    var claimedTerm: UInt64 = 0
    /// This node does not stand again before: nodes that stood in each other's way part.
    var standsAgainAt: Instant?
    /// The vote that the next probe carries.
    var vote: Vote?
    /// Holders it has heard and candidates with its vote: until when it gives no vote to others.
    private var pauses: [Pause] = []
    /// This node's latest frames, oldest first.
    private var sent: [Sent] = []

    struct Vote: Hashable, Sendable {
        var candidate: UInt64
        /// Of the frame that asked for it.
        var sequence: UInt64
    }

    private struct Pause: Hashable, Sendable {
        var node: UInt64
        var until: Instant
        /// For a vote alone: the node was not heard to hold.
        var isVote: Bool
    }

    private struct Sent: Hashable, Sendable {
        var sequence: UInt64
        var at: Instant
    }

    /// Many more than a holder sends while an acknowledgement counts.
    private static let mostSent = 64

    mutating func noteSent(_ sequence: UInt64, at now: Instant) {
        if sent.count == Self.mostSent { sent.removeFirst() }
        sent.append(Sent(sequence: sequence, at: now))
    }

    /// When the frame was sent, if that was lately.
    func sentAt(_ sequence: UInt64) -> Instant? { sent.last { $0.sequence == sequence }?.at }

    mutating func pause(for node: UInt64, until: Instant, isVote: Bool, at now: Instant) {
        let last = pauses.first { $0.node == node && now < $0.until }
        pauses.removeAll { $0.node == node || $0.until <= now }
        pauses.append(
            Pause(node: node, until: max(last?.until ?? until, until), isVote: isVote && last?.isVote ?? true))
    }

    /// `node` stands no more, and does not hold either: it has no use for this node's vote.
    mutating func endVote(of node: UInt64) { pauses.removeAll { $0.node == node && $0.isVote } }

    /// `node` has dropped the addresses: nothing stands against another for its sake.
    mutating func endPause(of node: UInt64) {
        pauses.removeAll { $0.node == node }
    }

    /// Whether nothing that was promised to others stands against `node`.
    func isFree(for node: UInt64, at now: Instant) -> Bool {
        !pauses.contains { $0.node != node && now < $0.until }
    }

    func mayVote(for node: UInt64, at now: Instant) -> Bool {
        if let beginsAt, now < beginsAt { return false }
        return isFree(for: node, at: now)
    }
}

/// A vote that a node asks for.
struct Candidacy: Hashable, Sendable {
    var term: UInt64
    /// The others that have voted for it, in the order of their votes.
    var votes: [UInt64] = []
    var givesUpAt: Instant
}

// A candidate that asks for votes.
extension Election {
    /// Whether this node may ask for votes; without quorum it need not. What it has promised ends for the others at
    /// the same time: those before it have their turn first.
    func mayStand(after turn: Int, at now: Instant) -> Bool {
        guard settings.quorum != nil else { return true }
        if let standsAgainAt = ballot.standsAgainAt, now < standsAgainAt { return false }
        let wait = settings.probeSpacing * (GroupSettings.probeCount * turn)
        return ballot.mayVote(for: node.id, at: now - wait)
    }

    /// Votes for itself, and asks the others.
    mutating func stand(because reason: Reason, at now: Instant) {
        // While nobody is there to vote the term need not grow; those who are may have given their vote in it.
        let isOwn = ballot.candidate == node.id && ballot.term == highestTerm && ballot.claimedTerm != ballot.term
        let mayKeepTerm = isOwn && !peerTable.peers.contains(where: \.isAlive)
        let term = mayKeepTerm ? ballot.term : nextTerm()
        ballot.term = term
        ballot.candidate = node.id
        ballot.pause(for: node.id, until: now + settings.votePause, isVote: true, at: now)
        var probing = Phase.Probing(nextProbeAt: now + settings.probeSpacing, isFree: false)
        probing.candidacy = Candidacy(term: term, givesUpAt: now + settings.probeSpacing * 5)
        enter(.probing(probing), because: reason)
        lastReason = reason
        sendSign(at: now)
    }

    /// A probe's spacing has passed since this node last asked for votes.
    mutating func continueCandidacy(_ probing: Phase.Probing, _ candidacy: Candidacy, at now: Instant) {
        var probing = probing
        probing.nextProbeAt = nextTime(after: probing.nextProbeAt, spacing: settings.probeSpacing, at: now)
        if candidacy.givesUpAt <= now || highestTerm > candidacy.term {
            probing.candidacy = nil
            probing.unanswered = 0
            // It is free to vote for another, and its voters are as soon as they hear that it stands no more.
            ballot.endVote(of: node.id)
            ballot.standsAgainAt = now + random.duration(in: .zero...settings.suspectAfter)
        } else {
            ballot.pause(for: node.id, until: now + settings.votePause, isVote: true, at: now)
        }
        phase = .probing(probing)
        sendSign(at: now)
    }

    private mutating func count(voteOf peer: Peer, in term: UInt64, at now: Instant) {
        guard case .probing(var probing) = phase, var candidacy = probing.candidacy, let quorum = settings.quorum,
            candidacy.term == term, highestTerm == term
        else { return }
        if !candidacy.votes.contains(peer.reference.id) { candidacy.votes.append(peer.reference.id) }
        probing.candidacy = candidacy
        phase = .probing(probing)
        // Votes that are too old to hold on would be lost at once.
        guard candidacy.votes.count + 1 >= quorum, let until = vouchedUntil, until > now else { return }
        claim(term: term, because: .votesGranted(count: candidacy.votes.count + 1), at: now)
    }
}

// A voter.
extension Election {
    /// What this node's probes acknowledge: a candidate's question, or the holder's last announcement.
    var acknowledgement: (node: UInt64, sequence: UInt64) {
        if let vote = ballot.vote { return (vote.candidate, vote.sequence) }
        switch phase {
        case .probing(let probing) where probing.candidacy != nil: return (node.id, 0)
        // Its voters must not take it for one that stands no more.
        case .claiming: return (node.id, 0)
        case .listening, .candidate, .probing, .occupied, .holder, .releasing, .ineligible: break
        }
        guard let holder, holder.isAcknowledged else { return (0, 0) }
        return (holder.reference.id, holder.sequence)
    }

    /// The holder has announced: with quorum it is told at once, and nobody else gets a vote for a while. A recording
    /// must not bind this node against the holder that lives: one that is not proven is asked first.
    mutating func acknowledgeHolder(at now: Instant) {
        guard settings.quorum != nil, let holder else { return }
        let id = holder.reference.id
        guard let peer = peerTable.peer(id: id), isProven(peer, at: now) else { return }
        ballot.pause(for: id, until: now + settings.votePause, isVote: false, at: now)
        // While a vote stands for one node, no other of its term or a lower one is acknowledged.
        let isVotedFor = holder.term == ballot.term && ballot.candidate == id
        let isAcknowledged = holder.term > ballot.term || isVotedFor || ballot.isFree(for: id, at: now)
        self.holder?.isAcknowledged = isAcknowledged
        guard isAcknowledged else { return }
        if holder.term > ballot.term {
            ballot.term = holder.term
            ballot.candidate = id
        }
        switch phase {
        case .candidate, .ineligible: if canSpeak { sendSign(at: now) }
        case .listening, .probing, .occupied, .claiming, .holder, .releasing: break
        }
    }

    /// Takes the vote or the acknowledgement out of a peer's probe, or votes for the peer, if it asks for that.
    mutating func noteVote(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        guard settings.quorum != nil, trailer.flags.contains(.quorum) else { return }
        if trailer.subject != peer.reference.id { ballot.endVote(of: peer.reference.id) }
        if trailer.subject == node.id {
            guard let sentAt = ballot.sentAt(trailer.acknowledgedSequence) else { return }
            peerTable.noteVouch(by: peer.reference.id, sentAt: sentAt)
            count(voteOf: peer, in: trailer.term, at: now)
        } else if trailer.subject == peer.reference.id {
            // It asks again with its answer. A recording would have this node's vote, and others not.
            guard isProven(peer, at: now) else { return oweEcho(to: peer.reference.id, asks: true) }
            vote(for: peer, term: trailer.term, asking: trailer.sequence, at: now)
        }
    }

    private mutating func vote(for peer: Peer, term: UInt64, asking sequence: UInt64, at now: Instant) {
        switch phase {
        case .candidate, .probing, .ineligible: break
        case .occupied(let occupied): if isHeld(occupied, at: now) { return }
        // A holder hears itself; the others do not know yet what there is to hear.
        case .listening, .claiming, .holder, .releasing: return
        }
        let isSameVote = term == ballot.term && ballot.candidate == peer.reference.id
        // Its own kernel would be the second with the addresses.
        if let keptUntil, now < keptUntil { return }
        // In a term lower than one that this node has heard of its vote would count for nothing.
        guard term == highestTerm, isSameVote || term > ballot.term || term == .max,
            ballot.mayVote(for: peer.reference.id, at: now), canSpeak
        else { return }
        ballot.term = term
        ballot.candidate = peer.reference.id
        ballot.pause(for: peer.reference.id, until: now + settings.votePause, isVote: true, at: now)
        holder?.isAcknowledged = false
        if case .probing(var probing) = phase {
            probing.candidacy = nil
            probing.unanswered = 0
            phase = .probing(probing)
        }
        ballot.vote = Ballot.Vote(candidate: peer.reference.id, sequence: sequence)
        send(.probe)
        ballot.noteSent(self.sequence, at: now)
        ballot.vote = nil
    }

    /// Whether a holder's kernel still answers, though its daemon is not heard: its addresses are not free.
    private func isHeld(_ occupied: Phase.Occupied, at now: Instant) -> Bool {
        if let since = occupied.peerSince, now - since > settings.longestOccupation { return false }
        return occupied.answered || occupied.unanswered < GroupSettings.probeCount
    }
}

// A holder.
extension Election {
    /// Until when a majority's acknowledgements let this node hold; nil while there is no majority of them.
    var vouchedUntil: Instant? {
        guard let quorum = settings.quorum else { return nil }
        let vouched = peerTable.vouchings
        return vouched.count >= quorum - 1 ? vouched[quorum - 2] + settings.vouchFor : nil
    }

    /// When a holder must let go unless more of its frames are acknowledged.
    func quorumDeadline(of holding: Holding) -> Instant? {
        guard holding.handover?.letsGoAt == nil else { return nil }
        return quorumDeadline(consentUntil: holding.consentUntil)
    }

    /// Until when a claim stands by the acknowledgements of a majority, or its predecessor's consent; nil for ever.
    func quorumDeadline(consentUntil: Instant?) -> Instant? {
        guard settings.quorum != nil else { return nil }
        return [vouchedUntil, consentUntil].compactMap(\.self).max() ?? Instant(nanoseconds: 0)
    }

    /// Lets go, and returns true, if the majority that this node holds by has not acknowledged it lately.
    mutating func releaseIfQuorumIsLost(_ holding: Holding, at now: Instant) -> Bool {
        guard let deadline = quorumDeadline(of: holding), deadline <= now else { return false }
        stepDown(.quorumLost, at: now)
        release(then: .listening, resigns: true, to: heir(at: now), because: .quorumLost)
        return true
    }

    /// The kernel was asked so long ago that the votes for the claim count no more: others may have others by now.
    mutating func abandonIfQuorumIsLost(_ claiming: Phase.Claiming, at now: Instant) -> Bool {
        guard let deadline = quorumDeadline(consentUntil: claiming.consentUntil), deadline <= now else { return false }
        release(then: .listening, resigns: true, because: .quorumLost)
        return true
    }

    /// Whether this holder may name a successor: while a majority is bound to it for longer than the successor needs.
    func mayConsent(at now: Instant) -> Bool {
        guard settings.quorum != nil else { return true }
        return vouchedUntil.map { $0 - now >= settings.consentFor } ?? false
    }

    /// Until when the consent of the holder that named this node counts. It says which of this node's frames it has
    /// heard last: it has consented since that was sent, however late its word is.
    func consent(in trailer: Trailer) -> Instant? {
        guard settings.quorum != nil else { return nil }
        return ballot.sentAt(trailer.acknowledgedSequence).map { $0 + settings.consentFor }
    }
}
