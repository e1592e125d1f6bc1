// Checks: what the checker reports, what the node makes of it, and what becomes of the address.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPHealth
import VIPWire

struct HealthTests {
    private static let apiserver = CheckSpecification(
        name: "apiserver", probe: .tcp(host: "127.0.0.1", port: 6443), rise: 2, fall: 3)
    private static let etcd = CheckSpecification(name: "etcd", probe: .etcd(), fall: 1)

    private func checked(_ checks: CheckSpecification..., holds: Bool = true) -> GroupConfiguration {
        var group = GroupConfiguration.one
        group.checks = checks
        group.holdsWhenAllUnhealthy = holds
        return group
    }

    private func report(_ node: Node, _ check: String, passed: Bool, _ message: String = "", times: Int = 1) throws {
        let checker = try #require(node.machine.checker)
        let id = try #require(checker.checks[check])
        for _ in 0..<times {
            node.run(for: .seconds(1))
            checker.report(.result(id: id, passed: passed, message: message))
            node.turn()
        }
    }

    @Test("A node without checks and hooks has no checker")
    func none() throws {
        let node = try Node(serving: .one)
        node.run(for: .seconds(3))
        #expect(node.machine.checker == nil)
    }

    @Test("A check that has not reported yet fails nothing")
    func unknown() throws {
        let node = try Node(serving: checked(Self.apiserver))
        try node.becomeHolder()
        let group = try node.group()
        #expect(group.own.eligible)
        #expect(group.own.health == "ok, apiserver unknown")
        #expect(group.checks.map(\.state) == ["unknown"])
    }

    @Test("A sick holder hands over to a node that is well, and says which check fails")
    func handsOver() throws {
        let node = try Node(serving: checked(Self.apiserver))
        var peer = FakePeer()
        try node.becomeHolder()
        try report(node, "apiserver", passed: true, "200 OK")
        #expect(try node.group().own.health == "ok")
        for _ in 0..<2 {
            node.receive(peer.probe())
            try report(node, "apiserver", passed: false, "connection refused")
        }
        #expect(try node.group().state == .holder)
        node.receive(peer.probe())
        try report(node, "apiserver", passed: false, "connection refused")
        let group = try node.group()
        #expect(group.state == .handingOver)
        #expect(!group.own.eligible)
        #expect(group.own.health == "apiserver: connection refused")
        #expect(group.checks.first?.state == "failing")
        #expect(group.checks.first?.message == "connection refused")
        #expect(node.messages.contains("group default: check apiserver fails: connection refused"))
        #expect(node.trailers(.handover).last?.subject == peer.id)
    }

    @Test("Where nobody is well the holder holds on, or lets go, as it is told", arguments: [true, false])
    func whenAllUnhealthy(holds: Bool) throws {
        let node = try Node(serving: checked(Self.apiserver, holds: holds))
        try node.becomeHolder()
        try report(node, "apiserver", passed: false, "timed out", times: 10)
        #expect(try node.group().state == (holds ? .holder : .ineligible))
        #expect(node.machine.installed == (holds ? [Node.vip] : []))
        #expect(try node.group().own.health == "apiserver: timed out")
        try report(node, "apiserver", passed: true, "200 OK", times: 2)
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
        #expect(try node.group().own.health == "ok")
    }

