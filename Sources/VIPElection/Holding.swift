// From the claim to the release: nothing is announced before the kernel has confirmed, nothing resigned before it
// has removed (docs/DESIGN.md, "Claim", "Announcing", "The kernel's lease").

import VIPWire

/// What a holder keeps in mind.
struct Holding: Hashable, Sendable {
    var term: UInt64
    /// When the kernel ends the lease at the earliest.
    var leaseUntil: Instant
    var nextRenewalAt: Instant
    /// When the renewal that is under way was asked for.
    var renewalRequestedAt: Instant?
    /// Addresses to announce once the kernel has them back.
    var restoring: [IPv4Address] = []
    var restoredAt: Instant?
    var restoreAt: Instant?
    var plan: AnnouncementPlan
    /// When a foreign or a rival's claim was last answered, and when the next answer is due.
    var defendedAt: Instant?
    var defendAt: Instant?
    /// What that answer is to say.
    var defence = Defence()
    /// A rival was told off; when it gives up, the caches it reached are repaired.
    var rivals: Set<UInt64> = []
    /// The last frame could not be sent: a node that cannot speak must not keep the addresses.
    var sendingFails = false

    struct Defence: Hashable, Sendable {
        var addresses: [IPv4Address] = []
        var forms: AnnouncementForms = []
    }

    var nextDeadline: Instant? {
        [nextRenewalAt, plan.next, leaseUntil, defendAt, restoreAt].compactMap(\.self).min()
    }
}

extension Election {
    /// Asks the kernel for the addresses, under a term higher than any that was seen.
    mutating func claim(because reason: Reason, at now: Instant) {
        // At the end of the numbers, which only a forged frame can bring about, the rank decides.
        highestTerm += highestTerm == .max ? 0 : 1
        enter(.claiming(Phase.Claiming(term: highestTerm, requestedAt: now)), because: reason)
        emit(.installAddresses(leaseSeconds: settings.leaseSeconds))
    }

    /// The kernel's answer to a claim, a renewal or a restoration.
    mutating func noteInstalled(refused: [AddressRefusal], at now: Instant) {
        if let refusal = refused.first {
            for refusal in refused { emit(.report(.addressRefused(refusal))) }
            switch phase {
            case .claiming, .holder: add(.addressRefused(errno: refusal.errno), at: now)
            case .listening, .candidate, .probing, .occupied, .releasing, .ineligible: break
            }
            return
        }
        switch phase {
        case .claiming(let claiming): becomeHolder(claiming, at: now)
        case .holder(var holding):
            if let requestedAt = holding.renewalRequestedAt { holding.leaseUntil = requestedAt + settings.lease }
            holding.renewalRequestedAt = nil
            let restored = holding.restoring
            holding.restoring = []
            phase = .holder(holding)
            if !restored.isEmpty {
                emit(.report(.addressesRestored(restored)))
                announceAnew(restored, at: now)
            }
        case .listening, .candidate, .probing, .occupied, .releasing, .ineligible: break
        }
    }

    private mutating func becomeHolder(_ claiming: Phase.Claiming, at now: Instant) {
        let holding = Holding(
            term: claiming.term,
            leaseUntil: claiming.requestedAt + settings.lease,
            nextRenewalAt: claiming.requestedAt + settings.renewalSpacing,
            plan: AnnouncementPlan(start: now)
        )
        enter(.holder(holding), because: .addressesConfirmed(term: claiming.term))
        // The nodes first: a bare announcement by a peer that has not told them would look like a dead daemon's kernel.
        nextSignAt = nil
        sendSign(at: now)
        announce(settings.addresses, forms: [.request, .reply])
        reportHolderChange(to: ownReference, term: claiming.term, at: now)
        holder = KnownHolder(
            reference: ownReference, priority: settings.priority, term: claiming.term,
            since: now, lastHeard: now, sequence: 0
        )
        departure = nil
    }

    mutating func announce(_ addresses: [IPv4Address], forms: AnnouncementForms) {
        counters.announcementsSent += addresses.count * (forms.contains([.request, .reply]) ? 2 : 1)
        emit(.announce(addresses: addresses, forms: forms))
    }

