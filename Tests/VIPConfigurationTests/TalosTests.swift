// Files of Talos Linux, unchanged: what is taken from them, what is skipped, and what is refused.

import Testing
import VIPConfiguration
import VIPWire

@Suite struct TalosTests {
    private static let vip = IPv4Address(192, 168, 1, 210)

    @Test("A machine patch runs unchanged, its other keys skipped")
    func patch() throws {
        let configuration = try load(
            """
            machine:
              network:
                hostname: talos-1
                interfaces:
                  - deviceSelector:
                      physical: true
                    dhcp: true
                    mtu: 9000
                    vip:
                      ip: 192.168.1.210
              install: {disk: /dev/sda}
            cluster:
              controlPlane: {endpoint: "https://192.168.1.210:6443"}
            """)
        #expect(
            configuration
                == Configuration(groups: [
                    GroupConfiguration(addresses: [Self.vip], link: .selector(DeviceSelector(physical: true)))
                ]))
    }

    @Test("A Layer2VIPConfig runs unchanged, also among documents of other kinds")
    func layer2() throws {
        let document = "apiVersion: v1alpha1\nkind: Layer2VIPConfig\nname: 192.168.1.210\nlink: enp0s2\n"
        let expected = Configuration(groups: [GroupConfiguration(addresses: [Self.vip], link: .named("enp0s2"))])
        #expect(try load(document) == expected)
        let others =
            "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: talos-1\n---\nmachine: {type: controlplane}\n---\n"
        #expect(try load(others + document) == expected)
    }

    @Test("Interfaces by name and VLANs have theirs; several addresses are groups of their own")
    func several() throws {
        let configuration = try load(
            """
            machine:
              network:
                interfaces:
                  - interface: eth0
                    vip: {ip: 192.168.1.210}
                    vlans:
                      - vlanId: 40
                        vip: {ip: 10.40.0.10}
                      - vlanId: 41
                        dhcp: true
                  - interface: eth1
                    ignore: true
                    vip: {ip: 10.0.0.1}
            """)
        #expect(
            configuration.groups == [
                GroupConfiguration(name: "192.168.1.210", addresses: [Self.vip], link: .named("eth0")),
                GroupConfiguration(
                    name: "10.40.0.10", addresses: [IPv4Address(10, 40, 0, 10)], link: .named("eth0.40")),
            ])
    }

    @Test("Flags go with such a file")
    func flags() throws {
        let file = "machine: {network: {interfaces: [{interface: eth0, vip: {ip: 192.168.1.210}}]}}\n"
        let configuration = try load(file, RunOptions(priority: "150"))
        #expect(configuration.groups.map(\.priority) == [150])
    }

    static let refusals = [
        Refusal(
            "machine: {type: controlplane}\n",
            "vipd.yaml: the file names no virtual IP; add for instance vip: 192.168.1.210, or give --vip"),
        Refusal(
            "machine: {network: {interfaces: [{interface: eth0, vip: 192.168.1.210}]}}\n",
            "vipd.yaml:1:57: vip must be a set of keys here, as Talos has it; write vip: {ip: 192.168.1.210}"),
        Refusal(
            "machine: {network: {interfaces: [{interface: eth0, vip: {}}]}}\n",
            "vipd.yaml:1:52: this vip has no ip; add one, like ip: 192.168.1.210"),
        Refusal(
            "machine: {network: {interfaces: [{vip: {ip: 192.168.1.210}}]}}\n",
            "vipd.yaml:1:35: this vip has neither an interface nor a deviceSelector beside it; add one"),
        Refusal(
            "machine: {network: {interfaces: [{interface: eth0, vip: {ip: 192.168.1.210, hcloud: {}}}]}}\n",
            "vipd.yaml:1:77: \"hcloud\" moves the address through a provider's API, and vipd only by ARP; remove it where "
                + "the machines share an Ethernet segment"),
        Refusal(
            "machine: {network: {interfaces: [{interface: eth0, vip: {ip: 192.168.1.300}}]}}\n",
            "vipd.yaml:1:62: \"192.168.1.300\" is not an IPv4 address; write four numbers from 0 to 255, like "
                + "192.168.1.210"),
        Refusal(
            "machine: {network: {interfaces: [{deviceSelector: {physical: true}, vlans: [{vlanId: 4, vip: {ip: 10.0.0.1}}]}]}}\n",
            "vipd.yaml:1:89: the VIP of a VLAN needs the name of its parent (interface) and a vlanId; add them, or write "
                + "vipd's own file with the VLAN's interface"),
        Refusal(
            "kind: Layer2VIPConfig\nname: 192.168.1.210\n",
            "vipd.yaml:1:1: a Layer2VIPConfig needs a name, which is the address, and a link; add what is missing"),
        Refusal(
            "priority: 7\nmachine: {network: {interfaces: [{interface: eth0, vip: {ip: 192.168.1.210}}]}}\n",
            "vipd.yaml:1:1: \"priority\" is a key of vipd's and cannot stand in a file of Talos'; give it as a flag of "
                + "vipd run, or write vipd's own file"),
        Refusal(
            "kind: Layer2VIPConfig\nname: 192.168.1.210\nlink: eth0\n---\nvip: 192.168.1.211\n",
            "vipd.yaml:5:1: this document is none of Talos', as those beside it; write vipd's own alone"),
        Refusal(
            "machine: {network: {interfaces: [{interface: eth0, vip: {ip: 192.168.1.210}}, "
                + "{interface: eth1, vip: {ip: 192.168.1.210}}]}}\n",
            "vipd.yaml:1:107: 192.168.1.210 stands here again, first on line 1; a virtual IP belongs to one interface"),
    ]

    @Test("What cannot be meant is refused with its place and the way out", arguments: refusals)
    func refused(_ refused: Refusal) {
        #expect(refusal(refused.text) == refused.error)
    }

    @Test("A file of very many documents is refused, not read for ever")
    func manyDocuments() {
        let text = String(repeating: "kind: X\n---\n", count: 100)
        #expect(refusal(text).contains("there are more than 64 documents"))
    }
}
