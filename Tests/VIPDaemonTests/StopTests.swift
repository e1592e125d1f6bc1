// SIGTERM: the addresses go, the others hear of it, the program may end.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct StopTests {
    private func finishes(_ node: Node) -> Int { node.machine.deeds.count { $0 == .finished } }

    @Test("a holder that stops removes the address, then resigns, then ends")
    func holder() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        node.stop()
        let deeds = node.machine.deeds
        let removed = try #require(deeds.firstIndex(of: .removed([Node.vip])))
        let resigned = try #require(
            deeds.firstIndex { if case .sent(let frame) = $0 { frame.trailer?.kind == .resign } else { false } })
        let finished = try #require(deeds.firstIndex(of: .finished))
        #expect(deeds.first == .notified(.stopping))
        #expect(removed < resigned && resigned < finished)
        #expect(node.machine.installed.isEmpty)
        #expect(node.machine.ports[2]?.isOpen == false)
    }

    @Test("a second stop and turns that follow do nothing more")
    func twice() throws {
        let node = try Node(serving: .one, watchdog: .seconds(10))
        try node.becomeHolder()
        node.stop()
        let sent = node.sent.count
        node.stop()
        node.turn()
        node.reload([.one])
        node.change { $0.facts.hasCarrier = false }
        node.run(for: .seconds(60))
        #expect(finishes(node) == 1)
        #expect(node.sent.count == sent)
        #expect(node.status.groups.isEmpty)
    }

    @Test("a candidate that stops says that it leaves")
    func candidate() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        node.receive(peer.announcement())
        node.stop()
        #expect(!node.trailers(.resign).isEmpty)
        #expect(finishes(node) == 1)
    }

    @Test("a daemon that still waits for its link stops at once")
    func waiting() throws {
        let node = Node([])
        try node.start([.one], waits: true)
        node.stop()
        #expect(finishes(node) == 1)
    }

    @Test("a daemon in maintenance stops at once")
    func maintenance() throws {
        let node = Node()
        node.machine.isInMaintenance = true
        try node.start([.one])
        node.run(for: .seconds(1))
        node.stop()
        #expect(finishes(node) == 1)
        #expect(node.machine.isInMaintenance)
    }

    @Test("a daemon without a carrier stops at once, and in silence")
    func noCarrier() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.change { $0.facts.hasCarrier = false }
        node.machine.forgetDeeds()
        node.stop()
        #expect(node.sent.isEmpty)
        #expect(finishes(node) == 1)
    }

    @Test("several groups on several links, one of them waiting, are all released before the end")
    func several() throws {
        let eth1 = MachineLink.ethernet("eth1", index: 3, mac: MACAddress(bits: 0x5254_0012_34aa), address: nil)
        let node = Node([.eth0, eth1])
        try node.start(
            [
                GroupConfiguration("a", 210, on: .named("eth0")), GroupConfiguration("b", 220, on: .named("eth1")),
                GroupConfiguration("c", 230, on: .named("eth0")), GroupConfiguration("d", 240, on: .named("eth7")),
            ], waits: true)
        node.run(for: .seconds(1))
        try #require(node.machine.installed.count == 3)
        node.machine.forgetDeeds()
        node.stop()
        #expect(node.machine.installed.isEmpty)
        #expect(Set(node.trailers(.resign).map(\.group)).count == 3)
        #expect(node.machine.deeds.last == .finished)
        #expect(node.machine.ports.values.allSatisfy { !$0.isOpen })
        #expect(node.machine.reserved.isEmpty)
    }

    @Test("an address that the kernel will not remove is not called free, and does not keep the daemon from stopping")
    func removalRefused() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.removeErrno = [Node.vip: 1]
        node.machine.forgetDeeds()
        node.stop()
        #expect(node.trailers(.resign).isEmpty)
        #expect(node.messages.contains { $0.contains("192.168.1.210") && $0.contains("Operation not permitted") })
        #expect(finishes(node) == 1)
    }

    @Test("a daemon that cannot send stops all the same")
    func sendingFails() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.sendErrno = 105
        node.stop()
        #expect(node.machine.installed.isEmpty)
        #expect(finishes(node) == 1)
    }
}
