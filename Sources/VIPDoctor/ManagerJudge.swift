// Who else sets addresses on the link, and may remove the virtual one. vipd puts a removed address back within milliseconds;
// until then nobody answers for it.

/// What manages a link, beside vipd.
public struct ManagerFacts: Equatable, Sendable {
    public var link: String
    /// Nil where systemd-networkd does not manage it.
    public var networkd: NetworkdLink?
    /// Nil where NetworkManager does not run or leaves the link alone.
    public var networkManager: Bool
    /// dhclient runs for it.
    public var hasDhclient: Bool
    /// ifupdown's files name it.
    public var isInInterfaces: Bool
    /// Names of running programs that float addresses as well.
    public var otherDaemons: [String]

    public init(
        link: String, networkd: NetworkdLink? = nil, networkManager: Bool = false, hasDhclient: Bool = false,
        isInInterfaces: Bool = false, otherDaemons: [String] = []
    ) {
        self.link = link
        self.networkd = networkd
        self.networkManager = networkManager
        self.hasDhclient = hasDhclient
        self.isInInterfaces = isInInterfaces
        self.otherDaemons = otherDaemons
    }
}

public enum ManagerJudge {
    public static func findings(_ facts: ManagerFacts) -> [Finding] {
        [
            facts.networkd.map { networkd($0, facts.link) }, networkManager(facts), dhclient(facts), ifupdown(facts),
            others(facts),
        ].compactMap(\.self)
    }

    private static func networkd(_ managed: NetworkdLink, _ link: String) -> Finding {
        if managed.keepsLeases {
            return Finding(
                .ok, .networkd, about: link,
                "systemd-networkd keeps vipd's addresses (KeepConfiguration=\(managed.keeps ?? ""))")
        }
        let found = managed.keeps.map { "KeepConfiguration is \($0)" } ?? "KeepConfiguration is not set"
        let netplan = managed.isOfNetplan ? " It is a file of netplan's, which leaves drop-ins in /etc alone." : ""
        return Finding(
            .warning, .networkd, about: link,
            "systemd-networkd would remove the virtual address when it starts anew (\(managed.file): \(found))",
            why: "It removes addresses that it did not set, at an upgrade for instance; vipd puts them back within "
                + "milliseconds, in which nobody answers. An address with a lease is dynamic to it, so `static` does not do. "
                + "With `yes` it also keeps a DHCP address whose lease has run out.\(netplan)",
            cure: [
                "mkdir -p \(managed.dropIn)",
                "printf '[Network]\\nKeepConfiguration=yes\\n' > \(managed.dropIn)/vipd.conf",
                "networkctl reload",
            ])
    }

    private static func networkManager(_ facts: ManagerFacts) -> Finding? {
        guard facts.networkManager else { return nil }
        return Finding(
            .note, .networkManager, about: facts.link, "NetworkManager manages \(facts.link)",
            why:
                "While a connection is active it leaves addresses of others alone; when the connection is activated anew or "
                + "reapplied (nmcli connection up, nmcli device reapply), it removes them, and vipd puts them back. Hand "
                + "the address over before.",
            cure: ["vipd move"])
    }

    private static func dhclient(_ facts: ManagerFacts) -> Finding? {
        guard facts.hasDhclient else { return nil }
        return Finding(
            .note, .dhclient, about: facts.link, "dhclient gives \(facts.link) its address",
            why:
                "When its lease ends, or brings another address, its script removes all addresses of the link, the virtual "
                + "one included, and vipd puts that back. A node is better given a fixed address or a reservation.")
    }

    private static func ifupdown(_ facts: ManagerFacts) -> Finding? {
        guard facts.isInInterfaces else { return nil }
        return Finding(
            .note, .ifupdown, about: facts.link, "ifupdown manages \(facts.link)",
            why:
                "It leaves addresses of others alone until the link is brought down (ifdown, a restart of networking), "
                + "which cuts the node off. Hand the address over before.",
            cure: ["vipd move"])
    }

    private static func others(_ facts: ManagerFacts) -> Finding? {
        guard !facts.otherDaemons.isEmpty else { return nil }
        let names = facts.otherDaemons.joined(separator: " and ")
        return Finding(
            .warning, .otherDaemon, "\(names) runs on this machine, too",
            why:
                "If it floats the same address, two programs put it up and take it down, each by rules of its own. Give "
                + "the address to one of them.",
            cure: facts.otherDaemons.map { "systemctl disable --now \($0)" })
    }
}
