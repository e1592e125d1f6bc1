// The kernel's settings for IPv4 on the link (ip-sysctl.rst) that decide whether it answers for a virtual address, and takes
// what is sent to it. Settings that make no difference to vipd (arp_announce, arp_accept, arp_notify, ip_forward by itself,
// promote_secondaries) are not read.
public import VIPWire

/// A setting as the kernel combines it: one value for all links, one for this.
public struct LinkSetting: Equatable, Sendable {
    public var all: Int
    public var own: Int

    public init(all: Int, own: Int) {
        self.all = all
        self.own = own
    }

    /// For settings of which the greater counts.
    var greater: Int { max(all, own) }
    /// For switches of which either counts.
    var isOn: Bool { all != 0 || own != 0 }
}

/// What was read of a link's settings; nil where a value could not be read.
public struct ARPSettings: Equatable, Sendable {
    public var arpIgnore: LinkSetting?
    public var arpFilter: LinkSetting?
    public var rpFilter: LinkSetting?
    public var proxyARP: LinkSetting?
    public var proxyARPPrivate: LinkSetting?
    /// Of the link alone.
    public var forwarding: Int?
    public var dropGratuitousARP: LinkSetting?

    public init(
        arpIgnore: LinkSetting? = nil, arpFilter: LinkSetting? = nil, rpFilter: LinkSetting? = nil,
        proxyARP: LinkSetting? = nil, proxyARPPrivate: LinkSetting? = nil, forwarding: Int? = nil,
        dropGratuitousARP: LinkSetting? = nil
    ) {
        self.arpIgnore = arpIgnore
        self.arpFilter = arpFilter
        self.rpFilter = rpFilter
        self.proxyARP = proxyARP
        self.proxyARPPrivate = proxyARPPrivate
        self.forwarding = forwarding
        self.dropGratuitousARP = dropGratuitousARP
    }
}

/// Where the routes of a machine lead, as far as these settings ask.
public struct Surroundings: Equatable, Sendable {
    public var link: LinkInspection
    /// All other links that are up.
    public var others: [LinkInspection]

    public init(link: LinkInspection, others: [LinkInspection]) {
        self.link = link
        self.others = others
    }

    /// Another link with a subnet that an address is in.
    func rival(for address: IPv4Address) -> LinkInspection? {
        others.first { other in other.subnets.contains { $0.contains(address) } }
    }

    func isInOwnSubnet(_ address: IPv4Address) -> Bool { link.subnets.contains { $0.contains(address) } }
}

public enum ARPSettingsJudge {
    public static func findings(
        _ settings: ARPSettings, _ surroundings: Surroundings, addresses: [IPv4Address]
    ) -> [Finding] {
        let place = Place(surroundings: surroundings, addresses: addresses)
        return [
            settings.arpIgnore.map { arpIgnore($0, place) }, settings.arpFilter.map { arpFilter($0, place) },
            settings.rpFilter.map { rpFilter($0, place) }, proxy(settings, place),
            settings.dropGratuitousARP.flatMap { dropGratuitous($0, place) },
        ].compactMap(\.self)
    }

    /// What every judgement here goes by.
    private struct Place {
        let surroundings: Surroundings
        let addresses: [IPv4Address]

        var link: String { surroundings.link.name }
        /// A virtual address that is in another link's subnet as well, and that link.
        var rival: (address: IPv4Address, link: LinkInspection)? {
            for address in addresses {
                if let rival = surroundings.rival(for: address) { return (address, rival) }
            }
            return nil
        }
        var outsider: IPv4Address? { addresses.first { !surroundings.isInOwnSubnet($0) } }

        /// The commands that set a setting back wherever it is not what it should be.
        func cure(_ name: String, _ setting: LinkSetting, to value: Int, unless isGood: (Int) -> Bool) -> [String] {
            [("all", setting.all), (link, setting.own)].filter { !isGood($0.1) }
                .map { "sysctl -w \(Self.key($0.0, name))=\(value)" }
        }

        /// A dot of a link's name, as of a VLAN's, is a slash in the names of sysctl(8).
        static func key(_ link: String, _ name: String) -> String {
            "net.ipv4.conf." + String(link.map { $0 == "." ? "/" : $0 }) + ".\(name)"
        }
    }

