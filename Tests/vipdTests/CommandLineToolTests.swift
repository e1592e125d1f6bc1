import Glibc
import Testing
import VIPConfiguration
import VIPControl
import VIPJSON
import VIPWire

@testable import vipd

/// A daemon that says the same to everyone: it reads a line, writes its text, and hangs up. It has a thread of its own,
/// because both sides wait.
private final class CannedDaemon {
    let path: String
    private let service: Service
    private var thread = pthread_t()

    private final class Service: Sendable {
        let listener: Int32
        let text: String
        let hangsUp: Bool

        init(listener: Int32, text: String, hangsUp: Bool) {
            self.listener = listener
            self.text = text
            self.hangsUp = hangsUp
        }

        func run() {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                var request = [UInt8](repeating: 0, count: 4096)
                _ = recv(client, &request, request.count, 0)
                _ = send(client, text, text.utf8.count, Int32(MSG_NOSIGNAL))
                while !hangsUp, recv(client, &request, request.count, 0) > 0 {}
                close(client)
            }
        }
    }

    /// One that does not hang up waits until its client does.
    init(saying text: String, hangsUp: Bool = true) throws {
        var template = Array("/tmp/vipd-canned-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) + "/s"
        service = Service(listener: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), text: text, hangsUp: hangsUp)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafeBytes(of: &address) {
            bind(service.listener, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        try #require(bound == 0 && listen(service.listener, 8) == 0)
        let context = Unmanaged.passRetained(service).toOpaque()
        let started = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Service>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        try #require(started == 0)
    }

    /// Ends the thread (accept fails on a socket that was shut down) and removes the files.
    func stop() {
        shutdown(service.listener, Int32(SHUT_RDWR))
        pthread_join(thread, nil)
        close(service.listener)
        unlink(path)
        rmdir(String(path.dropLast(2)))
    }
}

struct CommandLineToolTests {
    private struct Result: Equatable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// What `vipd` with `arguments` returns and prints. The text must fit a pipe (64 KiB).
    private func vipd(_ arguments: [String]) -> Result {
        var pipes: [[Int32]] = [[0, 0], [0, 0]]
        guard pipe(&pipes[0]) == 0, pipe(&pipes[1]) == 0 else { return Result(code: -1, output: "", errors: "") }
        let tool = CommandLineTool(output: Output(fd: pipes[0][1]), errors: Output(fd: pipes[1][1]))
        let code = tool.run(arguments)
        let texts = pipes.map { ends in
            close(ends[1])
            defer { close(ends[0]) }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = read(ends[0], &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
        return Result(code: code, output: texts[0], errors: texts[1])
    }

    private func vipd(_ arguments: String...) -> Result { vipd(arguments) }

    private func vipd(saying text: String, _ arguments: String...) throws -> Result {
        let daemon = try CannedDaemon(saying: text)
        defer { daemon.stop() }
        return vipd(arguments + ["--socket", daemon.path])
    }

    private let status = ControlResponse.status(StatusTableTests.report).line

    @Test("status prints the table without colour into a pipe, and exits 0 where the address is held")
    func statusTable() throws {
        let result = try vipd(saying: status, "status")
        #expect(result.code == 0)
        #expect(result.output.hasPrefix("VIP 192.168.1.210 on eth0 is held by k8s-controller2 since "))
        #expect(!result.output.contains("\u{1b}"))
        #expect(result.errors.isEmpty)
    }

    @Test("key prints a key file, a new one each time, and --id tells the id of one that --write made")
    func key() throws {
        var template = Array("/tmp/vipd-key-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let path = directory + "/key"
        defer {
            unlink(path)
            rmdir(directory)
        }
        let printed = vipd("key")
        #expect(printed.code == 0 && printed.output != vipd("key").output)
        #expect(printed.output.split(separator: "\n").map { $0.utf8.count > 64 ? $0.first : "k" } == ["#", "k"])
        let made = vipd("key", "--write", path)
        let id = vipd("key", "--id", path)
        #expect(made.code == 0 && id.code == 0 && id.output.utf8.count == 9)
        #expect(made.output == "key \(id.output.dropLast()) is in \(path); copy it to the other nodes\n")
        let again = vipd("key", "--write", path)
        #expect(again.code == 1)
        #expect(
            again.errors
                == "vipd: key file \(path) cannot be made: File exists; nothing was overwritten: name another file, or "
                + "remove it\n")
        #expect(vipd("key", "--id", path) == id)
        #expect(vipd("key", "--id", path, "--write", path).code == 2)
    }

    @Test("status --json prints the whole report")
    func statusJSON() throws {
        let result = try vipd(saying: status, "status", "--json")
        #expect(result.code == 0)
        #expect(try StatusReport(json: JSONValue(parsing: result.output.utf8)) == StatusTableTests.report)
    }

    @Test("is-holder prints nothing and tells by its exit code")
    func isHolder() throws {
        #expect(try vipd(saying: status, "is-holder") == Result(code: 1, output: "", errors: ""))
        #expect(
            try vipd(saying: status, "is-holder", "--group=x")
                == Result(code: 2, output: "", errors: "vipd: there is no group 'x'; this node has default\n"))
        var report = StatusTableTests.report
        report.groups[0].state = .holder
        let holding = ControlResponse.status(report).line
        #expect(try vipd(saying: holding, "is-holder", "--group=default").code == 0)
    }

    @Test("events prints one event a line, and --follow says when the daemon ends")
    func events() throws {
        let records = (1...2).map {
            EventRecord(id: $0, at: Timestamp(milliseconds: 0), kind: "start", message: "event \($0)")
        }
        let kept = ControlResponse.events(records).line
        let plain = try vipd(saying: kept, "events")
        #expect(plain.code == 0)
        #expect(plain.output.split(separator: "\n").map { $0.suffix(9) } == ["  event 1", "  event 2"])
        let json = try vipd(saying: kept, "events", "--json")
        let read = try json.output.split(separator: "\n").map { try EventRecord(json: JSONValue(parsing: $0.utf8)) }
        #expect(read == records)
        let next = #"{"protocol":1,"event":\#(records[0].json.text())}"#
        let followed = try vipd(saying: kept + next + "\n", "events", "--follow")
        #expect(followed.code == 1)
        #expect(followed.output.split(separator: "\n").count == 3)
        #expect(followed.errors.contains("closed the connection; was it stopped?"))
    }

    @Test("events --timings prints tables; with --json it is the JSON; with --follow it is a mistake")
    func timings() throws {
        let record = EventRecord(
            id: 1, at: Timestamp(milliseconds: 0), group: "api", kind: "transition", to: "two",
            phases: [EventPhase("silence", microseconds: 200_000)], message: "one -> two")
        let kept = ControlResponse.events([record]).line
        let table = try vipd(saying: kept, "events", "--timings")
        #expect(table.code == 0 && table.output.contains("  whole    200.000 ms\n"))
        let json = try vipd(saying: kept, "events", "--timings", "--json")
        #expect(try EventRecord(json: JSONValue(parsing: json.output.utf8)) == record)
        let mistaken = try vipd(saying: kept, "events", "--timings", "--follow")
        #expect(mistaken.code == 2 && mistaken.errors.contains("do not go together"))
    }

    @Test("events --follow ends when nobody reads it any more, though nothing happens")
    func unreadEvents() throws {
        let daemon = try CannedDaemon(saying: ControlResponse.events([]).line, hangsUp: false)
        defer { daemon.stop() }
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let tool = CommandLineTool(output: Output(fd: ends[1]))
        #expect(tool.run(["events", "--follow", "--socket", daemon.path]) == 0)
    }

    @Test("maintenance says what holds now, and a refusal is an error")
    func maintenance() throws {
        let done = ControlResponse.maintenance(on: true).line
        #expect(
            try vipd(saying: done, "maintenance", "on")
                == Result(code: 0, output: "maintenance is on\n", errors: ""))
        let refused = ControlResponse.failure(ControlError(.notAllowed, "only root\u{7} may")).line
        #expect(
            try vipd(saying: refused, "maintenance", "on")
                == Result(code: 1, output: "", errors: "vipd: only root\\u{7} may\n"))
    }

    @Test("reload names the groups that are served now, and fails with the daemon's words where it is refused")
    func reload() throws {
        let done = ControlResponse.reloaded(groups: ["api", "b"]).line
        #expect(try vipd(saying: done, "reload") == Result(code: 0, output: "reloaded: serves api, b\n", errors: ""))
        let refused = ControlResponse.failure(ControlError(.failed, "reload refused: vipd.yaml:1:1: one")).line
        #expect(
            try vipd(saying: refused, "reload")
                == Result(code: 1, output: "", errors: "vipd: reload refused: vipd.yaml:1:1: one\n"))
    }

    @Test("an answer that is none, or that of another question, is an error and not a crash")
    func garbled() throws {
        for text in ["220 smtp ready\r\n", "\u{1b}[2J\n", "{}\n", "", ControlResponse.maintenance(on: true).line] {
            let result = try vipd(saying: text, "status")
            #expect(result.code == 1)
            #expect(result.errors.hasPrefix("vipd: "))
            #expect(!result.errors.contains("\u{1b}"))
            #expect(result.output.isEmpty)
        }
    }

    @Test("without a daemon the commands say how to look for it", arguments: ["status", "is-holder", "events"])
    func unreachable(command: String) {
        let result = vipd(command, "--socket=/nonexistent/vipd.sock")
        #expect(
            result
                == Result(
                    code: 1, output: "",
                    errors:
                        "vipd: cannot reach vipd at /nonexistent/vipd.sock: No such file or directory; is it running? "
                        + "systemctl status vipd\n"))
    }

    @Test("help and version go to standard output, usage errors to standard error with exit 2")
    func words() {
        #expect(vipd("version") == Result(code: 0, output: "vipd \(vipdVersion)\n", errors: ""))
        #expect(vipd("--version") == vipd("version"))
        #expect(vipd("--help") == Result(code: 0, output: HelpText.overview, errors: ""))
        #expect(vipd("help", "status") == vipd("status", "-h"))
        #expect(vipd("help", "status").output == HelpText.text(of: .status))
        #expect(vipd("help", "statsu").code == 2)
        #expect(vipd("\u{1b}[2J").errors == "vipd: unknown command '\\u{1b}[2J'; 'vipd help' lists them all\n")
        let wrong = vipd("statsu")
        #expect(wrong.code == 2)
        #expect(wrong.output.isEmpty)
        #expect(wrong.errors == "vipd: unknown command 'statsu', did you mean 'status'? 'vipd help' lists them all\n")
    }

    @Test("a reader that has gone away is no error, a full disk is")
    func writeFailures() {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let before = signal(SIGPIPE, SIG_IGN)
        let gone = Output(fd: ends[1])
        gone.write("text")
        signal(SIGPIPE, before)
        close(ends[1])
        #expect(!gone.isOpen && !gone.isBroken)

        let full = open("/dev/full", O_WRONLY)
        var tool = CommandLineTool(output: Output(fd: full))
        var errors: [Int32] = [0, 0]
        #expect(pipe(&errors) == 0)
        tool.errors = Output(fd: errors[1])
        #expect(tool.run(["version"]) == 1)
        for fd in [full] + errors { close(fd) }
    }

    /// `vipd check` on a file with this text.
    private func check(_ text: String) throws -> (result: Result, path: String) {
        var template = Array("/tmp/vipd-check-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        try #require(file >= 0)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            close(file)
            unlink(path)
        }
        try #require(write(file, text, text.utf8.count) == text.utf8.count)
        return (vipd("check", path), path)
    }

    @Test("check shows each mistake in its line, with a mark under its column")
    func checkMistakes() throws {
        let (result, path) = try check("vip: 192.168.1.210\nintervall: 1s\nnode: a b\n")
        #expect(result.code == 1)
        #expect(result.errors.isEmpty)
        #expect(
            result.output == """
                \(path):2:1: unknown key "intervall"; did you mean "interval"?
                  2 | intervall: 1s
                    | ^
                \(path):3:7: node "a b" is not a node's name; write 1 to 63 characters of A-Z a-z 0-9 . _ -, \
                like k8s-controller1
                  3 | node: a b
                    |       ^

                """)
    }

    @Test("check says what a file comes to, and that an interface it names is not there")
    func checkFine() throws {
        let (result, path) = try check(
            "groups: [{name: api, addresses: [10.99.0.1], interface: nosuch0, members: 3, checks: [{etcd: }]}]\n")
        #expect(result.code == 0)
        #expect(result.output.hasPrefix("\(path) is fine.\n  api: 10.99.0.1; waits: "))
        #expect(result.output.hasSuffix("; priority 100; quorum of 3 members; checks etcd\n"))
    }

    @Test("check refuses an address that is no host's in the subnet of this machine's link, and says whose it is")
    func checkReserved() throws {
        let files = try Files()
        let link = LinkFacts(
            name: "eth0", index: 2, mac: MACAddress(bits: 0x5254_0000_0001),
            addresses: [.init(IPv4Address(10, 99, 0, 11), prefixLength: 24)])
        for (address, kind) in [("10.99.0.255", "broadcast"), ("10.99.0.0", "network")] {
            let path = try files.write("vip: \(address)\n".utf8)
            let refused = try ran { output, _ in
                CheckCommand(output: output, palette: Palette(isColoured: false), links: [link]).run(path: path)
            }
            #expect(refused.code == 1)
            #expect(
                refused.output
                    == "\(path): group default: \(address) is the \(kind) address of 10.99.0.11/24 on eth0, which no host "
                    + "can have; choose an unused address of that subnet\n")
        }
    }

    @Test("check takes an address that another program on this machine still has, and says so")
    func checkOwn() throws {
        let files = try Files()
        let path = try files.write("vip: 10.99.0.210\n".utf8)
        let link = LinkFacts(
            name: "eth0", index: 2, mac: MACAddress(bits: 0x5254_0000_0001),
            addresses: [.init(IPv4Address(10, 99, 0, 210), prefixLength: 24)])
        let taken = try ran { output, _ in
            CheckCommand(output: output, palette: Palette(isColoured: false), links: [link]).run(path: path)
        }
        #expect(taken.code == 0)
        #expect(taken.output.contains("waits: 10.99.0.210 is this machine's own address on eth0; "))
    }

    @Test("check names the keys of a file, or what is wrong with one of them")
    func checkKeys() throws {
        let text = "vip: 10.99.0.1\nkeyFile: /nowhere/key\n"
        let (missing, _) = try check(text)
        #expect(missing.code == 1)
        #expect(missing.output.hasPrefix("key file /nowhere/key cannot be opened: No such file or directory; "))
        let key = "/tmp/vipd-check-key-\(getpid())"
        defer { unlink(key) }
        let id = vipd("key", "--write", key).output.split(separator: " ")[1]
        let (fine, path) = try check("vip: 10.99.0.1\nkeyFile: \(key)\nacceptUnsigned: true\nrealtime: true\n")
        #expect(
            fine.output.hasPrefix(
                "\(path) is fine.\n  signs with key \(id)\n  accepts unsigned frames\n  runs in realtime\n"))
    }

    @Test("a mistake far into a long line is shown with what is around it, tabs as one column")
    func longLine() {
        let line = Substring(String(repeating: "x", count: 300) + "\tmistake" + String(repeating: "y", count: 300))
        let excerpt = CheckCommand.excerpt(line, line: 7, column: 302)
        #expect(excerpt.count == 2)
        #expect(excerpt[0].count < 120)
        let mark = excerpt[1].count - 1
        #expect(Array(excerpt[0])[mark] == "m")
    }
}
