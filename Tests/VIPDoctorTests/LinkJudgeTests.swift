import Testing
import VIPWire

@testable import VIPDoctor

private let vip = IPv4Address(192, 168, 1, 210)
private let mac = MACAddress(bits: 0x0200_c0a8_01d3)

private func link(_ name: String = "eth0", _ subnets: [Subnet] = [Subnet(.init(192, 168, 1, 213), prefixLength: 24)])
    -> LinkInspection
{
    LinkInspection(name: name, mac: mac, subnets: subnets, gateways: name == "eth0" ? [.init(192, 168, 1, 1)] : [])
}

struct LinkJudgeTests {
    private func judged(_ change: (inout LinkInspection) -> Void) -> [String] {
        var link = link()
        change(&link)
        return troubles(LinkJudge.findings(link))
    }

    @Test("plain Ethernet with a carrier is fine")
    func fine() {
        #expect(judged { _ in } == [])
        #expect(LinkJudge.findings(link()).map(\.code) == [.link])
    }

    @Test("what keeps ARP off the link is a problem")
    func dead() {
        #expect(judged { $0.isUp = false } == ["problem link"])
        #expect(judged { $0.hasCarrier = false } == ["problem link"])
        #expect(judged { $0.answersARP = false } == ["problem link"])
        #expect(judged { $0.mtu = 128 } == ["problem mtu"])
    }

    @Test("a port of a bridge or a bond is not where the address belongs, a member of a VRF is")
    func ports() {
        #expect(judged { $0.master = .init(name: "br0", kind: "bridge") } == ["problem linkIsPort"])
        #expect(judged { $0.master = .init(name: "red", kind: "vrf") } == [])
    }

    @Test("of the modes of a bond, the one that rewrites ARP is a problem")
    func bonds() {
        #expect(judged { $0.bondMode = "balance-alb" } == ["problem bondRewritesARP"])
        #expect(judged { $0.bondMode = "active-backup" } == [])
    }

    @Test("wireless, ipvlan and macvlan are told for what they are")
    func kinds() {
        #expect(judged { $0.isWireless = true } == ["warning wireless"])
        #expect(judged { $0.kind = "ipvlan" } == ["warning sharedMAC"])
        #expect(judged { $0.kind = "macvlan" } == ["note macvlan"])
    }

    @Test("a bridge that suppresses ARP names each port's cure")
    func suppression() {
        var bridge = link()
        bridge.suppressedPorts = ["tap1", "tap2"]
        let findings = LinkJudge.findings(bridge)
        #expect(troubles(findings) == ["warning neighbourSuppression"])
        #expect(findings[0].cure.count == 2)
    }
}

struct ARPSettingsJudgeTests {
    private func judged(
        _ settings: ARPSettings, on own: LinkInspection = link(), beside others: [LinkInspection] = []
    ) -> [Finding] {
        ARPSettingsJudge.findings(settings, Surroundings(link: own, others: others), addresses: [vip])
    }

    private func arpIgnore(_ all: Int, _ own: Int) -> [Finding] {
        judged(ARPSettings(arpIgnore: LinkSetting(all: all, own: own)))
    }

