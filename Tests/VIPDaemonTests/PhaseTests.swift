// Where the time of a takeover or a handover went, as the timeline tells it.

import Testing
import VIPConfiguration
import VIPControl
import VIPElection
import VIPWire

@testable import VIPDaemon

struct PhaseTests {
    private static let gateway = IPv4Address(192, 168, 1, 1)
    private static let gatewayMAC = MACAddress(bits: 0x5254_0012_3401)

    /// A machine on which what is handed to the kernel takes its time: a frame 20 µs, an installation 300 µs, a removal
    /// 200 µs, resets 400 µs.
    private func slowNode(_ group: GroupConfiguration = .one) throws -> Node {
        let node = Node()
        node.machine.gateways = [Self.gateway]
        node.machine.sendTakes = .microseconds(20)
        node.machine.installTakes = .microseconds(300)
        node.machine.removeTakes = .microseconds(200)
        node.machine.closeTakes = .microseconds(400)
        try node.start([group])
        return node
    }

    private func follow(_ peer: inout FakePeer, on node: Node) {
        peer.term = 3
        for _ in 0..<4 {
            node.receive(peer.announcement())
            node.run(for: .milliseconds(100))
        }
        node.receive(peer.announcement())
    }

    private func phases(_ events: [EventRecord]) -> [String] {
        events.flatMap(\.phases).map { "\($0.name) \($0.microseconds)" }
    }

    /// The gateway answers the holder's directed request.
    private func confirm(_ node: Node) {
        node.receive(
            Frame(
                destination: Node.mac, source: Self.gatewayMAC,
                packet: ARPPacket(
                    operation: .reply, senderHardwareAddress: Self.gatewayMAC, senderProtocolAddress: Self.gateway,
                    targetHardwareAddress: Node.mac, targetProtocolAddress: Node.vip)))
    }

    @Test("a takeover's phases lead without a gap from the last sign of life to the first answer of a host")
    func takeover() throws {
        let node = try slowNode()
        var peer = FakePeer()
        follow(&peer, on: node)
        let lastHeard = node.machine.now
        let before = try #require(node.events().last).id
        // Silence of 200 ms, then three probes unanswered, the last one 60 ms after the first.
        node.run(for: .milliseconds(261))
        node.run(for: .milliseconds(2))
        confirm(node)
        let told = node.events(since: before).filter { !$0.phases.isEmpty }
        #expect(told.map(\.kind) == ["transition", "confirmed"])
        #expect(told[0].to == "k8s-controller1")
        // A frame that was sent in a turn delays what comes after it in that turn, never the next deadline.
        #expect(
            phases([told[0]]) == [
                "silence 200000", "probing 60000", "netlink 300", "announcing 20", "addresses 20",
            ])
        #expect(told[0].silenceMs == 200 && told[0].claimMs == 60)
        let whole = told.flatMap(\.phases).map(\.microseconds).reduce(0, +)
        #expect(phases([told[1]]).first?.hasPrefix("confirmation ") == true)
        #expect(whole == Int((node.machine.now - lastHeard).nanoseconds / 1000))
    }

    @Test("the first answer ends a takeover; hosts that answer later add nothing, nor one that is first after a minute")
    func confirmations() throws {
        let node = try slowNode()
        try node.becomeHolder()
        confirm(node)
        #expect(node.events().filter { $0.kind == "confirmed" }.map(\.phases.count) == [1])
        let late = try slowNode()
        try late.becomeHolder()
        late.run(for: .seconds(62))
        confirm(late)
        #expect(late.events().filter { $0.kind == "confirmed" }.map(\.phases.count) == [0])
    }

    @Test("a first node's claim begins with hearing the segment out")
    func start() throws {
        let node = try slowNode()
        try node.becomeHolder()
        let claim = try #require(node.events().first { $0.kind == "transition" })
        #expect(claim.phases.map(\.name) == ["listening", "probing", "netlink", "announcing", "addresses"])
    }

    @Test("a killed holder's lease is a phase of its own: the time in which its kernel answered")
    func lease() throws {
        let node = try slowNode()
        var peer = FakePeer()
        follow(&peer, on: node)
        let answer = Frame(
            destination: Node.mac, source: peer.mac,
            packet: ARPPacket(
                operation: .reply, senderHardwareAddress: peer.mac, senderProtocolAddress: Node.vip,
                targetHardwareAddress: Node.mac, targetProtocolAddress: .unspecified))
        node.run(for: .milliseconds(205))
        for _ in 0..<10 {
            node.receive(answer)
            node.run(for: .milliseconds(20))
        }
        node.run(for: .seconds(1))
        let claim = try #require(node.events().last { $0.kind == "transition" })
        #expect(claim.reason == "lease")
        #expect(
            claim.phases.map(\.name) == [
                "silence", "probing", "occupied", "netlink", "announcing", "addresses",
            ])
    }

    @Test("a node that watches has the silence and the claim, which are the event's milliseconds")
    func observer() throws {
        let node = try slowNode()
        var peer = FakePeer()
        follow(&peer, on: node)
        var heir = FakePeer()
        (heir.name, heir.id, heir.mac) = ("k8s-controller3", 0x33, MACAddress(bits: 0x5254_0012_34d5))
        heir.term = 4
        node.run(for: .milliseconds(230))
        node.receive(heir.announcement())
        let change = try #require(node.events().last { $0.kind == "transition" })
        #expect(change.to == "k8s-controller3")
        #expect(change.phases.map(\.name) == ["silence", "claim"])
        #expect(change.phases.map { $0.microseconds / 1000 } == [change.silenceMs, change.claimMs])
    }

    @Test("an old holder's phases: its successor named, a pause, resets, the removal, the resignation")
    func handover() throws {
        let node = try slowNode()
        var peer = FakePeer()
        node.run(for: .seconds(1))
        node.receive(peer.probe())
        let before = try #require(node.events().last).id
        node.stop()
        peer.term = try #require(node.trailers(.handover).first).term
        node.run(for: .milliseconds(3))
        let named = node.machine.now
        node.receive(peer.announcement())
        node.run(for: .milliseconds(50))
        let told = node.events(since: before).filter { !$0.phases.isEmpty }
        #expect(told.map(\.kind) == ["transition", "state"])
        #expect(told[0].phases.map(\.name) == ["naming"])
        #expect(told[1].phases.map(\.name) == ["lingering", "closing", "removing", "resigning"])
        #expect(told[1].phases.dropFirst().map(\.microseconds) == [400, 200, 40])
        let lingering = try #require(told[1].phases.first?.microseconds)
        #expect(lingering == 5000, "named at \(named)")
    }

    @Test("a successor's phases begin with the kernel: it need not wait for anything")
    func successor() throws {
        let node = try slowNode()
        var peer = FakePeer()
        follow(&peer, on: node)
        peer.term = 4
        node.receive(peer.handover(to: Node.id))
        node.run(for: .milliseconds(1))
        let claim = try #require(node.events().last { $0.kind == "transition" })
        #expect(claim.reason == "handover")
        #expect(phases([claim]) == ["netlink 300", "announcing 20", "addresses 20"])
    }

    @Test("renewals, repeats and the silence of a lone holder are no phases")
    func holding() throws {
        let node = try slowNode()
        try node.becomeHolder()
        let before = try #require(node.events().last).id
        node.run(for: .seconds(70))
        let phases = node.events(since: before).flatMap(\.phases)
        #expect(phases.isEmpty)
    }
}
