// What the service manager is told, and when (sd_notify(3)).

import Testing
import VIPConfiguration
import VIPDaemon
import VIPElection
import VIPWire

struct ServiceManagerTests {
    private func statuses(_ node: Node) -> [String] {
        node.machine.deeds.compactMap { if case .notified(.status(let line)) = $0 { line } else { nil } }
    }

    private func beats(_ node: Node) -> [Instant] {
        zip(node.machine.deeds, node.machine.deedTimes).filter { $0.0 == .notified(.watchdog) }.map(\.1)
    }

    @Test("a started daemon is ready, whatever its groups wait for")
    func ready() throws {
        let node = Node([])
        try node.start([.one], waits: true)
        #expect(node.machine.deeds.count { $0 == .notified(.ready) } == 1)
        #expect(statuses(node).last == "192.168.1.210: waiting, nobody holds")
    }

    @Test("the status line follows the state")
    func status() throws {
        let node = try Node(serving: .one)
        #expect(statuses(node).last == "192.168.1.210: listening, nobody holds")
        try node.becomeHolder()
        #expect(statuses(node).last == "192.168.1.210: holder, held by k8s-controller1")
        node.machine.kernel = []
        node.turn()
        #expect(statuses(node).last == "192.168.1.210: waiting, nobody holds")
        node.machine.kernel = [.eth0]
        node.turn()
        #expect(statuses(node).last == "192.168.1.210: listening, nobody holds")
    }

    @Test("253 groups that change together make one short status line, not hundreds of long ones")
    func manyGroups() throws {
        let node = Node()
        try node.start(
            (1...254).map { GroupConfiguration("g\($0)", UInt8($0)) }.filter { $0.addresses[0] != Node.address })
        node.run(for: .seconds(1))
        let lines = statuses(node)
        #expect(lines.last == "253 groups: 253 held here, 0 by other nodes, 0 by nobody; 0 wait for a link")
        #expect(lines.count < 1024)
        #expect(node.machine.log.allSatisfy { $0.message.utf8.count < 512 })
    }

    @Test("the watchdog hears of every half interval, not more often")
    func watchdog() throws {
        let node = try Node(serving: .one, watchdog: .seconds(10))
        node.run(for: .seconds(60))
        let times = beats(node)
        #expect(times.count == 13)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == .seconds(5) })
    }

    @Test("requests and frames are no signs of life: only a turn that ends is")
    func watchdogOnlyFromTurns() throws {
        let node = try Node(serving: .one, watchdog: .seconds(10))
        node.machine.forgetDeeds()
        node.machine.now = node.machine.now + .seconds(60)
        var peer = FakePeer()
        for _ in 0..<10 {
            _ = node.status
            node.arrive(.success(peer.announcement()))
            _ = node.machine.ports[2]?.deliver()
        }
        #expect(beats(node).isEmpty)
        node.on { $0.endTurn() }
        #expect(beats(node).count == 1)
    }

    @Test("without a watchdog nothing is told to one")
    func noWatchdog() throws {
        let node = try Node(serving: .one)
        node.run(for: .seconds(60))
        #expect(beats(node).isEmpty)
    }
}
