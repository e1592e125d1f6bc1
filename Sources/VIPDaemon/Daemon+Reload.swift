// SIGHUP and `vipd reload`: another configuration for a running daemon. A wrong one changes nothing.

import VIPConfiguration
public import VIPControl
import VIPElection
import VIPWire

extension Daemon {
    /// Goes over to what the configuration says now, or says why not and goes on with the old one. Groups that keep their
    /// name, addresses and link go on without a gap; the others are released and begun again.
    @discardableResult
    public func reload() -> ControlResponse {
        guard !isStopping else { return .failure(ControlError(.failed, "reload refused: vipd is stopping")) }
        machine.notify(.reloading)
        defer { machine.notify(.ready) }
        do {
            let configuration = try machine.loadConfiguration()
            try checkLinks(of: configuration.groups, waits: true)
            let keys = try machine.loadKeys(configuration.keys)
            try adopt(configuration, keys)
            note(.notice, "reloaded: serving \(describeGroups()) as \(nodeName)")
            if configuration.realtime != machine.realtime.isWanted {
                // The rights that it takes were given up at the start.
                note(.warning, "realtime: \(configuration.realtime) takes a restart: systemctl restart vipd")
            }
            return .reloaded(groups: groups.map(\.name))
        } catch {
            let refusal = "reload refused, the old configuration goes on: \(Self.line(of: "\(error)"))"
            note(.error, refusal)
            return .failure(ControlError(.failed, refusal))
        }
    }

    private func adopt(_ configuration: Configuration, _ keys: LoadedKeys) throws {
        let kept = groups.filter { group in configuration.groups.contains { $0.isSameGroup(as: group.configuration) } }
        let added = configuration.groups.filter { new in !kept.contains { new.isSameGroup(as: $0.configuration) } }
        let freed = Set(
            groups.filter { group in !kept.contains { $0 === group } }.map { $0.configuration.addresses[0] })
        // What can fail comes first: after this, nothing is refused any more.
        var reservations: [IPv4Address: AnyObject] = [:]
        for group in added where !freed.contains(group.addresses[0]) {
            reservations[group.addresses[0]] = try machine.reserve(group.addresses[0])
        }
        adopt(keys, of: configuration)
        for (number, group) in groups.enumerated() where !kept.contains(where: { $0 === group }) {
            reservations[group.configuration.addresses[0]] = group.reservation
            // The kernel answers at once: after this the group is released.
            feed(.stopDemanded, toGroup: number)
        }
        let abandoned = groups.filter { group in !kept.contains { $0 === group } }.flatMap(\.checks)
        nodeName = configuration.node ?? identity.hostname
        let authentication = authentication
        // In the order of the configuration, which is the order of the status.
        groups = configuration.groups.compactMap { new in
            kept.first { new.isSameGroup(as: $0.configuration) }
                ?? reservations[new.addresses[0]].map {
                    Group(configuration: new, authentication: authentication, reservation: $0)
                }
        }
        trimLinks()
        update(kept, from: configuration)
        adoptChecks(abandoned: abandoned)
        isStatusStale = true
        followLinks()
    }

    /// Gives groups that go on their new settings and the node's new name.
    private func update(_ kept: [Group], from configuration: Configuration) {
        for (number, group) in groups.enumerated() where kept.contains(where: { $0 === group }) {
            guard let new = configuration.groups.first(where: { $0.isSameGroup(as: group.configuration) }) else {
                continue
            }
            let settings = group.settings
            group.configuration = new
            group.authentication = authentication
            if group.settings != settings { feed(.settingsChanged(group.settings), toGroup: number) }
            if var node = group.election?.node, node.name != nodeName {
                node.name = nodeName
                feed(.identityChanged(node), toGroup: number)
            }
        }
    }
}

extension GroupConfiguration {
    /// Whether a group can go on under `other`: the same name, addresses and way to its link, and the same quorum, in
    /// which promises stand.
    fileprivate func isSameGroup(as other: GroupConfiguration) -> Bool {
        name == other.name && addresses == other.addresses && link == other.link
            && members == other.members && strict == other.strict
    }
}
