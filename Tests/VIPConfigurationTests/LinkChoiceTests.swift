// Which interface a group gets.

import Testing
import VIPConfiguration
import VIPWire

@Suite struct LinkChoiceTests {
    static let loopback = LinkFacts(
        name: "lo", index: 1, mac: .zero, isEthernet: false, isLoopback: true,
        addresses: [.init(IPv4Address(127, 0, 0, 1), prefixLength: 8)])
    static let wide = LinkFacts(
        name: "eth0", index: 2, mac: MACAddress(bits: 0x5254_0000_0001), driver: "virtio_net", busPath: "virtio0",
        addresses: [.init(IPv4Address(10, 0, 0, 11), prefixLength: 8)])
    static let narrow = LinkFacts(
        name: "eth1", index: 3, mac: MACAddress(bits: 0x5254_0000_0002), permanentMAC: MACAddress(bits: 0xAB),
        driver: "igb", busPath: "0000:03:00.0", pciID: "8086:1521",
        addresses: [
            .init(IPv4Address(10, 1, 2, 3), prefixLength: 32), .init(IPv4Address(10, 1, 0, 11), prefixLength: 16),
        ])
    static let bridge = LinkFacts(
        name: "br0", index: 4, mac: MACAddress(bits: 0x5254_0000_0003), isUp: false, kind: "bridge")
    static let tunnel = LinkFacts(
        name: "wg0", index: 5, mac: .zero, isEthernet: false, kind: "wireguard",
        addresses: [.init(IPv4Address(10, 1, 7, 11), prefixLength: 24)])
    static let all = [loopback, wide, narrow, bridge, tunnel]

    func resolve(
        _ choice: LinkChoice, _ addresses: [IPv4Address] = [.init(10, 1, 7, 210)], among links: [LinkFacts] = all
    ) throws(LinkChoiceError) -> String {
        let group = GroupConfiguration(name: "api", addresses: addresses, link: choice)
        return try choice.resolve(for: group, among: links).name
    }

    func refusal(
        _ choice: LinkChoice, _ addresses: [IPv4Address] = [.init(10, 1, 7, 210)], among links: [LinkFacts] = all
    ) -> LinkChoiceError? {
        #expect(throws: LinkChoiceError.self) { try resolve(choice, addresses, among: links) }
    }

    @Test("A name is that interface, be it down and without address")
    func named() throws {
        #expect(try resolve(.named("eth0")) == "eth0")
        #expect(try resolve(.named("br0")) == "br0")
    }

    @Test("By subnet it is the Ethernet interface with the longest prefix that holds all addresses")
    func bySubnet() throws {
        #expect(try resolve(.bySubnet) == "eth1")
        #expect(try resolve(.bySubnet, [.init(10, 1, 7, 210), .init(10, 2, 0, 1)]) == "eth0")
    }

    @Test("A /32 is no subnet")
    func hostPrefix() {
        var link = Self.narrow
        link.addresses = [.init(IPv4Address(10, 1, 7, 11), prefixLength: 32)]
        #expect(refusal(.bySubnet, among: [link])?.isCurableByWaiting == true)
    }

    @Test("A selector is the one interface that matches")
    func selector() throws {
        #expect(try resolve(.selector(DeviceSelector(driver: "igb"))) == "eth1")
        #expect(try resolve(.selector(DeviceSelector(physical: false))) == "br0")
    }

