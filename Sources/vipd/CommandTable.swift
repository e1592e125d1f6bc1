// The table of vipd's commands. Deliberately not here: what they do.
import VIPConfiguration
import VIPControl

extension Command {
    /// All commands, in the order of the help.
    static let all = [
        run, status, isHolder, events, move, maintenance, reload, monitor, get, check, doctor, convert, key, completion,
        manual, version, helpCommand,
    ]

    static let run = Command(
        name: "run",
        summary: "run the daemon in the foreground",
        details: [
            "Floats the virtual addresses between the nodes of this network segment until it",
            "gets SIGTERM, and then lets them go. Flags override the file; --vip alone needs no",
            "file: the interface is the one whose subnet the address is in.",
        ],
        options: [
            Option(name: "--config", value: .file, summary: "the configuration", standard: "/etc/vipd/vipd.yaml"),
            Option(name: "--vip", value: .address, repeats: true, summary: "a virtual address; may be repeated"),
            Option(name: "--interface", value: .interface, summary: "the link the addresses live on"),
            Option(name: "--node", value: .node, summary: "the name of this node", standard: "the host name"),
            Option(name: "--priority", value: .number, summary: "1-254, the highest is preferred", standard: "100"),
            Option(
                name: "--interval", value: .duration, summary: "between announcements, 10ms-10s", standard: "100ms"),
            Option(name: "--key-file", value: .file, summary: "the key that frames are signed with"),
            socket,
        ])

    static let status = Command(
        name: "status",
        summary: "show who holds the addresses, who is next, and what happened last",
        details: [
            "With --watch it shows them on the whole terminal, anew with whatever happens",
            "and twice a second, the last events below, until q or Ctrl-C; the exit code",
            "then says nothing of the addresses. A daemon that ends is waited for. Programs",
            "follow with 'vipd events --follow --json' instead.",
        ],
        options: [
            Option(name: "--json", summary: "print JSON: durations in milliseconds, times RFC 3339"),
            Option(name: "--watch", summary: "show it live on the whole terminal; not with --json"), socket,
        ],
        exitCodes: [
            (ExitCode.success, "every group is held"), (ExitCode.failure, "the daemon cannot be reached"),
            (ExitCode.nobodyHolds, "nobody holds a group"), (ExitCode.conflict, "an address is in conflict"),
        ])

    static let isHolder = Command(
        name: "is-holder",
        summary: "exit 0 on the holder and 1 elsewhere, for scripts and timers",
        details: ["With several groups, 0 where this node holds all of them, or that of --group."],
        options: [Option(name: "--group", value: .group, summary: "ask about this group only"), socket],
        exitCodes: [
            (ExitCode.success, "this node holds the addresses"), (ExitCode.failure, "it does not, or no daemon runs"),
            (ExitCode.usage, "there is no such group"),
        ])

    static let events = Command(
        name: "events",
        summary: "show what happened, with reasons and milliseconds",
        details: [
            "With --timings it shows instead where the time of each takeover and handover went,",
            "as this node saw it: from the old holder's last sign of life to the first answer",
            "of a host. With --json the events have these phases in any case.",
        ],
        options: [
            Option(name: "--follow", short: "-f", summary: "go on with what happens, until interrupted"),
            Option(name: "--timings", summary: "show the phases of each takeover; not with --follow"),
            Option(name: "--json", summary: "print one JSON object a line"), socket,
        ])

    static let move = Command(
        name: "move",
        summary: "hand the addresses over now, and wait until it is done",
        details: [
            "To the best candidate, or to the node of that name. Asked of the holder, by",
            "root or a member of group \(AccessPolicy.groupName).",
        ],
        options: [
            Option(name: "--to", value: .node, summary: "the node that is to hold"),
            Option(name: "--group", value: .group, summary: "the group, where there are several"), socket,
        ])

    static let maintenance = Command(
        name: "maintenance",
        summary: "step down and stay out, or come back",
        details: ["For root and members of group \(AccessPolicy.groupName)."],
        operand: .choice(["on", "off"]),
        options: [socket])

    static let reload = Command(
        name: "reload",
        summary: "have the daemon take its changed configuration over",
        details: [
            "Fails where the daemon refuses it, with each mistake; the old one then goes on.",
            "Groups that keep their name, addresses, interface and quorum go on without a gap.",
            "What 'systemctl reload vipd' does; for root and members of group \(AccessPolicy.groupName).",
        ],
        options: [socket],
        exitCodes: [
            (ExitCode.success, "the configuration is in force"),
            (ExitCode.failure, "it was refused, or the daemon cannot be reached"),
        ])

    static let key = Command(
        name: "key",
        summary: "make a key that the nodes sign with, or tell the id of one",
        details: [
            "Prints a new key file. All nodes need the same; whoever has it can speak for them.",
            "A file that --write makes is for its owner alone; where root makes it, also for",
            "the group \(AccessPolicy.groupName), as which the daemon reads it, if there is one.",
        ],
        options: [
            Option(name: "--write", value: .file, summary: "make this file, which must not be there yet"),
            Option(name: "--id", value: .file, summary: "print the id of the key in this file, as status shows it"),
        ])

    static let check = Command(
        name: "check",
        summary: "validate a configuration, and show what it comes to here",
        details: [
            "FILE is \(Limits.defaultPath) unless given; - is standard input. Nothing is started or",
            "changed.",
        ],
        operand: .file,
        exitCodes: [
            (ExitCode.success, "the file is fine"),
            (ExitCode.failure, "it has mistakes, cannot be read, or cannot work on this machine"),
        ])

    static let completion = Command(
        name: "completion",
        summary: "print the completion script of a shell",
        details: [
            "For bash: source <(vipd completion bash). The scripts ask for the names of nodes",
            "and groups in the same way, which a running daemon knows.",
        ],
        operand: .choice(Completion.shells + ["nodes", "groups"]),
        options: [socket])

    static let manual = Command(
        name: "manual",
        summary: "print a page of the manual for man(1)",
        details: ["To read it: vipd manual vipd | man -l -"],
        operand: .choice(Manual.pages))

    static let version = Command(name: "version", summary: "print the version")

    static let helpCommand = Command(
        name: "help", summary: "print help, of all commands or of one", operand: .command)

    /// Goes with every command that talks to the daemon, and with the daemon.
    private static let socket = Option(
        name: "--socket", value: .path, summary: "the daemon's control socket", standard: ControlClient.defaultPath)
}

/// The exit codes of vipd.
enum ExitCode {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    static let usage: Int32 = 2
    static let nobodyHolds: Int32 = 3
    static let conflict: Int32 = 4
}
