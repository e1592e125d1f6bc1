// The loop of the one thread: the daemon's requests in, checks, hooks and posts, reports out. Deliberately not here: how
// any of these is done.
import CVIPCheck
import Glibc
import VIPHealth

/// The checker at work. It belongs to one thread.
final class Checker {
    /// How long what a daemon that has gone left behind may take: its hooks and posts.
    private static let drainMs: Int64 = 30_000
    /// How soon a service manager that had no room for a notice is told again.
    private static let noticeRetryMs: Int64 = 100

    private let poller: Poller
    private let transfers: Transfers
    private let children: Children
    private let process: ConfinedProcess
    private let watchdogMs: Int64?
    /// The service manager was told that the checker is ready.
    private var isReady = false
    /// When the service manager is told something next; nil: never again.
    private var noticeDue: Int64? = 0

    private var door: Door?
    private var checks: CheckList?
    private var hooks: HookQueue?
    private var posts: PostQueue?

    /// Counts the daemons; reports for one that has gone are lost.
    private var daemon = 0
    /// When what is left of daemons that have gone is given up; nil: nothing is left.
    private var drainedBy: Int64?

    /// Serves the connection `descriptor`, or those who connect to it. Nil where the system has no room for it.
    init?(process: ConfinedProcess, descriptor: Int32, isListener: Bool) {
        guard let poller = Poller(), let transfers = Transfers() else { return nil }
        self.process = process
        self.poller = poller
        self.transfers = transfers
        children = Children(poller: poller, limits: process.limits)
        var interval: UInt64 = 0
        _ = unsafe cvip_service_watchdog_ms(&interval)
        watchdogMs = interval > 0 ? Int64(clamping: interval / 2) : nil

        let clock: () -> Int64 = { cvip_wait_now() }
        let report: HookQueue.Reporter = { [unowned self] in self.report($0, to: $1) }
        checks = CheckList(
            transfers: transfers, children: children, user: process.user, clock: clock,
            onVerdict: { [unowned self] id, verdict in
                report(.result(id: id, passed: verdict.passed, message: verdict.message), daemon)
            })
        hooks = HookQueue(children: children, clock: clock, report: report)
        posts = PostQueue(transfers: transfers, user: process.user, clock: clock, report: report)
        let door = Door(poller: poller, onEvent: { [unowned self] in take($0) })
        self.door = door
        let signals = poller.watch(process.watch, handler: { [unowned self] _ in takeSignals() })
        guard signals != nil, isListener ? door.listen(at: descriptor) : door.connect(descriptor) else { return nil }
    }

    /// Runs until there is nothing left to do: no daemon that is connected or could come, no hook, no post. Returns the
    /// exit code of the process.
    func run() -> Int32 {
        guard let door, let checks, let hooks, let posts else { return 1 }
        tellServiceManager(now: cvip_wait_now())
        while door.isListening || door.isConnected || isDraining(hooks, posts) {
            let deadlines = [checks.deadline, hooks.deadline, posts.deadline, drainedBy, noticeDue]
            let next = deadlines.lazy.compactMap { $0 }.min()
            let timeout = next.map { max(0, $0 - cvip_wait_now()) } ?? 60_000
            guard transfers.wait(poller.descriptor, timeoutMs: timeout) else { return 1 }
            transfers.deliver()
            poller.dispatch()
            act(checks, hooks, posts, now: cvip_wait_now())
        }
        _ = unsafe cvip_service_tell("STOPPING=1")
        return 0
    }

    /// Whether something of a daemon that has gone is left, and worth waiting for.
    private func isDraining(_ hooks: HookQueue, _ posts: PostQueue) -> Bool {
        if !hooks.isEmpty || !posts.isEmpty { return true }
        // A killed program is waited for, since what it left behind is found only when it has ended.
        return drainedBy != nil && !children.isEmpty
    }

    private func act(_ checks: CheckList, _ hooks: HookQueue, _ posts: PostQueue, now: Int64) {
        checks.act(now: now)
        hooks.act(now: now)
        posts.act(now: now)
        if let drainedBy, drainedBy <= now {
            self.drainedBy = nil
            hooks.abandon(daemonsBefore: daemon)
            posts.abandon(daemonsBefore: daemon)
        }
        if let noticeDue, noticeDue <= now { tellServiceManager(now: now) }
    }

    /// That the checker is ready, once; then that it lives, as often as the service manager wants to hear it.
    private func tellServiceManager(now: Int64) {
        guard unsafe cvip_service_tell(isReady ? "WATCHDOG=1" : "READY=1") != 0 &- EAGAIN else {
            noticeDue = now + Self.noticeRetryMs
            return
        }
        isReady = true
        noticeDue = watchdogMs.map { now + $0 }
    }

    private func takeSignals() {
        let isTerminated = cvip_child_heard(process.watch) == 1
        children.reap()
        if isTerminated { door?.close() }
    }

    private func take(_ event: Door.Event) {
        switch event {
        case .opened: report(.ready(version: CheckerProtocol.version), to: daemon)
        case .packet(let packet): take(packet)
        case .tooLong(let bytes): refuse(CheckerPacketError.tooLong(bytes: bytes).description)
        case .closed:
            daemon += 1
            checks?.cancelAll()
            drainedBy = cvip_wait_now() + Self.drainMs
        }
    }

    private func take(_ packet: [UInt8]) {
        do throws(CheckerPacketError) {
            switch try CheckerRequest(packet: packet) {
            case .check(let id, let specification):
                guard let checks, checks.add(id, specification) else {
                    return refuse("there are \(CheckLimits.checks) checks already")
                }
            case .cancel(let id): checks?.cancel(id)
            case .hook(let call): hooks?.add(call, daemon: daemon)
            case .post(let call): posts?.add(call, daemon: daemon)
            }
        } catch {
            refuse(error.description)
        }
    }

    private func refuse(_ problem: String) { report(.refused(problem: problem), to: daemon) }

    private func report(_ report: CheckerReport, to daemon: Int) {
        if daemon == self.daemon { door?.send(report.packet) }
    }
}