    /// Announces at once to nodes and caches, in both forms, and begins the plan of repeats again.
    mutating func announceAnew(_ addresses: [IPv4Address], at now: Instant) {
        guard case .holder(var holding) = phase else { return }
        holding.plan = AnnouncementPlan(start: now)
        phase = .holder(holding)
        sendSign(at: now)
        announce(addresses, forms: [.request, .reply])
    }

    /// Does what is due for a holder.
    mutating func continueHolding(_ holding: Holding, at now: Instant) {
        var holding = holding
        if holding.nextRenewalAt <= now {
            holding.nextRenewalAt = nextTime(after: holding.nextRenewalAt, spacing: settings.renewalSpacing, at: now)
            if !holding.sendingFails { requestRenewal(&holding, at: now) }
        }
        if let restoreAt = holding.restoreAt, restoreAt <= now {
            holding.restoreAt = nil
            holding.restoredAt = now
            requestRenewal(&holding, at: now)
        }
        if holding.plan.next <= now {
            holding.plan.advance(at: now, random: &random)
            announce(settings.addresses, forms: .request)
        }
        if let defendAt = holding.defendAt, defendAt <= now {
            sendDefence(&holding, at: now)
        }
        phase = .holder(holding)
    }

    mutating func sendDefence(_ holding: inout Holding, at now: Instant) {
        announce(holding.defence.addresses, forms: holding.defence.forms)
        holding.defence = Holding.Defence()
        holding.defendAt = nil
        holding.defendedAt = now
    }

    private mutating func requestRenewal(_ holding: inout Holding, at now: Instant) {
        if holding.renewalRequestedAt == nil { holding.renewalRequestedAt = now }
        emit(.installAddresses(leaseSeconds: settings.leaseSeconds))
    }

    mutating func noteSendFailed() {
        counters.sendsFailed += 1
        if case .holder(var holding) = phase {
            holding.sendingFails = true
            phase = .holder(holding)
        }
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
        guard case .holder(var holding) = phase else { return }
        counters.addressesLost += addresses.count
        holding.restoring += addresses.filter { !holding.restoring.contains($0) }
        if let restoredAt = holding.restoredAt, now - restoredAt < settings.probeSpacing {
            holding.restoreAt = restoredAt + settings.probeSpacing
        } else {
            holding.restoredAt = now
            requestRenewal(&holding, at: now)
        }
        phase = .holder(holding)
    }

    /// A holder whose lease has ended has nothing to assert any more.
    mutating func lapseIfDue(at now: Instant) {
        guard case .holder(let holding) = phase, holding.leaseUntil <= now else { return }
        stepDown(.leaseLapsed, at: now)
        release(then: .listening, because: .ownLeaseLapsed)
    }

    /// A holder is none any more: as if it had been lost, seen from the inside.
    mutating func stepDown(_ reason: HolderChangeReason, at now: Instant) {
        guard let lost = lose(reason, at: now) else { return }
        departure?.holder.lastHeard = now
        reportHolderChange(to: nil, term: lost.term, at: now)
    }

    /// Asks the kernel to remove the addresses; what comes next waits for its answer.
    mutating func release(then next: Phase.Releasing.Next, resigns: Bool = false, because reason: Reason) {
        nextSignAt = nil
        enter(.releasing(Phase.Releasing(resigns: resigns, next: next)), because: reason)
        emit(.removeAddresses)
    }

    mutating func noteRemoved(refused: [AddressRefusal], at now: Instant) {
        for refusal in refused { emit(.report(.addressRefused(refusal))) }
        guard case .releasing(let releasing) = phase else { return }
        // Where the kernel keeps an address it must not be called free; its lease ends it.
        if releasing.resigns && refused.isEmpty { resign() }
        switch releasing.next {
        case .candidate where holder != nil: becomeCandidate(because: .addressesRemoved, at: now)
        case .candidate, .listening: beginListening(because: .addressesRemoved, at: now)
        case .ineligible: becomeIneligible(because: lastReason, at: now)
        }
    }

    /// Says that this node has no addresses and wants none. Twice: a lost one would cost the others the silence.
    mutating func resign() {
        send(.resign)
        send(.resign)
    }
}
