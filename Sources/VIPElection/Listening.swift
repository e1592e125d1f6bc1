// The start: hear the segment out before speaking (docs/DESIGN.md, "Start").

extension Election {
    mutating func start(hasLeftover: Bool, obstacles: Set<Obstacle>, at now: Instant) {
        self.obstacles = obstacles
        if settings.quorum != nil { ballot.beginsAt = now + settings.startPause }
        if hasLeftover && settings.quorum != nil && standing != .ineligible {
            // It could not claim before the pause is over; the others can, as soon as they know that it is free.
            release(then: .listening, resigns: true, because: .started)
        } else if hasLeftover, standing == .ineligible, let obstacle = obstacles.min() {
            release(then: .ineligible, resigns: canSpeak, because: .obstacle(obstacle))
        } else {
            beginListening(hasLeftover: hasLeftover, because: .started, at: now)
        }
    }

    /// Listens, if this node may claim at the end of it; is ineligible otherwise. A last resort has nothing to wait for
    /// while it hears a holder.
    mutating func beginListening(hasLeftover: Bool = false, because reason: Reason, at now: Instant) {
        if let obstacle = obstacles.min(), !isLastResort || holder != nil {
            // Who has just released has heard the segment all the time.
            let isNew = holder == nil && state != .releasing
            return becomeIneligible(because: .obstacle(obstacle), hearsFirst: isNew, at: now)
        }
        let extra = random.duration(in: .zero...settings.probeSpacing)
        let until = now + settings.suspectAfter + extra
        nextSignAt = nil
        enter(.listening(Phase.Listening(until: until, hasLeftover: hasLeftover)), because: reason)
    }

    mutating func endListening(_ listening: Phase.Listening, at now: Instant) {
        // A holder known from before has been silent for all the time of listening.
        lose(.silence, at: now)
        if listening.hasLeftover, !isForeignClaimFresh(at: now) {
            claim(term: nextTerm(), because: .leftoverStands, at: now)
        } else if listening.hasLeftover {
            release(then: .listening, because: .leftoverContested)
        } else {
            beginProbing(isFree: false, because: .heardNobody, at: now)
        }
    }
}
