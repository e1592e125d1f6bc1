// The checks of the daemon that is connected, each with its timetable and its run. Deliberately not here: what a run does.
import VIPHealth

/// Runs checks, each at its own rate and never twice at a time. It belongs to one thread.
final class CheckList {
    private final class Entry {
        let specification: CheckSpecification
        let timetable: Timetable
        var due: Int64
        var run: (any CheckRun)?

        init(_ specification: CheckSpecification, timetable: Timetable) {
            self.specification = specification
            self.timetable = timetable
            due = timetable.first
        }
    }

    private let transfers: Transfers
    private let children: Children
    private let user: String
    private let clock: () -> Int64
    private let onVerdict: (_ id: Int, Verdict) -> Void
    private var entries: [Int: Entry] = [:]

    /// `onVerdict` is called with the verdict of each run.
    init(
        transfers: Transfers, children: Children, user: String, clock: @escaping () -> Int64,
        onVerdict: @escaping (_ id: Int, Verdict) -> Void
    ) {
        self.transfers = transfers
        self.children = children
        self.user = user
        self.clock = clock
        self.onVerdict = onVerdict
    }

    /// Adds a check, in the place of one with that number. False where there are too many.
    func add(_ id: Int, _ specification: CheckSpecification) -> Bool {
        cancel(id)
        guard entries.count < CheckLimits.checks else { return false }
        let timetable = Timetable(id: id, interval: milliseconds(specification.interval), now: clock())
        entries[id] = Entry(specification, timetable: timetable)
        return true
    }

    /// Ends a check; no verdict of it comes any more.
    func cancel(_ id: Int) { entries.removeValue(forKey: id)?.run?.cancel() }

    func cancelAll() { for id in Array(entries.keys) { cancel(id) } }

    /// When `act` is due next.
    var deadline: Int64? {
        entries.values.lazy.map { min($0.due, $0.run?.deadline ?? .max) }.min()
    }

    /// Starts and expires what is due.
    func act(now: Int64) {
        for (id, entry) in entries {
            if let deadline = entry.run?.deadline, deadline <= now { entry.run?.expire(now: now) }
            if entry.due <= now { start(id, entry, now: now) }
        }
    }

    private func start(_ id: Int, _ entry: Entry, now: Int64) {
        entry.due = entry.timetable.next(after: now)
        if let run = entry.run, run.isBusy {
            // A run within its time goes on, and this turn is left out.
            if run.hasTold { onVerdict(id, .fail("the program was killed at its timeout, but has not ended yet")) }
            return
        }
        let specification = entry.specification
        let timeout = milliseconds(specification.timeout)
        let finish: (Verdict) -> Void = { [weak self] in self?.onVerdict(id, $0) }
        entry.run =
            switch specification.probe {
            case .exec(let arguments):
                ProgramRun(arguments, timeoutMs: timeout, children: children, now: now, finish: finish)
            case .tcp, .http, .etcd:
                WebRun(
                    specification.probe, timeoutMs: timeout, user: user, transfers: transfers, clock: clock,
                    finish: finish)
            }
    }
}

/// Whole milliseconds.
func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
}
