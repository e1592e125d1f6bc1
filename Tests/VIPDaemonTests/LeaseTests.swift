// The addresses in the kernel while the node holds: renewed, defended against removal, given up where it cannot speak.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct LeaseTests {
    private static let eperm: Int32 = 1
    private static let enobufs: Int32 = 105

    private func holder() throws -> Node {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        return node
    }

    private func installations(_ node: Node) -> Int { node.machine.deeds.count { $0 == .installed([Node.vip]) } }

    @Test("the lease is renewed every third of it, and never ends")
    func renewed() throws {
        let node = try holder()
        node.run(for: .seconds(60))
        #expect((59...61).contains(installations(node)))
        #expect(node.machine.installed == [Node.vip])
        #expect(!node.machine.deeds.contains(.removed([Node.vip])))
    }

    @Test("an address that somebody else removes is back at once and announced, without stepping down")
    func removedByOthers() throws {
        let node = try holder()
        node.machine.take(Node.vip)
        node.turn()
        #expect(node.machine.deeds.first == .installed([Node.vip]))
        #expect(node.machine.installed == [Node.vip])
        #expect(node.sent.map(\.packet).contains(.announcementReply(of: Node.vip, from: Node.mac)))
        #expect(try node.group().state == .holder)
        #expect(node.events().contains { $0.kind == "restored" && $0.message.contains("192.168.1.210") })
    }

    @Test("somebody who keeps removing the address is answered at a pace, not in a loop")
    func removedForEver() throws {
        let node = try holder()
        for _ in 0..<1000 {
            node.machine.take(Node.vip)
            node.turn()
            node.run(for: .milliseconds(1))
        }
        #expect(installations(node) <= 60)
        #expect(try node.group().state == .holder)
    }

    @Test("a node whose kernel refuses the address says why, stays out, and asks again later")
    func refused() throws {
        let node = Node()
        node.machine.installErrno = [Node.vip: Self.eperm]
        try node.start([.one])
        node.run(for: .seconds(1))
        let group = try node.group()
        #expect(group.state == .ineligible)
        #expect(group.own.health == "the kernel refused an address: Operation not permitted")
        #expect(node.events().contains { $0.kind == "refused" && $0.message.contains("Operation not permitted") })
        #expect(node.trailers(.announcement).isEmpty)
        node.machine.installErrno = [:]
        node.run(for: .seconds(5))
        #expect(try node.group().state == .holder)
    }

    @Test("where the kernel refuses one of several addresses, none is left behind")
    func refusedInPart() throws {
        let other = IPv4Address(192, 168, 1, 220)
        let node = Node()
        node.machine.installErrno = [other: Self.eperm]
        try node.start([GroupConfiguration(addresses: [Node.vip, other])])
        node.run(for: .milliseconds(400))
        #expect(node.machine.installed.isEmpty)
        #expect(node.trailers(.announcement).isEmpty)
    }

    @Test("a holder whose frames do not leave lets its lease end")
    func sendingFails() throws {
        let node = try holder()
        node.machine.sendErrno = Self.enobufs
        node.run(for: .seconds(4))
        #expect(node.machine.installed.isEmpty)
        #expect(try node.group().state != .holder)
        #expect(try #require(node.group().counters.others.first { $0.name == "sendsFailed" }).value > 0)
        #expect(node.events().contains { $0.reason == "leaseLapsed" })
    }

    @Test("one frame that does not leave is no reason to let go")
    func oneSendFails() throws {
        let node = try holder()
        node.machine.sendErrno = Self.enobufs
        node.run(for: .milliseconds(100))
        node.machine.sendErrno = 0
        node.run(for: .seconds(10))
        #expect(node.machine.installed == [Node.vip])
        #expect(!node.machine.deeds.contains(.removed([Node.vip])))
    }

    @Test("the kernel has the addresses while, and only while, status says that the node holds")
    func statusAgrees() throws {
        let node = Node()
        try node.start([.one])
        var peer = FakePeer()
        for step in 0..<400 {
            switch step % 80 {
            case 20..<40:
                peer.term = UInt64(step)
                node.receive(peer.announcement())
            case 40: node.receive(peer.resign())
            case 60: node.change { $0.facts.hasCarrier = false }
            case 64: node.change { $0.facts.hasCarrier = true }
            default: break
            }
            node.run(for: .milliseconds(37))
            #expect(try (node.group().state == .holder) == (node.machine.installed == [Node.vip]))
        }
    }
}
