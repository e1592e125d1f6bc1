// From the claim to the release: nothing is announced before the kernel has confirmed, nothing resigned before it
// has removed (docs/DESIGN.md, "Claim", "Announcing", "The kernel's lease").

import VIPWire

/// What a holder keeps in mind.
struct Holding: Hashable, Sendable {
    var term: UInt64
    /// Addresses to announce once the kernel has them, or has them back.
    var restoring: Set<IPv4Address> = []
    var restoredAt: Instant?
    var restoreAt: Instant?
    var plan: AnnouncementPlan
    /// When a foreign or a rival's claim was last answered, and when the next answer is due.
    var defendedAt: Instant?
    var defendAt: Instant?
    /// What that answer is to say.
    var defence = Defence()
    /// Living peers that announced with a worse claim; when one gives up, the caches it reached are set right.
    var rivals: Set<UInt64> = []
    var repairedAt: Instant?
    /// The last frame could not be sent: a node that cannot speak must not keep the addresses.
    var sendingFails = false
    /// The addresses are on their way to another node.
    var handover: Handover?
    /// When a handover that this node wants for itself may be tried again.
    var handoverRetryAt: Instant?
    /// With strict: who was named, and may hang with the addresses.
    var unheard: Unheard?
    /// The holder that named this node its successor, while the two overlap.
    var predecessor: Predecessor?
    /// When it took over from a holder whose services were sick, if it did.
    var tookOverFromSickAt: Instant?
    /// The hosts that were asked whether they know of the claim.
    var confirmation: Confirmation?
    /// With quorum: until when it may hold before anybody has acknowledged it.
    var consentUntil: Instant?

    struct Predecessor: Hashable, Sendable {
        var id: UInt64
        var until: Instant
    }

    struct Defence: Hashable, Sendable {
        var addresses: [IPv4Address] = []
        var forms: AnnouncementForms = []
        /// A node of the group is to hear it too.
        var isForRival = false
    }

    var nextDeadline: Instant? {
        let answers = earlier(defendAt, restoreAt)
        return earlier(earlier(plan.next, answers), earlier(predecessor?.until, handover?.nextDeadline))
    }
}

extension Election {
    /// A term higher than any that was seen.
    mutating func nextTerm() -> UInt64 {
        // At the end of the numbers, which only a forged frame can bring about, the rank decides.
        highestTerm += highestTerm == .max ? 0 : 1
        return highestTerm
    }

    /// Asks the kernel for the addresses, under a term that nobody else has.
    mutating func claim(
        term: UInt64, predecessor: UInt64? = nil, consentUntil: Instant? = nil, isForHealth: Bool = false,
        because reason: Reason, at now: Instant
    ) {
        let claiming = Phase.Claiming(
            term: term, requestedAt: now, predecessor: predecessor, consentUntil: consentUntil,
            isForHealth: isForHealth)
        ballot.claimedTerm = term
        enter(.claiming(claiming), because: reason)
        beginLeases(at: now)
    }

    /// The kernel's answer to a claim, a renewal or a restoration.
    mutating func noteInstalled(refused: [AddressRefusal], at now: Instant) {
        if let refusal = refused.first {
            leases.noteRefused()
            for refusal in refused { emit(.report(.addressRefused(refusal))) }
            switch phase {
            case .claiming, .holder: add(.addressRefused(errno: refusal.errno), at: now)
            case .listening, .candidate, .probing, .occupied, .releasing, .ineligible: break
            }
            return
        }
        let granted = leases.noteGranted(spacing: settings.renewalSpacing, at: now)
        switch phase {
        case .claiming(let claiming): noteGranted(claiming, at: now)
        case .holder(let holding):
            if let granted { noteRenewed(granted.slice, isNew: granted.isNew, holding, at: now) }
        case .listening, .candidate, .probing, .occupied, .releasing, .ineligible: break
        }
    }

    /// A slice stands for longer now, and what was lost of it has come back; or it has come for the first time.
    private mutating func noteRenewed(_ slice: Int, isNew: Bool, _ holding: Holding, at now: Instant) {
        if isNew { return noteArrived(slice, holding, at: now) }
        // What was lost since this was asked for comes back with the next answer.
        guard !holding.restoring.isEmpty, holding.restoreAt == nil else { return }
        let restored = addresses(ofSlice: slice).filter(holding.restoring.contains)
        guard !restored.isEmpty else { return }
        var holding = holding
        holding.restoring.subtract(restored)
        phase = .holder(holding)
        guard !isLeaseOver(at: now) else { return }
        emit(.report(.addressesRestored(restored)))
        announceAnew(restored, at: now)
    }

    /// The kernel has granted one more slice of a claim. Whoever takes over from a living holder waits for the last of them,
    /// for that one lets go of all when it hears of it; else the first is worth more than none.
    private mutating func noteGranted(_ claiming: Phase.Claiming, at now: Instant) {
        if isLate(claiming, at: now) { return release(then: .listening, because: .ownLeaseLapsed) }
        guard leases.isGranted(0), leases.isWhole || claiming.predecessor == nil else { return }
        if !abandonIfQuorumIsLost(claiming, at: now) { becomeHolder(claiming, at: now) }
    }

