// Leaving while somebody can follow: the successor has the addresses before this node lets go.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct HandoverTests {
    private func finishes(_ node: Node) -> Int { node.machine.deeds.count { $0 == .finished } }

    /// A holder that hears a candidate.
    private func holder(_ peer: inout FakePeer, _ groups: GroupConfiguration...) throws -> Node {
        let node = Node()
        try node.start(groups)
        node.run(for: .seconds(1))
        node.receive(peer.probe())
        try #require(node.status.groups.allSatisfy { $0.state == .holder })
        node.machine.forgetDeeds()
        return node
    }

    @Test("a stop waits for the successor, then closes connections, removes the address, resigns, and ends")
    func stop() throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one)
        node.stop()
        node.turn()
        let naming = try #require(node.trailers(.handover).first)
        #expect(naming.subject == peer.id)
        #expect(node.machine.installed == [Node.vip])
        #expect(try node.group().state == .handingOver)
        #expect(finishes(node) == 0)
        peer.term = naming.term
        node.receive(peer.announcement())
        node.run(for: .milliseconds(100))
        let deeds = node.machine.deeds
        let closed = try #require(deeds.firstIndex(of: .closedConnections([Node.vip])))
        let removed = try #require(deeds.firstIndex(of: .removed([Node.vip])))
        let resigned = try #require(
            deeds.firstIndex { if case .sent(let frame) = $0 { frame.trailer?.kind == .resign } else { false } })
        #expect(closed < removed && removed < resigned)
        #expect(finishes(node) == 1)
        #expect(node.machine.installed.isEmpty)
    }

    @Test(
        "a stop ends within a second, whatever its successor does",
        arguments: [Duration.milliseconds(100), .seconds(10)])
    func silentSuccessor(interval: Duration) throws {
        var group = GroupConfiguration.one
        group.interval = interval
        group.suspectAfter = interval * 2
        var peer = FakePeer()
        peer.group = group
        let node = Node()
        try node.start([group])
        node.run(for: .seconds(60))
        node.receive(peer.probe())
        node.stop()
        node.turn()
        node.run(for: .seconds(1))
        #expect(finishes(node) == 1)
        #expect(node.machine.installed.isEmpty)
        #expect(!node.trailers(.resign).isEmpty)
    }

    @Test("a second stop waits for nobody")
    func secondStop() throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one)
        node.stop()
        node.stop()
        node.turn()
        #expect(finishes(node) == 1)
        #expect(node.machine.installed.isEmpty)
    }

    @Test("a group that nobody can follow goes at once, and the end waits for the others")
    func twoGroups() throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one, GroupConfiguration("b", 220))
        node.stop()
        node.turn()
        #expect(node.machine.installed == [Node.vip])
        #expect(finishes(node) == 0)
        peer.term = try #require(node.trailers(.handover).last).term
        node.receive(peer.announcement())
        node.run(for: .milliseconds(100))
        #expect(node.machine.installed.isEmpty)
        #expect(finishes(node) == 1)
    }

    @Test(
        "a cable that is pulled, or a link that goes, while the node stops, does not hold it up",
        arguments: [true, false])
    func linkGoesMeanwhile(isRemoved: Bool) throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one)
        node.stop()
        if isRemoved {
            node.machine.kernel = []
            node.machine.ports[2]?.isUnreadable = true
        } else {
            node.machine.change(2) { $0.facts.hasCarrier = false }
        }
        node.turn()
        node.run(for: .seconds(1))
        #expect(finishes(node) == 1)
        #expect(node.machine.installed.isEmpty)
    }

    @Test("maintenance hands over, and the node stays out after")
    func maintenance() throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one)
        _ = node.on { $0.handle(.maintenance(on: true)) }
        node.turn()
        #expect(node.machine.installed == [Node.vip])
        peer.term = try #require(node.trailers(.handover).last).term
        node.receive(peer.announcement())
        node.run(for: .milliseconds(50))
        #expect(node.machine.installed.isEmpty)
        node.run(for: .seconds(10))
        #expect(try node.group().own.health == "in maintenance")
        #expect(node.machine.installed.isEmpty)
    }

    @Test("a reload in the middle of a handover releases what it takes out")
    func reload() throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one)
        _ = node.on { $0.handle(.maintenance(on: true)) }
        node.turn()
        try #require(node.group().state == .handingOver)
        node.reload([GroupConfiguration("b", 220)])
        #expect(node.machine.installed.isEmpty)
        #expect(node.status.groups.map(\.name) == ["b"])
    }

    /// A candidate that hears `peer` hold.
    private func candidate(_ peer: inout FakePeer) throws -> Node {
        let node = Node()
        peer.term = 5
        try node.start([.one])
        node.receive(peer.announcement())
        node.run(for: .milliseconds(50))
        try #require(node.group().state == .candidate)
        node.machine.forgetDeeds()
        return node
    }

    @Test("a successor relays to the old holder before it has the address, and until that has let go")
    func relay() throws {
        var peer = FakePeer()
        let node = try candidate(&peer)
        peer.term += 1
        node.receive(peer.handover(to: Node.id))
        let began = try #require(
            node.machine.deeds.firstIndex(of: .beganRelay([Node.vip], from: Node.mac, to: peer.mac)))
        let installed = try #require(node.machine.deeds.firstIndex(of: .installed([Node.vip])))
        #expect(began < installed)
        #expect(!node.machine.deeds.contains(.endedRelay([Node.vip])))
        node.receive(peer.resign())
        #expect(node.machine.deeds.contains(.endedRelay([Node.vip])))
    }

    @Test("that a node cannot relay is told once, and it takes over all the same")
    func cannotRelay() throws {
        var peer = FakePeer()
        let node = try candidate(&peer)
        node.machine.relayFails = "the kernel cannot (CONFIG_NFT_FWD_NETDEV)"
        for _ in 0..<2 {
            peer.term += 1
            node.receive(peer.handover(to: Node.id))
            #expect(node.machine.installed == [Node.vip])
            node.receive(peer.resign())
            peer.term += 1
            node.receive(peer.announcement())
            node.run(for: .milliseconds(50))
            try #require(node.group().state == .candidate)
        }
        #expect(node.messages.count { $0.contains("CONFIG_NFT_FWD_NETDEV") } == 1)
    }

    @Test("connections that cannot be closed are told of once, and the address moves all the same")
    func cannotClose() throws {
        var peer = FakePeer()
        let node = try holder(&peer, .one)
        node.machine.closeFails = "the kernel cannot close connections (CONFIG_INET_DIAG_DESTROY)"
        for _ in 0..<2 {
            _ = node.on { $0.handle(.maintenance(on: true)) }
            peer.term = try #require(node.trailers(.handover).last).term
            node.receive(peer.announcement())
            node.run(for: .milliseconds(50))
            #expect(node.machine.installed.isEmpty)
            _ = node.on { $0.handle(.maintenance(on: false)) }
            node.receive(peer.resign())
            node.run(for: .milliseconds(300))
            node.receive(peer.probe())
            node.run(for: .milliseconds(300))
            try #require(node.group().state == .holder)
        }
        #expect(node.messages.count { $0.contains("CONFIG_INET_DIAG_DESTROY") } == 1)
    }
}