    @Test("One failing check of several makes the node sick until it passes again")
    func several() throws {
        let node = try Node(serving: checked(Self.apiserver, Self.etcd, holds: false))
        try node.becomeHolder()
        try report(node, "apiserver", passed: true)
        try report(node, "etcd", passed: false, "sees no leader")
        #expect(try node.group().state == .ineligible)
        #expect(try node.group().own.health == "etcd: sees no leader")
        try report(node, "etcd", passed: true, times: 2)
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("A checker that dies is started again; meanwhile its checks are unknown and fail nothing")
    func dies() throws {
        let node = try Node(serving: checked(Self.apiserver, holds: false))
        try node.becomeHolder()
        try report(node, "apiserver", passed: false, times: 3)
        #expect(try node.group().state == .ineligible)
        try #require(node.machine.checker).die()
        node.turn()
        #expect(try node.group().checks.first?.state == "unknown")
        #expect(try node.group().own.eligible)
        node.run(for: .seconds(2))
        #expect(node.machine.checkersStarted == 2)
        #expect(try #require(node.machine.checker).checks.keys.sorted() == ["apiserver"])
        #expect(try node.group().state == .holder)
    }

    @Test("A checker that no longer reports is ended and started again")
    func hangs() throws {
        let node = try Node(serving: checked(Self.apiserver))
        try node.becomeHolder()
        let first = try #require(node.machine.checker)
        try report(node, "apiserver", passed: true)
        node.run(for: .seconds(20))
        #expect(first.isAbandoned)
        #expect(node.machine.checkersStarted > 1)
        #expect(try node.group().state == .holder)
    }

    @Test("A checker that never reports at all is not waited for")
    func neverReports() throws {
        let node = try Node(serving: checked(Self.apiserver))
        let first = try #require(node.machine.checker)
        node.run(for: .seconds(20))
        #expect(first.isAbandoned)
    }

    @Test("A checker that cannot be started is tried again, and said once")
    func cannotStart() throws {
        let node = Node()
        node.machine.checkerFails = "cannot start /usr/bin/vipd-check: No such file or directory"
        try node.start([checked(Self.apiserver)])
        try node.becomeHolder()
        node.run(for: .seconds(10))
        #expect(node.messages.count { $0.contains("cannot start") } == 1)
        node.machine.checkerFails = nil
        node.run(for: .seconds(2))
        #expect(node.machine.checker != nil)
    }

    @Test("A checker without room gets the rest of its checks later")
    func noRoom() throws {
        let node = Node()
        node.machine.checkerRoom = 1
        try node.start([checked(Self.apiserver, Self.etcd)])
        let checker = try #require(node.machine.checker)
        #expect(checker.checks.count == 1)
        checker.room = nil
        node.run(for: .seconds(2))
        #expect(checker.checks.count == 2)
    }

    @Test("A reload cancels checks that are gone, and keeps the verdict on those that stay")
    func reload() throws {
        let node = try Node(serving: checked(Self.apiserver, Self.etcd))
        try node.becomeHolder()
        try report(node, "apiserver", passed: true)
        let checker = try #require(node.machine.checker)
        node.reload([checked(Self.apiserver)])
        #expect(checker.checks.keys.sorted() == ["apiserver"])
        #expect(try node.group().checks.map(\.state) == ["passing"])
        node.reload([.one])
        #expect(checker.isClosed)
        #expect(try node.group().checks.isEmpty)
        #expect(try node.group().own.health == "ok")
    }

    @Test("Removing the check that fails makes the node well")
    func removeFailing() throws {
        let node = try Node(serving: checked(Self.etcd, holds: false))
        try node.becomeHolder()
        try report(node, "etcd", passed: false)
        #expect(try node.group().state == .ineligible)
        node.reload([.one])
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("A result of a check that is no more changes nothing")
    func stale() throws {
        let node = try Node(serving: checked(Self.etcd))
        try node.becomeHolder()
        let checker = try #require(node.machine.checker)
        checker.report(.result(id: 4711, passed: false, message: "x"))
        node.turn()
        #expect(try node.group().own.eligible)
    }

    @Test("A holder whose interface lost its own addresses for a second hands over, as it cannot answer anybody")
    func stranded() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        try node.becomeHolder()
        node.receive(peer.probe())
        node.change { $0.facts.addresses = [] }
        node.run(for: .milliseconds(900))
        #expect(try node.group().state == .holder)
        node.receive(peer.probe())
        node.run(for: .milliseconds(110))
        #expect(try node.group().state == .handingOver)
        #expect(try node.group().own.health == "has no address in the group's subnet any more")
        #expect(node.events().contains { $0.message.contains("has no address in the group's subnet any more") })
        node.change { $0.facts.addresses = [.init(Node.address, prefixLength: 24)] }
        #expect(try node.group().own.health == "ok")
        #expect(node.events().contains { $0.message.contains("has its subnet back") })
    }

    @Test("An interface that loses its addresses for a moment only, or never had one, fails nothing")
    func restartedNetworkManager() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        try node.becomeHolder()
        node.receive(peer.probe())
        node.change { $0.facts.addresses = [] }
        node.run(for: .milliseconds(500))
        node.change { $0.facts.addresses = [.init(Node.address, prefixLength: 24)] }
        node.receive(peer.probe())
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)

        let bare = try Node(
            serving: GroupConfiguration("default", 210, on: .named("eth0")),
            links: [.ethernet("eth0", index: 2, address: nil)])
        bare.run(for: .seconds(5))
        #expect(try bare.group().own.health == "ok")
    }
}
