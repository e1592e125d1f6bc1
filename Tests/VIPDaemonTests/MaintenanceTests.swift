// `vipd maintenance on|off`: stored first, obeyed then.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct MaintenanceTests {
    @Test("maintenance is stored before the address goes, and off again before the node comes back")
    func storedFirst() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.machine.forgetDeeds()
        #expect(node.on { $0.handle(.maintenance(on: true)) } == .maintenance(on: true))
        let deeds = node.machine.deeds
        #expect(deeds.first == .stored(maintenance: true))
        #expect(deeds.contains(.removed([Node.vip])))
        #expect(!node.trailers(.resign).isEmpty)
        node.run(for: .seconds(10))
        #expect(try node.group().state == .ineligible)
        #expect(try node.group().own.health == "in maintenance")
        #expect(node.machine.installed.isEmpty)

        #expect(node.on { $0.handle(.maintenance(on: false)) } == .maintenance(on: false))
        #expect(!node.machine.isInMaintenance)
        node.run(for: .seconds(1))
        #expect(try node.group().state == .holder)
    }

    @Test("maintenance that cannot be stored is refused, and nothing changes", arguments: [true, false])
    func storeFails(isOn: Bool) throws {
        let node = Node()
        node.machine.isInMaintenance = !isOn
        try node.start([.one])
        node.run(for: .seconds(1))
        let state = try node.group().state
        node.machine.storeFails =
            "cannot write /var/lib/vipd/maintenance: Read-only file system; give it a state directory"
        guard case .failure(let error) = node.on({ $0.handle(.maintenance(on: isOn)) }) else {
            Issue.record("the request succeeded")
            return
        }
        #expect(error.code == .failed)
        #expect(error.message.contains("Read-only file system"))
        node.run(for: .seconds(1))
        #expect(try node.group().state == state)
    }

    @Test("maintenance that is on already is answered and changes nothing")
    func again() throws {
        let node = try Node(serving: .one)
        _ = node.on { $0.handle(.maintenance(on: true)) }
        let last = node.events().last?.id
        #expect(node.on { $0.handle(.maintenance(on: true)) } == .maintenance(on: true))
        #expect(node.events().last?.id == last)
    }

    @Test("a group that waits for its link comes back from there in maintenance")
    func waiting() throws {
        let node = Node([])
        try node.start([.one], waits: true)
        _ = node.on { $0.handle(.maintenance(on: true)) }
        node.machine.kernel = [.eth0]
        node.turn()
        node.run(for: .seconds(5))
        #expect(try node.group().own.health == "in maintenance")
        #expect(node.machine.installed.isEmpty)
    }

    @Test("peers see a node in maintenance as not eligible")
    func peersSee() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        node.receive(peer.announcement())
        _ = node.on { $0.handle(.maintenance(on: true)) }
        #expect(node.trailers(.probe).last?.flags.contains(.eligible) == false)
    }
}
