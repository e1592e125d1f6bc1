// The checker's one connection: what it refuses, whom it serves, how it begins and ends; with the built checker.

import Glibc
import Testing
import VIPHealth

struct ConnectionTests {
    @Test("the process has no privilege left, whoever starts it")
    func privileges() throws {
        let checker = try CheckerProcess()
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(try checker.status(set) == "0000000000000000") }
        #expect(try checker.status("NoNewPrivs") == "1")
        #expect(try !checker.status("Uid").split(separator: " ").contains("0"))
        if geteuid() == 0 {
            #expect(try checker.status("CapBnd") == "0000000000000000")
            #expect(try checker.status("Groups").isEmpty)
        }
    }

    @Test(
        "what is no request is refused with a reason, and what comes after it is served",
        arguments: [
            ("no JSON", "malformed"), ("{}", "expected one key"), (#"{"reboot":{}}"#, "\"reboot\""),
            (#"{"check":{"id":1}}"#, "check.name"), (String(repeating: "x", count: 66_000), "66000 bytes"),
            (String(repeating: "[", count: 60_000), "malformed"),
        ])
    func garbage(text: String, reason: String) throws {
        let checker = try CheckerProcess()
        try checker.sendBytes(Array(text.utf8))
        let problem = try checker.refusal()
        #expect(problem.contains(reason), "\(problem)")
        #expect(try checker.verdict(.exec(["/bin/true"])).passed)
    }

    @Test("a flood of garbage delays nothing for long and costs no memory")
    func flood() throws {
        let checker = try CheckerProcess()
        try checker.send(
            .check(
                id: 1,
                CheckSpecification(
                    name: "c", probe: .exec(["/bin/true"]), interval: .milliseconds(100), timeout: .seconds(20))))
        _ = try checker.result(of: 1)
        // Nobody reads the refusals meanwhile.
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        for _ in 0..<5000 { try checker.sendBytes(text) }
        #expect(try checker.result(of: 1).passed)
        let peak = try checker.status("VmHWM").split(separator: " ").first.flatMap { Int($0) }
        #expect(try #require(peak) < 500_000)
        try checker.sendBytes(Array("last".utf8))
        #expect(try checker.verdict(.exec(["/bin/true"]), id: 2).passed)
    }

    @Test("no more than 64 checks are taken, and one that is cancelled makes room")
    func manyChecks() throws {
        let checker = try CheckerProcess()
        let specification = CheckSpecification(
            name: "c", probe: .exec(["/bin/true"]), interval: .seconds(3600), timeout: .seconds(20))
        for id in 1...65 { try checker.send(.check(id: id, specification)) }
        #expect(try checker.refusal() == "there are 64 checks already")
        try checker.send(.cancel(id: 1))
        #expect(try checker.verdict(.exec(["/bin/echo", "66"]), id: 66) == Verdict(passed: true, message: "66"))
    }

    @Test("a check with the number of another one takes its place")
    func replaced() throws {
        let checker = try CheckerProcess()
        try checker.send(
            .check(
                id: 1,
                CheckSpecification(
                    name: "old", probe: .exec(["/bin/echo", "old"]), interval: .milliseconds(100), timeout: .seconds(20)
                )))
        #expect(try checker.result(of: 1).message == "old")
        try checker.send(
            .check(
                id: 1,
                CheckSpecification(
                    name: "new", probe: .exec(["/bin/echo", "new"]), interval: .milliseconds(100), timeout: .seconds(20)
                )))
        var messages: [String] = []
        while messages.last != "new" { messages.append(try checker.result(of: 1).message) }
        for _ in 0..<3 { #expect(try checker.result(of: 1).message == "new") }
    }

    @Test("it ends with the daemon, and when it is asked to")
    func ends() throws {
        let checker = try CheckerProcess()
        checker.hangUp()
        #expect(checker.exitCode() == 0)
        let other = try CheckerProcess()
        kill(other.pid, SIGTERM)
        #expect(other.exitCode() == 0)
    }

    @Test("a Ctrl-C meant for the daemon leaves it alone")
    func interrupted() throws {
        let checker = try CheckerProcess()
        for signal in [SIGINT, SIGHUP, SIGPIPE] { kill(checker.pid, signal) }
        #expect(try checker.verdict(.exec(["/bin/true"])).passed)
    }

    @Test("what it cannot begin with is an error: no socket, a stream, wrong usage")
    func wrongBeginnings() throws {
        #expect(try CheckerProcess.exitCode() == 1)
        #expect(try CheckerProcess.exitCode("--fd", "3") == 1)
        #expect(try CheckerProcess.exitCode("--fd", "1") == 2)
        #expect(try CheckerProcess.exitCode("--fd", "x") == 2)
        #expect(try CheckerProcess.exitCode("--port", "80", "x") == 2)
        #expect(try CheckerProcess.exitCode("--help") == 0)
        let stream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(stream) }
        #expect(try CheckerProcess.exitCode("--fd", "3", descriptor: stream) == 1)
    }
}

/// A checker behind a socket that listens, as systemd starts it.
struct ListeningTests {
    /// Calls `body` with whatever makes a connection to the checker, and ends the checker.
    private static func withChecker(_ body: (_ connect: () throws -> Connection) throws -> Void) throws {
        let folder = try Folder()
        let path = "\(folder.path)/check.sock"
        let listener = sequencedSocket()
        defer { close(listener) }
        try #require(at(path) { bind(listener, $0, $1) } == 0 && listen(listener, 8) == 0)
        chmod(path, 0o666)
        let pid = try CheckerProcess.listening(at: listener)
        defer {
            kill(pid, SIGKILL)
            _ = waitForExit(of: pid)
        }
        try body {
            let client = sequencedSocket()
            try #require(at(path) { Glibc.connect(client, $0, $1) } == 0)
            return Connection(client)
        }
    }

    private static func at(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    @Test("one daemon is served at a time; another is refused with the reason, and may come when the first has gone")
    func oneAtATime() throws {
        try Self.withChecker { connect in
            var first: Connection? = try connect()
            #expect(try first?.next() == .ready(version: CheckerProtocol.version))
            let second = try connect()
            #expect(try second.next() == .refused(problem: "vipd-check serves another daemon already"))
            #expect(try second.next() == nil)
            let check = CheckSpecification(
                name: "c", probe: .exec(["/bin/true"]), interval: .milliseconds(100), timeout: .seconds(20))
            try first?.send(.check(id: 1, check))
            #expect(try first?.result(of: 1).passed == true)

            first = nil
            let third = try connect()
            #expect(try third.next() == .ready(version: CheckerProtocol.version))
            // The first one's checks are gone: the next result is that of the third one's.
            try third.send(.check(id: 2, check))
            let next = try third.next()
            #expect(next == .result(id: 2, passed: true, message: "exit code 0"))
        }
    }

    @Test("users other than root and its own are refused", .enabled(if: geteuid() == 0, "needs root"))
    func strangers() async {
        // In a process of its own, which becomes another user.
        await #expect(processExitsWith: .success) {
            try Self.withChecker { connect in
                #expect(try connect().next() == .ready(version: CheckerProtocol.version))
                #expect(seteuid(54_321) == 0)
                let stranger = try connect()
                #expect(seteuid(0) == 0)
                guard case .refused(let problem) = try stranger.next() else {
                    Issue.record("a stranger was let in")
                    return
                }
                #expect(problem == "only root and the user of vipd-check may use it, not user 54321")
                #expect(try stranger.next() == nil)
            }
        }
    }
}
