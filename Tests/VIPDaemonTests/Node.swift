// A node under test: the daemon on a fake machine, and a loop that runs it as the real one does, in virtual time.

import Testing
import VIPConfiguration
import VIPControl
import VIPElection
import VIPWire

@testable import VIPDaemon

/// Runs jobs where they are enqueued: the test's own thread is the daemon's.
// Sendable because it has no state.
final class InlineExecutor: SerialExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        UnownedJob(job).runSynchronously(on: asUnownedSerialExecutor())
    }
    func checkIsolated() {}
    func isIsolatingCurrentContext() -> Bool? { true }
}

/// A daemon with its machine.
final class Node {
    static let vip = IPv4Address(192, 168, 1, 210)
    static let mac = MACAddress(bits: 0x5254_0012_34d3)
    static let address = IPv4Address(192, 168, 1, 211)
    static let identity = DaemonIdentity(machineID: "machine-1", hostname: "k8s-controller1", epoch: 1_000_000)

    /// Its id on `eth0`.
    static let id = Digest.node(machineID: identity.machineID, mac: mac)

    let machine: FakeMachine
    let daemon: Daemon

    init(_ links: [MachineLink] = [.eth0], watchdog: Duration? = nil) {
        machine = FakeMachine(links)
        daemon = Daemon(
            machine: machine, executor: InlineExecutor(), identity: Self.identity, watchdogInterval: watchdog)
    }

    /// A node that serves `groups` from now on.
    convenience init(
        serving groups: GroupConfiguration..., links: [MachineLink] = [.eth0], watchdog: Duration? = nil
    ) throws {
        self.init(links, watchdog: watchdog)
        try start(groups)
    }

    func on<T: Sendable>(_ body: (isolated Daemon) throws -> T) rethrows -> T { try daemon.assumeIsolated(body) }

    func start(_ groups: [GroupConfiguration], waits: Bool = false) throws {
        try on { try $0.start(Configuration(groups: groups), waits: waits) }
    }

    // The loop.

    /// Everything that has arrived is read, then the turn ends.
    func turn() {
        machine.endLeases()
        machine.tell()
        for port in machine.ports.values where port.isOpen { _ = port.deliver() }
        on { $0.endTurn() }
    }

    /// Time passes; the loop wakes when it asked to, and whenever a lease ends.
    func run(for duration: Duration) {
        let end = machine.now + duration
        var spins = 0
        while let next = ([machine.wakeAt] + machine.leaseEnds.values.map { $0 }).compactMap(\.self).min(), next <= end
        {
            spins = next <= machine.now ? spins + 1 : 0
            #expect(spins < 10, "the loop is woken again and again at one instant")
            if spins >= 10 { break }
            machine.now = max(machine.now, next)
            turn()
        }
        machine.now = end
    }

    /// A frame arrives and is read in a turn of its own.
    func receive(_ frame: Frame, on link: Int = 2) {
        arrive(.success(frame), on: link)
        turn()
    }

    /// A frame arrives, and nobody has read it yet.
    func arrive(_ result: Result<Frame, FrameRefusal>, on link: Int = 2) {
        machine.ports[link]?.arrivals.append(result)
    }

    /// The kernel tells of what `body` does to an interface.
    func change(_ link: Int = 2, _ body: (inout MachineLink) -> Void) {
        machine.change(link, body)
        turn()
    }

    /// The node is the holder of its groups.
    func becomeHolder() throws {
        run(for: .seconds(1))
        try #require(group().state == .holder)
    }

    func stop() { on { $0.stop() } }

    func reload(_ groups: [GroupConfiguration], node: String? = nil) {
        reload { Configuration(node: node, groups: groups) }
        turn()
    }

    /// Reloads what `configuration` gives; the turn is not over yet.
    @discardableResult
    func reload(_ configuration: @escaping () throws -> Configuration) -> ControlResponse {
        machine.configuration = configuration
        return on { $0.reload() }
    }

    // What it tells.

    var status: StatusReport {
        guard case .status(let report) = on({ $0.handle(.status) }) else {
            return StatusReport(node: .init(name: "", id: ""), groups: [])
        }
        return report
    }

    func group(_ name: String = "default") throws -> GroupStatus {
        try #require(status.groups.first { $0.name == name })
    }

    func events(since id: UInt64 = 0) -> [EventRecord] {
        guard case .events(let records) = on({ $0.handle(.events(since: id, follow: false)) }) else { return [] }
        return records
    }

    // What it did.

    var sent: [Frame] {
        machine.deeds.compactMap { if case .sent(let frame) = $0 { frame } else { nil } }
    }

    /// The trailers sent, of one kind.
    func trailers(_ kind: Trailer.Kind) -> [Trailer] { sent.compactMap(\.trailer).filter { $0.kind == kind } }

    var messages: [String] { machine.log.map(\.message) }
}

extension MachineLink {
    static var eth0: MachineLink { .ethernet("eth0", index: 2) }

    /// An interface at 192.168.1.211/24, or in another subnet.
    static func ethernet(
        _ name: String, index: Int, mac: MACAddress = Node.mac, address: IPv4Address? = Node.address,
        leased: Set<IPv4Address> = []
    ) -> MachineLink {
        MachineLink(
            facts: LinkFacts(
                name: name, index: index, mac: mac,
                addresses: address.map { [.init($0, prefixLength: 24)] } ?? []),
            leased: leased)
    }
}

extension GroupConfiguration {
    static var one: GroupConfiguration { GroupConfiguration(addresses: [Node.vip]) }

    init(_ name: String, _ last: UInt8..., on link: LinkChoice = .bySubnet) {
        self.init(name: name, addresses: last.map { IPv4Address(192, 168, 1, $0) }, link: link)
    }
}
