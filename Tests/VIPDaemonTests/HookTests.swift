// Hooks and webhooks: which are called when, with which facts, and what a checker that is not there changes.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPHealth
import VIPJSON

struct HookTests {
    private var hooked: GroupConfiguration {
        var group = GroupConfiguration.one
        group.hooks = HookCommands(
            acquired: ["/etc/vipd/up.sh", "now"], released: ["/etc/vipd/down.sh"], fault: ["/etc/vipd/fault.sh"],
            timeout: .seconds(3))
        return group
    }

    @Test("The hook for the addresses runs once the node has them, with the facts")
    func acquired() throws {
        let node = try Node(serving: hooked)
        try node.becomeHolder()
        let checker = try #require(node.machine.checker)
        #expect(checker.hooks.count == 1)
        let call = try #require(checker.hooks.first)
        #expect(call.event == .acquired)
        #expect(call.command == ["/etc/vipd/up.sh", "now"])
        #expect(call.timeout == .seconds(3))
        let environment = Dictionary(uniqueKeysWithValues: call.environment.map { ($0.name, $0.value) })
        #expect(environment["VIPD_EVENT"] == "acquired")
        #expect(environment["VIPD_GROUP"] == "default")
        #expect(environment["VIPD_ADDRESSES"] == "192.168.1.210")
        #expect(environment["VIPD_INTERFACE"] == "eth0")
        #expect(environment["VIPD_NODE"] == "k8s-controller1")
        #expect(environment["VIPD_HOLDER"] == "k8s-controller1")
        #expect(environment["VIPD_STATE"] == "holder")
        #expect(environment["VIPD_TERM"] == "1")
        guard case .object(let members) = try JSONValue(parsing: Array(call.facts.utf8)) else {
            Issue.record("the facts are no object")
            return
        }
        let facts = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
        #expect(facts["addresses"] == .array([.string("192.168.1.210")]))
        #expect(facts["term"] == .integer(1))
        #expect(facts["event"] == .string("acquired"))
        #expect(call.objection == nil)
    }

    @Test("The hook for their loss is handed over before the daemon ends")
    func released() throws {
        let node = try Node(serving: hooked)
        try node.becomeHolder()
        let checker = try #require(node.machine.checker)
        node.stop()
        #expect(checker.hooks.map(\.event) == [.acquired, .released])
        #expect(checker.isClosed)
    }

    @Test("A lost carrier is a fault, maintenance is none")
    func fault() throws {
        let node = try Node(serving: hooked)
        try node.becomeHolder()
        let checker = try #require(node.machine.checker)
        _ = node.on { $0.handle(.maintenance(on: true)) }
        node.run(for: .seconds(1))
        #expect(checker.hooks.map(\.event) == [.acquired, .released])
        _ = node.on { $0.handle(.maintenance(on: false)) }
        node.run(for: .seconds(1))
        node.change { $0.facts.hasCarrier = false }
        #expect(checker.hooks.map(\.event) == [.acquired, .released, .acquired, .released, .fault])
        #expect(checker.hooks.last?.environment.first { $0.name == "VIPD_REASON" }?.value == "no carrier")
    }

    @Test("A check that fails is a fault, though the node holds on")
    func sick() throws {
        var group = hooked
        group.checks = [CheckSpecification(name: "etcd", probe: .etcd(), fall: 1)]
        let node = try Node(serving: group)
        try node.becomeHolder()
        let checker = try #require(node.machine.checker)
        checker.report(.result(id: try #require(checker.checks["etcd"]), passed: false, message: "sees no leader"))
        node.turn()
        #expect(checker.hooks.map(\.event) == [.acquired, .fault])
        #expect(
            checker.hooks.last?.environment.first { $0.name == "VIPD_REASON" }?.value
                == "check etcd fails: sees no leader")
    }

    @Test("A webhook gets the same facts")
    func webhook() throws {
        var group = GroupConfiguration.one
        group.webhook = "https://hooks.example.org/vipd"
        let node = try Node(serving: group)
        try node.becomeHolder()
        let call = try #require(node.machine.checker?.posts.first)
        #expect(call.url == "https://hooks.example.org/vipd")
        #expect(call.facts.contains("\"event\":\"acquired\""))
        #expect(call.objection == nil)
    }

    @Test("Calls wait for a checker that is not there, and only so many of them")
    func pending() throws {
        let node = Node()
        node.machine.checkerFails = "cannot start vipd-check"
        try node.start([hooked])
        for _ in 0..<40 {
            node.change { $0.facts.hasCarrier = true }
            node.run(for: .seconds(1))
            node.change { $0.facts.hasCarrier = false }
        }
        node.machine.checkerFails = nil
        node.run(for: .seconds(2))
        let checker = try #require(node.machine.checker)
        #expect(checker.hooks.count == 64)
        #expect(checker.hooks.last?.event == .fault)
        #expect(node.messages.contains { $0.contains("a hook was not called") })
    }

    @Test("How a hook has ended, and what it printed, is told")
    func told() throws {
        let node = try Node(serving: hooked)
        try node.becomeHolder()
        let checker = try #require(node.machine.checker)
        checker.report(.output(id: 1, group: "default", event: .acquired, line: "route added"))
        checker.report(.ended(id: 1, group: "default", event: .acquired, outcome: "exit code 3", failed: true))
        checker.report(.ended(id: 2, group: "default", event: nil, outcome: "HTTP 204", failed: false))
        node.turn()
        #expect(node.messages.contains("group default: hook acquired: route added"))
        #expect(node.messages.contains("group default: hook acquired failed: exit code 3"))
        #expect(node.messages.contains("group default: webhook ended: HTTP 204"))
        #expect(node.events().contains { $0.kind == "hook" && $0.message == "hook acquired failed: exit code 3" })
    }
}
