// Hooks and posts, with the built checker.

import Glibc
import Testing
import VIPHealth

struct HookTests {
    private func hook(
        _ id: Int, _ script: String, environment: [(name: String, value: String)] = [], facts: String = "{}",
        timeout: Duration = .seconds(20)
    ) -> CheckerRequest {
        .hook(
            HookCall(
                id: id, group: "api", event: .acquired, command: ["/bin/sh", "-c", script], environment: environment,
                facts: facts, timeout: timeout))
    }

    @Test("a hook gets the facts in its environment and on its standard input, and its output is told")
    func facts() throws {
        let checker = try CheckerProcess()
        let facts = #"{"group":"api","text":"\#(String(repeating: "ä", count: 10_000))"}"#
        try checker.send(
            hook(
                1, "echo \"$VIPD_GROUP\"; wc -c; echo error >&2",
                environment: [(name: "VIPD_GROUP", value: "a p i")], facts: facts))
        #expect(
            try checker.end(of: 1)
                == HookEnd(outcome: "exit code 0", failed: false, lines: ["a p i", "\(facts.utf8.count)", "error"]))
    }

    @Test("facts that a hook does not read are no trouble")
    func unread() throws {
        let checker = try CheckerProcess()
        try checker.send(hook(1, "exit 0", facts: String(repeating: "x", count: 60_000)))
        #expect(try checker.end(of: 1) == HookEnd(outcome: "exit code 0", failed: false))
    }

    @Test("hooks run in order and one at a time, over all groups")
    func order() throws {
        let folder = try Folder()
        let log = try folder.file("log", "", mode: 0o666)
        let checker = try CheckerProcess()
        for id in 1...5 { try checker.send(hook(id, "echo begin \(id) >>\(log); echo end \(id) >>\(log)")) }
        #expect(try checker.end(of: 5).failed == false)
        let expected = (1...5).map { "begin \($0)\nend \($0)\n" }.joined()
        #expect(try Folder.text(of: log) == expected)
    }

    @Test("a hook that fails or hangs is told of, and those after it run")
    func failures() throws {
        let folder = try Folder()
        let line = try LifeLine(in: folder)
        let checker = try CheckerProcess()
        try checker.send(hook(1, "exit 3"))
        try checker.send(
            hook(
                2, "exec 9>\(line.path); setsid sleep 1000 & trap '' TERM; echo up >&9; sleep 1000",
                timeout: .seconds(2)))
        try checker.send(
            .hook(
                HookCall(id: 3, group: "api", event: .fault, command: ["/nonexistent"], environment: [], facts: "{}")))
        try checker.send(hook(4, "echo well"))
        #expect(try checker.end(of: 1) == HookEnd(outcome: "exit code 3", failed: true))
        let hung = try checker.end(of: 2)
        #expect(hung.failed && hung.outcome.hasPrefix("still ran after 2"))
        #expect(line.text() == "up\n")
        #expect(try checker.end(of: 3).outcome.hasPrefix("cannot run /nonexistent: No such file or directory"))
        #expect(try checker.end(of: 4) == HookEnd(outcome: "exit code 0", failed: false, lines: ["well"]))
    }

    @Test("checks go on while a hook hangs")
    func checksGoOn() throws {
        let checker = try CheckerProcess()
        try checker.send(hook(1, "exec sleep 1000"))
        for id in 2...4 { #expect(try checker.verdict(.exec(["/bin/true"]), id: id).passed) }
    }

    @Test("of a hook that prints without end, a part is told")
    func endlessOutput() throws {
        let checker = try CheckerProcess()
        try checker.send(hook(1, "yes \"$(head -c 5000 /dev/zero | tr '\\0' x)\" | head -n 2000"))
        let end = try checker.end(of: 1)
        #expect(end.outcome == "exit code 0")
        #expect(end.lines.count == 101)
        #expect(end.lines.allSatisfy { $0.utf8.count <= 500 })
        #expect(end.lines.last == "(it prints more than 100 lines)")
    }

    @Test("more hooks than can wait are dropped, which is told")
    func overflow() throws {
        let folder = try Folder()
        let gate = try LifeLine(in: folder)
        let checker = try CheckerProcess()
        // The first one runs for as long as the test wants.
        try checker.send(
            hook(0, "exec 9>\(gate.path); echo up >&9; while [ ! -e \(folder.path)/go ]; do sleep 0.05; done"))
        #expect(gate.text(until: "up") == "up\n")
        for id in 1...65 { try checker.send(hook(id, "exit 0")) }
        #expect(try checker.end(of: 65) == HookEnd(outcome: "not run: 64 hooks wait already", failed: true))
        _ = try folder.file("go", "")
        #expect(try checker.end(of: 64) == HookEnd(outcome: "exit code 0", failed: false))
    }

    @Test("hooks that wait are run after the daemon has gone; checks are not; then the checker ends")
    func daemonGone() throws {
        let folder = try Folder()
        let first = try LifeLine(in: folder, "first"), second = try LifeLine(in: folder, "second")
        let check = try LifeLine(in: folder, "check")
        let checker = try CheckerProcess()
        try checker.send(
            .check(
                id: 0,
                CheckSpecification(
                    name: "hangs", probe: .exec(["/bin/sh", "-c", "exec 9>\(check.path); echo up >&9; sleep 1000"]),
                    timeout: .seconds(60))))
        #expect(check.text(until: "up") == "up\n")
        try checker.send(
            hook(1, "exec 9>\(first.path); echo up >&9; while [ ! -e \(folder.path)/go ]; do sleep 0.05; done"))
        try checker.send(hook(2, "exec 9>\(second.path); echo up >&9"))
        #expect(first.text(until: "up") == "up\n")
        checker.hangUp()
        #expect(check.text() == "", "the check's program ends with the daemon")
        _ = try folder.file("go", "")
        #expect(second.text() == "up\n")
        #expect(checker.exitCode() == 0)
    }

    @Test("a post says its facts once to a server that takes them")
    func post() throws {
        let server = try WebServer("200 OK")
        let checker = try CheckerProcess()
        try checker.send(.post(WebhookCall(id: 1, group: "api", url: server.url("/hook"), facts: #"{"group":"api"}"#)))
        #expect(try checker.end(of: 1) == HookEnd(outcome: "HTTP 200", failed: false))
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.hasPrefix("POST /hook HTTP/1.1\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        #expect(request.hasSuffix("\r\n\r\n{\"group\":\"api\"}"))
    }

    @Test("a post that a server refuses is not repeated, one that fails is tried three times in all")
    func posts() throws {
        let checker = try CheckerProcess()
        let refusing = try WebServer("403 Forbidden"), failing = try WebServer("500 No")
        for (id, server) in [(1, refusing), (2, failing)] {
            try checker.send(.post(WebhookCall(id: id, group: "api", url: server.url(), facts: "{}")))
        }
        #expect(try checker.end(of: 1) == HookEnd(outcome: "HTTP 403", failed: true))
        #expect(try checker.end(of: 2) == HookEnd(outcome: "HTTP 500, at the last of 3 attempts", failed: true))
        #expect(refusing.requests.count == 1)
        #expect(failing.requests.count == 3)
    }
}
