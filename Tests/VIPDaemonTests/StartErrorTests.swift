// What keeps a daemon from starting: told in one line, with nothing sent and nothing changed on any interface.

import Testing
import VIPConfiguration
import VIPDaemon
import VIPElection
import VIPWire

struct StartErrorTests {
    private static let lan = MachineLink.ethernet(
        "eth1", index: 3, mac: MACAddress(bits: 0x5254_0012_34aa), address: IPv4Address(192, 168, 1, 11))

    /// The error of a start that must fail and leave no trace.
    private func refusal(_ node: Node, _ groups: [GroupConfiguration], waits: Bool = false) throws -> String {
        let before = node.machine.installed
        let error = #expect(throws: (any Error).self) { try node.start(groups, waits: waits) }
        #expect(node.sent.isEmpty)
        #expect(node.machine.installed == before)
        #expect(!node.machine.deeds.contains(.notified(.ready)))
        let text = "\(try #require(error))"
        #expect(!text.contains("\n"))
        return text
    }

    @Test("an interface that is missing is named, with those that are there")
    func missing() throws {
        let text = try refusal(Node(), [GroupConfiguration("api", 210, on: .named("eth7"))])
        #expect(text.contains("api") && text.contains("eth7") && text.contains("eth0"))
    }

    @Test("an interface that is down is named, with the command that brings it up")
    func down() throws {
        var link = MachineLink.eth0
        link.facts.isUp = false
        #expect(try refusal(Node([link]), [.one]).contains("ip link set eth0 up"))
    }

    @Test("two interfaces that fit are both named", arguments: [false, true])
    func ambiguous(waits: Bool) throws {
        let text = try refusal(Node([.eth0, Self.lan]), [.one], waits: waits)
        #expect(text.contains("eth0") && text.contains("eth1"))
    }

    @Test("a virtual IP that is the machine's own address is refused", arguments: [false, true])
    func ownAddress(waits: Bool) throws {
        let text = try refusal(Node(), [GroupConfiguration(addresses: [Node.address])], waits: waits)
        #expect(text.contains("192.168.1.211") && text.contains("own address"))
    }

    @Test("an address that another vipd of this machine serves is refused")
    func reserved() throws {
        let node = Node()
        node.machine.reserved = [IPv4Address(192, 168, 1, 220)]
        let text = try refusal(node, [GroupConfiguration("a", 210), GroupConfiguration("b", 220)])
        #expect(text.contains("192.168.1.220"))
    }

    @Test("the second group's mistake keeps the first from starting as well")
    func secondGroup() throws {
        let text = try refusal(
            Node(), [GroupConfiguration("a", 210), GroupConfiguration("b", 220, on: .named("eth7"))])
        #expect(text.contains("group b"))
    }

    @Test("a link that cannot be opened leaves the other links as they were, with what an earlier life left there")
    func oneLinkCannotBeOpened() throws {
        let kept = IPv4Address(192, 168, 1, 210)
        // The order in which links are opened must not matter.
        for broken in [2, 3] {
            let left: Set<IPv4Address> = [kept, IPv4Address(192, 168, 1, 230)]
            var eth0 = MachineLink.eth0
            eth0.leased = left
            var eth1 = Self.lan
            eth1.leased = [IPv4Address(192, 168, 1, 220)]
            let node = Node([eth0, eth1])
            node.machine.isInMaintenance = true
            node.machine.openFails = [broken: "cannot open a packet socket: Operation not permitted; use sudo"]
            let text = try refusal(
                node,
                [
                    GroupConfiguration("a", 210, on: .named("eth0")),
                    GroupConfiguration("b", 220, on: .named("eth1")),
                    GroupConfiguration("c", 230, 231, on: .named(broken == 2 ? "eth1" : "eth0")),
                ])
            #expect(text == "cannot open a packet socket: Operation not permitted; use sudo")
        }
    }

    @Test("a node that cannot know whether it is in maintenance does not start")
    func maintenanceUnknown() throws {
        let node = Node()
        node.machine.loadFails = "cannot read /var/lib/vipd/maintenance: Input/output error; make it readable"
        #expect(try refusal(node, [.one]).contains("Input/output error"))
    }
}
