// Keys in the life of a daemon: at its start, at a reload, and in what it tells.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct KeyTests {
    private static let key = KeySettings(file: "/etc/vipd/key")
    private static let rollout = KeySettings(file: "/etc/vipd/key", acceptsUnsigned: true)

    private func started(_ keys: KeySettings) throws -> Node {
        let node = Node()
        try node.on { try $0.start(Configuration(groups: [.one], keys: keys), waits: false) }
        return node
    }

    private func reload(_ node: Node, _ keys: KeySettings) {
        node.reload { Configuration(groups: [.one], keys: keys) }
        node.turn()
    }

    @Test(
        "status tells how far frames are believed, and the id of the key",
        arguments: [
            (KeySettings(), AuthenticationStatus.unauthenticated, nil as String?),
            (rollout, .acceptsUnsigned, "21203334"), (key, .authenticated, "21203334"),
        ])
    func status(keys: KeySettings, authentication: AuthenticationStatus, id: String?) throws {
        let node = try started(keys)
        #expect(node.status.node.authentication == authentication)
        #expect(node.status.node.keyID == id)
        #expect(node.machine.keys == keys)
    }

    @Test("a key that cannot be used keeps the daemon from starting, before anything was sent")
    func badKeyAtStart() {
        let node = Node()
        node.machine.keysFail = "key file /etc/vipd/key is too short"
        #expect(throws: FakeError.self) {
            try node.on { try $0.start(Configuration(groups: [.one], keys: Self.key), waits: false) }
        }
        #expect(node.machine.deeds.isEmpty)
    }

    @Test("a reload takes new keys over without a gap in the announcements")
    func reloaded() throws {
        let node = try started(KeySettings())
        try node.becomeHolder()
        for keys in [Self.rollout, Self.key, KeySettings(file: "/new", accepted: ["/etc/vipd/key"]), KeySettings()] {
            node.machine.forgetDeeds()
            reload(node, keys)
            #expect(node.machine.keys == keys)
            node.run(for: .seconds(1))
            #expect(node.trailers(.announcement).count >= 10)
            #expect(try node.group().state == .holder)
            #expect(!node.machine.deeds.contains { if case .removed = $0 { true } else { false } })
        }
    }

    @Test("a reload with a bad key keeps the old keys and the old configuration")
    func badKeyAtReload() throws {
        let node = try started(Self.key)
        try node.becomeHolder()
        node.machine.keysFail = "key file /new is too long"
        node.reload {
            Configuration(node: "other", groups: [.one], keys: KeySettings(file: "/new", acceptsUnsigned: true))
        }
        node.turn()
        #expect(node.machine.keys == Self.key)
        #expect(node.status.node.authentication == .authenticated)
        #expect(node.status.node.name != "other")
        #expect(node.machine.log.contains { $0.level == .error && $0.message.contains("key file /new is too long") })
    }

    @Test("a reload that is refused for something else does not change the keys")
    func otherErrorAtReload() throws {
        let node = try started(Self.key)
        node.machine.reserved.insert(IPv4Address(192, 168, 1, 220))
        node.reload { Configuration(groups: [.one, GroupConfiguration("b", 220)], keys: KeySettings()) }
        #expect(node.machine.keys == Self.key)
        #expect(node.status.node.keyID == "21203334")
    }

    @Test("with keys, a recorded resignation and a recorded naming of a silent node move nothing, and are counted")
    func recordings() throws {
        let node = try started(Self.key)
        try node.becomeHolder()
        var peer = FakePeer()
        peer.term = 99
        for _ in 0..<5 {
            node.receive(peer.announcement())
            node.run(for: .milliseconds(100))
        }
        node.receive(peer.handover(to: Node.id))
        node.receive(peer.resign())
        #expect(try node.group().state == .holder)
        #expect(!node.machine.deeds.contains { if case .removed = $0 { true } else { false } })
        let counters = try node.group().counters
        #expect(counters.others.first { $0.name == "unproven" }?.value == 7)
    }

    @Test("each life's frames begin at another number")
    func sequences() throws {
        let node = try started(KeySettings())
        node.run(for: .seconds(1))
        let first = try #require(node.sent.compactMap(\.trailer).first)
        #expect(first.sequence > 1)
    }
}
