// A lab left standing for a person: a shell on its client, and faults from any other terminal.
import CVIPLab
import Foundation

struct LabShell {
    let options: LabOptions

    static func socketPath(of id: String) -> String { "\(RecordFile.root)/\(id)/lab.sock" }

    /// Runs until the shell ends, or, without a terminal, until Enter or the end of input.
    func run() throws -> Int32 {
        try Lab.with(options) { lab in
            let holder = try lab.boot()
            let requests = try LabSocket(path: Self.socketPath(of: lab.id))
            for line in invitation(lab, holder: holder) { Console.line(line) }
            if isatty(STDIN_FILENO) == 1 {
                try openShell(in: lab, requests)
            } else {
                Console.line("Enter, or the end of input, takes the lab down.")
                try waitForEnter(lab, requests)
            }
            return 0
        }
    }

    private func openShell(in lab: Lab, _ requests: LabSocket) throws {
        let variables = ProcessInfo.processInfo.environment
        let shell = variables["SHELL"] ?? "/bin/sh"
        let path = "\(Self.directories(of: lab)):\(variables["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin")"
        let child = try ChildProcess(
            lab.network.client.inside([shell]), name: "shell",
            environment: ["VIPLAB": lab.id, "PATH": path], input: .inherited, output: .inherited,
            errors: .inherited, foreground: true)
        defer { child.end() }
        while child.isRunning { try attend(lab, requests) }
    }

    /// Where viplab and vipd are, for a PATH with which the commands of the invitation work as they stand there.
    private static func directories(of lab: Lab) -> String {
        var found: [String] = []
        for file in [lab.ownBinary, (lab.daemon as? VipdDaemon)?.binary ?? lab.ownBinary] {
            let directory = URL(fileURLWithPath: file).deletingLastPathComponent().path
            if !found.contains(directory) { found.append(directory) }
        }
        return found.joined(separator: ":")
    }

    private func waitForEnter(_ lab: Lab, _ requests: LabSocket) throws {
        var byte: UInt8 = 0
        while true {
            var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            if unsafe viplab_poll(&ready, 1, 0) > 0 {
                let count = unsafe read(STDIN_FILENO, &byte, 1)
                if count <= 0 || byte == UInt8(ascii: "\n") { return }
            }
            try attend(lab, requests)
        }
    }

    private func attend(_ lab: Lab, _ requests: LabSocket) throws {
        try Interrupt.check()
        try requests.serve(waitingUpTo: .milliseconds(50)) { try answer($0, lab) }
    }

    /// Does what `viplab fault` asks for, and tells what came of it.
    private func answer(_ request: String, _ lab: Lab) throws -> String {
        let words = request.split(separator: " ").map(String.init)
        guard words.count == 2, let fault = Fault(rawValue: words[0]) else { return "error: unknown request" }
        let holder = try lab.holder()
        let number = Plan.number(ofNode: words[1], among: lab.nodes.count)
        guard let node = words[1] == "holder" ? holder : number.map({ lab.nodes[$0 - 1] }) else {
            return "error: there is no node \(words[1]); 1 to \(lab.nodes.count), or holder"
        }
        do {
            let undoing = Trial.allCases.first { $0.fault == fault }
                .map { "; viplab fault \($0.repair.rawValue) \(node.machine.number) undoes it" }
            guard node === holder, let undoing else {
                try lab.inflict(fault, on: node)
                return "\(fault.rawValue) \(node.name): done\(undoing ?? "")"
            }
            let measured = try lab.measure(fault, on: node, limit: Bounds.patience)
            let heir =
                measured.takeover.map { "\($0.node.name) has the VIP after \($0.after.short)" } ?? "nobody took over"
            let outage = measured.outage
            return """
                \(fault.rawValue) \(node.name): \(heir); the client was without for \(outage.gap.short) \
                (\(outage.failed) of \(outage.attempts) attempts failed); two holders for \(measured.overlap.short)\(undoing)
                """
        } catch let error as LabError {
            return "error: \(error)"
        }
    }

    private func invitation(_ lab: Lab, holder: Node) -> [String] {
        var commands: [(String, String)] = [
            ("tcpdump -ni eth0 arp", "the announcements, on this wire"),
            ("cat < /dev/tcp/\(Plan.vip)/\(Plan.port)", "who answers (bash)"),
            ("viplab fault cut holder", "cut the holder's power; power-on gives it back"),
            ("viplab fault kill 2", "or hang, stop, unplug, partition…: see viplab help fault"),
            ("ip netns exec \(lab.nodes[0].machine.namespace.name) ip addr", "on a controller"),
            ("tail -f \(lab.nodes[0].machine.log)", "what its daemon says"),
        ]
        if lab.daemon is VipdDaemon {
            let status = lab.nodes.map { node in
                ("vipd status --socket \(VipdDaemon.socket(of: node.machine))", "what \(node.name) knows")
            }
            commands.insert(contentsOf: status, at: 0)
        }
        let width = commands.map(\.0.count).max() ?? 0
        return [
            "Lab \(lab.id) stands: \(holder.name) holds \(Plan.vip). This is the client, \(Plan.client).",
            "In another terminal, first: export PATH=\(Self.directories(of: lab)):$PATH", "",
        ] + commands.map { "  \($0)\(String(repeating: " ", count: width - $0.count))  \($1)" } + [""]
    }
}

/// `viplab fault`: the other end of it.
struct FaultRequest {
    let what: String
    let node: String
    let lab: String?

    func run() throws -> Int32 {
        guard let fault = Fault(rawValue: what) else {
            let known = Fault.allCases.map(\.rawValue)
            throw UsageError("unknown fault \(what); did you mean \(nearest(to: what, among: known))?")
        }
        let standing = Cleanup.standing().filter { FileManager.default.fileExists(atPath: LabShell.socketPath(of: $0)) }
        guard let id = lab ?? standing.first else {
            throw LabError("no lab stands: open one with viplab shell")
        }
        if lab == nil && standing.count > 1 {
            throw UsageError("several labs stand, \(standing.joined(separator: ", ")): choose with --lab ID")
        }
        let answer = try LabSocket.ask(LabShell.socketPath(of: id), "\(fault.rawValue) \(node)")
        if answer.hasPrefix("error: ") { throw LabError(String(answer.dropFirst("error: ".count))) }
        Console.line(answer)
        return 0
    }
}
