// From a group of the configuration, or of the daemon's status, to what the doctor knows of it.

import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPDoctor
import VIPElection
import VIPWire

extension ExaminedGroup {
    init(_ configuration: GroupConfiguration) {
        let hooks = configuration.hooks
        let hasHooks = hooks.acquired != nil || hooks.released != nil || hooks.fault != nil
        self.init(
            facts: GroupFacts(
                name: configuration.name, addresses: configuration.addresses, interface: nil,
                configurationDigest: GroupSettings(configuration).configurationDigest, members: configuration.members,
                broadcast: configuration.broadcast,
                needsChecker: !configuration.checks.isEmpty || hasHooks || configuration.webhook != nil,
                interval: configuration.interval),
            configuration: configuration)
    }
}

extension GroupFacts {
    init(_ status: GroupStatus) {
        self.init(
            name: status.name, addresses: status.addresses.compactMap { IPv4Address($0) }, interface: status.interface)
    }

    /// Long enough to hear every node twice: those that do not hold speak every five intervals.
    var listening: Duration { min(max(interval * 11, .milliseconds(1500)), .seconds(12)) }
}
