// Suspicion: asking for the address before claiming it (RFC 5227, section 2.1.1; docs/DESIGN.md, "Silence").

import VIPWire

extension Election {
    /// It is this node's turn: claims, or with quorum asks the others first.
    private mutating func seek(because reason: Reason, at now: Instant) {
        if settings.quorum == nil {
            claim(term: nextTerm(), because: reason, at: now)
        } else {
            stand(because: reason, at: now)
        }
    }

    /// Starts asking for the address. `isFree`: its holder said that it dropped it, so that the first candidate in
    /// turn claims at once and the others leave it the time it needs.
    mutating func beginProbing(isFree: Bool, because reason: Reason, at now: Instant) {
        if isFree, catchingUpSince == nil, mayClaim(after: 0, isFree: true, at: now) {
            return seek(because: reason, at: now)
        }
        let others = Array(settings.addresses.dropFirst())
        enter(.probing(Phase.Probing(nextProbeAt: now + settings.probeSpacing, isFree: isFree)), because: reason)
        sendSign(at: now)
        // The heartbeat speaks of the first address only; a foreign host may have another of them.
        if !others.isEmpty { emit(.probe(addresses: others)) }
    }

    /// A probe's spacing has passed without an answer.
    mutating func continueProbing(_ probing: Phase.Probing, at now: Instant) {
        var probing = probing
        probing.unanswered = probing.wasAsked ? probing.unanswered + 1 : 0
        probing.wasAsked = true
        // Whoever waits for something else waits with the others: their turns begin when it is over.
        if isForeignClaimFresh(at: now) { probing.unanswered = 0 }
        if let candidacy = probing.candidacy { return continueCandidacy(probing, candidacy, at: now) }
        if mayClaim(after: probing.unanswered, isFree: probing.isFree, at: now) {
            return seek(because: .probesUnanswered(count: probing.unanswered), at: now)
        }
        probing.nextProbeAt = nextTime(after: probing.nextProbeAt, spacing: settings.probeSpacing, at: now)
        phase = .probing(probing)
        sendSign(at: now)
        askContested(at: now)
    }

    /// This node stood still. What it has asked, and what it was told, says nothing of now: others may have claimed and
    /// announced meanwhile, and been heard by all but this node.
    mutating func forgetWhatWasAsked(at now: Instant) {
        switch phase {
        case .probing(var probing):
            probing.unanswered = 0
            probing.wasAsked = false
            probing.isFree = false
            phase = .probing(probing)
        case .occupied(var occupied):
            occupied.since = now
            occupied.peerSince = nil
            occupied.answered = false
            occupied.unanswered = 0
            occupied.wasAsked = false
            phase = .occupied(occupied)
        case .listening, .candidate, .claiming, .holder, .releasing, .ineligible: break
        }
    }

    /// A kernel has answered for one of the addresses, and no daemon has announced it.
    mutating func noteAnswer(by mac: MACAddress, isPeer: Bool, at now: Instant) {
        switch phase {
        case .probing(let probing):
            let occupied = Phase.Occupied(
                since: now, nextProbeAt: probing.nextProbeAt, peerSince: isPeer ? now : nil, lastAnswerBy: mac
            )
            enter(.occupied(occupied), because: .kernelAnswered(mac: mac))
            if departure?.reason == .silence, departure?.holder.reference.mac == mac { departure?.reason = .lease }
        case .occupied(var occupied):
            occupied.answered = true
            occupied.unanswered = 0
            if isPeer && occupied.peerSince == nil { occupied.peerSince = now }
            occupied.lastAnswerBy = mac
            phase = .occupied(occupied)
        case .listening, .candidate, .claiming, .holder, .releasing, .ineligible: break
        }
    }

