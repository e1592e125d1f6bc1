// Daemons at work, as vipd's own loop does it: what has arrived first, directives in order, deadlines last.

import VIPElection
import VIPWire

extension World {
    /// Starts a machine's daemon, as a service manager does.
    mutating func startDaemon(on index: Int) {
        guard machines[index].isPowered, !machines[index].hasDaemon else { return }
        var obstacles: Set<Obstacle> = []
        if !machines[index].hasCarrier { obstacles.insert(.carrierLost) }
        if machines[index].isInMaintenance { obstacles.insert(.maintenance) }
        if !machines[index].isHealthy { obstacles.insert(.unhealthy) }
        machines[index].knownCarrier = machines[index].hasCarrier
        let kernel = machines[index].kernel
        let hasLeftover = kernel.held == kernel.all
        if !hasLeftover && kernel.held != 0 {
            machines[index].kernel.clear()
            noteAddresses(of: index, before: kernel.held, .cleanup)
        }
        machines[index].generation += 1
        machines[index].isHung = false
        machines[index].inbox = Inbox()
        // Microseconds, as the daemon's: greater than at every earlier start.
        machines[index].identity.epoch = max(
            machines[index].identity.epoch + 1, UInt64(now.nanoseconds / 1000) + 1_000_000_000)
        machines[index].election = Election(
            settings: machines[index].settings, node: machines[index].identity, seed: random.next())
        note(.daemonStarted(index, hasLeftover: hasLeftover))
        noteReach()
        feed(.started(hasLeftover: hasLeftover, obstacles: obstacles), to: index)
        // A gateway that nobody has switched on: what is sent to it is checked like everything else.
        feed(.gatewaysChanged([IPv4Address(192, 168, 1, 1)]), to: index)
    }

    /// The daemon is gone, by whatever way.
    mutating func endDaemon(on index: Int) {
        guard machines[index].hasDaemon else { return }
        finishOperations(of: index)
        machines[index].election = nil
        machines[index].isHung = false
        machines[index].inbox = Inbox()
        machines[index].generation += 1
        machines[index].deadlineAt = nil
    }

    /// Something has arrived for the daemon: it takes it in, or finds it when it can read again.
    mutating func deliver(_ item: Inbox.Item, to index: Int) {
        guard machines[index].hasDaemon else { return }
        // Nothing of a machine that stands still moves; what was under way waits for it.
        if machines[index].isHung || machines[index].pause != nil {
            machines[index].inbox.append(item)
        } else {
            take(item, on: index)
        }
    }

    private mutating func take(_ item: Inbox.Item, on index: Int) {
        switch item {
        case .frame(let carried): read(carried.frame, on: index)
        case .answer(let answer): feed(answer.event, to: index)
        case .command(.stop): feed(.stopRequested, to: index)
        case .command(.stopNow): feed(.stopDemanded, to: index)
        case .command(.maintenance(let isOn)): feed(.maintenanceSet(isOn), to: index)
        case .command(.health(let isHealthy)): feed(.healthSet(isHealthy), to: index)
        case .command(.move(let successor)): feed(.handoverRequested(to: successor), to: index)
        case .linkChanged: followLink(on: index)
        }
    }

    /// A daemon that could not read reads all that has arrived, and only then looks at its deadlines.
    mutating func catchUp(on index: Int) {
        for item in machines[index].inbox.drain() { take(item, on: index) }
        planDeadline(of: index)
    }

    /// The daemon looks at what its kernel says of the link.
    private mutating func followLink(on index: Int) {
        let hasCarrier = machines[index].hasCarrier
        if machines[index].knownCarrier != hasCarrier {
            machines[index].knownCarrier = hasCarrier
            feed(hasCarrier ? .carrierReturned : .carrierLost, to: index)
        }
        guard machines[index].election?.keepsAddresses == true else { return }
        let kernel = machines[index].kernel
        let lost = kernel.addresses.indices.filter { kernel.held & (1 << $0) == 0 }.map { kernel.addresses[$0] }
        if !lost.isEmpty { feed(.addressesLost(lost), to: index) }
    }

