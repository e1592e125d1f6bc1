// Feeding events to elections and performing what they direct, in order.

import VIPConfiguration
import VIPControl
import VIPElection
import VIPWire

extension Daemon {
    /// Gives an event to a group's election, performs its directives, then gives it the answers that came of them.
    func feed(_ event: Event, toGroup number: Int) {
        let group = groups[number]
        guard let running = group.running, let index = group.linkIndex, let link = attached[index] else { return }
        defer { group.deadline = group.running?.value.nextDeadline }
        // Whoever feeds while this goes on finds no spare memory, and takes new.
        var memory = Memory()
        swap(&memory, &spare)
        handle(event, in: running, of: group, on: link, &memory)
        while !memory.answers.isEmpty, group.running === running {
            handle(memory.answers.removeFirst(), in: running, of: group, on: link, &memory)
        }
        memory.directives.removeAll(keepingCapacity: true)
        memory.answers.removeAll(keepingCapacity: true)
        swap(&memory, &spare)
    }

    /// Gives one event to the election, and performs what it directs; the answers wait in `memory`.
    private func handle(
        _ event: Event, in running: RunningElection, of group: Group, on link: AttachedLink,
        _ memory: inout Memory
    ) {
        let now = machine.now
        group.phases.noteEvent(event, at: now)
        running.value.handle(event, at: now, into: &memory.directives)
        for directive in memory.directives {
            if let answer = perform(directive, for: group, on: link) { memory.answers.append(answer) }
        }
    }

    /// What an event brings about.
    struct Memory {
        var directives: [Directive] = []
        var answers: [Event] = []
    }

    /// Does one thing, and returns the event that answers it, if there is one.
    private func perform(_ directive: Directive, for group: Group, on link: AttachedLink) -> Event? {
        let addresses = group.configuration.addresses
        switch directive {
        case .send(let frame):
            let errno = link.port.send(frame)
            let failure = errno == 0 ? nil : Event.sendFailed(errno: errno)
            if failure == nil { group.phases.noteSign(at: machine.now) }
            return failure
        case .announce(let addresses, let forms):
            guard let election = group.running?.value else { return nil }
            let failure = send(election.announcements(of: addresses, forms: forms), on: link)
            if failure == nil { group.phases.noteAnnouncements(at: machine.now) }
            return failure
        case .probe(let addresses):
            guard let election = group.election else { return nil }
            return send(election.probes(for: addresses), on: link)
        case .ask(let requests):
            guard let election = group.election else { return nil }
            return send(election.frames(for: requests), on: link)
        case .relay(let predecessor):
            beginRelay(to: predecessor, for: group, on: link)
            return nil
        case .endRelay:
            link.port.endRelay(of: addresses)
            return nil
        case .installAddresses(let places, let leaseSeconds):
            group.phases.noteInstallation(at: machine.now)
            return .addressesInstalled(refused: link.port.install(addresses[places], leaseSeconds: leaseSeconds))
        case .closeConnections:
            group.phases.noteClosing(at: machine.now)
            closeConnections(of: group)
            return nil
        case .removeAddresses:
            group.phases.noteRemoval(at: machine.now)
            return .addressesRemoved(refused: link.port.remove(addresses))
        case .report(let report):
            tell(report, of: group)
            return nil
        case .finish:
            group.isFinished = true
            return nil
        }
    }

    /// Resets the connections of clients that are about to lose their holder: they hear of it, and need not time out.
    private func closeConnections(of group: Group) {
        do {
            let count = try machine.closeConnections(boundTo: group.configuration.addresses)
            machine.write(
                LogEntry(.info, "group \(group.name): \(count) connections reset", fields: [.init("GROUP", group.name)])
            )
        } catch {
            // A kernel that cannot do it will not learn it.
            guard !hasToldOfConnections else { return }
            hasToldOfConnections = true
            note(.warning, "connections to moved addresses are not reset, and hang until they time out: \(error)")
        }
    }

    /// Lets connections end at the predecessor that began there; a handover goes on without, too.
    private func beginRelay(to predecessor: MACAddress, for group: Group, on link: AttachedLink) {
        guard let election = group.election else { return }
        do {
            try link.port.beginRelay(of: group.configuration.addresses, from: election.node.mac, to: predecessor)
        } catch {
            guard !hasToldOfRelay else { return }
            hasToldOfRelay = true
            note(.warning, "connections that begin while an address moves may be reset: \(error)")
        }
    }

    private func send(_ frames: [Frame], on link: AttachedLink) -> Event? {
        let errno = link.port.send(frames)
        return errno == 0 ? nil : .sendFailed(errno: errno)
    }

    /// Takes in what a link received.
    func receive(_ result: Result<Frame, FrameRefusal>, onLink index: Int) {
        guard let link = attached[index] else { return }
        switch result {
        case .failure(let refusal): link.count(refusal)
        case .success(let frame):
            guard let number = link.group(of: frame) else { return }
            feed(.frameReceived(frame), toGroup: number)
        }
    }
}
