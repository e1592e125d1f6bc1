// A machine without a kernel: a clock that only tests move, links and leases in memory, and a record of what was done.
// Deliberately not here: the loop that drives the daemon (Node), and what the segment answers (FakePeer).

import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPHealth
import VIPWire

/// An operation that was made to fail.
struct FakeError: Error, CustomStringConvertible {
    var description: String
}

/// One thing that the daemon did, in the order in which it did them.
enum Deed: Equatable {
    case opened(Int)
    case closed(Int)
    case sent(Frame)
    case installed([IPv4Address])
    case removed([IPv4Address])
    case closedConnections([IPv4Address])
    case beganRelay([IPv4Address], from: MACAddress, to: MACAddress)
    case endedRelay([IPv4Address])
    case removedLeftovers([IPv4Address], link: Int)
    case notified(ServiceState)
    case stored(maintenance: Bool)
    case finished
}

/// Linux, as tests pretend it.
// Sendable because: the daemon's executor of the tests runs everything on the thread of the test that made the machine.
final class FakeMachine: Machine, @unchecked Sendable {
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// Moves with the clock; 2026-11-20T08:00:00Z at its start.
    func civilTime(of instant: Instant) -> Timestamp {
        Timestamp(milliseconds: 1_795_161_600_000 - 1_000_000 + instant.nanoseconds / 1_000_000)
    }

    /// What the kernel has; the daemon sees it once it is told.
    var kernel: [MachineLink]
    private(set) var links: [MachineLink]
    /// When leases end, by address; those that are not here stand until they are removed.
    var leaseEnds: [IPv4Address: Instant] = [:]
    private var changed: () -> Void = {}
    var reportLosses = 0
    var counters: [GroupCounters.Count] = []
    var realtime = RealtimeStatus()

    private(set) var deeds: [Deed] = []
    private(set) var deedTimes: [Instant] = []
    private(set) var log: [LogEntry] = []
    private(set) var published: [EventRecord] = []
    private(set) var wakeAt: Instant?
    private(set) var ports: [Int: FakeLink] = [:]
    private(set) var opened = 0
    var isInMaintenance = false
    var reserved: Set<IPv4Address> = []
    var gateways: [IPv4Address] = []
    private(set) var gatewayLooks = 0
    private var seed: UInt64 = 7
    /// The checker that was started last.
    private(set) var checker: FakeChecker?
    private(set) var checkersStarted = 0
    var checkerFails: String?
    /// Requests that the next checker takes; nil: all.
    var checkerRoom: Int?

    /// Operations fail with this text or errno while it is set.
    var openFails: [Int: String] = [:]
    var listenFails: String?
    var storeFails: String?
    var loadFails: String?
    var keysFail: String?
    /// What is written now.
    var configuration: () throws -> Configuration = { throw FakeError(description: "nothing is written") }
    /// The keys that links sign and verify by.
    private(set) var keys = KeySettings()
    var closeFails: String?
    var relayFails: String?
    /// How long operations take.
    var sendTakes: Duration = .zero
    var installTakes: Duration = .zero
    var removeTakes: Duration = .zero
    var closeTakes: Duration = .zero
    var sendErrno: Int32 = 0
    var installErrno: [IPv4Address: Int32] = [:]
    var removeErrno: [IPv4Address: Int32] = [:]

    init(_ links: [MachineLink]) {
        kernel = links
        self.links = links
    }

    func note(_ deed: Deed) {
        deeds.append(deed)
        deedTimes.append(now)
    }

    func forgetDeeds() {
        deeds = []
        deedTimes = []
    }

    // What tests change.

    /// Changes an interface, without telling.
    func change(_ index: Int, _ body: (inout MachineLink) -> Void) {
        guard let place = kernel.firstIndex(where: { $0.facts.index == index }) else { return }
        body(&kernel[place])
    }

    /// Tells the daemon what the kernel has, if that is news.
    func tell() {
        guard links != kernel else { return }
        links = kernel
        changed()
    }

    /// Takes away the addresses whose lease has ended.
    func endLeases() {
        for (address, end) in leaseEnds where end <= now { take(address) }
    }

    func take(_ address: IPv4Address) {
        leaseEnds[address] = nil
        for index in kernel.indices { kernel[index].leased.remove(address) }
    }

    /// All addresses that the kernel has for vipd.
    var installed: Set<IPv4Address> { kernel.reduce(into: []) { $0.formUnion($1.leased) } }

    // What the daemon asks for.

    func refreshLinks() { links = kernel }

    func randomSeed() -> UInt64 {
        seed += 1
        return seed
    }

    func open(
        _ link: LinkFacts, for addresses: [IPv4Address], receive: @escaping (Result<Frame, FrameRefusal>) -> Void
    ) throws -> any LinkPort {
        if let text = openFails[link.index] { throw FakeError(description: text) }
        let port = FakeLink(index: link.index, machine: self, addresses: addresses, receive: receive)
        ports[link.index] = port
        opened += 1
        note(.opened(link.index))
        return port
    }

    func reserve(_ address: IPv4Address) throws -> AnyObject {
        guard reserved.insert(address).inserted else {
            throw FakeError(description: "another vipd serves \(address) already; stop it first")
        }
        return FakeReservation { [weak self] in self?.reserved.remove(address) }
    }

    func removeLeftovers(_ addresses: [IPv4Address], fromLink index: Int) {
        change(index) { $0.leased.subtract(addresses) }
        note(.removedLeftovers(addresses, link: index))
    }

    func gateways(ofLink index: Int) -> [IPv4Address] {
        gatewayLooks += 1
        return gateways
    }

    func closeConnections(boundTo addresses: [IPv4Address]) throws -> Int {
        if let closeFails { throw FakeError(description: closeFails) }
        note(.closedConnections(addresses))
        now = now + closeTakes
        return 2
    }

    func openChecker(_ receive: @escaping (CheckerReport?) -> Void) throws -> any CheckerPort {
        if let checkerFails { throw FakeError(description: checkerFails) }
        let checker = FakeChecker(receive: receive)
        checker.room = checkerRoom
        self.checker = checker
        checkersStarted += 1
        return checker
    }

    func loadConfiguration() throws -> Configuration { try configuration() }

    func loadKeys(_ settings: KeySettings) throws -> LoadedKeys {
        if let keysFail { throw FakeError(description: keysFail) }
        let id = settings.file.map { _ in KeyID(rawValue: 0x2120_3334) }
        return LoadedKeys(keyID: id) { [unowned self] in keys = settings }
    }

    func wake(at deadline: Instant?) { wakeAt = deadline }
    func watchLinks(_ changed: @escaping () -> Void) throws { self.changed = changed }
    func write(_ entry: LogEntry) { log.append(entry) }
    func notify(_ state: ServiceState) { note(.notified(state)) }
    func publish(_ event: EventRecord) { published.append(event) }

    func loadMaintenance() throws -> Bool {
        if let loadFails { throw FakeError(description: loadFails) }
        return isInMaintenance
    }

    func storeMaintenance(_ isOn: Bool) throws {
        if let storeFails { throw FakeError(description: storeFails) }
        isInMaintenance = isOn
        note(.stored(maintenance: isOn))
    }

    func finished() { note(.finished) }
}

/// Frees a reserved address with its last owner.
private final class FakeReservation {
    private let free: () -> Void
    init(free: @escaping () -> Void) { self.free = free }
    deinit { free() }
}
