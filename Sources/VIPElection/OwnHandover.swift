// Handovers that a holder wants by itself: to a better candidate, or, sick, to any (docs/DESIGN.md, "Handover", "Health").
// Deliberately not here: how a handover goes (Handover).

extension Election {
    /// When a candidate of higher priority will have been eligible for long enough.
    func preemptionDeadline(of holding: Holding) -> Instant? {
        // A third node must not take over while the first still holds: it has not consented to that.
        guard holding.handover == nil, holding.predecessor == nil else { return nil }
        guard !obstacles.contains(.unhealthy) else { return healthDeadline(of: holding) }
        guard mayPreempt,
            let since = peerTable.firstEligible(above: settings.priority, where: { wasProven($0) })
        else { return nil }
        return max(since + settings.preemptDelay, retry(of: holding))
    }

    /// When a sick holder that has held on so far hands over, or, if it is to, lets go.
    private func healthDeadline(of holding: Holding) -> Instant? {
        let holdDownEnd = holdDownEnd(of: holding)
        let candidateSince = peerTable.firstEligible()
        guard let ready = candidateSince ?? (settings.holdsWhenAllUnhealthy ? nil : holdDownEnd) else { return nil }
        return max(ready, retry(of: holding), holdDownEnd ?? ready)
    }

    /// From when on a handover may be tried again, after one that came to nothing.
    private func retry(of holding: Holding) -> Instant {
        let retryAt = holding.handoverRetryAt ?? Instant(nanoseconds: .min)
        return max(retryAt, holding.unheard?.until ?? retryAt)
    }

    /// Until when a holder that has taken over from a sick one does not hand over for its own sickness; nil for one that
    /// has not.
    func holdDownEnd(of holding: Holding) -> Instant? {
        holding.tookOverFromSickAt.map { $0 + settings.holdDown }
    }

    /// Whether this holder would rather see a candidate of higher priority hold.
    private var mayPreempt: Bool { settings.preempt && obstacles.isEmpty }

    /// Hands over to a better candidate, or, sick, to anyone who has become eligible since.
    mutating func beginOwnHandover(at now: Instant) {
        guard case .holder(let holding) = phase, let deadline = preemptionDeadline(of: holding), deadline <= now else {
            return
        }
        if obstacles.contains(.unhealthy) { return handOverOrRelease(because: .unhealthy, at: now) }
        let ready = peerTable.successors.first { peer in
            let isReady = peer.eligibleSince.map { $0 + settings.preemptDelay <= now } ?? false
            return isReady && peer.priority > settings.priority && wasProven(peer)
        }
        if let ready { beginHandover(to: ready.reference, isBound: true, at: now) }
    }
}
