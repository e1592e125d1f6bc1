// The daemon: an actor on the event loop's executor that runs one election a group. Inputs come in one after the
// other, directives are performed in order, deadlines come last in each turn.
// Deliberately not here: election rules (VIPElection), Linux (the program's Machine).

public import VIPConfiguration
public import VIPControl
import VIPElection
import VIPHealth
import VIPWire

/// Who this daemon is, apart from its links.
public struct DaemonIdentity: Sendable {
    /// /etc/machine-id, or what stands in for it.
    public var machineID: String
    /// The node's name unless the configuration gives one.
    public var hostname: String
    /// Greater than at every earlier start, by more than the elections that were begun after it: microseconds.
    public var epoch: UInt64

    public init(machineID: String, hostname: String, epoch: UInt64) {
        self.machineID = machineID
        self.hostname = hostname
        self.epoch = epoch
    }
}

/// Runs the elections of one node.
///
/// The owner of the executor calls ``start(_:waits:)`` once, then ``handle(_:)``, ``reload()`` and ``stop()`` as they
/// come, and ``endTurn()`` at the end of every turn of its loop. All calls are made on the executor.
public actor Daemon {
    nonisolated let executor: any SerialExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let machine: any Machine
    let identity: DaemonIdentity
    var nodeName: String
    var groups: [Group] = []
    /// Open links by index.
    var attached: [Int: AttachedLink] = [:]
    var events = EventLog()
    var isInMaintenance = false
    /// When it began to serve, by the clock of that moment: names this life of the daemon among others.
    var startedAt: Timestamp?
    /// How far frames are known to be the nodes' own, and the key that this node signs with.
    var authentication = Authentication.unauthenticated
    var keyID: KeyID?
    /// Each election counts its frames from the start again, and so needs an epoch of its own.
    var electionsBegun: UInt64 = 0
    var isStopping = false
    /// When to look at the gateways again; nil while there is no link.
    var gatewaysAt: Instant?
    /// When a stop no longer waits for handovers.
    private var stopsBy: Instant?
    /// How often it was said that reports of the kernel were lost.
    var reportLossesTold = 0
    /// Calls of hooks that came to nothing, as the checker was gone for too many of them.
    var hookCallsDropped: UInt64 = 0
    /// It was said that connections cannot be reset.
    var hasToldOfConnections = false
    var hasToldOfRelay = false
    /// The process that runs checks and hooks, while it is wanted and there.
    var checker: (any CheckerPort)?
    /// Why it is not there, as was said.
    var checkerProblem: String?
    var checkerRetryAt: Instant?
    var lastCheckID = 0
    /// Calls of hooks that it has not been given yet.
    var pendingCalls: [CheckerRequest] = []
    var lastCallID = 0
    /// When to look after the checker.
    var healthAt: Instant?
    /// When groups that wait for a link try again, for causes that the kernel does not tell of.
    var retryAt: Instant?
    /// What the service manager was last told does not hold any more.
    var isStatusStale = true
    /// For the next event, while none is being handled.
    var spare = Memory()
    private var watchdogAt: Instant?
    private let watchdogInterval: Duration?

    /// - Parameters:
    ///   - machine: used by this daemon alone from here on.
    ///   - executor: the loop's; all of the daemon's work runs on it.
    ///   - watchdogInterval: how often the service manager wants a sign of life; nil for never.
    public init(
        machine: sending any Machine, executor: any SerialExecutor, identity: DaemonIdentity,
        watchdogInterval: Duration?
    ) {
        self.machine = machine
        self.executor = executor
        self.identity = identity
        self.watchdogInterval = watchdogInterval
        nodeName = identity.hostname
    }

    /// Begins to serve the groups of `configuration`.
    /// - Parameters:
    ///   - waits: an interface that is missing or down is waited for; else it is an error.
    ///   - warnings: what the operator is to know of this start beside, a line each.
    /// - Throws: a one-line error with the way out, before anything was sent or installed.
    public func start(_ configuration: Configuration, waits: Bool, warnings: [String] = []) throws {
        startedAt = machine.wallClock
        nodeName = configuration.node ?? identity.hostname
        isInMaintenance = try machine.loadMaintenance()
        try checkLinks(of: configuration.groups, waits: waits)
        adopt(try machine.loadKeys(configuration.keys), of: configuration)
        // The machine calls on the daemon's executor.
        try machine.watchLinks { [unowned self] in assumeIsolated { $0.followLinks() } }
        for group in configuration.groups {
            let reservation = try machine.reserve(group.addresses[0])
            groups.append(Group(configuration: group, authentication: authentication, reservation: reservation))
        }
        try attachGroups(waits: waits)
        adoptChecks()
        note(.info, "vipd \(vipdVersion) serves \(describeGroups()) as \(nodeName)")
        for warning in warnings { note(.warning, warning) }
        machine.notify(.ready)
        endTurn()
    }

    /// Goes over to keys that were read.
    func adopt(_ keys: LoadedKeys, of configuration: Configuration) {
        keys.use()
        let before = (authentication, keyID)
        (authentication, keyID) = (Authentication(configuration.keys), keys.keyID)
        guard before != (authentication, keyID) else { return }
        switch authentication {
        case .unauthenticated: note(.notice, "frames are not signed any more: unauthenticated")
        case .acceptsUnsigned:
            note(
                .warning,
                "frames are signed with key \(idText), and unsigned ones are accepted: unset acceptUnsigned soon")
        case .authenticated: note(.notice, "frames are signed with key \(idText), and unsigned ones are refused")
        }
    }

    private var idText: String { keyID?.description ?? "" }

    /// Ends a turn of the loop: everything that had arrived has been handed in. Does what is due, after reading once
    /// more what arrived meanwhile: a deadline must not pass for silence what only was not read yet.
    public func endTurn() {
        let now = machine.now
        if groups.contains(where: { $0.isDue(at: now) }) {
            for (index, link) in attached where !link.port.deliver() {
                detach(index, because: "it can no longer be read")
            }
            for (number, group) in groups.enumerated() where group.isDue(at: now) {
                feed(.timeReached, toGroup: number)
            }
        }
        if let retryAt, retryAt <= now {
            self.retryAt = nil
            followLinks()
        }
        followGateways()
        followHealth()
        if let stopsBy, stopsBy <= now { releaseAtOnce() }
        endIfReleased()
        handOverCalls()
        beatWatchdog()
        tellServiceManager()
        machine.wake(at: nextDeadline)
    }

    private var nextDeadline: Instant? {
        var next = earlier(earlier(retryAt, watchdogAt), earlier(gatewaysAt, earlier(healthAt, stopsBy)))
        for group in groups { next = earlier(next, group.deadline) }
        return next
    }

    private func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private func beatWatchdog() {
        guard let watchdogInterval else { return }
        let now = machine.now
        if let watchdogAt, now < watchdogAt { return }
        machine.notify(.watchdog)
        watchdogAt = now + watchdogInterval / 2
    }

    /// Reads what has arrived and what the kernel has told: after a stall, what an operator wants must not be done on
    /// what was true before.
    func catchUp() {
        for (index, link) in attached where !link.port.deliver() { detach(index, because: "it can no longer be read") }
        machine.refreshLinks()
        followLinks()
    }

    /// How long a stop waits for successors to take over.
    private static let stopPatience: Duration = .milliseconds(800)

    /// Hands over, releases, tells the others, and ends. Asked again, it does not wait for successors any longer.
    public func stop() {
        catchUp()
        guard !isStopping else { return releaseAtOnce() }
        isStopping = true
        machine.notify(.stopping)
        note(.info, "stopping: releasing \(describeGroups())")
        stopsBy = machine.now + Self.stopPatience
        for number in groups.indices { feed(.stopRequested, toGroup: number) }
        endIfReleased()
    }

    private func releaseAtOnce() {
        stopsBy = nil
        // The kernel answers at once: when this is through, every group is released.
        for (number, group) in groups.enumerated() where !group.isFinished { feed(.stopDemanded, toGroup: number) }
        endIfReleased()
    }

    private func endIfReleased() {
        guard isStopping, stopsBy != nil || !groups.isEmpty || !attached.isEmpty else { return }
        guard groups.allSatisfy({ $0.isFinished || $0.running == nil }) else { return }
        stopsBy = nil
        groups = []
        for link in attached.values { link.port.close() }
        attached = [:]
        retryAt = nil
        gatewaysAt = nil
        handOverCalls()
        closeChecker()
        healthAt = nil
        isStatusStale = false
        note(.info, "stopped")
        machine.finished()
    }

    /// Answers a control request.
    public func handle(_ request: ControlRequest) -> ControlResponse {
        switch request {
        case .status: .status(statusReport())
        case .events(let since, _): .events(events.after(since))
        case .maintenance(let isOn): setMaintenance(isOn)
        case .move(let group, let node): move(group: group, to: node)
        case .reload: reload()
        }
    }

    private func setMaintenance(_ isOn: Bool) -> ControlResponse {
        do {
            try machine.storeMaintenance(isOn)
        } catch {
            return .failure(ControlError(.failed, "\(error)"))
        }
        if isOn != isInMaintenance {
            catchUp()
            isInMaintenance = isOn
            note(.notice, isOn ? "maintenance on: stepping down and staying out" : "maintenance off: eligible again")
            for number in groups.indices { feed(.maintenanceSet(isOn), toGroup: number) }
        }
        return .maintenance(on: isOn)
    }

    /// Lines that list groups name so many of them: a line of the log stays one that can be read, and a notification
    /// one that the service manager takes (4096 bytes).
    private static let mostNamed = 8

    func describeGroups() -> String {
        let named = groups.prefix(Self.mostNamed).map { group in
            let addresses = group.configuration.addresses
            let more = addresses.count > 1 ? " and \(addresses.count - 1) more" : ""
            return "\(addresses[0])\(more)"
        }
        let omitted = groups.count - named.count
        return named.joined(separator: ", ") + (omitted > 0 ? " and \(omitted) more groups" : "")
    }

    /// Writes a line that is about the whole node.
    func note(_ level: LogEntry.Level, _ message: String) {
        let record = EventRecord(
            id: 0, at: machine.wallClock, node: nodeName, kind: "daemon", message: Self.line(of: message))
        enter(record, level)
    }

    /// What is said in one line: a configuration's errors come a line each.
    static func line(of text: String) -> String { text.split(separator: "\n").joined(separator: "; ") }

    /// Once a turn, not once a change: a takeover of many groups has better things to do.
    private func tellServiceManager() {
        guard isStatusStale else { return }
        isStatusStale = false
        machine.notify(.status(groups.count > Self.mostNamed ? summary : groups.map(line).joined(separator: "; ")))
    }

    private func line(of group: Group) -> String {
        let state = group.election?.currentState.rawValue ?? "waiting"
        let holder = group.election?.currentHolder?.reference.name
        return "\(group.configuration.addresses[0]): \(state), \(holder.map { "held by \($0)" } ?? "nobody holds")"
    }

    private var summary: String {
        let held = groups.count { $0.running?.value.isHolder == true }
        let waiting = groups.count { $0.running == nil }
        let nobodys = groups.count { $0.running?.value.currentHolder == nil }
        return "\(groups.count) groups: \(held) held here, \(groups.count - held - nobodys) by other nodes, "
            + "\(nobodys) by nobody; \(waiting) wait for a link"
    }
}
