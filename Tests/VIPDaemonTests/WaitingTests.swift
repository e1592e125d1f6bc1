// Links that come late, go, and come back: who waits says so, and begins by itself.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct WaitingTests {
    private static let waiting = GroupConfiguration("default", 210, on: .named("eth0"))

    @Test("a link that is not there yet is waited for, and status says which")
    func waitsForMissing() throws {
        let node = Node([])
        try node.start([Self.waiting], waits: true)
        let group = try node.group()
        #expect(group.state == .ineligible)
        #expect(group.interface == nil)
        #expect(group.own.eligible == false)
        #expect(try #require(group.reason).hasPrefix("there is no interface eth0"))
        #expect(group.own.health == "waits for its interface")
        #expect(node.messages.contains { $0.hasPrefix("group default waits: there is no interface eth0") })
        #expect(node.events().contains { $0.kind == "waiting" && $0.group == "default" })
        #expect(node.machine.deeds.contains(.notified(.ready)))
    }

    @Test("a group begins when its link appears, and says so")
    func linkAppears() throws {
        let node = Node([])
        try node.start([Self.waiting], waits: true)
        node.run(for: .seconds(60))
        node.machine.kernel = [.eth0]
        node.turn()
        #expect(try node.group().interface == "eth0")
        #expect(node.messages.contains { $0.contains("default") && $0.contains("begins on eth0") })
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("a group whose link is down begins when it comes up")
    func linkComesUp() throws {
        var link = MachineLink.eth0
        link.facts.isUp = false
        let node = Node([link])
        try node.start([.one], waits: true)
        #expect(try node.group().reason == "eth0 is down")
        node.change { $0.facts.isUp = true }
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("a group found by subnet begins when the machine gets its address")
    func addressComes() throws {
        let node = Node([.ethernet("eth0", index: 2, address: nil)])
        try node.start([.one], waits: true)
        node.change { $0.facts.addresses = [.init(Node.address, prefixLength: 24)] }
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
        #expect(try node.group().own.address == "192.168.1.211")
    }

    @Test("what is waited for is said once, however often the kernel reports something else")
    func saysItOnce() throws {
        let node = Node([.ethernet("eth1", index: 3, address: nil)])
        try node.start([Self.waiting], waits: true)
        for metric in 0..<50 {
            node.change(3) { $0.leased = [IPv4Address(10, 0, 0, UInt8(metric))] }
        }
        #expect(node.events().count { $0.kind == "waiting" } == 1)
    }

    @Test("a link that cannot be opened is tried again each second, not more often")
    func opensAgain() throws {
        let node = Node()
        node.machine.openFails = [2: "cannot capture on eth0: Cannot allocate memory"]
        try node.start([.one], waits: true)
        node.run(for: .seconds(10))
        #expect(try node.group().reason == "cannot capture on eth0: Cannot allocate memory")
        #expect(node.machine.opened == 0)
        node.machine.openFails = [:]
        node.run(for: .seconds(1))
        #expect(node.machine.opened == 1)
    }

    @Test("a link that disappears takes the addresses with it; its group waits and status says why")
    func linkDisappears() throws {
        let node = try Node(serving: Self.waiting)
        try node.becomeHolder()
        node.machine.kernel = []
        node.turn()
        let group = try node.group()
        #expect(group.state == .ineligible)
        #expect(group.interface == nil)
        #expect(group.holder == nil)
        #expect(group.lastTransition?.from == "k8s-controller1")
        #expect(group.lastTransition?.to == nil)
        #expect(node.machine.deeds.contains(.closed(2)))
        let before = node.sent.count
        node.run(for: .seconds(30))
        #expect(node.sent.count == before)
    }

    @Test("a link that is made anew under another index is used, and peers take its frames for new")
    func linkMadeAnew() throws {
        let node = try Node(serving: Self.waiting)
        try node.becomeHolder()
        let before = try #require(node.trailers(.announcement).last)
        node.machine.kernel = [.ethernet("eth0", index: 9)]
        node.turn()
        node.run(for: .seconds(1))
        let after = try #require(node.trailers(.announcement).last)
        #expect(try node.group().state == .holder)
        #expect(after.node == before.node)
        #expect((after.epoch, after.sequence) > (before.epoch, before.sequence))
        #expect(node.machine.kernel.first?.leased == [Node.vip])
    }

    @Test("a link that can no longer be read is given up: no addresses without ears")
    func linkUnreadable() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.ports[2]?.isUnreadable = true
        node.run(for: .milliseconds(200))
        #expect(node.machine.installed.isEmpty)
        node.run(for: .seconds(3))
        #expect(try node.group().state == .holder)
    }

    @Test("a cable that is pulled out releases at once, without a word; put in again, the node listens first")
    func carrier() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        node.change { $0.facts.hasCarrier = false }
        #expect(node.machine.installed.isEmpty)
        node.run(for: .seconds(5))
        #expect(node.sent.isEmpty)
        #expect(try node.group().own.health == "no carrier")
        node.change { $0.facts.hasCarrier = true }
        #expect(try node.group().state == .listening)
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("an interface without a usable MAC address is none to speak on")
    func withoutMAC() throws {
        let node = try Node(serving: .one, links: [.ethernet("bond0", index: 2, mac: .zero)])
        node.run(for: .seconds(5))
        #expect(node.sent.isEmpty)
        #expect(try node.group().state == .ineligible)
        node.change { $0.facts.mac = Node.mac }
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("a new MAC address of the link is announced at once")
    func newMAC() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        let mac = MACAddress(bits: 0x5254_0099_0001)
        node.change { $0.facts.mac = mac }
        #expect(node.sent.map(\.packet).contains(.announcement(of: Node.vip, from: mac)))
        #expect(node.sent.allSatisfy { $0.source == mac })
        #expect(node.trailers(.announcement).allSatisfy { $0.node == Node.id })
        #expect(try node.group().own.mac == mac.description)
    }

    @Test("a claim that the kernel has not reported yet is not taken for an address that somebody removed")
    func staleReports() throws {
        let other = GroupConfiguration("late", 220, on: .named("eth1"))
        let eth1 = MachineLink.ethernet("eth1", index: 3, address: nil)
        let node = Node([.eth0, eth1])
        node.machine.openFails = [3: "cannot capture on eth1: Cannot allocate memory"]
        try node.start([GroupConfiguration("default", 210, on: .named("eth0")), other], waits: true)
        // The loop runs without a word of the kernel about addresses while the claim falls into a try to open eth1.
        while try node.group().state != .holder {
            node.machine.now = node.machine.now + .milliseconds(10)
            node.on { $0.endTurn() }
        }
        node.machine.now = node.machine.now + .seconds(1)
        node.on { $0.endTurn() }
        #expect(!node.events().contains { $0.kind == "restored" })
    }

    @Test("a link that answers no ARP any more is as one without carrier, and events say what to do about it")
    func arpOff() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.change { $0.facts.isEthernet = false }
        #expect(node.machine.installed.isEmpty)
        #expect(node.events().contains { $0.message.contains("eth0 does not answer ARP any more") })
        node.change { $0.facts.isEthernet = true }
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("a new name and a new MAC address of the link are told")
    func tellsChanges() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.change { $0.facts.name = "lan7" }
        node.change { $0.facts.mac = MACAddress(bits: 0x5254_0099_0001) }
        #expect(node.events().contains { $0.message.hasPrefix("eth0 is called lan7 now") })
        #expect(node.events().contains { $0.message.hasPrefix("lan7 has the MAC address 52:54:00:99:00:01 now") })
        #expect(try node.group().interface == "lan7")
        #expect(try node.group().state == .holder)
    }

    @Test("lost reports of the kernel are told once each time, and counted")
    func lostReports() throws {
        let node = try Node(serving: .one)
        node.machine.reportLosses = 1
        for mtu in 0..<3 {
            node.change { $0.facts.addresses.append(.init(IPv4Address(10, 0, 0, UInt8(mtu)), prefixLength: 24)) }
        }
        #expect(node.events().count { $0.message.contains("dropped some") } == 1)
        #expect(node.status.counters.contains(.init("linkReportsLost", 1)))
    }
}