    /// Gives an event to a machine's election, performs what it directs, then gives it the answers that came of it.
    mutating func feed(_ event: Event, to index: Int) {
        var answers: [Event] = []
        feed(event, to: index, answers: &answers)
        var next = 0
        while next < answers.count {
            feed(answers[next], to: index, answers: &answers)
            next += 1
        }
        planDeadline(of: index)
    }

    private mutating func feed(_ event: Event, to index: Int, answers: inout [Event]) {
        noteAnswer(event, to: index)
        let local = machines[index].clock.read(at: now)
        guard let directives = machines[index].election?.handle(event, at: local) else { return }
        for directive in directives {
            if let answer = perform(directive, on: index) { answers.append(answer) }
        }
    }

    /// Does one thing, and returns the event that answers it, if there is one.
    private mutating func perform(_ directive: Directive, on index: Int) -> Event? {
        switch directive {
        case .send(let frame): return send([frame], from: index)
        case .announce(let addresses, let forms):
            return send(machines[index].election?.announcements(of: addresses, forms: forms) ?? [], from: index)
        case .probe(let addresses):
            return send(machines[index].election?.probes(for: addresses) ?? [], from: index)
        case .ask(let requests):
            return send(machines[index].election?.frames(for: requests) ?? [], from: index)
        case .closeConnections: note(.connectionsClosed(index))
        case .relay, .endRelay: break
        case .installAddresses(let places, let leaseSeconds):
            return ask(.install(places, leaseSeconds: leaseSeconds), of: index)
        case .removeAddresses: return ask(.remove, of: index)
        case .report(let report): note(.reported(index, report))
        case .finish:
            endDaemon(on: index)
            note(.daemonFinished(index))
            noteReach()
            // One that hung when it was asked to stop ends only when all is repaired.
            if isHealed { startDaemon(on: index) }
        }
        return nil
    }

    private mutating func send(_ frames: [Frame], from index: Int) -> Event? {
        if machines[index].sendsFail {
            note(.sendFailed(index))
            return .sendFailed(errno: 105)  // ENOBUFS
        }
        for frame in frames { transmit(frame, .daemon(index)) }
        return nil
    }

    private mutating func noteAnswer(_ event: Event, to index: Int) {
        switch event {
        case .addressesInstalled(let refused): note(.installAnswered(index, refused: mask(of: refused, on: index)))
        case .addressesRemoved(let refused): note(.removalAnswered(index, refused: mask(of: refused, on: index)))
        default: break
        }
    }

    private func mask(of refused: [AddressRefusal], on index: Int) -> AddressMask {
        let addresses = machines[index].kernel.addresses
        return refused.reduce(0) { mask, refusal in
            mask | (addresses.firstIndex(of: refusal.address).map { 1 << $0 } ?? 0)
        }
    }

    /// How often a daemon may be woken at one moment before it counts as spinning: far more than states in a row.
    private static var deadlinesInPlaceLimit: Int { 16 }

    mutating func reachDeadline(of index: Int) {
        // The clock's horizon may have come instead of the deadline.
        if let deadline = machines[index].election?.wakeTime(), deadline <= machines[index].clock.read(at: now) {
            feed(.timeReached, to: index)
        } else {
            planDeadline(of: index)
        }
        guard let next = machines[index].deadlineAt, next <= now else {
            machines[index].deadlinesInPlace = 0
            return
        }
        machines[index].deadlinesInPlace += 1
        guard machines[index].deadlinesInPlace > Self.deadlinesInPlaceLimit else { return }
        machines[index].deadlinesInPlace = 0
        note(.spun(index))
        machines[index].deadlineAt = now + .milliseconds(1)
    }

    /// Looks at when the daemon wants to be woken.
    mutating func planDeadline(of index: Int) {
        guard machines[index].pause == nil, !machines[index].isHung, let deadline = machines[index].election?.wakeTime()
        else {
            machines[index].deadlineAt = nil
            return
        }
        machines[index].deadlineAt = max(now, machines[index].clock.worldTime(reaching: deadline))
    }
}

extension Election {
    /// ``nextDeadline``, read in place: a property of an optional's value is read from a copy of it all, at every event.
    fileprivate mutating func wakeTime() -> Instant? { nextDeadline }
}