    @Test("arp_ignore 0, 1 and 3 let the kernel answer for an address on the link", arguments: [0, 1, 3])
    func answering(_ value: Int) { #expect(troubles(arpIgnore(0, value)).isEmpty) }

    @Test("arp_ignore 8 silences the kernel wherever it is set, and the cure sets what is wrong")
    func silenced() {
        #expect(troubles(arpIgnore(0, 8)) == ["problem arpIgnore"])
        #expect(arpIgnore(0, 8)[0].cure == ["sysctl -w net.ipv4.conf.eth0.arp_ignore=1"])
        #expect(arpIgnore(8, 1)[0].cure == ["sysctl -w net.ipv4.conf.all.arp_ignore=1"])
        #expect(arpIgnore(8, 8)[0].cure.count == 2)
    }

    @Test("arp_ignore 2 answers hosts of the link's subnets; an address outside of them for nobody")
    func ownSubnet() {
        #expect(troubles(arpIgnore(0, 2)) == ["note arpIgnore"])
        let elsewhere = link("eth0", [Subnet(.init(10, 0, 0, 1), prefixLength: 8)])
        let settings = ARPSettings(arpIgnore: LinkSetting(all: 0, own: 2))
        #expect(troubles(judged(settings, on: elsewhere)) == ["problem arpIgnore"])
    }

    @Test("arp_filter matters where another link is in the address's subnet")
    func arpFilter() {
        let settings = ARPSettings(arpFilter: LinkSetting(all: 1, own: 0))
        #expect(troubles(judged(settings)).isEmpty)
        let rival = link("eth1", [Subnet(.init(192, 168, 1, 233), prefixLength: 24)])
        #expect(troubles(judged(settings, beside: [rival])) == ["warning arpFilter"])
    }

    @Test("strict rp_filter matters where the way back may be another link; loose does not")
    func rpFilter() {
        let strict = ARPSettings(rpFilter: LinkSetting(all: 1, own: 0))
        #expect(troubles(judged(strict)).isEmpty)
        let rival = link("eth1", [Subnet(.init(192, 168, 1, 233), prefixLength: 24)])
        #expect(troubles(judged(strict, beside: [rival])) == ["warning rpFilter"])
        let loose = ARPSettings(rpFilter: LinkSetting(all: 1, own: 2))
        #expect(troubles(judged(loose, beside: [rival])).isEmpty)
        var behindRouter = link()
        behindRouter.gateways = []
        var uplink = link("eth1", [Subnet(.init(10, 0, 0, 2), prefixLength: 8)])
        uplink.gateways = [.init(10, 0, 0, 1)]
        #expect(troubles(judged(strict, on: behindRouter, beside: [uplink])) == ["note rpFilter"])
    }

    @Test("proxy ARP answers for the address only where the machine forwards")
    func proxyARP() {
        var settings = ARPSettings(
            proxyARP: LinkSetting(all: 0, own: 0), proxyARPPrivate: LinkSetting(all: 0, own: 1), forwarding: 0)
        #expect(troubles(judged(settings)).isEmpty)
        settings.forwarding = 1
        #expect(troubles(judged(settings)) == ["problem proxyARP"])
        let plain = ARPSettings(
            proxyARP: LinkSetting(all: 1, own: 0), proxyARPPrivate: LinkSetting(all: 0, own: 0), forwarding: 1)
        #expect(troubles(judged(plain)).isEmpty)
        let rival = link("eth1", [Subnet(.init(192, 168, 1, 233), prefixLength: 24)])
        #expect(troubles(judged(plain, beside: [rival])) == ["warning proxyARP"])
    }

    @Test("drop_gratuitous_arp concerns this machine as a client")
    func dropGratuitous() {
        #expect(
            troubles(judged(ARPSettings(dropGratuitousARP: LinkSetting(all: 0, own: 1)))) == ["note dropGratuitousARP"])
    }

    @Test("a dot in a link's name is a slash for sysctl")
    func dottedName() {
        let settings = ARPSettings(arpIgnore: LinkSetting(all: 0, own: 8))
        let cure = judged(settings, on: link("eth0.10"))[0].cure
        #expect(cure == ["sysctl -w net.ipv4.conf.eth0/10.arp_ignore=1"])
    }
}

struct AddressJudgeTests {
    private func judged(_ address: IPv4Address, nodes: [(name: String, IPv4Address)] = []) -> [String] {
        let other = link("eth1", [Subnet(.init(10, 0, 0, 2), prefixLength: 8)])
        return troubles(
            AddressJudge.findings(
                GroupFacts(name: "api", addresses: [address]), on: link(), everyLink: [link(), other], nodes: nodes))
    }

