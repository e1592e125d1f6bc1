// The built vipd-check as a process, and the daemon's end of its socket.

import Glibc
import Testing
import VIPHealth

/// Far beyond what anything here takes: only a test that fails waits so long.
let patienceMs: Int32 = 30_000

/// The built program: SwiftPM puts it beside the tests.
private let program: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &path, path.count)
    let text = String(decoding: path.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/vipd-check"
}()

/// Starts a program with `descriptor` as its descriptor 3; nil: with none.
func spawn(_ arguments: [String], environment: [String] = [], descriptor: Int32? = nil) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let descriptor { posix_spawn_file_actions_adddup2(&actions, descriptor, 3) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    let argv = arguments.map { strdup($0) }
    let envp = (["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE=enable=no"] + environment).map { strdup($0) }
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, arguments[0], &actions, nil, argv + [nil], envp + [nil])
    try #require(status == 0, "\(arguments[0]): \(String(cString: strerror(status)))")
    return pid
}

/// Waits for the end of a process: its exit code, or minus the signal that killed it; nil if it does not end.
func waitForExit(of pid: pid_t) -> Int32? {
    // The test has other children, whose ends are not its business, so it polls this one.
    for _ in 0..<patienceMs / 10 {
        var status: Int32 = 0
        if waitpid(pid, &status, WNOHANG) == pid { return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f) }
        poll(nil, 0, 10)
    }
    return nil
}

/// A socket that keeps packets apart.
func sequencedSocket() -> Int32 {
    socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
}

/// The daemon's end.
final class Connection {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func send(_ request: CheckerRequest) throws { try sendBytes(request.packet()) }

    func sendBytes(_ bytes: [UInt8]) throws {
        try #require(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    /// The next report; nil at the end of the connection.
    func next() throws -> CheckerReport? {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&watched, 1, patienceMs) == 1, "nothing is reported")
        var buffer = [UInt8](repeating: 0, count: CheckerProtocol.longestPacket)
        let length = recv(descriptor, &buffer, buffer.count, 0)
        return length > 0 ? try CheckerReport(packet: buffer[..<length]) : nil
    }

    /// The next result of a check; other reports are passed over.
    func result(of id: Int) throws -> Verdict {
        while let report = try next() {
            if case .result(id, let passed, let message) = report { return Verdict(passed: passed, message: message) }
        }
        throw Gone()
    }

    /// How the hook or post with that number ended, and what it printed before.
    func end(of wanted: Int) throws -> HookEnd {
        var lines: [String] = []
        while let report = try next() {
            switch report {
            case .output(wanted, _, _, let line): lines.append(line)
            case .ended(wanted, _, _, let outcome, let failed):
                return HookEnd(outcome: outcome, failed: failed, lines: lines)
            default: continue
            }
        }
        throw Gone()
    }

    /// The reason for which a request was not taken.
    func refusal() throws -> String {
        while let report = try next() {
            if case .refused(let problem) = report { return problem }
        }
        throw Gone()
    }

    struct Gone: Error {}
}

struct Verdict: Equatable {
    var passed: Bool
    var message: String
}

struct HookEnd: Equatable {
    var outcome: String
    var failed: Bool
    var lines: [String] = []
}

/// A checker as the daemon starts it: over one end of a pair of sockets.
final class CheckerProcess {
    let pid: pid_t
    private(set) var connection: Connection?
    private var isReaped = false

    init(environment: [String] = []) throws {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        defer { close(ends[1]) }
        let connection = Connection(ends[0])
        pid = try spawn([program, "--fd", "3"], environment: environment, descriptor: ends[1])
        self.connection = connection
        #expect(try connection.next() == .ready(version: CheckerProtocol.version))
    }

    deinit {
        guard !isReaped else { return }
        connection = nil
        kill(pid, SIGKILL)
        _ = waitForExit(of: pid)
    }

    /// What the program prints and returns with other arguments than the daemon's.
    static func exitCode(_ arguments: String..., descriptor: Int32? = nil) throws -> Int32? {
        waitForExit(of: try spawn([program] + arguments, descriptor: descriptor))
    }

    /// A checker that systemd would have started, with `listener`. Returns its process.
    static func listening(at listener: Int32) throws -> pid_t {
        // systemd names the process it passes the descriptor to, which only that process knows before it runs.
        try spawn(
            ["/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\"", program], descriptor: listener)
    }

    private func require() throws -> Connection { try #require(connection) }

    func send(_ request: CheckerRequest) throws { try require().send(request) }
    func sendBytes(_ bytes: [UInt8]) throws { try require().sendBytes(bytes) }
    func result(of id: Int) throws -> Verdict { try require().result(of: id) }
    func end(of id: Int) throws -> HookEnd { try require().end(of: id) }
    func refusal() throws -> String { try require().refusal() }

    /// The verdict of one run of a check.
    func verdict(_ probe: CheckSpecification.Probe, timeout: Duration = .seconds(20), id: Int = 0) throws -> Verdict {
        try send(
            .check(id: id, CheckSpecification(name: "check", probe: probe, interval: .seconds(3600), timeout: timeout)))
        return try result(of: id)
    }

    /// Ends the daemon's side.
    func hangUp() { connection = nil }

    /// Waits for the end of the process, which the test has brought about.
    func exitCode() -> Int32? {
        let code = waitForExit(of: pid)
        isReaped = code != nil
        return code
    }

    /// The numbers of its open descriptors.
    var descriptors: [String] { get throws { try Folder.names(in: "/proc/\(pid)/fd") } }

    /// A line of its /proc/PID/status.
    func status(_ key: String) throws -> String {
        let text = try Folder.text(of: "/proc/\(pid)/status")
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(key + ":") })
        return line.dropFirst(key.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
