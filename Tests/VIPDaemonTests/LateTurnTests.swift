// A loop that was late: what has arrived meanwhile comes before what its own lateness suggests.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct LateTurnTests {
    /// A candidate that follows `peer`.
    private func candidate(_ peer: inout FakePeer) throws -> Node {
        let node = try Node(serving: .one)
        peer.term = 3
        for _ in 0..<5 {
            node.receive(peer.announcement())
            node.run(for: .milliseconds(100))
        }
        node.receive(peer.announcement())
        try #require(node.group().state == .candidate)
        return node
    }

    @Test("a late turn does not lose a live holder: its frames that have arrived are read first")
    func candidateLate() throws {
        var peer = FakePeer()
        let node = try candidate(&peer)
        node.machine.now = node.machine.now + .seconds(2)
        for _ in 0..<20 { node.arrive(.success(peer.announcement())) }
        node.on { $0.endTurn() }
        #expect(try node.group().state == .candidate)
        #expect(!node.events().contains { $0.to == "probing" })
    }

    @Test("a holder that really went silent is suspected by the very turn that is due")
    func silence() throws {
        var peer = FakePeer()
        let node = try candidate(&peer)
        node.run(for: .milliseconds(199))
        #expect(try node.group().state == .candidate)
        node.run(for: .milliseconds(1))
        #expect(try node.group().state == .probing)
        node.run(for: .milliseconds(60))
        let group = try node.group()
        #expect(group.state == .holder)
        #expect(group.lastTransition?.from == "k8s-controller2")
        #expect(group.lastTransition?.to == "k8s-controller1")
        #expect(group.lastTransition?.reason == "silence")
        #expect(group.lastTransition?.silenceMs == 200)
        #expect(group.lastTransition?.claimMs == 60)
    }

    @Test("a holder that slept through its lease and finds a successor does not assert itself first")
    func holderLate() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        node.machine.now = node.machine.now + .seconds(30)
        node.machine.endLeases()
        var peer = FakePeer()
        peer.term = 9
        node.arrive(.success(peer.announcement()))
        node.on { $0.endTurn() }
        #expect(node.trailers(.announcement).isEmpty)
        #expect(node.machine.installed.isEmpty)
        #expect(try node.group().holder?.name == "k8s-controller2")
    }

    @Test("after a long sleep nothing is made up for: announcements go on at their pace")
    func noBurst() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.run(for: .seconds(10))
        node.machine.now = node.machine.now + .seconds(1)
        node.machine.forgetDeeds()
        node.run(for: .seconds(1))
        #expect(node.trailers(.announcement).count <= 11)
    }

    @Test("the loop is asked to wake for the next deadline, and for none where there is none")
    func wake() throws {
        let node = Node([])
        try node.start([.one], waits: true)
        #expect(node.machine.wakeAt == nil)
        node.machine.kernel = [.eth0]
        node.turn()
        let wakeAt = try #require(node.machine.wakeAt)
        #expect(wakeAt > node.machine.now && wakeAt <= node.machine.now + .milliseconds(220))
    }
}
