// What `vipd status` is answered, in each situation that a user meets.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPJSON
import VIPWire

struct StatusTests {
    /// An object's keys, in order.
    private func keys(_ value: JSONValue?) -> [String] {
        guard case .object(let members)? = value else { return [] }
        return members.map(\.key)
    }

    private func value(_ key: String, in object: JSONValue?) -> JSONValue? {
        guard case .object(let members)? = object else { return nil }
        return members.first { $0.key == key }?.value
    }

    private func first(_ key: String, in object: JSONValue?) -> JSONValue? {
        guard case .array(let elements)? = value(key, in: object) else { return nil }
        return elements.first
    }

    private static let groupKeys = [
        "name", "addresses", "interface", "state", "reason", "term", "holder", "peers", "lastTransition", "conflicts",
        "counters", "address", "mac", "priority", "eligible", "health", "checks", "next",
        "leaseLeftMs", "tallies",
    ]

    @Test("the report has the documented keys in the documented order, whatever the group is doing")
    func keys() throws {
        let holding = try Node(serving: .one)
        try holding.becomeHolder()
        var peer = FakePeer()
        holding.receive(peer.probe())
        let stranger = MACAddress(bits: 0x5254_0000_0099)
        holding.receive(
            Frame(destination: .broadcast, source: stranger, packet: .announcement(of: Node.vip, from: stranger)))
        let waiting = Node([])
        try waiting.start([.one], waits: true)
        for node in [holding, waiting] {
            let report = node.status.json
            #expect(keys(report) == ["node", "groups", "counters"])
            #expect(keys(value("counters", in: report)) == ["linkReportsLost", "hookCallsDropped"])
            #expect(
                keys(value("node", in: report)) == [
                    "name", "id", "version", "authentication", "keyId", "startedAt", "realtime",
                ])
            let group = first("groups", in: report)
            #expect(keys(group) == Self.groupKeys)
            let counters = value("counters", in: group)
            #expect(
                keys(counters) == [
                    "announcementsSent", "probesSent", "framesReceived", "sendsFailed", "addressesLost",
                    "unproven", "conflictsUnnamed", "framesDropped",
                ])
            #expect(
                keys(value("framesDropped", in: counters))
                    == FrameRefusal.allCases.map(\.rawValue)
                    + ["stale", "duplicateNode", "otherGroup", "tooManyPeers", "noRoom", "noRoomForRequests"])
        }
        let group = first("groups", in: holding.status.json)
        #expect(keys(value("holder", in: group)) == ["name", "address", "mac", "since"])
        #expect(
            keys(first("peers", in: group))
                == ["name", "address", "mac", "state", "priority", "eligible", "health", "heardMs"])
        #expect(
            keys(value("lastTransition", in: group))
                == ["at", "from", "to", "reason", "silenceMs", "claimMs", "confirmedMs", "confirmedBy"])
        #expect(
            keys(first("conflicts", in: group)) == ["address", "mac", "since", "lastSeen", "count", "description"])
    }

    @Test("a holder names itself, since when, and how it came to hold")
    func holder() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let report = node.status
        let group = try node.group()
        #expect(report.node.name == "k8s-controller1")
        #expect(report.node.id.count == 16)
        #expect(group.addresses == ["192.168.1.210"])
        #expect(group.interface == "eth0")
        #expect(group.term == 1)
        #expect(group.holder?.name == "k8s-controller1")
        #expect(group.holder?.address == "192.168.1.211")
        #expect(group.holder?.mac == "52:54:00:12:34:d3")
        let since = try #require(group.holder?.since)
        #expect(since == group.lastTransition?.at)
        #expect(since < node.machine.wallClock)
        #expect(group.lastTransition?.from == nil)
        #expect(group.lastTransition?.to == "k8s-controller1")
        #expect(group.lastTransition?.reason == "start")
        #expect(group.counters.announcementsSent == UInt64(node.sent.count { $0.packet.isAnnouncement }))
        #expect(
            group.own
                == OwnStatus(
                    address: "192.168.1.211", mac: "52:54:00:12:34:d3", priority: 100, eligible: true, health: "ok"))
    }

    @Test("a candidate shows the holder as a peer, how long ago it was heard, and the holder's term")
    func candidate() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        peer.term = 17
        node.receive(peer.announcement())
        node.machine.now = node.machine.now + .milliseconds(34)
        let group = try node.group()
        #expect(group.state == .candidate)
        #expect(group.term == 17)
        #expect(group.holder?.name == "k8s-controller2")
        #expect(
            group.peers == [
                PeerStatus(
                    name: "k8s-controller2", address: "192.168.1.212", mac: "52:54:00:12:34:d4", state: .holder,
                    priority: 100, eligible: true, health: "ok", heardMs: 34)
            ])
    }

    @Test("a node that came later than the claim does not pretend to know since when the holder holds")
    func cameLater() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        peer.term = 17
        node.receive(peer.announcement())
        node.run(for: .milliseconds(100))
        #expect(try node.group().holder?.name == "k8s-controller2")
        #expect(try node.group().holder?.since == nil)
    }

    @Test("a node that saw the holder's claim knows since when it holds")
    func sawTheClaim() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        var peer = FakePeer()
        peer.term = 17
        node.receive(peer.announcement())
        #expect(try node.group().holder?.since == node.machine.wallClock)
    }

    @Test("a peer that is not heard any more stays in the table, as such")
    func peerGone() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        node.receive(peer.probe())
        node.run(for: .seconds(5))
        let shown = try #require(node.group().peers.first)
        #expect(shown.state == nil)
        #expect(shown.health == "not heard")
        #expect(shown.eligible == false)
        #expect(shown.heardMs == 5000)
    }

    @Test("a peer with other settings is named")
    func mismatch() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        peer.group.leaseSeconds = 9
        node.receive(peer.probe())
        #expect(try node.group().peers.first?.health == "ok, but its settings differ")
        #expect(node.events().contains { $0.kind == "mismatch" })
    }

    @Test("a node without an address of its own shows none")
    func noAddress() throws {
        let node = try Node(
            serving: GroupConfiguration("default", 210, on: .named("eth0")),
            links: [.ethernet("eth0", index: 2, address: nil)])
        #expect(try node.group().own.address == nil)
    }

    @Test("counters go on over a link that went and came back")
    func countersGoOn() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.arrive(.failure(.truncated))
        node.turn()
        let before = try node.group().counters
        node.machine.kernel = []
        node.turn()
        let waiting = try node.group().counters
        #expect(waiting.announcementsSent == before.announcementsSent)
        #expect(waiting.framesDropped == before.framesDropped)
        node.machine.kernel = [.ethernet("eth0", index: 9)]
        node.turn()
        node.run(for: .seconds(1))
        #expect(try node.group().counters.announcementsSent > before.announcementsSent)
        #expect(try node.group().counters.framesDropped == before.framesDropped)
    }
}
