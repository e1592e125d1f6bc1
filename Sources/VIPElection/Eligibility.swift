// What keeps a node from holding, and how it comes back (docs/DESIGN.md, "Eligibility").

extension Election {
    /// Without a carrier nothing that is sent arrives; who has taken its leave says nothing more.
    var canSpeak: Bool { !obstacles.contains(.carrierLost) && !isFinished }

    /// Nothing but its sick services stands against this node: it claims in its turn where no eligible node does, so
    /// that a cluster that is not up yet, or is sick as a whole, has its addresses all the same.
    public var isLastResort: Bool {
        // Asked for every frame; a set to compare with would be made for each.
        settings.holdsWhenAllUnhealthy && obstacles.count == 1 && obstacles.contains(.unhealthy)
    }
    var standing: Standing { obstacles.isEmpty ? .eligible : isLastResort ? .lastResort : .ineligible }

    mutating func add(_ obstacle: Obstacle, at now: Instant) {
        guard obstacles.insert(obstacle).inserted else { return }
        if isLastResort && goesOnAsLastResort(at: now) { return }
        switch phase {
        case .holder where obstacle.allowsHandover:
            handOverOrRelease(because: obstacle, at: now)
        case .holder, .claiming:
            stepDown(HolderChangeReason(obstacle), at: now)
            release(then: .ineligible, resigns: canSpeak, to: heir(at: now), because: .obstacle(obstacle))
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

    /// Whether a node that has become a last resort goes on with what it does: nobody holds as far as it knows.
    private mutating func goesOnAsLastResort(at now: Instant) -> Bool {
        switch phase {
        case .listening, .releasing: return true
        case .probing, .occupied:
            // Others have their turn before it now.
            sendSign(at: now)
            return true
        // A predecessor holds on, and names another.
        case .claiming(let claiming): return claiming.predecessor == nil
        case .candidate, .holder, .ineligible: return false
        }
    }

    /// Leaves without a successor if it must.
    mutating func stopNow(at now: Instant) {
        guard case .holder = phase else { return add(.stopping, at: now) }
        obstacles.insert(.stopping)
        stepDown(.stop, at: now)
        emit(.closeConnections)
        // Whoever was named may claim at once, though nobody waits for it.
        release(then: .ineligible, resigns: canSpeak, to: heir(at: now), because: .obstacle(.stopping))
    }

    mutating func remove(_ obstacle: Obstacle, at now: Instant) {
        guard obstacles.remove(obstacle) != nil else { return }
        switch phase {
        case .ineligible: comeBack(after: obstacle, at: now)
        // A last resort no more: its turn is another now.
        case .probing, .occupied: sendSign(at: now)
        // A handover that has begun goes on: the successor may hold already.
        case .listening, .candidate, .claiming, .holder, .releasing: break
        }
    }

    /// Less stands against a node that was ineligible, or nothing any more.
    private mutating func comeBack(after obstacle: Obstacle, at now: Instant) {
        if obstacles.isEmpty && holder != nil && obstacle != .carrierLost {
            // It has heard the segment all the time.
            becomeCandidate(because: .obstaclesGone, at: now)
        } else {
            beginListening(because: obstacles.min().map { .obstacle($0) } ?? .obstaclesGone, at: now)
        }
    }

    /// Other settings may make a sick node a last resort, or one no more.
    mutating func reviewStanding(at now: Instant) {
        switch phase {
        case .ineligible where isLastResort && holder == nil:
            beginListening(because: .obstacle(.unhealthy), at: now)
        case .listening(let listening) where listening.hasLeftover && standing == .ineligible:
            release(then: .ineligible, resigns: canSpeak, because: .obstacle(.unhealthy))
        case .claiming where standing == .ineligible:
            release(then: .ineligible, resigns: canSpeak, because: .obstacle(.unhealthy))
        case .listening where standing == .ineligible, .probing where standing == .ineligible,
            .occupied where standing == .ineligible:
            becomeIneligible(because: .obstacle(.unhealthy), at: now)
        case .holder where standing == .ineligible && obstacles.contains(.unhealthy):
            handOverOrRelease(because: .unhealthy, at: now)
        case .listening, .candidate, .probing, .occupied, .claiming, .holder, .releasing, .ineligible: break
        }
    }

    /// Enters, or stays in, `ineligible`: tells the others if it can, and follows the holder from there. A node that
    /// `hearsFirst` knows of no holder yet: the kernel of one would answer its probe, and pass for a foreign host's.
    mutating func becomeIneligible(because reason: Reason, hearsFirst: Bool = false, at now: Instant) {
        if obstacles.contains(.stopping) { return finish(because: reason, at: now) }
        let isRefused = obstacles.contains { if case .addressRefused = $0 { true } else { false } }
        let retryAt = isRefused ? now + settings.retryDelay : nil
        enter(.ineligible(Phase.Ineligible(retryAt: retryAt)), because: reason)
        lastReason = reason
        if !canSpeak {
            nextSignAt = nil
        } else if hearsFirst {
            nextSignAt = now + settings.suspectAfter
        } else {
            sendSign(at: now)
        }
    }

    /// The last that is heard of this node, whatever else happens to it.
    private mutating func finish(because reason: Reason, at now: Instant) {
        guard !isFinished else { return }
        nextSignAt = nil
        // Who has released has said so already; what the kernel keeps is not free before its lease has ended.
        let isKept = keptUntil.map { now < $0 } ?? false
        if state != .releasing && canSpeak && !isKept { resign() }
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
