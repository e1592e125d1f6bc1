// From a command line to the work and to an exit code.
import Foundation

/// viplab as a whole: 0 done and good, 1 something failed, 2 a mistake on the command line, 128 + n ended by signal n.
enum Program {
    static func run(_ arguments: [String]) -> Int32 {
        do {
            return try perform(Invocation(arguments))
        } catch let error as UsageError {
            Console.complain("\(error)")
            return 2
        } catch let error as Interrupted {
            Console.complain("interrupted; the lab is taken down")
            return 128 + error.signal
        } catch {
            Console.complain("\(error)")
            return 1
        }
    }

    private static func perform(_ invocation: Invocation) throws -> Int32 {
        let command = invocation.command
        if command.needsRoot && geteuid() != 0 {
            throw LabError("\(command.rawValue) makes network namespaces and needs root: run it with sudo")
        }
        if command.needsRoot && Tool.find("ip") == nil {
            throw LabError("ip is missing: apt-get install iproute2")
        }
        switch command {
        case .help: return try help(invocation.words.first)
        case .clean:
            let swept = Cleanup.sweep()
            Console.line(swept.isEmpty ? "nothing was left behind" : "removed \(swept.joined(separator: ", "))")
            return 0
        case .demo: return try Demo(options: options(invocation)).run() ? 0 : 1
        case .etcd:
            let reboots = try invocation.number(.reboots, in: 0...1000, default: 20)
            return try EtcdStory(vipd: vipd(invocation), reboots: reboots).run() ? 0 : 1
        case .shell: return try LabShell(options: options(invocation)).run()
        case .fault:
            return try FaultRequest(
                what: invocation.words[0], node: invocation.words[1], lab: invocation.last(.lab)
            ).run()
        case .test:
            return try TestRun(vipd: vipd(invocation), only: invocation.all(.scenario)).run() ? 0 : 1
        case .chaos:
            var run = ChaosRun(options: try chaos(invocation))
            return try run.run() ? 0 : 1
        case .bench: return try bench(invocation)
        case .footprint:
            let interval = try invocation.intervals(.interval).first
            let vipd = VipdDaemon(binary: try vipd(invocation), chosenInterval: interval)
            let peer = try keepalived(invocation.last(.peer), interval: interval ?? .seconds(1))
            try FootprintTable(daemons: [vipd] + (peer.map { [$0] } ?? [])).run()
            return 0
        case .jitter:
            let runs = try invocation.number(.runs, in: 1...1000, default: 10)
            try JitterBench(vipd: vipd(invocation), runs: runs).run()
            return 0
        case .serve:
            guard let name = invocation.last(.serviceName) else { throw UsageError("serve needs --name") }
            preferThisProcess()
            var service = Service(name: name)
            try service.run()
        case .client:
            let target = (invocation.last(.target) ?? "").split(separator: ":")
            guard target.count == 2, let port = UInt16(target[1]),
                let every = invocation.last(.every).flatMap(parseDuration)
            else { throw UsageError("client needs --target and --every") }
            preferThisProcess()
            var client = Client(address: String(target[0]), port: port, every: every)
            try client.run()
            return 0
        case .write:
            guard let endpoint = invocation.last(.endpoint) else { throw UsageError("write needs --endpoint") }
            try EtcdWriter(tools: EtcdTools(), endpoint: endpoint).run()
            return 0
        case .listen:
            guard let address = invocation.last(.host) else { throw UsageError("listen needs --target") }
            try Listener(address: address, keepalive: invocation.last(.keepalive).flatMap(parseDuration)).run()
            return 0
        }
    }

    private static func help(_ word: String?) throws -> Int32 {
        if let word, Command(rawValue: word) == nil {
            throw UsageError("unknown command \(word); see: viplab help")
        }
        let lines = word.flatMap(Command.init(rawValue:)).map(Help.of) ?? Help.overview()
        for line in lines { Console.line(line) }
        return 0
    }

    private static func chaos(_ invocation: Invocation) throws -> ChaosOptions {
        if invocation.has(.minutes) && invocation.has(.seconds) {
            throw UsageError("--minutes and --seconds say the same: give one of them")
        }
        let minutes = try invocation.number(.minutes, in: 1...10_000, default: 1)
        let seconds = try invocation.number(.seconds, in: 1...10_000, default: minutes * 60)
        guard let seed = invocation.last(.seed).map({ UInt64($0) }) ?? .random(in: 1...999_999) else {
            throw UsageError("--seed \(invocation.last(.seed) ?? ""): a whole number is needed")
        }
        return ChaosOptions(
            vipd: try vipd(invocation), nodes: try invocation.number(.nodes, in: Plan.nodeCounts, default: 3),
            length: .seconds(seconds), seed: seed,
            from: try invocation.number(.from, in: 1...1_000_000, default: 1), hasQuorum: invocation.has(.quorum),
            isSigned: invocation.has(.key),
            keepsGoing: invocation.has(.keepGoing))
    }

    private static func options(_ invocation: Invocation) throws -> LabOptions {
        let nodes = try invocation.number(.nodes, in: Plan.nodeCounts, default: 3)
        let intervals = try invocation.intervals(.interval)
        if intervals.count > 1 { throw UsageError("\(invocation.command.rawValue) takes one interval") }
        let peer = try keepalived(invocation.last(.peer), interval: intervals.first ?? .seconds(1))
        let file = invocation.last(.configuration)
        if let peer {
            if file != nil {
                throw UsageError("--config is for vipd, and --with \(peer.name) has another in its place")
            }
            return LabOptions(nodes: nodes, daemon: peer)
        }
        let configuration = try file.map { path in
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw LabError("cannot read \(path)")
            }
            return text
        }
        return LabOptions(
            nodes: nodes,
            daemon: VipdDaemon(
                binary: try vipd(invocation), chosenInterval: intervals.first, configuration: configuration))
    }

    /// Has this process run before what else the lab runs, so that a service and a client that are late are not taken for a
    /// VIP that is away. Where it may not, it runs like any other.
    private static func preferThisProcess() { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10) }

    private static func keepalived(_ name: String?, interval: Duration = .seconds(1)) throws -> KeepalivedDaemon? {
        guard let name else { return nil }
        guard name == "keepalived" else { throw UsageError("--with \(name): only keepalived is known") }
        guard let binary = Tool.find(name) else { throw LabError("keepalived is missing: apt-get install keepalived") }
        return KeepalivedDaemon(binary: binary, interval: interval)
    }

    /// The vipd to run: the one asked for, or the one beside this program.
    static func vipd(_ invocation: Invocation) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("vipd").path
        let path = invocation.last(.vipd).map { URL(fileURLWithPath: $0).path } ?? beside
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw LabError("there is no vipd at \(path): build it, or name it with --vipd PATH")
        }
        return path
    }
}