    @Test("an unused address of the link's subnet is fine") func fine() { #expect(judged(vip) == []) }

    @Test("an address that no host can have, or another has, is a problem")
    func impossible() {
        #expect(judged(.init(192, 168, 1, 255)) == ["problem reservedAddress"])
        #expect(judged(.init(192, 168, 1, 0)) == ["problem reservedAddress"])
        #expect(judged(.init(192, 168, 1, 1)) == ["problem gatewayAddress"])
        #expect(judged(.init(192, 168, 1, 213)) == ["problem ownAddress"])
        #expect(judged(.init(10, 0, 0, 2)) == ["problem ownAddress"])
        #expect(judged(.init(192, 168, 1, 212), nodes: [("b", .init(192, 168, 1, 212))]) == ["problem peerAddress"])
    }

    /// Where it can only be another one.
    private let otherAddress = ["editor /etc/vipd/vipd.yaml", "systemctl try-reload-or-restart vipd"]

    @Test("where the address has to be another one, the commands say where it is written")
    func anotherAddress() {
        for address in [IPv4Address(192, 168, 1, 255), .init(192, 168, 1, 1), .init(192, 168, 1, 212)] {
            let found = AddressJudge.findings(
                GroupFacts(name: "api", addresses: [address]), on: link(), everyLink: [link()],
                nodes: [("b", .init(192, 168, 1, 212))])
            #expect(found.flatMap(\.cure) == otherAddress)
        }
    }

    @Test("no advice cuts a machine off: its only address of a subnet is not to be deleted, one beside another is")
    func ownAddress() {
        func cure(_ subnets: [Subnet]) -> [String] {
            AddressJudge.findings(
                GroupFacts(name: "api", addresses: [vip]), on: link("eth0", subnets),
                everyLink: [link("eth0", subnets)], nodes: []
            ).flatMap(\.cure)
        }
        let own = Subnet(vip, prefixLength: 24)
        #expect(cure([own]) == otherAddress)
        #expect(cure([own, Subnet(.init(10, 0, 0, 2), prefixLength: 8)]) == otherAddress)
        #expect(
            cure([Subnet(.init(192, 168, 1, 211), prefixLength: 24), own]) == [
                "ip address delete 192.168.1.210/24 dev eth0"
            ])
    }

    @Test("an address of another link's subnet is outside of this one's")
    func outside() { #expect(judged(.init(10, 0, 0, 9)) == ["problem outsideSubnet"]) }

    @Test("where a mistake concerns a thousand addresses, it is not told a thousand times")
    func bounded() {
        let addresses = (0..<1000).map { IPv4Address(bits: 0x0b00_0001 + UInt32($0)) }
        let findings = AddressJudge.findings(
            GroupFacts(name: "many", addresses: addresses), on: link(), everyLink: [link()], nodes: [])
        #expect(findings.count == 5 && findings.allSatisfy { $0.code == .outsideSubnet })
        #expect(findings.last?.summary.contains("996") == true)
    }

    @Test("a /31 has no reserved addresses (RFC 3021), a /32 no neighbours")
    func smallSubnets() {
        #expect(Subnet(.init(10, 0, 0, 0), prefixLength: 31).reserved == nil)
        #expect(!Subnet(vip, prefixLength: 32).contains(vip))
        #expect(Subnet(vip, prefixLength: 0).reserved?.broadcast == IPv4Address(255, 255, 255, 255))
    }
}

struct FilterJudgeTests {
    private func judged(_ chains: [FilterChain]?, _ tables: [String] = []) -> [Finding] {
        FilterJudge.findings(FilterFacts(chains: chains, arpTables: tables), link: link())
    }

    @Test("chains that ARP of the link passes are notes, and warnings where they drop by default")
    func chains() {
        let input = FilterChain(family: "arp", table: "f", name: "input", hook: "input", policy: "accept")
        #expect(troubles(judged([input])) == ["note arpRules"])
        let drop = FilterChain(family: "arp", table: "f", name: "input", hook: "input", policy: "drop")
        #expect(troubles(judged([drop])) == ["warning arpRules"])
    }

    @Test("chains of IP, of other links and of vipd's own relay do not matter")
    func others() {
        let chains = [
            FilterChain(family: "inet", table: "f", name: "input", hook: "input", policy: "drop"),
            FilterChain(family: "arp", table: "f", name: "sub", hook: nil, policy: nil),
            FilterChain(family: "netdev", table: "t", name: "c", hook: "ingress", policy: "accept", device: "eth1"),
            FilterChain(family: "bridge", table: "f", name: "forward", hook: "forward", policy: "drop"),
            FilterChain(
                family: "netdev", table: "vipd_overlap_192.168.1.210", name: "c", hook: "ingress", policy: "accept",
                device: "eth0"),
        ]
        #expect(judged(chains).map(\.severity) == [.ok])
    }

