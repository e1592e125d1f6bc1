// The daemon's machine on Linux: clocks, links as rtnetlink tells, the log, the service manager, and the ports.
// Deliberately not here: what is done with any of it (VIPDaemon).

import Glibc
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPHealth
import VIPLinux
import VIPWire

/// Linux, as the daemon asks for it.
final class LinuxMachine: Machine {
    private let loop: EventLoop
    private let options: RunOptions
    private let door: ControlDoor
    private let serviceManager: ServiceManager
    private let notifier: ServiceNotifier
    private let route: RouteSocket
    private let monitor: RouteMonitor
    /// Made at the start: whether the kernel can reset connections should not be found out while they wait.
    private let destroyer: Result<SocketDestroyer, SystemError>
    /// As above.
    private let relay: Result<OverlapRelay, SystemError>
    private var model: LinkModel
    /// Reports were lost that no dump has made up for yet.
    private var isModelStale = false
    private(set) var reportLosses = 0
    private var civilClock = CivilClock()
    private let maintenance = MaintenanceFile()
    private let frameGuard = FrameGuard()
    private let log = DaemonLog()
    let realtime: RealtimeStatus

    /// `options` are what the configuration is read by, anew at each reload.
    init(
        loop: EventLoop, options: RunOptions, door: ControlDoor, serviceManager: ServiceManager,
        realtime: RealtimeStatus
    ) throws(SystemError) {
        self.realtime = realtime
        self.loop = loop
        self.options = options
        self.door = door
        self.serviceManager = serviceManager
        notifier = ServiceNotifier(serviceManager)
        route = try RouteSocket()
        do throws(SystemError) {
            destroyer = .success(try SocketDestroyer())
        } catch {
            destroyer = .failure(error)
        }
        do throws(SystemError) {
            relay = .success(try OverlapRelay())
        } catch {
            relay = .failure(error)
        }
        // Before the first dump, so that nothing falls between the two.
        monitor = try RouteMonitor()
        model = LinkModel(links: try route.links(), addresses: try route.addresses())
    }

    var now: Instant { Instant(nanoseconds: EventLoop.now) }
    var links: [MachineLink] { model.links }
    var counters: [GroupCounters.Count] { door.counters + [.init("logLinesDropped", log.dropped)] }

    func civilTime(of instant: Instant) -> Timestamp {
        var civil = timespec()
        let earlier = now
        unsafe clock_gettime(CLOCK_REALTIME, &civil)
        civilClock.read(Int64(civil.tv_sec) * 1_000_000_000 + Int64(civil.tv_nsec), after: earlier, before: now)
        return civilClock.time(of: instant)
    }

    // The kernel queues its reports before it answers a request.
    func refreshLinks() { _ = readChanges() }

    func randomSeed() -> UInt64 { UInt64.random(in: .min ... .max) }

    func watchLinks(_ changed: @escaping () -> Void) throws {
        try loop.watch(monitor.fileDescriptor, for: .readable) { [unowned self] _ in
            if readChanges() { changed() }
        }
    }

    /// Takes in what the kernel reports; true if something that matters to links or addresses is different.
    private func readChanges() -> Bool {
        var isChanged = false
        let result = monitor.drain { if model.apply($0) { isChanged = true } }
        if result == .overrun {
            isModelStale = true
            reportLosses += 1
        }
        guard isModelStale else { return isChanged }
        do {
            model = LinkModel(links: try route.links(), addresses: try route.addresses())
            isModelStale = false
            return true
        } catch {
            write(LogEntry(.error, "cannot read the links anew after reports were lost, and tries again: \(error)"))
            return isChanged
        }
    }

    func open(
        _ link: LinkFacts, for addresses: [IPv4Address], receive: @escaping (Result<Frame, FrameRefusal>) -> Void
    ) throws -> any LinkPort {
        try LinuxLink(
            link, addresses: addresses, loop: loop, route: route, relay: relay, frameGuard: frameGuard, receive: receive
        )
    }

