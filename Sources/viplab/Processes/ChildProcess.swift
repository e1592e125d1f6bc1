// A process that the lab started: its spawning, signalling and reaping. What it is for is its owner's business.
import Foundation

/// How a process ended.
enum ExitStatus: Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    /// The wait status of waitpid(2), whose macros Swift cannot import: the low seven bits are the signal, the next
    /// byte the exit code.
    init(waitStatus: Int32) {
        self = waitStatus & 0x7f == 0 ? .exited(waitStatus >> 8 & 0xff) : .killed(signal: waitStatus & 0x7f)
    }

    var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "killed by signal \(signal)"
        }
    }
}

/// Where a child's standard output and error go.
enum ChildOutput {
    case discarded
    case inherited
    /// Appended to this file.
    case file(String)
    /// Into this descriptor, which stays the caller's.
    case descriptor(Int32)
}

/// A child, from spawn to reaping. Not to be shared between threads.
final class ChildProcess {
    let name: String
    let identity: ProcessIdentity
    private(set) var status: ExitStatus?

    /// Starts `arguments[0]`, looked up in PATH, with an empty signal mask and default signal actions.
    /// - Parameters:
    ///   - name: what the record and error messages call it
    ///   - foreground: true leaves it in the terminal's process group, where Ctrl-C reaches it
    /// - Throws: `LabError` when it cannot be started
    init(
        _ arguments: [String], name: String, environment: [String: String] = [:], input: ChildOutput = .discarded,
        output: ChildOutput = .discarded, errors: ChildOutput = .discarded, foreground: Bool = false
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, place) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
            let flags = descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
            switch place {
            case .inherited: break
            case .discarded: unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
            case .file(let path): unsafe posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, 0o644)
            case .descriptor(let source): unsafe posix_spawn_file_actions_adddup2(&actions, source, descriptor)
            }
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var reset = sigset_t()
        unsafe sigemptyset(&reset)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD] { unsafe sigaddset(&reset, signal) }
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &reset)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if !foreground { flags |= POSIX_SPAWN_SETPGROUP }
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let argv = CStrings(arguments)
        let envp = CStrings(variables.map { "\($0)=\($1)" })
        var pid: pid_t = 0
        // Else the strings could be freed after the last mention of their owners, which is before the call.
        let refused = withExtendedLifetime((argv, envp)) {
            unsafe posix_spawnp(&pid, arguments[0], &actions, &attributes, argv.pointers, envp.pointers)
        }
        guard refused == 0 else { throw LabError("cannot start \(arguments[0]) for \(name)", code: refused) }
        // A child that has died already is a zombie and still has its start time.
        let startTicks = ProcessStat.read(pid)?.startTicks ?? 0
        self.name = name
        self.identity = ProcessIdentity(pid: pid, startTicks: startTicks)
    }

    /// Whether it still runs; reaps it when it does not.
    var isRunning: Bool { reap() == nil }

    /// How it ended, if it has.
    @discardableResult
    func reap() -> ExitStatus? {
        if status == nil {
            var raw: Int32 = 0
            if unsafe waitpid(identity.pid, &raw, WNOHANG) == identity.pid { status = ExitStatus(waitStatus: raw) }
        }
        return status
    }

    /// Signals this process alone. Safe against reuse of the pid: until it is reaped, the pid is its own.
    func signal(_ number: Int32) {
        if reap() == nil { kill(identity.pid, number) }
    }

    /// Signals it and all that it started, children last.
    func signalFamily(_ number: Int32) {
        guard reap() == nil else { return }
        for member in identity.family { kill(member.pid, number) }
    }

    /// Waits for its end: nil when the time is up first.
    func waitForExit(upTo limit: Duration) throws -> ExitStatus? {
        _ = try Interrupt.wait(upTo: limit) { reap() != nil }
        return status
    }

    /// Kills it with all that it started and reaps it. Returns only when it is gone.
    func end() {
        guard reap() == nil else { return }
        signalFamily(SIGKILL)
        var raw: Int32 = 0
        if unsafe waitpid(identity.pid, &raw, 0) == identity.pid { status = ExitStatus(waitStatus: raw) }
    }
}

/// A NULL-terminated array of C strings for the length of its life. Safe, as it alone owns the memory, frees it last, and
/// gives out nothing but a constant pointer that its owner keeps it alive for.
@safe private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { unsafe pointers[index] = strdup(string) }
        unsafe pointers[count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
