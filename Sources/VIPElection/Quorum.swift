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
    /// This node does not stand again before: nodes that stood in each other's way part.
    var standsAgainAt: Instant?
    /// The vote that the next probe carries.
    var vote: Vote?
    /// Until when this node votes for nobody but ``pausedFor``: a holder it has heard, or a candidate with its vote.
    private var pauseUntil: Instant?
    private var pausedFor: UInt64?
    /// This node's latest frames, oldest first.
    private var sent: [Sent] = []

    struct Vote: Hashable, Sendable {
        var candidate: UInt64
        /// Of the frame that asked for it.
        var sequence: UInt64
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

    mutating func pause(for node: UInt64, until: Instant) {
        pauseUntil = pausedFor == node ? until : max(pauseUntil ?? until, until)
        pausedFor = node
    }

    /// `node` has dropped the addresses: nothing stands against another for its sake.
    mutating func endPause(of node: UInt64) {
        guard pausedFor == node else { return }
        pauseUntil = nil
        pausedFor = nil
    }

    func mayVote(for node: UInt64, at now: Instant) -> Bool {
        if let beginsAt, now < beginsAt { return false }
        guard let pauseUntil, now < pauseUntil else { return true }
        return pausedFor == node
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
    /// Whether this node may ask for votes; without quorum it need not.
    func mayStand(at now: Instant) -> Bool {
        guard settings.quorum != nil else { return true }
        return ballot.mayVote(for: node.id, at: now) && ballot.standsAgainAt.map { $0 <= now } ?? true
    }

    /// Votes for itself, and asks the others.
    mutating func stand(because reason: Reason, at now: Instant) {
        let mayKeepTerm = ballot.candidate == node.id && ballot.term == highestTerm
        let term = mayKeepTerm ? ballot.term : nextTerm()
        ballot.term = term
        ballot.candidate = node.id
        ballot.pause(for: node.id, until: now + settings.votePause)
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
            ballot.standsAgainAt = now + settings.votePause + random.duration(in: .zero...settings.suspectAfter)
        } else {
            ballot.pause(for: node.id, until: now + settings.votePause)
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
    /// What a frame of this kind acknowledges: a candidate's question, or the holder's last announcement.
    func acknowledgement(for kind: Trailer.Kind) -> (node: UInt64, sequence: UInt64) {
        guard kind == .probe else { return (0, 0) }
        if let vote = ballot.vote { return (vote.candidate, vote.sequence) }
        if case .probing(let probing) = phase, probing.candidacy != nil { return (node.id, 0) }
        guard let holder, holder.reference.id != node.id, holder.term >= ballot.term else { return (0, 0) }
        return (holder.reference.id, holder.sequence)
    }

    /// The holder has announced: with quorum it is told at once, and nobody else gets a vote for a while.
    mutating func acknowledgeHolder(at now: Instant) {
        guard settings.quorum != nil, let holder else { return }
        ballot.pause(for: holder.reference.id, until: now + settings.votePause)
        // A vote in a higher term was a promise to acknowledge nobody of a lower one.
        guard holder.term >= ballot.term else { return }
        if holder.term > ballot.term {
            ballot.term = holder.term
            ballot.candidate = holder.reference.id
        }
        switch phase {
        case .candidate, .ineligible: if canSpeak { sendSign(at: now) }
        case .listening, .probing, .occupied, .claiming, .holder, .releasing: break
        }
    }

    /// Takes the vote or the acknowledgement out of a peer's probe, or votes for the peer, if it asks for that.
    mutating func noteVote(_ trailer: Trailer, from peer: Peer, at now: Instant) {
        guard settings.quorum != nil, trailer.flags.contains(.quorum) else { return }
        if trailer.subject == node.id {
            guard let sentAt = ballot.sentAt(trailer.acknowledgedSequence) else { return }
            peerTable.noteVouch(by: peer.reference.id, sentAt: sentAt)
            count(voteOf: peer, in: trailer.term, at: now)
        } else if trailer.subject == peer.reference.id {
            vote(for: peer, term: trailer.term, asking: trailer.sequence, at: now)
        }
    }

    private mutating func vote(for peer: Peer, term: UInt64, asking sequence: UInt64, at now: Instant) {
        switch phase {
        case .candidate, .probing, .occupied, .ineligible: break
        // A holder hears itself; the others do not know yet what there is to hear.
        case .listening, .claiming, .holder, .releasing: return
        }
        let isSameVote = term == ballot.term && ballot.candidate == peer.reference.id
        guard isSameVote || term > ballot.term, ballot.mayVote(for: peer.reference.id, at: now), canSpeak else {
            return
        }
        ballot.term = term
        ballot.candidate = peer.reference.id
        ballot.pause(for: peer.reference.id, until: now + settings.votePause)
        if case .probing(var probing) = phase {
            probing.candidacy = nil
            probing.unanswered = 0
            phase = .probing(probing)
        }
        ballot.vote = Ballot.Vote(candidate: peer.reference.id, sequence: sequence)
        send(.probe)
        ballot.vote = nil
    }
}

// A holder.
extension Election {
    /// Until when a majority's acknowledgements let this node hold; nil while there is no majority of them.
    var vouchedUntil: Instant? {
        guard let quorum = settings.quorum else { return nil }
        let vouched = peerTable.peers.compactMap(\.vouchedAt).sorted(by: >)
        return vouched.count >= quorum - 1 ? vouched[quorum - 2] + settings.vouchFor : nil
    }

    /// When a holder must let go unless more of its frames are acknowledged.
    func quorumDeadline(of holding: Holding) -> Instant? {
        guard settings.quorum != nil, holding.handover?.letsGoAt == nil else { return nil }
        return [vouchedUntil, holding.quorumGraceUntil].compactMap(\.self).max() ?? Instant(nanoseconds: 0)
    }

    /// Lets go, and returns true, if the majority that this node holds by has not acknowledged it lately.
    mutating func releaseIfQuorumIsLost(_ holding: Holding, at now: Instant) -> Bool {
        guard let deadline = quorumDeadline(of: holding), deadline <= now else { return false }
        stepDown(.quorumLost, at: now)
        release(then: .listening, resigns: true, to: holding.handover?.successor.id, because: .quorumLost)
        return true
    }
}