    /// A slice that this holder's claim had still waited for is there: everybody is told.
    private mutating func noteArrived(_ slice: Int, _ holding: Holding, at now: Instant) {
        var holding = holding
        let arrived = addresses(ofSlice: slice)
        holding.restoring.subtract(arrived)
        // With the last of them the plan of repeats begins again, for all.
        if leases.isWhole { holding.plan = AnnouncementPlan(start: now) }
        phase = .holder(holding)
        guard !isLeaseOver(at: now) else { return }
        announce(Array(arrived), forms: [.request, .reply], at: now)
    }

    private mutating func becomeHolder(_ claiming: Phase.Claiming, at now: Instant) {
        var holding = Holding(term: claiming.term, plan: AnnouncementPlan(start: now))
        holding.restoring = awaited
        if let predecessor = claiming.predecessor {
            holding.predecessor = Holding.Predecessor(id: predecessor, until: now + settings.handoverOverlap)
        }
        holding.consentUntil = claiming.consentUntil
        if claiming.isForHealth { holding.tookOverFromSickAt = now }
        enter(.holder(holding), because: .addressesConfirmed(term: claiming.term))
        // The nodes first: a bare announcement by a peer that has not told them would look like a dead daemon's kernel.
        nextSignAt = nil
        // A predecessor lets go for a living successor only.
        if let predecessor = claiming.predecessor { oweEcho(to: predecessor, asks: false) }
        sendSign(at: now)
        announce(settings.addresses, forms: [.request, .reply], at: now)
        askAround(for: settings.addresses, at: now)
        reportHolderChange(to: ownReference, term: claiming.term, at: now)
        holder = KnownHolder(
            reference: ownReference, priority: settings.priority, term: claiming.term,
            since: now, lastHeard: now, sequence: 0
        )
        departure = nil
        // A last resort holds no longer than it must.
        beginOwnHandover(at: now)
    }

    /// Broadcasts those of the addresses that the kernel has.
    mutating func announce(_ addresses: [IPv4Address], forms: AnnouncementForms, at now: Instant) {
        var standing = addresses
        if case .holder(let holding) = phase {
            // Once its successor has announced, a holder leaves the speaking to it.
            guard holding.handover?.letsGoAt == nil else { return }
            if !holding.restoring.isEmpty { standing.removeAll(where: holding.restoring.contains) }
        }
        guard !standing.isEmpty else { return }
        counters.announcementsSent += standing.count * (forms.contains([.request, .reply]) ? 2 : 1)
        sendAnnouncements(of: standing, forms: forms, at: now)
    }

    /// Announces at once to nodes and caches, in both forms, and begins the plan of repeats again.
    mutating func announceAnew(_ addresses: [IPv4Address], at now: Instant) {
        guard case .holder(var holding) = phase, holding.handover?.letsGoAt == nil else { return }
        holding.plan = AnnouncementPlan(start: now)
        phase = .holder(holding)
        sendSign(at: now)
        announce(addresses, forms: [.request, .reply], at: now)
        askAround(for: addresses, at: now)
    }

    /// Does what is due for a holder.
    mutating func continueHolding(_ holding: Holding, at now: Instant) {
        var holding = holding
        let isBusy = renewIfDue(holding, at: now)
        if let restoreAt = holding.restoreAt, restoreAt <= now { restore(&holding, at: now) }
        let isPlanDue = holding.plan.next <= now
        if isPlanDue {
            holding.plan.advance(at: now, random: &random)
            announce(settings.addresses, forms: .request, at: now)
        }
        if let defendAt = holding.defendAt, defendAt <= now {
            sendDefence(&holding, at: now)
        }
        phase = .holder(holding)
        // What can wait leaves the turn to what cannot: so many addresses are announced as there is time for.
        if !isBusy { sendPaced(at: now) }
        if isPlanDue {
            askAgain(at: now)
            if holding.plan.isSettled && pacer.isEmpty { judgeConfirmation() }
        }
        if let predecessor = holding.predecessor, predecessor.until <= now { endOverlap(at: now) }
        continueHandover(at: now)
        beginOwnHandover(at: now)
    }

    mutating func sendDefence(_ holding: inout Holding, at now: Instant) {
        if holding.defence.isForRival && holding.handover?.letsGoAt == nil { send(.announcement) }
        announce(holding.defence.addresses, forms: holding.defence.forms, at: now)
        holding.defence = Holding.Defence()
        holding.defendAt = nil
        holding.defendedAt = now
    }

