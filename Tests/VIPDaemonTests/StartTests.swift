// How a node begins: alone, with addresses that an earlier life left behind, in maintenance.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPWire

struct StartTests {
    @Test("a first node alone says nothing before its listening ends, and holds within a second")
    func firstNodeAlone() throws {
        let node = try Node(serving: .one)
        node.run(for: .milliseconds(199))
        #expect(node.sent.isEmpty)
        #expect(node.machine.installed.isEmpty)
        #expect(try node.group().state == .listening)
        node.run(for: .milliseconds(801))
        #expect(try node.group().state == .holder)
        #expect(node.machine.installed == [Node.vip])
    }

    @Test("an address is announced only after the kernel has confirmed it, to nodes first, then to hosts")
    func announcesAfterTheKernel() throws {
        let node = try Node(serving: .one)
        node.run(for: .seconds(1))
        let deeds = node.machine.deeds
        let installed = try #require(deeds.firstIndex(of: .installed([Node.vip])))
        let announced = try #require(
            deeds.firstIndex { if case .sent(let frame) = $0 { frame.packet.isAnnouncement } else { false } })
        #expect(installed < announced)
        let frames = deeds[installed...].compactMap { if case .sent(let frame) = $0 { frame } else { nil } }
        #expect(frames.first?.trailer?.kind == .announcement)
        #expect(
            frames.dropFirst().prefix(2).map(\.packet) == [
                .announcement(of: Node.vip, from: Node.mac), .announcementReply(of: Node.vip, from: Node.mac),
            ])
        #expect(frames.dropFirst().prefix(2).allSatisfy { $0.destination == .broadcast && $0.trailer == nil })
    }

    @Test("a node that hears a holder while it listens follows it")
    func joins() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        peer.term = 4
        for _ in 0..<20 {
            node.receive(peer.announcement())
            node.run(for: .milliseconds(100))
        }
        #expect(try node.group().state == .candidate)
        #expect(try node.group().holder?.name == "k8s-controller2")
        #expect(node.machine.installed.isEmpty)
        #expect(node.trailers(.announcement).isEmpty)
    }

    @Test("addresses that still stand from an earlier life are served on, without ever being removed")
    func wholeLeftover() throws {
        let vips = [Node.vip, IPv4Address(192, 168, 1, 220)]
        let node = Node([.ethernet("eth0", index: 2, leased: Set(vips))])
        try node.start([GroupConfiguration(addresses: vips)])
        node.run(for: .milliseconds(300))
        #expect(try node.group().state == .holder)
        #expect(!node.machine.deeds.contains { if case .removedLeftovers = $0 { true } else { false } })
        #expect(!node.machine.deeds.contains(.removed(vips)))
    }

    @Test("addresses that still stand are given up where another node announces them")
    func leftoverOfAnotherHolder() throws {
        let node = Node([.ethernet("eth0", index: 2, leased: [Node.vip])])
        try node.start([.one])
        var peer = FakePeer()
        peer.term = 9
        node.receive(peer.announcement())
        #expect(node.machine.installed.isEmpty)
        #expect(try node.group().state == .candidate)
        #expect(node.trailers(.announcement).isEmpty)
    }

    @Test("a part of the addresses, left over, is removed before the first frame")
    func partialLeftover() throws {
        let other = IPv4Address(192, 168, 1, 220)
        let node = Node([.ethernet("eth0", index: 2, leased: [Node.vip])])
        try node.start([GroupConfiguration(addresses: [Node.vip, other])])
        #expect(node.machine.deeds.contains(.removedLeftovers([Node.vip], link: 2)))
        #expect(node.sent.isEmpty)
        #expect(node.machine.installed.isEmpty)
    }

    @Test("an address left over on another link is removed there before the first frame")
    func leftoverElsewhere() throws {
        let lan = MachineLink.ethernet("eth1", index: 3, mac: MACAddress(bits: 0x5254_0012_34aa), address: nil)
        var stray = lan
        stray.leased = [Node.vip]
        let node = Node([.eth0, stray])
        try node.start([.one])
        #expect(node.machine.deeds.contains(.removedLeftovers([Node.vip], link: 3)))
        #expect(node.sent.isEmpty)
    }

    @Test("a node that was in maintenance stays out after a restart, and gives up what its earlier life left")
    func restartInMaintenance() throws {
        let node = Node([.ethernet("eth0", index: 2, leased: [Node.vip])])
        node.machine.isInMaintenance = true
        try node.start([.one])
        node.run(for: .seconds(5))
        let group = try node.group()
        #expect(group.state == .ineligible)
        #expect(group.own.health == "in maintenance")
        #expect(node.machine.installed.isEmpty)
        #expect(node.trailers(.announcement).isEmpty)
    }
}
