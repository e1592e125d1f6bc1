// SIGHUP: what goes on without a gap, what is begun again, and what a wrong configuration must not touch.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct ReloadTests {
    private static let second = IPv4Address(192, 168, 1, 220)

    private func removals(_ node: Node) -> [[IPv4Address]] {
        node.machine.deeds.compactMap { if case .removed(let addresses) = $0 { addresses } else { nil } }
    }

    /// A holder of `groups`, its record begun anew.
    private func holder(_ groups: GroupConfiguration...) throws -> Node {
        let node = Node()
        try node.start(groups)
        node.run(for: .seconds(1))
        try #require(node.status.groups.allSatisfy { $0.state == .holder })
        node.machine.forgetDeeds()
        return node
    }

    @Test("a configuration that cannot be loaded is refused with its error, and the announcements go on")
    func cannotLoad() throws {
        let node = try holder(.one)
        let answer = node.reload { throw FakeError(description: "vipd.yaml:3:9: 192.168.1.999 is no address\nmore") }
        #expect(
            answer
                == .failure(
                    ControlError(
                        .failed,
                        "reload refused, the old configuration goes on: vipd.yaml:3:9: 192.168.1.999 is no address; more"
                    )))
        node.run(for: .seconds(1))
        #expect(node.trailers(.announcement).count >= 10)
        #expect(removals(node).isEmpty)
        #expect(
            node.machine.log.contains {
                $0.level == .error && $0.message.contains("vipd.yaml:3:9: 192.168.1.999 is no address")
            })
    }

    @Test(
        "a configuration that does not fit this machine is refused whole, its right groups included",
        arguments: [
            GroupConfiguration(name: "b", addresses: [Node.address]), GroupConfiguration("b", 230, on: .named("lo")),
        ])
    func doesNotFit(wrong: GroupConfiguration) throws {
        let loopback = MachineLink(
            facts: LinkFacts(name: "lo", index: 1, mac: .zero, isEthernet: false, isLoopback: true))
        let node = try Node(serving: .one, links: [loopback, .eth0])
        try node.becomeHolder()
        let before = node.status.groups.map(\.name)
        node.machine.forgetDeeds()
        node.reload([GroupConfiguration("c", 240), wrong])
        #expect(node.status.groups.map(\.name) == before)
        #expect(removals(node).isEmpty)
        #expect(node.machine.log.contains { $0.level == .error })
    }

    @Test("an address that another vipd serves refuses the reload, and the old addresses stay")
    func reserved() throws {
        let node = try holder(.one)
        node.machine.reserved.insert(Self.second)
        node.reload([GroupConfiguration("a", 230), GroupConfiguration("b", 220)])
        #expect(node.status.groups.map(\.name) == ["default"])
        #expect(node.machine.installed == [Node.vip])
        #expect(node.machine.reserved == [Node.vip, Self.second])
    }

    @Test("an operator's reload is answered with the groups of the new configuration, or while it stops with a refusal")
    func asked() throws {
        let node = try holder(.one)
        let groups = [GroupConfiguration.one, GroupConfiguration("b", 230)]
        node.machine.configuration = { Configuration(groups: groups) }
        #expect(node.on { $0.handle(.reload) } == .reloaded(groups: ["default", "b"]))
        var peer = FakePeer()
        node.receive(peer.probe())
        node.stop()
        guard case .failure(let error) = node.on({ $0.handle(.reload) }) else {
            Issue.record("a reload while it stops")
            return
        }
        #expect(error.message == "reload refused: vipd is stopping")
    }

    @Test("the service manager hears of the reload's beginning and end, whatever came of it", arguments: [false, true])
    func told(isWrong: Bool) throws {
        let node = try holder(.one)
        node.reload(isWrong ? [GroupConfiguration(addresses: [Node.address])] : [.one])
        let told = node.machine.deeds.filter { $0 == .notified(.reloading) || $0 == .notified(.ready) }
        #expect(told == [.notified(.reloading), .notified(.ready)])
    }

    @Test("priority and interval change in place: the address is never released")
    func settings() throws {
        let node = try holder(.one)
        var group = GroupConfiguration.one
        group.priority = 200
        group.interval = .milliseconds(20)
        group.suspectAfter = .milliseconds(40)
        node.reload([group])
        node.machine.forgetDeeds()
        node.run(for: .seconds(1))
        #expect(removals(node).isEmpty)
        #expect((48...54).contains(node.trailers(.announcement).count))
        #expect(node.trailers(.announcement).last?.priority == 200)
        #expect(try node.group().own.priority == 200)
    }

    @Test("a group that is added begins by listening, and the others go on")
    func added() throws {
        let node = try holder(.one)
        node.reload([.one, GroupConfiguration("b", 220)])
        #expect(try node.group().state == .holder)
        #expect(try node.group("b").state == .listening)
        node.run(for: .seconds(1))
        #expect(node.machine.installed == [Node.vip, Self.second])
        #expect(removals(node).isEmpty)
        #expect(node.machine.ports[2]?.listensFor.contains(Self.second) == true)
        #expect(node.machine.opened == 1)
    }

    @Test("a group that is taken out is released and resigned; those behind it still get their own frames")
    func removed() throws {
        let node = try holder(GroupConfiguration("a", 220), .one, GroupConfiguration("c", 230))
        node.reload([.one, GroupConfiguration("c", 230)])
        #expect(removals(node) == [[Self.second]])
        #expect(node.trailers(.resign).count == 2)
        #expect(node.machine.ports[2]?.listensFor == [Node.vip, IPv4Address(192, 168, 1, 230)])
        #expect(node.machine.reserved == [Node.vip, IPv4Address(192, 168, 1, 230)])
        var peer = FakePeer()
        peer.group = GroupConfiguration("c", 230)
        peer.term = 50
        node.receive(peer.announcement())
        #expect(try node.group().state == .holder)
        #expect(try node.group("c").state == .candidate)
    }

    @Test("groups are told of in the order of the configuration, also after a reload")
    func order() throws {
        let node = try holder(.one, GroupConfiguration("b", 220))
        node.reload([GroupConfiguration("a", 230), GroupConfiguration("b", 220), .one])
        #expect(node.status.groups.map(\.name) == ["a", "b", "default"])
        var peer = FakePeer()
        peer.group = GroupConfiguration("b", 220)
        peer.term = 50
        node.receive(peer.announcement())
        #expect(node.status.groups.map(\.state) == [.listening, .candidate, .holder])
    }

    @Test("a group whose addresses change is released and begins again with the new ones")
    func addressesChanged() throws {
        let node = try holder(.one)
        node.reload([GroupConfiguration("default", 220)])
        #expect(node.machine.installed.isEmpty)
        node.run(for: .seconds(1))
        #expect(node.machine.installed == [Self.second])
        #expect(node.machine.reserved == [Self.second])
    }

    @Test("two groups that exchange their addresses ask for them anew before they claim them")
    func exchanged() throws {
        let node = try holder(GroupConfiguration("a", 210), GroupConfiguration("b", 220))
        let last = node.events().last?.id ?? 0
        node.reload([GroupConfiguration("a", 220), GroupConfiguration("b", 210)])
        #expect(node.machine.installed.isEmpty)
        node.run(for: .seconds(1))
        #expect(node.machine.installed == [Node.vip, Self.second])
        let states = node.events(since: last).filter { $0.kind == "state" && $0.group == "a" }.map(\.to)
        #expect(states.suffix(3) == ["probing", "claiming", "holder"])
        #expect(node.machine.reserved == [Node.vip, Self.second])
    }

    @Test("a new name of the node goes out with the next frame, without a release")
    func name() throws {
        let node = try holder(.one)
        node.reload([.one], node: "renamed")
        node.machine.forgetDeeds()
        node.run(for: .milliseconds(200))
        #expect(node.trailers(.announcement).last?.name == "renamed")
        #expect(node.status.node.name == "renamed")
        #expect(try node.group().holder?.name == "renamed")
        #expect(removals(node).isEmpty)
    }

    @Test("a group that waits takes the new configuration: another link, found at once")
    func whileWaiting() throws {
        let node = Node([.eth0])
        try node.start([GroupConfiguration("default", 210, on: .named("eth7"))], waits: true)
        node.reload([GroupConfiguration("default", 210, on: .named("eth0"))])
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("a reload may name a link that is not there yet; the group waits for it")
    func toMissingLink() throws {
        let node = try holder(.one)
        node.reload([GroupConfiguration("default", 210, on: .named("eth7"))])
        #expect(node.machine.installed.isEmpty)
        #expect(try #require(node.group().reason).contains("eth7"))
        #expect(node.machine.deeds.contains(.closed(2)))
    }

    @Test("a reload in maintenance does not bring the node back, neither its old groups nor new ones")
    func inMaintenance() throws {
        let node = try holder(.one)
        _ = node.on { $0.handle(.maintenance(on: true)) }
        node.reload([.one, GroupConfiguration("b", 220)])
        node.run(for: .seconds(5))
        #expect(node.status.groups.map(\.state) == [.ineligible, .ineligible])
        #expect(node.machine.installed.isEmpty)
        _ = node.on { $0.handle(.maintenance(on: false)) }
        node.run(for: .seconds(1))
        #expect(node.machine.installed == [Node.vip, Self.second])
    }

    @Test("a filter that cannot be made narrower costs the groups that are left nothing")
    func filterStaysWide() throws {
        let node = try holder(GroupConfiguration("a", 220), .one)
        node.machine.listenFails = "cannot filter the capture on eth0: Cannot allocate memory"
        node.reload([.one])
        node.run(for: .seconds(3))
        #expect(node.machine.installed == [Node.vip])
        #expect(removals(node) == [[Self.second]])
        var peer = FakePeer()
        peer.term = 50
        node.receive(peer.announcement())
        #expect(try node.group().state == .candidate)
    }

    @Test("a group that only a filter keeps from its link does not take those down that are there")
    func filterFailsForAdded() throws {
        let node = try holder(.one)
        node.machine.listenFails = "cannot filter the capture on eth0: Cannot allocate memory"
        node.reload([.one, GroupConfiguration("b", 220)])
        #expect(try node.group("b").reason == node.machine.listenFails)
        node.machine.listenFails = nil
        node.run(for: .seconds(3))
        #expect(removals(node).isEmpty)
        #expect(node.machine.installed == [Node.vip, Self.second])
    }

    @Test("realtime that is switched by a reload is said to take a restart, and all else is taken over")
    func realtime() throws {
        let node = try holder(.one)
        node.reload { Configuration(node: "other", groups: [.one], realtime: true) }
        #expect(node.status.node.name == "other")
        #expect(node.status.node.realtime == RealtimeStatus())
        #expect(node.machine.log.last?.message == "realtime: true takes a restart: systemctl restart vipd")
        node.reload { Configuration(groups: [.one]) }
        #expect(node.machine.log.last?.message.hasPrefix("reloaded: ") == true)
    }
}
