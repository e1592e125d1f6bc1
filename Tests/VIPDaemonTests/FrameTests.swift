// Which frames reach which group, and what becomes of those that reach none.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct FrameTests {
    private func dropped(_ reason: String, _ node: Node) throws -> UInt64 {
        try #require(node.group().counters.framesDropped.first { $0.name == reason }).value
    }

    @Test("refused frames are counted by their reason, and every reason has its counter")
    func refused() throws {
        let node = try Node(serving: .one)
        for (count, refusal) in FrameRefusal.allCases.enumerated() {
            for _ in 0...count { node.arrive(.failure(refusal)) }
        }
        node.turn()
        for (count, refusal) in FrameRefusal.allCases.enumerated() {
            #expect(try dropped(refusal.rawValue, node) == UInt64(count + 1))
        }
        #expect(try node.group().peers.isEmpty)
    }

    @Test("frames that the kernel had no room for are counted")
    func lost() throws {
        let node = try Node(serving: .one)
        node.machine.ports[2]?.framesLost = 3
        node.machine.ports[2]?.requestsLost = 4
        #expect(try dropped("noRoom", node) == 3)
        #expect(try dropped("noRoomForRequests", node) == 4)
    }

    @Test("frames of another group that claim none of our addresses change nothing")
    func otherGroup() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        var peer = FakePeer()
        peer.group = GroupConfiguration("other", 99)
        peer.term = 1000
        for _ in 0..<10 { node.receive(peer.announcement()) }
        #expect(try node.group().state == .holder)
        #expect(try node.group().peers.isEmpty)
        #expect(try node.group().conflicts.isEmpty)
    }

    @Test("another group's node that claims our address is named, as a conflict")
    func otherGroupSameAddress() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        var peer = FakePeer()
        peer.group = GroupConfiguration("misnamed", 210)
        node.receive(peer.announcement())
        let conflict = try #require(node.group().conflicts.first)
        #expect(conflict.mac == peer.mac.description)
        #expect(conflict.description.contains("k8s-controller2"))
        #expect(node.events().contains { $0.kind == "mismatch" && $0.message.contains("k8s-controller2") })
        #expect(try node.group().state == .holder)
    }

    @Test("two groups on one link, and one on another, each get their own frames only")
    func ownFrames() throws {
        let eth1 = MachineLink.ethernet("eth1", index: 3, mac: MACAddress(bits: 0x5254_0012_34aa), address: nil)
        let groups = [
            GroupConfiguration("a", 210, on: .named("eth0")), GroupConfiguration("b", 220, on: .named("eth0")),
            GroupConfiguration("c", 230, on: .named("eth1")),
        ]
        let node = Node([.eth0, eth1])
        try node.start(groups)
        var peer = FakePeer()
        peer.group = groups[1]
        node.receive(peer.announcement())
        #expect(node.status.groups.map(\.state) == [.listening, .candidate, .listening])
        peer.group = groups[2]
        // On the wrong link it is nobody's.
        node.receive(peer.announcement())
        #expect(node.status.groups.map(\.state) == [.listening, .candidate, .listening])
        node.receive(peer.announcement(), on: 3)
        #expect(node.status.groups.map(\.state) == [.listening, .candidate, .candidate])
    }

    @Test("256 groups on one link each follow their own holder")
    func manyGroups() throws {
        let groups = (0..<256).map { number in
            GroupConfiguration(
                name: "g\(number)", addresses: [IPv4Address(10, 0, UInt8(number), 1)], link: .named("eth0"))
        }
        let node = Node()
        try node.start(groups)
        for number in stride(from: 0, to: 256, by: 2) {
            var peer = FakePeer()
            peer.group = groups[number]
            peer.term = UInt64(number) + 1
            node.arrive(.success(peer.announcement()))
        }
        node.turn()
        for (number, group) in node.status.groups.enumerated() {
            #expect(group.state == (number.isMultiple(of: 2) ? .candidate : .listening))
            #expect(group.term == (number.isMultiple(of: 2) ? UInt64(number) + 1 : 0))
        }
    }

    @Test("a foreign host that claims the address is answered and shown while it goes on, and forgotten after")
    func foreignHost() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        let stranger = MACAddress(bits: 0x5254_0000_0099)
        let claim = Frame(
            destination: .broadcast, source: stranger, packet: .announcement(of: Node.vip, from: stranger))
        node.receive(claim)
        #expect(node.sent.map(\.packet).contains(.announcement(of: Node.vip, from: Node.mac)))
        for _ in 0..<50 { node.receive(claim) }
        #expect(node.sent.count < 5)
        let conflict = try #require(node.group().conflicts.first)
        #expect(conflict.address == "192.168.1.210")
        #expect(conflict.mac == "52:54:00:00:00:99")
        #expect(conflict.count == 51)
        node.run(for: .seconds(11))
        #expect(try node.group().conflicts.isEmpty)
        #expect(node.events().contains { $0.kind == "conflictEnded" })
    }

    @Test("a node that holds beside this one, under a later term, wins: the address goes at once")
    func rival() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        var peer = FakePeer()
        peer.term = 100
        node.receive(peer.announcement())
        #expect(node.machine.installed.isEmpty)
        #expect(try node.group().state == .candidate)
        #expect(try node.group().lastTransition?.reason == "conflict")
    }
}