    @Test("what could not be listed is not called fine") func unlisted() { #expect(judged(nil).isEmpty) }

    @Test("tables of arptables are noted") func arptables() {
        #expect(troubles(judged(nil, ["filter"])) == ["note arpRules"])
    }
}

struct ManagerJudgeTests {
    @Test(
        "systemd-networkd keeps leases with yes and dynamic, and not with static, which is for addresses without a lifetime"
    )
    func keeping() {
        func judged(_ keeps: String?) -> [String] {
            troubles(
                ManagerJudge.findings(
                    ManagerFacts(
                        link: "eth0", networkd: NetworkdLink(file: "/etc/systemd/network/10-a.network", keeps: keeps))))
        }
        #expect(judged("yes") == [] && judged("dynamic") == [] && judged("dhcp") == [] && judged("true") == [])
        #expect(judged(nil) == ["warning networkd"])
        #expect(judged("static") == ["warning networkd"])
        #expect(judged("no") == ["warning networkd"])
        #expect(judged("dhcp-on-stop") == ["warning networkd"])
    }

    @Test("the cure for a file of netplan's is a drop-in in /etc, which netplan leaves alone")
    func netplan() {
        let facts = ManagerFacts(
            link: "eth0", networkd: NetworkdLink(file: "/run/systemd/network/10-netplan-eth0.network", keeps: nil))
        let cure = ManagerJudge.findings(facts)[0].cure
        #expect(cure[0] == "mkdir -p /etc/systemd/network/10-netplan-eth0.network.d")
        #expect(cure[1].hasSuffix("> /etc/systemd/network/10-netplan-eth0.network.d/vipd.conf"))
    }

    @Test("KeepConfiguration counts in [Network] alone, the last wins, and an empty one takes it back")
    func parsing() {
        #expect(NetworkdLink.keepConfiguration(in: ["[Match]\nName=eth0\n[Network]\nDHCP=yes\n"]) == nil)
        #expect(NetworkdLink.keepConfiguration(in: ["[Network]\nKeepConfiguration = yes \n"]) == "yes")
        #expect(NetworkdLink.keepConfiguration(in: ["[DHCPv4]\nKeepConfiguration=yes\n"]) == nil)
        #expect(
            NetworkdLink.keepConfiguration(in: [
                "[Network]\nKeepConfiguration=no\n", "[Network]\nKeepConfiguration=yes",
            ])
                == "yes")
        #expect(NetworkdLink.keepConfiguration(in: ["[Network]\nKeepConfiguration=yes\nKeepConfiguration=\n"]) == nil)
        #expect(NetworkdLink.keepConfiguration(in: ["[Network]\n#KeepConfiguration=yes\n"]) == nil)
    }

    @Test("a link that systemd-networkd does not manage has no file")
    func unmanaged() {
        let state = "ADMIN_STATE=configured\nOPER_STATE=routable\nNETWORK_FILE=/etc/systemd/network/a.network\n"
        #expect(NetworkdLink.file(inState: state) == "/etc/systemd/network/a.network")
        #expect(NetworkdLink.file(inState: "ADMIN_STATE=unmanaged\nOPER_STATE=carrier\n") == nil)
    }

    @Test("NetworkManager, dhclient and ifupdown are notes, another floating daemon a warning")
    func others() {
        let facts = ManagerFacts(
            link: "eth0", networkManager: true, hasDhclient: true, isInInterfaces: true, otherDaemons: ["keepalived"])
        #expect(
            troubles(ManagerJudge.findings(facts))
                == ["note networkManager", "note dhclient", "note ifupdown", "warning otherDaemon"])
        #expect(ManagerJudge.findings(ManagerFacts(link: "eth0")).isEmpty)
    }
}