    /// A probe's spacing has passed while a kernel answers, or did until now.
    mutating func continueOccupied(_ occupied: Phase.Occupied, at now: Instant) {
        var occupied = occupied
        let wasAnswered = occupied.answered
        if occupied.answered {
            occupied.answered = false
            if let since = occupied.peerSince, mayClaim(fromPeerSince: since, at: now) {
                return seek(because: .leaseOutlasted(mac: occupied.lastAnswerBy), at: now)
            }
            occupied.outlastsLeases = now - occupied.since > settings.longestOccupation
        } else {
            occupied.unanswered = occupied.wasAsked ? occupied.unanswered + 1 : 0
            if mayClaim(after: occupied.unanswered, isFree: false, at: now) {
                return seek(because: .probesUnanswered(count: occupied.unanswered), at: now)
            }
        }
        occupied.wasAsked = true
        let isSilent = occupied.unanswered > 0
        let foreignEnd = foreignClaimEnd(at: now)
        // A foreign host may stay for days: it is asked no more often than a holder announces, nor than ten times a second,
        // but often enough to keep it in mind.
        let isAskedRarely = occupied.outlastsLeases && foreignEnd != nil && !isSilent
        let rarely = max(
            settings.probeSpacing, min(max(settings.interval, .milliseconds(100)), settings.foreignHold / 2))
        occupied.nextProbeAt = nextTime(
            after: occupied.nextProbeAt, spacing: isAskedRarely ? rarely : settings.probeSpacing, at: now)
        // As above: else all who wait for its end would claim in the same moment.
        if let foreignEnd {
            occupied.unanswered = 0
            occupied.peerSince = occupied.peerSince.map { max($0, foreignEnd - settings.longestOccupation) }
            if !wasAnswered || occupied.peerSince != nil {
                occupied.nextProbeAt = min(occupied.nextProbeAt, foreignEnd)
            }
        }
        phase = .occupied(occupied)
        sendSign(at: now)
        askContested(isRare: isAskedRarely, at: now)
    }

    /// The sign of life asks for the first address only: foreign hosts that have others are asked here whether they
    /// still do, or their silence would be taken for their end.
    /// `isRare`: there is not soon another occasion to ask those that were just heard.
    private mutating func askContested(isRare: Bool = false, at now: Instant) {
        let patience = isRare ? .zero : min(settings.interval, settings.foreignHold / 3)
        var contested: [IPv4Address] = []
        for conflict in conflictTable.conflicts where conflict.isForeign && now - conflict.lastSeen >= patience {
            let address = conflict.address
            if address != settings.addresses[0] && !contested.contains(address) { contested.append(address) }
        }
        if !contested.isEmpty { emit(.probe(addresses: contested)) }
    }

    /// Whether no lease of the peer that has answered since then can still stand: it has lost its timer. By turn, for
    /// those before us may take the machine for a foreign host and stay out.
    private func mayClaim(fromPeerSince since: Instant, at now: Instant) -> Bool {
        let turn = peerTable.turn(of: ownRank)
        let wait = settings.probeSpacing * (GroupSettings.probeCount * turn)
        guard now - since > settings.longestOccupation + wait else { return false }
        return !isForeignClaimFresh(at: now) && mayStand(after: turn, at: now)
    }

    /// How many probes in a row go unanswered before a claim in that turn.
    static func probes(beforeTurn turn: Int, isFree: Bool) -> Int {
        GroupSettings.probeCount * (isFree ? turn : turn + 1)
    }

    /// Whether it is this node's turn after so many probes in a row went unanswered.
    private func mayClaim(after unanswered: Int, isFree: Bool, at now: Instant) -> Bool {
        let turn = peerTable.turn(of: ownRank)
        guard unanswered >= Self.probes(beforeTurn: turn, isFree: isFree) else { return false }
        return !isForeignClaimFresh(at: now) && mayStand(after: turn, at: now)
    }

    /// Whether a machine that is no peer claimed one of the addresses a short while ago.
    func isForeignClaimFresh(at now: Instant) -> Bool { foreignClaimEnd(at: now) != nil }

    /// Until when that keeps this node from claiming; nil if it does not.
    private func foreignClaimEnd(at now: Instant) -> Instant? {
        guard let seen = conflictTable.foreignLastSeen else { return nil }
        let end = seen + settings.foreignHold
        return now < end ? end : nil
    }
}
