// What the election reports, in words: one line of the log and one record of the timeline each.

import Glibc
import VIPConfiguration
import VIPControl
import VIPElection
import VIPWire

extension Daemon {
    /// Logs a report and puts it on the timeline.
    func tell(_ report: Report, of group: Group) {
        guard let election = group.election else { return }
        count(report, of: group)
        var record = EventRecord(
            id: 0, at: machine.wallClock, group: group.name, node: nodeName, kind: "",
            state: NodeState(election.currentState), term: election.term,
            phases: group.phases.take(for: report, ofNode: election.node.id, at: machine.now), message: "")
        let level = fill(&record, from: report, of: group)
        enter(
            record, level, saying: "group \(group.name): \(record.message)",
            more: [.init("HOLDER", election.currentHolder?.reference.name ?? "nobody")])
        callHooks(for: report, of: group)
        switch report {
        case .stateChanged, .holderChanged: isStatusStale = true
        default: break
        }
    }

    private func fill(_ record: inout EventRecord, from report: Report, of group: Group) -> LogEntry.Level {
        switch report {
        case .stateChanged(let from, let to, let reason):
            group.toldState = to
            record.kind = "state"
            record.from = from.rawValue
            record.to = to.rawValue
            record.reason = reason.description
            record.message = "\(from.rawValue) -> \(to.rawValue): \(describe(reason))"
            return .info
        case .holderChanged(let change):
            group.lastChange = (change, machine.now)
            group.lastConfirmation = nil
            // Whoever had not heard the segment out yet cannot tell a claim from what goes on for days.
            let hadHeardOut = group.toldState != .listening && group.toldState != .ineligible
            group.cameLaterThanHolder = change.from == nil && !hadHeardOut
            record.kind = EventRecord.Kind.transition
            record.from = change.from?.name
            record.to = change.to?.name
            record.reason = TransitionReason(change.reason).rawValue
            record.term = change.term
            record.silenceMs = change.silence.map { Int($0.milliseconds) }
            record.claimMs = change.claim.map { Int($0.milliseconds) }
            record.message = describe(change)
            return .notice
        case .peerAppeared(let peer):
            return fill(&record, kind: "peer", .info, about: peer, "appeared")
        case .peerLost(let peer):
            return fill(&record, kind: "peer", .info, about: peer, "is not heard any more")
        case .peerConfigurationDiffers(let peer):
            return fill(
                &record, kind: "mismatch", .warning, about: peer,
                "has other settings (interval, suspectAfter, lease, broadcast, members or strict); give all nodes the same"
            )
        case .peerGroupDiffers(let peer):
            return fill(
                &record, kind: "mismatch", .warning, about: peer,
                "claims an address of this group for another group; give all nodes the same group names and addresses")
        case .duplicateNode(let mac, let name):
            record.kind = "duplicateNode"
            record.message =
                "\(name) (\(mac)) has this node's own id: a cloned machine with the same machine-id and MAC; "
                + "give it its own (rm -f /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup)"
            return .error
        case .conflictBegan(let conflict):
            record.kind = "conflict"
            record.message = describe(conflict)
            return .warning
        case .conflictEnded(let conflict):
            record.kind = "conflictEnded"
            record.message = "\(conflict.mac) no longer claims \(conflict.address)"
            return .notice
        case .addressesRestored(let addresses):
            record.kind = "restored"
            record.message = "\(list(addresses)) was removed by somebody else, and is back"
            return .warning
        case .confirmed(let host, let mac, let after):
            if group.lastConfirmation == nil { group.lastConfirmation = (host, after) }
            record.kind = EventRecord.Kind.confirmed
            record.confirmedMs = Int(after.milliseconds)
            record.message = "confirmed by \(host) (\(mac)) after \(after.milliseconds) ms"
            return .info
        case .unconfirmed(let hosts):
            record.kind = "unconfirmed"
            record.message =
                "\(list(hosts)) never answered: it may still send to the old holder; "
                + "check the switch (ARP inspection, neighbour suppression) and the host"
            return .warning
        case .handoverBegan(let successor):
            return fill(&record, kind: "handover", .info, about: successor, "is named successor")
        case .handoverRefused(let refusal):
            group.handoverRefusal = refusal
            record.kind = "handover"
            record.message = "no handover: \(describe(refusal))"
            return .notice
        case .handoverFailed(let tried):
            record.kind = EventRecord.Kind.handoverFailed
            record.message = "handover failed: \(tried.map(\.name).joined(separator: ", ")) did not take over"
            return .warning
        case .tooManyMembers(let heard):
            record.kind = "mismatch"
            record.message =
                "\(heard) nodes speak for the group, but members is \(group.configuration.members ?? 0); "
                + "with more nodes than members, quorum does not hold: set members to their number everywhere"
            return .error
        case .addressRefused(let refusal):
            record.kind = "refused"
            record.message = "the kernel refused \(refusal.address): \(errorText(refusal.errno))"
            return .error
        }
    }

