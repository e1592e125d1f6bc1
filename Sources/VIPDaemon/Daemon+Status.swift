// What `vipd status` is answered.

import VIPConfiguration
import VIPControl
import VIPElection
import VIPHealth
import VIPWire

extension Daemon {
    func statusReport() -> StatusReport {
        let id = groups.lazy.compactMap(\.election).first?.node.id
        return StatusReport(
            node: VIPControl.NodeIdentity(
                name: nodeName, id: id.map(hexadecimal) ?? "", authentication: AuthenticationStatus(authentication),
                keyID: keyID?.description, startedAt: startedAt, realtime: machine.realtime),
            groups: groups.map(status),
            counters: machine.counters + [
                .init("linkReportsLost", UInt64(machine.reportLosses)), .init("hookCallsDropped", hookCallsDropped),
            ]
        )
    }

    private func status(of group: Group) -> GroupStatus {
        let configuration = group.configuration
        guard let election = group.election, let link = group.linkIndex.flatMap({ attached[$0] }) else {
            return GroupStatus(
                name: group.name, addresses: configuration.addresses.map(\.description), interface: nil,
                state: .ineligible, reason: group.waitingFor, term: 0, holder: nil, peers: [],
                lastTransition: transition(of: group), conflicts: [], counters: counters(of: group),
                own: OwnStatus(
                    address: nil, mac: nil, priority: Int(configuration.priority), eligible: false,
                    health: "waits for its interface"),
                checks: group.checks.map(status), tallies: group.tallies
            )
        }
        let holder = election.currentHolder.map { holder in
            HolderStatus(
                name: holder.reference.name, address: text(holder.reference.address),
                mac: holder.reference.mac.description,
                since: group.cameLaterThanHolder ? nil : machine.civilTime(of: holder.since))
        }
        return GroupStatus(
            name: group.name, addresses: configuration.addresses.map(\.description), interface: link.facts.name,
            state: NodeState(election.currentState), reason: election.currentReason, term: election.term,
            holder: holder, peers: election.peers.map(status), lastTransition: transition(of: group),
            conflicts: election.conflicts.map(status), counters: counters(of: group),
            own: OwnStatus(
                address: text(election.node.address), mac: election.node.mac.description,
                priority: Int(configuration.priority), eligible: election.isEligible,
                health: health(of: group, election)),
            checks: group.checks.map(status), next: election.nextHolder?.name,
            leaseLeftMs: election.leaseUntil.map { max(0, Int(($0 - machine.now).milliseconds)) },
            tallies: group.tallies
        )
    }

    private func health(of group: Group, _ election: Election) -> String {
        switch election.currentObstacles.first {
        case .unhealthy?, nil: group.healthText ?? "ok"
        case let obstacle?: describe(obstacle)
        }
    }

    private func status(of check: RunningCheck) -> CheckStatus {
        let since = Instant(nanoseconds: check.tracker.since.nanoseconds)
        return CheckStatus(
            name: check.specification.name, state: check.tracker.state.rawValue, message: check.tracker.message,
            since: machine.civilTime(of: since))
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
            health =
                switch peer.impediment {
                case .sick: "services are sick"
                case .maintenance: "in maintenance"
                case nil: "not eligible"
                }
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
            address: conflict.address.description, mac: conflict.mac.description,
            since: machine.civilTime(of: conflict.since), lastSeen: machine.civilTime(of: conflict.lastSeen),
            count: UInt64(conflict.count), description: describe(conflict))
    }

    private func transition(of group: Group) -> TransitionStatus? {
        guard let last = group.lastChange else { return nil }
        let confirmation = group.lastConfirmation
        return TransitionStatus(
            at: machine.civilTime(of: last.at), from: last.change.from?.name, to: last.change.to?.name,
            reason: TransitionReason(last.change.reason).rawValue,
            silenceMs: last.change.silence.map { Int($0.milliseconds) },
            claimMs: last.change.claim.map { Int($0.milliseconds) },
            confirmedMs: confirmation.map { Int($0.after.milliseconds) },
            confirmedBy: confirmation.map(\.host.description))
    }

    /// What a group has counted since it is served, on the links that it had before as well.
    func counters(of group: Group) -> GroupCounters {
        let present = counters(of: group.election, on: group.linkIndex.flatMap { attached[$0] })
        guard let past = group.countedBefore else { return present }
        func sum(_ left: [GroupCounters.Count], _ right: [GroupCounters.Count]) -> [GroupCounters.Count] {
            zip(left, right).map { .init($0.name, $0.value + $1.value) }
        }
        return GroupCounters(
            announcementsSent: past.announcementsSent + present.announcementsSent,
            others: sum(past.others, present.others), framesDropped: sum(past.framesDropped, present.framesDropped))
    }

    private func counters(of election: Election?, on link: AttachedLink?) -> GroupCounters {
        func count(_ name: String, _ counter: (ElectionCounters) -> Int) -> GroupCounters.Count {
            .init(name, UInt64(election.map { counter($0.statistics) } ?? 0))
        }
        var dropped = FrameRefusal.allCases.map { GroupCounters.Count($0.rawValue, link?.refused[$0] ?? 0) }
        dropped += [
            count("stale", \.stale), count("duplicateNode", \.duplicateNode), count("otherGroup", \.otherGroup),
            count("tooManyPeers", \.tooManyPeers),
            .init("noRoom", UInt64(link?.port.framesLost ?? 0)),
            .init("noRoomForRequests", UInt64(link?.port.requestsLost ?? 0)),
        ]
        return GroupCounters(
            announcementsSent: UInt64(election?.statistics.announcementsSent ?? 0),
            others: [
                count("probesSent", \.probesSent), count("framesReceived", \.framesReceived),
                count("sendsFailed", \.sendsFailed), count("addressesLost", \.addressesLost),
                count("unproven", \.unproven), count("conflictsUnnamed", \.conflictsUnnamed),
            ],
            framesDropped: dropped)
    }

    private func text(_ address: IPv4Address) -> String? { address == .unspecified ? nil : address.description }

    private func hexadecimal(_ id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension AuthenticationStatus {
    init(_ authentication: Authentication) {
        switch authentication {
        case .unauthenticated: self = .unauthenticated
        case .acceptsUnsigned: self = .acceptsUnsigned
        case .authenticated: self = .authenticated
        }
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
