// What `vipd status` is answered.

import VIPConfiguration
import VIPControl
import VIPElection
import VIPWire

extension Daemon {
    func statusReport() -> StatusReport {
        let id = groups.lazy.compactMap(\.election).first?.node.id
        return StatusReport(
            node: VIPControl.NodeIdentity(name: nodeName, id: id.map(hexadecimal) ?? ""),
            groups: groups.map(status)
        )
    }

    private func status(of group: Group) -> GroupStatus {
        let configuration = group.configuration
        guard let election = group.election, let link = group.linkIndex.flatMap({ attached[$0] }) else {
            return GroupStatus(
                name: group.name, addresses: configuration.addresses.map(\.description), interface: nil,
                state: .ineligible, reason: group.waitingFor, term: 0, holder: nil, peers: [],
                lastTransition: group.lastChange.map(transition), conflicts: [],
                counters: GroupCounters(announcementsSent: 0, framesDropped: []),
                own: OwnStatus(
                    address: nil, mac: nil, priority: Int(configuration.priority), eligible: false,
                    health: group.waitingFor)
            )
        }
        let holder = election.currentHolder.map { holder in
            HolderStatus(
                name: holder.reference.name, address: text(holder.reference.address),
                mac: holder.reference.mac.description, since: timestamp(holder.since))
        }
        return GroupStatus(
            name: group.name, addresses: configuration.addresses.map(\.description), interface: link.facts.name,
            state: NodeState(election.currentState), reason: election.currentReason, term: election.term,
            holder: holder, peers: election.peers.map(status), lastTransition: group.lastChange.map(transition),
            conflicts: election.conflicts.map(status), counters: counters(of: election, on: link),
            own: OwnStatus(
                address: text(election.node.address), mac: election.node.mac.description,
                priority: Int(configuration.priority), eligible: election.isEligible,
                health: election.currentObstacles.first.map(describe) ?? "ok")
        )
    }

    private func status(of peer: Peer) -> PeerStatus {
        let state: NodeState?
        switch peer.role {
        case _ where !peer.isAlive: state = nil
        case .holder: state = .holder
        case .candidate: state = peer.isEligible ? .candidate : .ineligible
        case .resigned: state = .ineligible
        }
        let health: String
        if !peer.isAlive {
            health = "not heard"
        } else if peer.role == .resigned {
            health = "resigned"
        } else if !peer.isEligible {
            health = "not eligible"
        } else {
            health = peer.configurationMatches ? "ok" : "ok, but its settings differ"
        }
        return PeerStatus(
            name: peer.reference.name, address: text(peer.reference.address), mac: peer.reference.mac.description,
            state: state, priority: Int(peer.priority), eligible: peer.isAlive && peer.isEligible, health: health,
            heardMs: Int((machine.now - peer.lastHeard).milliseconds)
        )
    }

    private func status(of conflict: Conflict) -> ConflictStatus {
        ConflictStatus(
            address: conflict.address.description, mac: conflict.mac.description, since: timestamp(conflict.since),
            lastSeen: timestamp(conflict.lastSeen), count: UInt64(conflict.count), description: describe(conflict))
    }

    private func transition(_ last: (change: HolderChange, at: Instant)) -> TransitionStatus {
        TransitionStatus(
            at: timestamp(last.at), from: last.change.from?.name, to: last.change.to?.name,
            reason: TransitionReason(last.change.reason).rawValue, silenceMs: last.change.silence.map { Int($0.milliseconds) },
            claimMs: last.change.claim.map { Int($0.milliseconds) }, confirmedMs: nil)
    }

    private func counters(of election: Election, on link: AttachedLink) -> GroupCounters {
        let counted = election.statistics
        var dropped = FrameRefusal.allCases.map { GroupCounters.Count($0.rawValue, link.refused[$0] ?? 0) }
        dropped += [
            .init("stale", UInt64(counted.stale)), .init("duplicateNode", UInt64(counted.duplicateNode)),
            .init("otherGroup", UInt64(counted.otherGroup)), .init("tooManyPeers", UInt64(counted.tooManyPeers)),
            .init("noRoom", UInt64(link.port.framesLost)),
        ]
        return GroupCounters(
            announcementsSent: UInt64(counted.announcementsSent),
            others: [
                .init("probesSent", UInt64(counted.probesSent)), .init("framesReceived", UInt64(counted.framesReceived)),
                .init("sendsFailed", UInt64(counted.sendsFailed)), .init("addressesLost", UInt64(counted.addressesLost)),
            ],
            framesDropped: dropped)
    }

    /// The civil time of an instant of this daemon's life.
    func timestamp(_ instant: Instant) -> Timestamp {
        Timestamp(milliseconds: machine.wallClock.milliseconds - (machine.now - instant).milliseconds)
    }

    private func text(_ address: IPv4Address) -> String? { address == .unspecified ? nil : address.description }

    private func hexadecimal(_ id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension NodeState {
    init(_ state: State) {
        switch state {
        case .listening: self = .listening
        case .candidate: self = .candidate
        case .probing: self = .probing
        case .occupied: self = .occupied
        case .claiming: self = .claiming
        case .holder: self = .holder
        case .handingOver: self = .handingOver
        case .releasing: self = .releasing
        case .ineligible: self = .ineligible
        }
    }
}
