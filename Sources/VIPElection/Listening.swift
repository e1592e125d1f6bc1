// The start: hear the segment out before speaking (docs/DESIGN.md, "Start").

extension Election {
    mutating func start(hasLeftover: Bool, obstacles: Set<Obstacle>, at now: Instant) {
        self.obstacles = obstacles
        if settings.quorum != nil { ballot.beginsAt = now + settings.startPause }
        if hasLeftover && settings.quorum != nil && obstacles.isEmpty {
            // It could not claim before the pause is over; the others can, as soon as they know that it is free.
            release(then: .listening, resigns: true, because: .started)
        } else if hasLeftover, let obstacle = obstacles.min() {
            release(then: .ineligible, resigns: canSpeak, because: .obstacle(obstacle))
        } else {
            beginListening(hasLeftover: hasLeftover, because: .started, at: now)
        }
    }

    /// Listens, if nothing stands against this node; is ineligible otherwise.
    mutating func beginListening(hasLeftover: Bool = false, because reason: Reason, at now: Instant) {
        guard let obstacle = obstacles.min() else {
            let extra = random.duration(in: .zero...settings.probeSpacing)
            let until = now + settings.suspectAfter + extra
            nextSignAt = nil
            enter(.listening(Phase.Listening(until: until, hasLeftover: hasLeftover)), because: reason)
            return
        }
        becomeIneligible(because: .obstacle(obstacle), at: now)
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