    @Test("A missing interface is told with those there are, and may be waited for")
    func missing() {
        let error = refusal(.named("eth7"))
        #expect(error?.isCurableByWaiting == true)
        #expect(
            error?.description
                == "group api: there is no interface eth7; this machine has eth0 (52:54:00:00:00:01, 10.0.0.11/8), eth1 "
                + "(52:54:00:00:00:02, 10.1.2.3/32, 10.1.0.11/16), br0 (52:54:00:00:00:03, no address, down), lo "
                + "(loopback), wg0 (not Ethernet); name one with \"interface:\" or --interface, or wait for it to appear"
        )
        #expect(
            refusal(.bySubnet, [.init(10, 1, 7, 210), .init(192, 168, 1, 1)], among: [Self.loopback])?.description
                == "group api: there is no interface with a subnet that holds all of 10.1.7.210, 192.168.1.1; this "
                + "machine has lo (loopback); name one with \"interface:\" or --interface, or wait for it to appear")
        #expect(
            refusal(.selector(DeviceSelector(physical: true, driver: "e1000*")), among: [])?.description
                == "group api: there is no interface matching deviceSelector {physical: true, driver: e1000*}; this "
                + "machine has none; name one with \"interface:\" or --interface, or wait for it to appear")
    }

    @Test("Several that fit are told with how to name one, and waiting does not help")
    func ambiguous() {
        let error = refusal(.selector(DeviceSelector(physical: true)))
        #expect(error?.isCurableByWaiting == false)
        #expect(
            error?.description
                == "group api: there are 2 interfaces matching deviceSelector {physical: true}: eth0 "
                + "(52:54:00:00:00:01, 10.0.0.11/8), eth1 (52:54:00:00:00:02, 10.1.2.3/32, 10.1.0.11/16); name one, with "
                + "\"interface: eth0\" or --interface")
        var twin = Self.wide
        twin.name = "eth2"
        #expect(
            refusal(.bySubnet, [.init(10, 0, 0, 210)], among: [Self.wide, twin])
                == .ambiguous(
                    group: "api", wanted: "with a subnet that holds 10.0.0.210", links: [Self.wide, twin]))
    }

    @Test("The loopback and what is not Ethernet are refused, however they were chosen")
    func notEthernet() {
        let error = refusal(.named("lo"))
        #expect(error?.isCurableByWaiting == false)
        #expect(
            error?.description
                == "group api: the interface lo is the loopback, so nobody could hear vipd's ARP there; name an Ethernet "
                + "interface")
        let tunnel = LinkChoiceError.notEthernet(group: "api", link: Self.tunnel)
        #expect(refusal(.named("wg0")) == tunnel)
        #expect(refusal(.bySubnet, among: [Self.loopback, Self.tunnel]) == tunnel)
        #expect(refusal(.selector(DeviceSelector(hardwareAddr: "00:00:*")), among: [Self.tunnel]) == tunnel)
    }

    @Test("A virtual IP that is the machine's own address on any interface is refused")
    func ownAddress() {
        let error = refusal(.named("eth0"), [.init(10, 1, 7, 210), .init(10, 1, 0, 11)])
        #expect(error?.isCurableByWaiting == false)
        #expect(
            error?.description
                == "group api: 10.1.0.11 is this machine's own address on eth1; choose an unused address as the virtual "
                + "IP, or remove it from the interface's configuration")
    }

    @Test("The network and the broadcast address of a subnet are no host's, however the interface was chosen")
    func reservedAddress() throws {
        let error = refusal(.bySubnet, [.init(10, 1, 7, 210), .init(10, 1, 255, 255)])
        #expect(error?.isCurableByWaiting == false)
        #expect(
            error?.description
                == "group api: 10.1.255.255 is the broadcast address of 10.1.0.11/16 on eth1, which no host can have; choose "
                + "an unused address of that subnet")
        #expect(
            refusal(.named("eth1"), [.init(10, 1, 0, 0)])?.description.hasPrefix(
                "group api: 10.1.0.0 is the network address of 10.1.0.11/16 on eth1") == true)
        // Of no subnet of this interface, and of one that is too small for either (RFC 3021).
        #expect(try resolve(.named("eth0"), [.init(10, 1, 255, 255)]) == "eth0")
        var pair = Self.wide
        pair.addresses = [.init(IPv4Address(10, 0, 0, 0), prefixLength: 31)]
        #expect(try resolve(.bySubnet, [.init(10, 0, 0, 1)], among: [pair]) == "eth0")
    }

    @Test("Of very many interfaces eight are listed")
    func manyLinks() {
        let links = (0..<200).map { LinkFacts(name: "v\($0)", index: $0, mac: .zero) }
        let text = refusal(.named("eth0"), among: links)?.description ?? ""
        #expect(text.contains("v7 (00:00:00:00:00:00, no address) and 192 more;"))
        #expect(!text.contains("v8 "))
    }

    @Test("All fields that are set must match, and one the interface lacks does not")
    func conjunction() {
        #expect(DeviceSelector(physical: true, driver: "igb").matches(Self.narrow))
        #expect(!DeviceSelector(physical: true, driver: "igb").matches(Self.wide))
        #expect(!DeviceSelector(physical: true).matches(Self.bridge))
        #expect(!DeviceSelector(physical: true).matches(Self.loopback))
        #expect(DeviceSelector(hardwareAddr: "52:54:00:*:02", busPath: "*:03:*").matches(Self.narrow))
        #expect(DeviceSelector(permanentAddr: "00:00:00:00:00:AB", pciID: "8086:*").matches(Self.narrow))
        #expect(!DeviceSelector(permanentAddr: "*").matches(Self.wide))
        #expect(!DeviceSelector(driver: "IGB").matches(Self.narrow))
    }

    @Test(
        "A star stands for any number of any characters",
        arguments: [
            ("virtio*", "virtio_net", true), ("virtio*", "virtio", true), ("*net", "virtio_net", true),
            ("v*o*t", "virtio_net", true), ("*", "x", true), ("**", "x", true), ("a*b", "acb", true),
            ("a*bc", "abbbc", true), ("virtio", "virtio_net", false), ("net*", "virtio_net", false),
            ("a*b", "a", false), ("v?rtio", "virtio", false), ("[v]irtio", "virtio", false),
        ])
    func glob(_ pattern: String, _ driver: String, _ matches: Bool) {
        var link = Self.wide
        link.driver = driver
        #expect(DeviceSelector(driver: pattern).matches(link) == matches)
    }
}
