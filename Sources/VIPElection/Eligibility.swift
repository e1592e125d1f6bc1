// What keeps a node from holding, and how it comes back (docs/DESIGN.md, "Eligibility").

extension Election {
    /// Without a carrier nothing that is sent arrives; who has taken its leave says nothing more.
    var canSpeak: Bool { !obstacles.contains(.carrierLost) && !isFinished }

    mutating func add(_ obstacle: Obstacle, at now: Instant) {
        guard obstacles.insert(obstacle).inserted else { return }
        switch phase {
        case .holder where obstacle.allowsHandover:
            handOverOrRelease(because: obstacle, at: now)
        case .holder, .claiming:
            stepDown(HolderChangeReason(obstacle), at: now)
            release(then: .ineligible, resigns: canSpeak, because: .obstacle(obstacle))
        case .listening(let listening) where listening.hasLeftover:
            release(then: .ineligible, resigns: canSpeak, because: .obstacle(obstacle))
        case .releasing(var releasing):
            releasing.next = .ineligible
            releasing.resigns = canSpeak
            phase = .releasing(releasing)
            lastReason = .obstacle(obstacle)
        case .listening, .candidate, .probing, .occupied, .ineligible:
            becomeIneligible(because: .obstacle(obstacle), at: now)
        }
    }

    /// Leaves without a successor if it must.
    mutating func stopNow(at now: Instant) {
        guard case .holder(let holding) = phase else { return add(.stopping, at: now) }
        obstacles.insert(.stopping)
        stepDown(.stop, at: now)
        emit(.closeConnections)
        // Whoever was named may claim at once, though nobody waits for it.
        release(
            then: .ineligible, resigns: canSpeak, to: holding.handover?.successor.id, because: .obstacle(.stopping))
    }

    mutating func remove(_ obstacle: Obstacle, at now: Instant) {
        guard obstacles.remove(obstacle) != nil else { return }
        // A handover that has begun goes on: the successor may hold already.
        guard case .ineligible = phase else { return }
        if obstacles.isEmpty {
            beginListening(because: .obstaclesGone, at: now)
        } else {
            becomeIneligible(because: .obstacle(obstacles.min() ?? obstacle), at: now)
        }
    }

    /// Enters, or stays in, `ineligible`: tells the others if it can, and follows the holder from there.
    mutating func becomeIneligible(because reason: Reason, at now: Instant) {
        if obstacles.contains(.stopping) { return finish(because: reason) }
        let isRefused = obstacles.contains { if case .addressRefused = $0 { true } else { false } }
        let retryAt = isRefused ? now + settings.retryDelay : nil
        enter(.ineligible(Phase.Ineligible(retryAt: retryAt)), because: reason)
        lastReason = reason
        if canSpeak { sendSign(at: now) } else { nextSignAt = nil }
    }

    /// The last that is heard of this node, whatever else happens to it.
    private mutating func finish(because reason: Reason) {
        guard !isFinished else { return }
        nextSignAt = nil
        // Who has released has said so already.
        if state != .releasing && canSpeak { resign() }
        isFinished = true
        enter(.ineligible(Phase.Ineligible()), because: reason)
        lastReason = reason
        emit(.finish)
    }

    /// The kernel refused an address a while ago: it may have changed its mind.
    mutating func retry(at now: Instant) {
        for case .addressRefused(let errno) in obstacles { remove(.addressRefused(errno: errno), at: now) }
    }
}

extension HolderChangeReason {
    /// Why a holder steps down for `obstacle`.
    init(_ obstacle: Obstacle) {
        switch obstacle {
        case .stopping: self = .stop
        case .carrierLost: self = .carrierLost
        case .maintenance: self = .maintenance
        case .unhealthy: self = .unhealthy
        case .addressRefused: self = .addressRefused
        }
    }
}