    /// Asks the kernel for what is due of the addresses, a slice at a time; returns whether anything was.
    private mutating func renewIfDue(_ holding: Holding, at now: Instant) -> Bool {
        guard holding.sendingFails else { return askForSlice(at: now) }
        guard leases.due(at: now) != nil else { return false }
        // Tried again at once: a frame that goes through earns the renewal.
        nextSignAt = now
        leases.putOff(until: now + settings.retrySpacing, at: now)
        return false
    }

    mutating func noteSendFailed() {
        counters.sendsFailed += 1
        switch phase {
        case .holder(var holding):
            holding.sendingFails = true
            phase = .holder(holding)
        case .probing(var probing):
            probing.wasAsked = false
            // Who cannot ask does not know for long that the address is free.
            probing.isFree = false
            phase = .probing(probing)
        case .occupied(var occupied):
            occupied.wasAsked = false
            phase = .occupied(occupied)
        case .listening, .candidate, .claiming, .releasing, .ineligible: break
        }
    }

    /// The last frame of a holder could not be sent.
    var sendingFails: Bool {
        guard case .holder(let holding) = phase else { return false }
        return holding.sendingFails
    }

    /// The next frame may go through; if it does not, the caller says so before anything else.
    mutating func clearSendingFails() {
        guard case .holder(var holding) = phase, holding.sendingFails else { return }
        holding.sendingFails = false
        phase = .holder(holding)
    }

    /// Somebody else removed addresses: back at once, but not in a loop with whoever removes them.
    mutating func noteLost(_ addresses: [IPv4Address], at now: Instant) {
        if case .listening(let listening) = phase, listening.hasLeftover {
            // An earlier life's lease has ended: others may claim now. What is left of it goes too.
            return release(then: .listening, because: .ownLeaseLapsed)
        }
        if case .claiming = phase {
            // Those that the kernel has not been asked for are not there yet.
            for slice in slices(with: addresses) { leases.noteLost(slice, at: now) }
        }
        guard case .holder(var holding) = phase else { return }
        // What the kernel has not granted yet is not lost.
        let awaited = self.awaited
        let addresses = awaited.isEmpty ? addresses : addresses.filter { !awaited.contains($0) }
        guard !addresses.isEmpty else { return }
        counters.addressesLost += addresses.count
        holding.restoring.formUnion(addresses)
        if let restoredAt = holding.restoredAt, now - restoredAt < settings.probeSpacing {
            holding.restoreAt = restoredAt + settings.probeSpacing
        } else {
            restore(&holding, at: now)
        }
        phase = .holder(holding)
    }

    /// Puts removed addresses back. Where sending fails, the next renewal does, if there is one.
    private mutating func restore(_ holding: inout Holding, at now: Instant) {
        holding.restoreAt = nil
        holding.restoredAt = now
        guard !holding.sendingFails else { return }
        for slice in slices(with: holding.restoring) where leases.isGranted(slice) { leases.want(slice, at: now) }
        askForSlice(at: now)
    }

    /// A holder whose lease has ended has nothing to assert any more.
    mutating func lapseIfDue(at now: Instant) {
        guard case .holder = phase, isLeaseOver(at: now) else { return }
        stepDown(.leaseLapsed, at: now)
        release(then: .listening, because: .ownLeaseLapsed)
        // Whether this node is late is not asked of what it was to do as a holder.
        noteDeadline()
    }

    /// A holder is none any more: as if it had been lost, seen from the inside.
    mutating func stepDown(_ reason: HolderChangeReason, at now: Instant) {
        guard holder?.reference.id == node.id, let lost = lose(reason, at: now) else { return }
        departure?.holder.lastHeard = now
        reportHolderChange(to: nil, term: lost.term, at: now)
    }

    /// Asks the kernel to remove the addresses; what comes next waits for its answer.
    mutating func release(
        then next: Phase.Releasing.Next, resigns: Bool = false, to successor: UInt64? = nil, because reason: Reason
    ) {
        nextSignAt = nil
        pacer.clear()
        let relays = phase.isInOverlap
        enter(.releasing(Phase.Releasing(resigns: resigns, next: next, successor: successor)), because: reason)
        emit(.removeAddresses)
        if relays { emit(.endRelay) }
    }

    mutating func noteRemoved(refused: [AddressRefusal], at now: Instant) {
        for refusal in refused { emit(.report(.addressRefused(refusal))) }
        guard case .releasing(let releasing) = phase else { return }
        // Where the kernel keeps an address it must not be called free; its lease ends it.
        keptUntil = refused.isEmpty ? nil : now + settings.longestLease
        if releasing.resigns && refused.isEmpty { resign() }
        switch releasing.next {
        case .candidate where holder != nil: becomeCandidate(because: .addressesRemoved, at: now)
        // What stood against this node may have gone meanwhile.
        case .candidate, .listening, .ineligible: beginListening(because: .addressesRemoved, at: now)
        }
    }

    /// Says that this node has no addresses and wants none. Twice: a lost one would cost the others the silence.
    mutating func resign() {
        send(.resign)
        send(.resign)
    }
}
