// Hooks: in order, one at a time, over all groups. Deliberately not here: processes (Children.swift).
import Glibc
import VIPHealth

/// A queue of programs to run. It belongs to one thread.
final class HookQueue {
    /// Called with what there is to tell of a hook, and whose it was: a daemon that has gone is told nothing.
    typealias Reporter = (CheckerReport, _ daemon: Int) -> Void

    private struct Waiting {
        let call: HookCall
        let daemon: Int
    }

    private final class Running {
        let waiting: Waiting
        let output: Output
        let pid: pid_t
        var deadline: Int64
        var isKilled = false

        init(_ waiting: Waiting, output: Output, pid: pid_t, deadline: Int64) {
            self.waiting = waiting
            self.output = output
            self.pid = pid
            self.deadline = deadline
        }
    }

    /// What one hook prints: its lines so far, and those that are told.
    private final class Output {
        var cutter = LineCutter(length: ServiceText.lineLength)
        var count = 0
    }

    /// Hooks that wait, beside the one that runs.
    private static let mostWaiting = 64
    /// Lines of one hook that are told.
    private static let mostLines = 100
    /// How long a killed hook may take to end before the next one is run beside it.
    private static let graceMs: Int64 = 1000

    private let children: Children
    private let clock: () -> Int64
    private let report: Reporter
    private var waiting: [Waiting] = []
    private var running: Running?

    init(children: Children, clock: @escaping () -> Int64, report: @escaping Reporter) {
        self.children = children
        self.clock = clock
        self.report = report
    }

    var isEmpty: Bool { running == nil && waiting.isEmpty }
    /// When `act` is due.
    var deadline: Int64? { running?.deadline }

    /// Runs a hook when those before it have ended; where too many wait, it is dropped and that is told.
    func add(_ call: HookCall, daemon: Int) {
        guard waiting.count < Self.mostWaiting else {
            return ended(Waiting(call: call, daemon: daemon), "not run: \(Self.mostWaiting) hooks wait already", true)
        }
        waiting.append(Waiting(call: call, daemon: daemon))
        startNext()
    }

    /// Kills and forgets what `daemons` asked for.
    func abandon(daemonsBefore daemon: Int) {
        waiting.removeAll { $0.daemon < daemon }
        if let running, running.waiting.daemon < daemon { children.kill(running.pid) }
    }

    func act(now: Int64) {
        guard let running, running.deadline <= now else { return }
        if running.isKilled {
            // It is stuck in the kernel, and those after it have waited enough.
            self.running = nil
            ended(running.waiting, "still ran after \(running.waiting.call.timeout) and cannot be killed", true)
            return startNext()
        }
        running.isKilled = true
        running.deadline = now + Self.graceMs
        children.kill(running.pid)
    }

    private func startNext() {
        while running == nil, !waiting.isEmpty {
            let next = waiting.removeFirst()
            let call = next.call
            let program = ChildProgram(
                arguments: call.command, environment: call.environment.map { "\($0.name)=\($0.value)" },
                input: Array(call.facts.utf8))
            let output = Output()
            let started = children.start(
                program, onOutput: { [weak self] in self?.take($0, output, of: next) },
                onEnd: { [weak self] in self?.finish(next, output, $0) })
            switch started {
            case .success(let pid):
                running = Running(
                    next, output: output, pid: pid, deadline: clock() + milliseconds(call.timeout))
            case .failure(let error): ended(next, "cannot make a process: \(ErrorText.of(error.number))", true)
            }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ output: Output, of hook: Waiting) {
        // What is beyond the bound is read, so that the hook can go on, and no more.
        guard output.count <= Self.mostLines else { return }
        for line in output.cutter.take(bytes) { tell(line, output, of: hook) }
    }

    private func tell(_ line: String, _ output: Output, of hook: Waiting) {
        output.count += 1
        guard output.count <= Self.mostLines + 1 else { return }
        let line = output.count <= Self.mostLines ? line : "(it prints more than \(Self.mostLines) lines)"
        report(.output(id: hook.call.id, group: hook.call.group, event: hook.call.event, line: line), hook.daemon)
    }

    private func finish(_ hook: Waiting, _ output: Output, _ end: ChildEnd) {
        if let line = output.cutter.end() { tell(line, output, of: hook) }
        // One that was given up is told of already.
        guard let running, running.output === output else { return }
        self.running = nil
        let outcome = ChildWords.outcome(end, program: hook.call.command.first ?? "")
        ended(
            hook, running.isKilled ? "still ran after \(hook.call.timeout) and was killed" : outcome,
            end != .exited(0) || running.isKilled)
        startNext()
    }

    private func ended(_ hook: Waiting, _ outcome: String, _ failed: Bool) {
        let (call, event) = (hook.call, hook.call.event)
        report(.ended(id: call.id, group: call.group, event: event, outcome: outcome, failed: failed), hook.daemon)
    }
}
