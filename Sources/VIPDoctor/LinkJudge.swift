// The link that the addresses live on: whether ARP gets in and out of it unchanged.
public import VIPWire

/// What was found of a link.
public struct LinkInspection: Equatable, Sendable {
    public var name: String
    public var mac: MACAddress
    public var isUp: Bool
    public var hasCarrier: Bool
    /// IFF_NOARP is not set.
    public var answersARP: Bool
    public var mtu: Int
    /// `veth`, `bridge`, `bond`…; nil for hardware.
    public var kind: String?
    /// The bridge or bond that it is part of, and its kind.
    public var master: Master?
    /// It has a radio (sysfs: wireless, phy80211).
    public var isWireless: Bool
    /// Of a bond: `active-backup`, `balance-alb`…
    public var bondMode: String?
    /// Of a bridge: its ports that keep ARP back (neigh_suppress).
    public var suppressedPorts: [String]
    /// Its own addresses, without those of vipd.
    public var subnets: [Subnet]
    /// Default gateways behind it.
    public var gateways: [IPv4Address]

    public struct Master: Equatable, Sendable {
        public var name: String
        public var kind: String?

        public init(name: String, kind: String?) {
            self.name = name
            self.kind = kind
        }
    }

    public init(
        name: String, mac: MACAddress, isUp: Bool = true, hasCarrier: Bool = true, answersARP: Bool = true,
        mtu: Int = 1500, kind: String? = nil, master: Master? = nil, isWireless: Bool = false, bondMode: String? = nil,
        suppressedPorts: [String] = [], subnets: [Subnet] = [], gateways: [IPv4Address] = []
    ) {
        self.name = name
        self.mac = mac
        self.isUp = isUp
        self.hasCarrier = hasCarrier
        self.answersARP = answersARP
        self.mtu = mtu
        self.kind = kind
        self.master = master
        self.isWireless = isWireless
        self.bondMode = bondMode
        self.suppressedPorts = suppressedPorts
        self.subnets = subnets
        self.gateways = gateways
    }
}

/// An address of a link with the subnet that it is in.
public struct Subnet: Equatable, Sendable, CustomStringConvertible {
    public var address: IPv4Address
    /// 0...32.
    public var prefixLength: Int

    public init(_ address: IPv4Address, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    /// True where hosts of the subnet take `other` for a neighbour. A /32 has no neighbours.
    public func contains(_ other: IPv4Address) -> Bool {
        prefixLength < 32 && other.isInSubnet(of: address, prefixLength: prefixLength)
    }

    /// `192.168.1.211/24`.
    public var description: String { "\(address)/\(prefixLength)" }

    /// The first and the last address, which no host has; nil where the subnet is too small for such.
    var reserved: (network: IPv4Address, broadcast: IPv4Address)? { address.reserved(prefixLength: prefixLength) }
}

public enum LinkJudge {
    /// The longest ARP packet that vipd sends, without Ethernet's header: a name of 63 octets, and a seal.
    static let longestPacket = 211

    public static func findings(_ link: LinkInspection) -> [Finding] {
        let troubles = [
            state(link), place(link), bond(link), wireless(link), sharing(link), room(link), suppression(link),
        ].compactMap(\.self)
        guard troubles.allSatisfy({ $0.severity == .note }) else { return troubles }
        let what = link.kind.map { "a \($0) link" } ?? "Ethernet"
        return [Finding(.ok, .link, about: link.name, "\(link.name) is up: \(what), MAC address \(link.mac)")]
            + troubles
    }

    private static func state(_ link: LinkInspection) -> Finding? {
        let problem = { (what: String, why: String, cure: [String]) in
            Finding(.problem, .link, about: link.name, "\(link.name) \(what)", why: why, cure: cure)
        }
        if !link.isUp {
            return problem("is down", "vipd waits until it is up.", ["ip link set \(link.name) up"])
        }
        if !link.hasCarrier {
            return problem(
                "has no carrier",
                "The cable, the switch's port or the other end is off: a node cut off is not eligible.",
                ["ip -details link show \(link.name)"])
        }
        guard link.answersARP else {
            return problem(
                "does not speak ARP (NOARP)", "Nobody could find the address there.",
                ["ip link set \(link.name) arp on"])
        }
        return nil
    }

    private static func place(_ link: LinkInspection) -> Finding? {
        guard let master = link.master, master.kind != "vrf" else { return nil }
        return Finding(
            .problem, .linkIsPort, about: link.name,
            "\(link.name) is part of \(master.name)\(master.kind.map { ", a \($0)" } ?? "")",
            why: "The kernel hands what comes in there to \(master.name), which is what has the addresses. Name "
                + "\(master.name) as the group's interface.",
            cure: ["vipd doctor --interface \(master.name)"])
    }

    private static func bond(_ link: LinkInspection) -> Finding? {
        guard link.bondMode == "balance-alb" else { return nil }
        return Finding(
            .problem, .bondRewritesARP, about: link.name, "\(link.name) is a bond of mode balance-alb",
            why:
                "This mode gives each host another MAC address of the bond, by rewriting ARP answers; but vipd and the "
                + "clients it moves go by one MAC address a node. Use active-backup, 802.3ad or balance-xor.",
            cure: ["cat /sys/class/net/\(link.name)/bonding/mode"])
    }

    private static func wireless(_ link: LinkInspection) -> Finding? {
        guard link.isWireless else { return nil }
        return Finding(
            .warning, .wireless, about: link.name, "\(link.name) is a wireless link",
            why:
                "Access points send broadcasts late, may answer ARP for their clients or keep it from them (proxy ARP, "
                + "client isolation), and lose more. Where a cable can be had, float the address there.")
    }

    private static func sharing(_ link: LinkInspection) -> Finding? {
        switch link.kind {
        case "ipvlan":
            return Finding(
                .warning, .sharedMAC, about: link.name, "\(link.name) is an ipvlan link: it shares its MAC address",
                why:
                    "Nodes on the same host have the same MAC address then, which vipd takes for a clone and ignores. One "
                    + "node a host works.")
        case "macvlan":
            return Finding(
                .note, .macvlan, about: link.name, "\(link.name) is a macvlan link",
                why:
                    "The host that carries it cannot reach this machine over it, so not the virtual address either while "
                    + "it is here.")
        default: return nil
        }
    }

    private static func room(_ link: LinkInspection) -> Finding? {
        guard link.mtu < longestPacket else { return nil }
        return Finding(
            .problem, .mtu, about: link.name, "\(link.name) has an MTU of \(link.mtu)",
            why: "The frames between the nodes take up to \(longestPacket) octets behind Ethernet's header.",
            cure: ["ip link set \(link.name) mtu 1500"])
    }

    private static func suppression(_ link: LinkInspection) -> Finding? {
        guard !link.suppressedPorts.isEmpty else { return nil }
        return Finding(
            .warning, .neighbourSuppression, about: link.name,
            "\(link.name) keeps ARP from its ports \(link.suppressedPorts.joined(separator: ", ")) (neigh_suppress)",
            why:
                "Announcements and probes do not get there: nodes behind these ports do not hear each other, and clients "
                + "follow only by the requests that a holder sends to each.",
            cure: link.suppressedPorts.map { "bridge link set dev \($0) neigh_suppress off" })
    }
}