    private func fill(
        _ record: inout EventRecord, kind: String, _ level: LogEntry.Level, about peer: NodeReference, _ text: String
    ) -> LogEntry.Level {
        record.kind = kind
        record.node = peer.name
        record.message = "\(peer.name) (\(peer.address), \(peer.mac)) \(text)"
        return level
    }

    private func describe(_ change: HolderChange) -> String {
        let from = change.from?.name ?? "nobody"
        let to = change.to?.name ?? "nobody"
        var text = "\(from) -> \(to), \(TransitionReason(change.reason).inWords), term \(change.term)"
        if let silence = change.silence, let claim = change.claim, change.to != nil {
            // The sum of what stands beside it, in the event and in the status.
            let whole = silence.milliseconds + claim.milliseconds
            text += "; \(whole) ms from last sign of life to announcement"
        }
        return text
    }

    /// Why a handover cannot begin, in words.
    func describe(_ refusal: HandoverRefusal) -> String {
        switch refusal {
        case .notHolder(let holder?): "this node does not hold; ask \(holder.name) (\(holder.address))"
        case .notHolder(nil): "this node does not hold, and no holder is heard"
        case .isHolder: "this node holds already"
        case .busy(let successor?): "a handover to \(successor.name) is under way"
        case .busy(nil): "a handover is under way"
        case .unknownNode: "no such node is heard"
        case .notEligible(let node): "\(node.name) is not eligible"
        case .noCandidate: "no other node is eligible"
        case .unheard(let node, let wait):
            "\(node.name) was named before and has not answered: with strict no other is named for \(wait.milliseconds) ms, "
                + "while it may hang with the addresses; name it again, or wait"
        }
    }

    func describe(_ obstacle: Obstacle) -> String {
        if case .addressRefused(let errno) = obstacle { return "the kernel refused an address: \(errorText(errno))" }
        return obstacle.description
    }

    func describe(_ reason: Reason) -> String {
        if case .obstacle(let obstacle) = reason { return describe(obstacle) }
        return reason.description
    }

    func describe(_ conflict: Conflict) -> String {
        guard let name = conflict.name else {
            return "\(conflict.mac), no node of this group, claims \(conflict.address) too; "
                + "find it (ip neigh, the switch's MAC table) and take the address away"
        }
        // A vipd, which needs no search.
        let way =
            conflict.isForeign
            ? "give all nodes the same group names and addresses"
            : "the one with the better claim keeps it; see whether the network between them was cut"
        return "\(name) (\(conflict.mac)) claims \(conflict.address) too; \(way)"
    }

    private func list(_ addresses: [IPv4Address]) -> String {
        let more = addresses.count > 3 ? " and \(addresses.count - 3) more" : ""
        return addresses.prefix(3).map(\.description).joined(separator: ", ") + more
    }

    private func errorText(_ errno: Int32) -> String {
        guard let text = strerror(errno) else { return "error \(errno)" }
        return String(cString: text)
    }
}

extension TransitionReason {
    /// The election's reason under the name that the control protocol has for it.
    init(_ reason: HolderChangeReason) {
        switch reason {
        case .start: self = .start
        case .silence: self = .silence
        case .lease: self = .lease
        case .resign: self = .resign
        case .conflict: self = .conflict
        case .carrierLost: self = .carrierLost
        case .leaseLapsed: self = .leaseLapsed
        case .maintenance: self = .maintenance
        case .stop: self = .stop
        case .addressRefused: self = .addressRefused
        case .handover: self = .handover
        case .unhealthy: self = .unhealthy
        case .quorumLost: self = .quorumLost
        }
    }
}
