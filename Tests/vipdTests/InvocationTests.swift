import Testing
import VIPConfiguration
import VIPText

@testable import vipd

struct InvocationTests {
    @Test("the flags of run arrive as they were given, with = or without, in any order")
    func run() throws {
        let words = [
            "run", "--vip", "192.168.1.210", "--priority=7", "--vip=192.168.1.211", "--config", "/a b", "--node=x=y",
            "--interface", "eth0", "--interval", "10ms", "--socket", "/s",
        ]
        let invocation = try Invocation(parsing: words)
        let arguments = RunOptions(invocation)
        #expect(arguments.vips == ["192.168.1.210", "192.168.1.211"])
        #expect(arguments.priority == "7")
        #expect(arguments.configPath == "/a b")
        #expect(arguments.node == "x=y")
        #expect(arguments.interface == "eth0")
        #expect(arguments.interval == "10ms")
        #expect(invocation.value("--socket") == "/s")
    }

    @Test("what is not given is not there")
    func bare() throws {
        let invocation = try Invocation(parsing: ["run"])
        #expect(RunOptions(invocation) == RunOptions())
        #expect(invocation.value("--socket") == nil)
    }

    @Test("switches, short names and operands are understood wherever they stand")
    func placement() throws {
        let events = try Invocation(parsing: ["events", "-f", "--json"])
        #expect(events.has("--follow"))
        #expect(events.has("--json"))
        #expect(try Invocation(parsing: ["maintenance", "--socket", "/s", "on"]).operand == "on")
        #expect(try Invocation(parsing: ["maintenance", "on", "--socket=/s"]).value("--socket") == "/s")
        #expect(try Invocation(parsing: ["maintenance", "--", "off"]).operand == "off")
        #expect(try Invocation(parsing: ["maintenance", "-h"]).wantsHelp)
        #expect(try Invocation(parsing: ["status", "--socket", "-"]).value("--socket") == "-")
    }

    @Test(
        "help and version also go by their flags",
        arguments: [("--help", "help"), ("-h", "help"), ("help", "help"), ("--version", "version")])
    func flags(word: String, command: String) throws {
        #expect(try Invocation(parsing: [word]).command.name == command)
    }

    @Test(
        "what makes no sense is refused with the way out",
        arguments: [
            ([], "a command is missing, such as 'vipd status'; 'vipd help' lists them all"),
            (["statsu"], "unknown command 'statsu', did you mean 'status'? 'vipd help' lists them all"),
            (["isholder"], "unknown command 'isholder', did you mean 'is-holder'? 'vipd help' lists them all"),
            (["frobnicate"], "unknown command 'frobnicate'; 'vipd help' lists them all"),
            ([""], "unknown command ''; 'vipd help' lists them all"),
            (
                ["--json", "status"],
                "'--json' comes before the command; options go behind it, as in 'vipd status --json'"
            ),
            (["--bogus"], "'--bogus' comes before the command; options go behind it"),
            (
                ["status", "--jsno"],
                "status has no option '--jsno', did you mean '--json'? 'vipd help status' lists them"
            ),
            (["status", "-x"], "status has no option '-x'; 'vipd help status' lists them"),
            (["run", "--vpi=1"], "run has no option '--vpi', did you mean '--vip'? 'vipd help run' lists them"),
            (["status", "--json=yes"], "--json takes no value; leave out '=…'"),
            (["run", "--vip"], "--vip needs a value: --vip ADDR"),
            (["run", "--vip", "--interface", "eth0"], "--vip needs a value: --vip ADDR"),
            (["run", "--node="], "--node needs a value: --node NAME"),
            (["run", "--node", ""], "--node needs a value: --node NAME"),
            (["run", "--node", "a", "--node=b"], "--node is given twice; once is enough"),
            (["status", "now"], "'now' is one too many for status; see 'vipd help status'"),
            (["maintenance"], "maintenance needs one of on, off, as in 'vipd maintenance on'"),
            (["maintenance", "onn"], "maintenance is on or off, not 'onn'"),
            (["maintenance", "on", "off"], "'off' is one too many for maintenance; see 'vipd help maintenance'"),
        ])
    func refused(words: [String], message: String) {
        #expect(throws: UsageError(message: message)) { try Invocation(parsing: words) }
    }
}

struct SuggestionTests {
    @Test(
        "one slip of the keys is understood, another word is not",
        arguments: [
            ("status", "status"), ("sttaus", "status"), ("statuss", "status"), ("Status", "status"),
            ("event", "events"), ("evnets", "events"), ("hlep", "help"), ("rn", "run"), ("maintainance", "maintenance"),
            ("stop", nil), ("x", nil), ("", nil), (String(repeating: "status", count: 20), nil),
        ] as [(String, String?)])
    func nearest(word: String, suggestion: String?) {
        #expect(Suggestion.nearest(to: word, among: Command.all.map(\.name)) == suggestion)
    }
}

struct HelpTextTests {
    @Test("the overview names every command, and fits a terminal")
    func overview() {
        for command in Command.all { #expect(HelpText.overview.contains("  \(command.name) ")) }
        #expect(HelpText.overview.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("the help of a command names all it takes, and fits a terminal", arguments: Command.all.map(\.name))
    func command(name: String) throws {
        let command = try Invocation.command(name)
        let text = HelpText.text(of: command)
        for option in command.allOptions { #expect(text.contains(option.name)) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 84 }, "\(text)")
    }

    @Test("help shows synopsis, options, defaults and exit codes")
    func golden() {
        #expect(
            HelpText.text(of: .isHolder) == """
                vipd is-holder: exit 0 on the holder and 1 elsewhere, for scripts and timers

                Usage: vipd is-holder [--group NAME] [--socket PATH]

                With several groups, 0 where this node holds all of them, or that of --group.

                Options:
                  --group NAME   ask about this group only
                  --socket PATH  the daemon's control socket (default: /run/vipd/vipd.sock)
                  -h, --help     print this help

                Exit codes:
                  0  this node holds the addresses
                  1  it does not, or no daemon runs
                  2  there is no such group

                """)
    }
}
