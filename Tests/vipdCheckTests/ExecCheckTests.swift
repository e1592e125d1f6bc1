// Checks that run programs, well-behaved and not, with the built checker.

import Glibc
import Testing
import VIPHealth

struct ExecCheckTests {
    private func shell(_ script: String, timeout: Duration = .seconds(20)) throws -> Verdict {
        try CheckerProcess().verdict(.exec(["/bin/sh", "-c", script]), timeout: timeout)
    }

    @Test(
        "the exit code decides, and the last line is the message",
        arguments: [
            ("exit 0", true, "exit code 0"), ("echo fine", true, "fine"), ("exit 7", false, "exit code 7"),
            ("echo one; echo two >&2; exit 1", false, "exit code 1: two"),
            ("printf 'no line end'; exit 1", false, "exit code 1: no line end"),
            ("kill -9 $$", false, "killed by signal 9 (Killed)"), ("cat", true, "exit code 0"),
            (#"printf '\033[2J\n\n  \n'; exit 1"#, false, "exit code 1: \u{fffd}[2J"),
        ])
    func exitCode(script: String, passed: Bool, message: String) throws {
        #expect(try shell(script) == Verdict(passed: passed, message: message))
    }

    @Test("a program that is missing, not executable, or no program is named as such")
    func notRun() throws {
        let folder = try Folder()
        let checker = try CheckerProcess()
        let missing = try checker.verdict(.exec(["/nonexistent/program"]), id: 0)
        #expect(!missing.passed)
        #expect(missing.message.hasPrefix("cannot run /nonexistent/program: No such file or directory"))
        let text = try folder.file("text", "#!/bin/sh\nexit 0\n")
        let refused = try checker.verdict(.exec([text]), id: 1)
        #expect(refused.message.hasPrefix("cannot run \(text): Permission denied; let the user"))
        let noProgram = try folder.file("none", "neither a program nor a script", mode: 0o755)
        #expect(
            try checker.verdict(.exec([noProgram]), id: 2).message.hasPrefix("cannot run \(noProgram): Exec format"))
        let script = try folder.file("script", "#!/nonexistent/shell\n", mode: 0o755)
        #expect(try checker.verdict(.exec([script]), id: 3).message.contains("the interpreter its first line names"))
    }

    @Test("a program that hangs is killed at the timeout with all that it started")
    func hang() throws {
        let folder = try Folder()
        let line = try LifeLine(in: folder)
        let script =
            "exec 9>\(line.path); trap '' TERM INT HUP; sleep 1000 & setsid sleep 1000 & echo up >&9; sleep 1000"
        let checker = try CheckerProcess()
        #expect(
            try checker.verdict(.exec(["/bin/sh", "-c", script]), timeout: .seconds(3))
                == Verdict(passed: false, message: "still ran after 3000 ms and was killed"))
        #expect(line.text() == "up\n")
        withExtendedLifetime(checker) {}
    }

    @Test("what a program leaves behind is killed when it ends, even in a session of its own")
    func lingering() throws {
        let folder = try Folder()
        let line = try LifeLine(in: folder)
        let script = """
            exec 9>\(line.path)
            sleep 1000 &
            setsid sleep 1000 &
            (setsid sh -c 'setsid sleep 1000 & sleep 1000' &)
            echo up >&9
            echo done
            """
        let checker = try CheckerProcess()
        #expect(try checker.verdict(.exec(["/bin/sh", "-c", script])) == Verdict(passed: true, message: "done"))
        #expect(line.text() == "up\n")
        withExtendedLifetime(checker) {}
    }

    @Test("a program that prints without end is read, dropped, and killed at the timeout")
    func endlessOutput() throws {
        let checker = try CheckerProcess()
        for (id, script) in ["exec yes", "exec cat /dev/zero", "while :; do echo x >&2; done"].enumerated() {
            #expect(
                try checker.verdict(.exec(["/bin/sh", "-c", script]), timeout: .milliseconds(500), id: id)
                    == Verdict(passed: false, message: "still ran after 500 ms and was killed"))
        }
        #expect(
            try checker.verdict(.exec(["/bin/sh", "-c", "yes | head -c 10000000; echo; echo end"]), id: 9).message
                == "end")
        let peak = try checker.status("VmHWM").split(separator: " ").first.flatMap { Int($0) }
        #expect(try #require(peak) < 500_000)
    }

    @Test("runs of a check never overlap")
    func noOverlap() throws {
        let folder = try Folder()
        let lock = try folder.file("lock", "", mode: 0o666)
        let checker = try CheckerProcess()
        // The lock is taken for longer than the interval: two runs at a time would meet.
        let script = "exec 9<>\(lock); flock -n 9 || { echo overlaps; exit 1; }; sleep 0.3; echo alone"
        try checker.send(
            .check(
                id: 0,
                CheckSpecification(
                    name: "slow", probe: .exec(["/bin/sh", "-c", script]), interval: .milliseconds(100),
                    timeout: .seconds(20))))
        for _ in 0..<3 { #expect(try checker.result(of: 0) == Verdict(passed: true, message: "alone")) }
    }

    @Test("nothing is left of many runs: no process, no descriptor")
    func nothingLeft() throws {
        let checker = try CheckerProcess()
        // With a verdict its start is over, and with that what it opens for itself.
        #expect(try checker.verdict(.exec(["/bin/true"])).passed)
        let before = try checker.descriptors
        for _ in 0..<20 {
            #expect(try checker.verdict(.exec(["/bin/sh", "-c", "sleep 1000 & exit 0"])).passed)
        }
        #expect(try checker.descriptors.count == before.count)
        // What is left of a program is killed with it, and reaped when the kernel says that it has ended, which may be
        // after the verdict. Each further run gives the checker's loop a turn; what leaked is still there after all of them.
        var children = try Folder.text(of: "/proc/\(checker.pid)/task/\(checker.pid)/children")
        for _ in 0..<100 where !children.isEmpty {
            #expect(try checker.verdict(.exec(["/bin/true"])).passed)
            children = try Folder.text(of: "/proc/\(checker.pid)/task/\(checker.pid)/children")
        }
        #expect(children.isEmpty)
    }

    @Test("a program finds no descriptor of the checker's, no rights, no environment, and a fresh session")
    func surroundings() throws {
        // What is not zero of the sets is printed, and would be a field too many.
        let script = """
            echo "$(ls /proc/self/fd | tr -d '\\n') $(id -u) $(id -g) \
            $(env | grep -c -v -E '^(PATH|LANG|PWD|SHLVL|_|OLDPWD)=') \
            $(awk '/^(CapInh|CapPrm|CapEff|CapAmb|SigBlk):/ && $2 !~ /^0+$/ { printf "%s", $1 }
                /^NoNewPrivs:/ { printf "%s", $2 }' /proc/self/status) $(pwd) $(ulimit -c) \
            $(ps -o sid= -p $$ | grep -c -w $$) $([ "$(ulimit -d)" = 262144 ] && echo bounded) \
            $(sh -c 'kill -PIPE $$; echo ignored')"
            """
        let result = try shell(script)
        let fields = result.message.split(separator: " ").map(String.init)
        let user = geteuid() == 0 ? fields.dropFirst().first : String(geteuid())
        #expect(user != "0")
        // Descriptors 0 to 2, and that of `ls`; no variable; no capability, no_new_privs, no signal blocked or ignored.
        #expect(fields.first == "0123")
        #expect(Array(fields.dropFirst(3)) == ["0", "1", "/", "0", "1"], "\(result.message)")
    }
}
