// What is counted of transitions, and what the status tells beside: who is next, and what is left of the lease.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct TallyTests {
    private func transitions(_ node: Node) throws -> [String: UInt64] {
        let tallies = try #require(node.group().tallies)
        return Dictionary(uniqueKeysWithValues: tallies.transitions.map { ($0.name, $0.value) }).filter { $0.value > 0 }
    }

    @Test("a first claim counts as a start, without phases: there was no holder before")
    func start() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let tallies = try #require(node.group().tallies)
        #expect(try transitions(node) == ["start": 1])
        #expect(tallies.takeover.silence.total == 0)
        #expect(tallies.takeover.claim.total == 0)
        #expect(tallies.handover == PhaseTallies())
    }

    @Test("a takeover after silence counts with the phases that the timeline tells")
    func silence() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        node.receive(peer.announcement())
        node.run(for: .seconds(1))
        let group = try node.group()
        let last = try #require(group.lastTransition)
        let tallies = try #require(group.tallies)
        #expect(last.reason == "silence")
        #expect(try transitions(node) == ["start": 1, "silence": 1])
        #expect(tallies.takeover.silence.total == 1)
        #expect(tallies.takeover.silence.sumUs / 1000 == UInt64(try #require(last.silenceMs)))
        #expect(tallies.takeover.claim.sumUs / 1000 == UInt64(try #require(last.claimMs)))
        #expect(tallies.handover == PhaseTallies())
    }

    @Test("a confirmation counts once, however many hosts answer, and stands in its event")
    func confirmation() throws {
        let hosts = [IPv4Address(192, 168, 1, 1), IPv4Address(192, 168, 1, 2)]
        let node = Node()
        node.machine.gateways = hosts
        try node.start([.one])
        try node.becomeHolder()
        node.machine.now = node.machine.now + .milliseconds(3)
        for (number, host) in hosts.enumerated() {
            let mac = MACAddress(bits: 0x5254_0000_0001 + UInt64(number))
            node.receive(
                Frame(
                    destination: Node.mac, source: mac,
                    packet: ARPPacket(
                        operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: host,
                        targetHardwareAddress: Node.mac, targetProtocolAddress: Node.vip)))
        }
        let group = try node.group()
        #expect(group.tallies?.takeover.confirm.total == 1)
        let told = node.events().filter { $0.kind == "confirmed" }.compactMap(\.confirmedMs)
        #expect(told.count == 2)
        #expect(told.first == group.lastTransition?.confirmedMs)
    }

    @Test("conflicts are counted when they begin, not with each frame")
    func conflict() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let stranger = MACAddress(bits: 0x5254_0000_0099)
        for _ in 0..<5 {
            node.receive(
                Frame(destination: .broadcast, source: stranger, packet: .announcement(of: Node.vip, from: stranger)))
        }
        #expect(try node.group().tallies?.conflicts == 1)
    }

    @Test("a candidate names itself as next where nobody ranks before it, and has no lease")
    func nextOfCandidate() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        node.receive(peer.announcement())
        let group = try node.group()
        #expect(group.next == "k8s-controller1")
        #expect(group.leaseLeftMs == nil)
    }

    @Test("a holder names its best candidate as next, and what is left of its lease shrinks until it renews")
    func nextOfHolder() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        #expect(try node.group().next == nil)
        var peer = FakePeer()
        node.receive(peer.probe())
        let before = try #require(node.group().leaseLeftMs)
        #expect(try node.group().next == peer.name)
        node.machine.now = node.machine.now + .milliseconds(100)
        #expect(try node.group().leaseLeftMs == before - 100)
    }

    @Test("the start of a daemon's life does not move, whatever the clock does")
    func startedAt() throws {
        let node = try Node(serving: .one)
        let began = try #require(node.status.node.startedAt)
        node.run(for: .seconds(2))
        #expect(node.status.node.startedAt == began)
    }
}
