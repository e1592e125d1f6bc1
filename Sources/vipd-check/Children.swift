// Programs that run: started, read, killed with all that they started, reaped. Deliberately not here: why they run, and
// when they have run long enough.
import CVIPCheck
import CVIPPrivilege
import Glibc

/// What is to be run.
struct ChildProgram {
    /// The first is an absolute path.
    var arguments: [String]
    /// `NAME=value`, beside `PATH`.
    var environment: [String] = []
    /// For its standard input; nil: /dev/null.
    var input: [UInt8]?
}

/// How it ended.
enum ChildEnd: Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    /// It could not be run at all: errno.
    case notRun(Int32)
}

/// All children. It belongs to one thread.
final class Children {
    /// Called with what a program prints, as it comes.
    typealias OutputHandler = (ArraySlice<UInt8>) -> Void
    typealias EndHandler = (ChildEnd) -> Void

    private final class Child {
        let output: Int32
        let failure: Int32
        var watch: Poller.Watch?
        let onOutput: OutputHandler
        let onEnd: EndHandler

        init(_ child: cvip_child, onOutput: @escaping OutputHandler, onEnd: @escaping EndHandler) {
            (output, failure) = (child.output, child.failure)
            self.onOutput = onOutput
            self.onEnd = onEnd
        }
    }

    private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// Reads of what an ended program left in its pipe, which holds no more than that.
    private static let lastReads = 16

    private let poller: Poller
    private let limits: cvip_limits
    private var running: [pid_t: Child] = [:]
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    init(poller: Poller, limits: cvip_limits) {
        self.poller = poller
        self.limits = limits
    }

    /// Starts a program. `onEnd` is called once, by `reap`, after all `onOutput`. Returns its number, for `kill`; or the
    /// errno where not even a process could be made.
    func start(
        _ program: ChildProgram, onOutput: @escaping OutputHandler, onEnd: @escaping EndHandler
    ) -> Result<pid_t, ChildError> {
        var started = cvip_child()
        let status = unsafe withCStrings(program.arguments) { arguments in
            unsafe withCStrings([Self.path] + program.environment) { environment in
                unsafe (program.input ?? []).withUnsafeBytes { input in
                    unsafe withUnsafePointer(to: limits) { limits in
                        // An empty input has no address of its own; any that is not nil will do.
                        let address = unsafe input.baseAddress ?? UnsafeRawPointer(limits)
                        var options = unsafe cvip_child_options(
                            arguments: arguments, environment: environment,
                            input: program.input == nil ? nil : address, input_length: input.count, limits: limits)
                        return unsafe cvip_child_start(&options, &started)
                    }
                }
            }
        }
        guard status == 0 else { return .failure(ChildError(number: 0 &- status)) }
        let child = Child(started, onOutput: onOutput, onEnd: onEnd)
        running[started.pid] = child
        child.watch = poller.watch(child.output) { [unowned self] _ in _ = read(child) }
        return .success(started.pid)
    }

    /// Kills a program with its process group; its end is told as ever. One that has ended is passed over.
    func kill(_ pid: pid_t) {
        guard running[pid] != nil else { return }
        cvip_child_kill(pid)
    }

    /// Whether nothing is left, not even of what programs left behind.
    var isEmpty: Bool { cvip_child_any() == 0 }

    /// Takes note of those that have ended. To be called when `ConfinedProcess.watch` is readable.
    func reap() {
        var end = cvip_child_end()
        var ended: [() -> Void] = []
        while unsafe cvip_child_reap(&end) == 1 {
            guard let child = running.removeValue(forKey: end.pid) else { continue }
            ended.append { [self, end] in finish(child, end) }
        }
        // What they left behind, if it got away from their process group, is now a child of this process.
        let kept = Array(running.keys)
        unsafe cvip_child_sweep(kept, kept.count)
        for finish in ended { finish() }
    }

    private func finish(_ child: Child, _ end: cvip_child_end) {
        for _ in 0..<Self.lastReads where !read(child) { break }
        if let watch = child.watch { poller.unwatch(watch) }
        let failure = cvip_child_failure(child.failure)
        close(child.output)
        close(child.failure)
        if failure != 0 {
            child.onEnd(.notRun(failure))
        } else {
            child.onEnd(end.exit_code >= 0 ? .exited(end.exit_code) : .killed(signal: end.signal))
        }
    }

    /// Reads once. False where there is nothing, or nothing any more; then the descriptor is not watched any more.
    private func read(_ child: Child) -> Bool {
        let count = unsafe Glibc.read(child.output, &buffer, buffer.count)
        if count > 0 {
            child.onOutput(buffer[..<count])
            return true
        }
        if count == 0, let watch = child.watch {
            poller.unwatch(watch)
            child.watch = nil
        }
        return false
    }
}

/// Why no process could be made.
struct ChildError: Error {
    let number: Int32
}

/// Calls `body` with an array of C strings that ends with nil, as execve(2) wants it.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = unsafe texts.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    let list = unsafe copies + [nil]
    return unsafe list.withUnsafeBufferPointer { buffer in
        guard let first = buffer.baseAddress else { preconditionFailure("a list with an end has an address") }
        return unsafe body(first)
    }
}