    func loadConfiguration() throws -> Configuration { try Configuration.load(options: options) }

    func loadKeys(_ settings: KeySettings) throws -> LoadedKeys {
        guard let file = settings.file else {
            return LoadedKeys(keyID: nil) { [frameGuard] in frameGuard.keyring = nil }
        }
        let keyring = FrameKeyring(
            signing: try KeyFile.read(file), accepted: try settings.accepted.map(KeyFile.read),
            acceptsUnsigned: settings.acceptsUnsigned)
        return LoadedKeys(keyID: keyring.signing.keyID) { [frameGuard] in frameGuard.keyring = keyring }
    }

    func reserve(_ address: IPv4Address) throws -> AnyObject {
        let name = "vipd/\(address)"
        do throws(SystemError) {
            return try AbstractSocketLock(
                name: name,
                holder: "another vipd on this machine serves \(address) already; stop it (systemctl stop vipd) first")
        } catch {
            // Any user can take the name. That must not keep the node out of the election.
            let ours = [0, geteuid(), UserAccount(named: "vipd")?.id]
            guard error.errno == EADDRINUSE, let owner = AbstractSocketLock.owner(of: name), !ours.contains(owner)
            else {
                throw error
            }
            write(
                LogEntry(
                    .warning,
                    "a process of the user with number \(owner) holds the lock @\(name), and is no vipd (ss -xap tells "
                        + "which); going on without: no second vipd of this machine must serve \(address)"))
            return MissingLock()
        }
    }

    func removeLeftovers(_ addresses: [IPv4Address], fromLink index: Int) {
        for (address, errno) in zip(addresses, route.removeAddresses(addresses, interfaceIndex: Int32(index))) {
            guard errno != 0, errno != EADDRNOTAVAIL, errno != ENODEV else { continue }
            write(
                LogEntry(.warning, "cannot remove \(address) of an earlier run: \(SystemError.text(of: errno))"))
        }
    }

    func gateways(ofLink index: Int) -> [IPv4Address] {
        // A table that cannot be read is as good as one without a gateway: there is nobody to ask.
        (try? route.gateways(interfaceIndex: Int32(index))) ?? []
    }

    func closeConnections(boundTo addresses: [IPv4Address]) throws -> Int {
        try destroyer.get().destroyConnections(boundTo: addresses).destroyed
    }

    func openChecker(_ receive: @escaping (CheckerReport?) -> Void) throws -> any CheckerPort {
        try CheckerConnection(loop: loop, isManaged: serviceManager.isPresent, receive: receive)
    }

    func wake(at deadline: Instant?) { loop.wakeAt(deadline?.nanoseconds) }

    func write(_ entry: LogEntry) { log.write(entry) }

    func notify(_ state: ServiceState) {
        tellServiceManager { notifier in
            switch state {
            case .ready: notifier.notify(.ready)
            case .reloading: notifier.notify(.reloading)
            case .stopping: notifier.notify(.stopping)
            case .watchdog: notifier.notify(.watchdog)
            case .status(let line): notifier.notify(.status(line))
            }
        }
    }

    /// Does `body`; what then waits for the service manager goes on when it reads again.
    private func tellServiceManager(_ body: (ServiceNotifier) -> Int32) {
        if let descriptor = notifier.fileDescriptor { loop.unwatch(descriptor) }
        _ = body(notifier)
        guard let descriptor = notifier.fileDescriptor else { return }
        // Where the loop has no room for it, it waits for the next thing that is told.
        try? loop.watch(descriptor, for: .writable) { [unowned self] _ in tellServiceManager { $0.flush() } }
    }

    func publish(_ event: EventRecord) { door.publish(event) }

    func loadMaintenance() throws -> Bool { try maintenance.load() }
    func storeMaintenance(_ isOn: Bool) throws { try maintenance.store(isOn) }

    func finished() { loop.stop() }
}

/// In the place of a lock that a stranger holds.
private final class MissingLock {}