    private static func arpIgnore(_ setting: LinkSetting, _ place: Place) -> Finding {
        let (link, value) = (place.link, setting.greater)
        let cure = { (isGood: (Int) -> Bool) in place.cure("arp_ignore", setting, to: 1, unless: isGood) }
        switch value {
        case 2 where place.outsider != nil, 8:
            return Finding(
                .problem, .arpIgnore, about: link,
                "the kernel does not answer ARP for the address: arp_ignore is \(value)",
                why: "Hosts ask who has the address, and get no answer from a holder; the other nodes, which ask too "
                    + "before they take over, do not learn that a holder whose daemon hangs still has it.",
                cure: cure { $0 != value })
        case 2:
            return Finding(
                .note, .arpIgnore, about: link,
                "arp_ignore is 2: the kernel answers only hosts of the link's own subnets",
                why: "A host of another subnet on the same wire that asks for the address gets no answer.")
        default: return Finding(.ok, .arpIgnore, about: link, "arp_ignore lets the kernel answer (\(value))")
        }
    }

    private static func arpFilter(_ setting: LinkSetting, _ place: Place) -> Finding {
        let link = place.link
        guard setting.isOn, let rival = place.rival else {
            return Finding(
                .ok, .arpFilter, about: link, "arp_filter lets the kernel answer (\(setting.isOn ? 1 : 0))")
        }
        return Finding(
            .warning, .arpFilter, about: link,
            "arp_filter is on, and \(rival.link.name) is in a subnet of \(rival.address), too",
            why: "The kernel then answers on the link that its own route to the asking host takes, which may be "
                + "\(rival.link.name), where the address is not announced.",
            cure: place.cure("arp_filter", setting, to: 0) { $0 == 0 })
    }

    private static func rpFilter(_ setting: LinkSetting, _ place: Place) -> Finding {
        let (link, value) = (place.link, setting.greater)
        let fine = Finding(.ok, .rpFilter, about: link, "rp_filter lets clients through (\(value))")
        guard value == 1 else { return fine }
        // Loose mode wins over strict, whichever of the two has it.
        let cure = ["sysctl -w \(Place.key(link, "rp_filter"))=2"]
        if let rival = place.rival {
            return Finding(
                .warning, .rpFilter, about: link,
                "rp_filter is strict, and \(rival.link.name) is in a subnet of \(rival.address), too",
                why:
                    "Where the route back to a host takes \(rival.link.name), the kernel drops what that host sends to the "
                    + "address on \(link), its ARP requests included.",
                cure: cure)
        }
        let elsewhere = place.surroundings.others.first { !$0.gateways.isEmpty }
        guard place.surroundings.link.gateways.isEmpty, let elsewhere else { return fine }
        return Finding(
            .note, .rpFilter, about: link, "rp_filter is strict, and the default route is by \(elsewhere.name)",
            why:
                "Clients of other networks that come to the address through a router on \(link) are dropped. Clients of "
                + "the link's own subnet are not.",
            cure: cure)
    }

    private static func proxy(_ settings: ARPSettings, _ place: Place) -> Finding? {
        guard let forwarding = settings.forwarding, let proxy = settings.proxyARP else { return nil }
        let link = place.link
        if forwarding != 0, let setting = settings.proxyARPPrivate, setting.isOn {
            return Finding(
                .problem, .proxyARP, about: link,
                "proxy_arp_pvlan is on: this machine answers ARP for all its neighbours",
                why: "It answers for the virtual address, too, while another node holds it.",
                cure: place.cure("proxy_arp_pvlan", setting, to: 0) { $0 == 0 })
        }
        guard forwarding != 0, proxy.isOn, let stray = place.outsider ?? place.rival?.address else {
            return Finding(.ok, .proxyARP, about: link, "no proxy ARP answers for the address")
        }
        return Finding(
            .warning, .proxyARP, about: link, "proxy_arp is on, and \(stray) may be routed by another link",
            why: "This machine then answers ARP on \(link) for the address while another node holds it.",
            cure: place.cure("proxy_arp", proxy, to: 0) { $0 == 0 })
    }

    private static func dropGratuitous(_ setting: LinkSetting, _ place: Place) -> Finding? {
        guard setting.isOn else { return nil }
        return Finding(
            .note, .dropGratuitousARP, about: place.link, "drop_gratuitous_arp is on",
            why: "As a client of the address this machine heeds no announcement. It follows by the request that a new "
                + "holder sends to the clients it knows of, or when its neighbour entry ages.",
            cure: place.cure("drop_gratuitous_arp", setting, to: 0) { $0 == 0 })
    }
}
