// The commands and their options, as data: parsing, errors and help all read this.

/// An option of a command.
struct Option: Equatable {
    let name: String
    /// What its value is called in the help; nil: it has none.
    var value: String?
    let help: String

    /// As the synopsis has it.
    var usage: String { value.map { "\(name) \($0)" } ?? name }

    static let vipd = Option(name: "--vipd", value: "PATH", help: "the vipd to run; default: the one beside viplab")
    static let configuration = Option(
        name: "--config", value: "FILE", help: "a configuration for all controllers, for 192.168.1.210 on eth0")
    static let nodes = Option(name: "--nodes", value: "N", help: "number of controllers, 2 to 16; default 3")
    static let interval = Option(
        name: "--interval", value: "DUR", help: "time between announcements, like 10ms; default: vipd's own")
    static let intervals = Option(
        name: "--interval", value: "DUR,DUR…", help: "intervals to measure at; default 1s,100ms,10ms")
    static let peer = Option(name: "--with", value: "keepalived", help: "the same with keepalived in vipd's place")
    static let daemon = Option(
        name: "--daemon", value: "NAME", help: "only vipd, keepalived or ucarp; may be repeated; default: all three")
    static let suite = Option(name: "--suite", value: "NAME", help: "only this suite; may be repeated")
    static let sizes = Option(
        name: "--size", value: "N,N…", help: "of addresses, groups or nodes only these; default: all of a suite")
    static let scenario = Option(name: "--only", value: "NAME", help: "only this scenario; may be repeated")
    static let measure = Option(name: "--only", value: "NAME", help: "only this measure; may be repeated")
    static let runs = Option(name: "--runs", value: "N", help: "measurements of each; default 10")
    static let sizeRuns = Option(
        name: "--size-runs", value: "N", help: "the same in suites of addresses, groups and nodes; default: as --runs")
    static let output = Option(
        name: "--output", value: "FOLDER", help: "write results.md, results.json and the plots there, JSON as it goes")
    static let lab = Option(name: "--lab", value: "ID", help: "which lab, where several stand")
    static let serviceName = Option(name: "--name", value: "NODE", help: "what to answer")
    static let target = Option(name: "--target", value: "ADDR:PORT", help: "what to connect to")
    static let host = Option(name: "--target", value: "ADDR", help: "what to connect to")
    static let reboots = Option(
        name: "--reboots", value: "N", help: "reboots of the holder in the end, 0 to 1000; default 20")
    static let endpoint = Option(name: "--endpoint", value: "URL", help: "what etcdctl is to talk to")
    static let minutes = Option(name: "--minutes", value: "M", help: "how long, 1 to 10000; default 1")
    static let seconds = Option(name: "--seconds", value: "S", help: "how long, 1 to 10000, in seconds")
    static let seed = Option(name: "--seed", value: "S", help: "what goes wrong is drawn from it; default: a new one")
    static let from = Option(name: "--from", value: "K", help: "begin with this episode of the seed; default 1")
    static let quorum = Option(name: "--quorum", help: "give the daemons members")
    static let key = Option(name: "--key", help: "have the daemons sign their frames")
    static let keepGoing = Option(name: "--keep-going", help: "go on after a violation")
    static let every = Option(name: "--every", value: "DUR", help: "time between attempts")
    static let keepalive = Option(name: "--keepalive", value: "DUR", help: "ask whether the other end is there")
}

/// The commands of viplab.
enum Command: String, CaseIterable {
    case demo, etcd, shell, test, chaos, bench, footprint, jitter, fault, clean, help
    /// What runs inside the lab's machines; started by the lab only, and not in the help.
    case serve, client, listen, write

    var isHidden: Bool { [.serve, .client, .listen, .write].contains(self) }

    /// Whether it makes or enters network namespaces.
    var needsRoot: Bool { self != .help && !isHidden }

    var options: [Option] {
        switch self {
        case .demo: [.nodes, .interval, .peer, .vipd]
        case .shell: [.nodes, .interval, .configuration, .peer, .vipd]
        case .etcd: [.reboots, .vipd]
        case .test: [.scenario, .vipd]
        case .chaos: [.minutes, .seconds, .seed, .from, .nodes, .quorum, .key, .keepGoing, .vipd]
        case .bench: [.suite, .measure, .daemon, .intervals, .sizes, .runs, .sizeRuns, .output, .vipd]
        case .footprint: [.interval, .peer, .vipd]
        case .jitter: [.runs, .vipd]
        case .fault: [.lab]
        case .clean, .help: []
        case .serve: [.serviceName]
        case .client: [.target, .every]
        case .listen: [.host, .keepalive]
        case .write: [.endpoint]
        }
    }

    /// How many words it takes beside options.
    var words: ClosedRange<Int> {
        switch self {
        case .fault: 2...2
        case .help: 0...1
        default: 0...0
        }
    }

    var synopsis: String {
        let words =
            switch self {
            case .fault: " WHAT NODE"
            case .help: " [COMMAND]"
            default: ""
            }
        return "viplab \(rawValue)\(words)" + options.map { " [\($0.usage)]" }.joined()
    }

    var summary: String {
        switch self {
        case .demo: "break things, one after the other, and tell what becomes of the VIP"
        case .etcd: "a cluster of etcd behind the VIP: lose one member, lose two, reboot the holder under writes"
        case .shell: "leave a lab standing and open a shell on its client"
        case .test: "assert, with real processes, what vipd promises"
        case .chaos: "break things at random for minutes, and judge what becomes of the VIP"
        case .bench: "measure vipd beside keepalived and UCARP, over many runs"
        case .footprint: "what the daemon of an idle holder has in memory, by mapping"
        case .jitter: "how evenly a holder announces while the processors are busy, with and without realtime"
        case .fault: "do something to a controller of a standing lab"
        case .clean: "remove what a crashed run left behind"
        case .help: "this, or the options of a command"
        case .serve: "the service on a controller"
        case .client: "the client's connection attempts"
        case .listen: "a client that only listens on an open connection"
        case .write: "a client that writes to etcd"
        }
    }
}

/// A command line, taken apart: known options only, their values not yet looked at.
struct Invocation: Equatable {
    let command: Command
    private(set) var words: [String] = []
    private var values: [String: [String]] = [:]

    /// - Throws: `UsageError` that names the nearest right word
    init(_ arguments: [String]) throws {
        guard let first = arguments.first else { throw UsageError("no command; try: viplab demo") }
        if ["--help", "-h"].contains(first) {
            command = .help
            return
        }
        guard let command = Command(rawValue: first) else {
            let known = Command.allCases.filter { !$0.isHidden }.map(\.rawValue)
            throw UsageError("unknown command \(first); did you mean \(nearest(to: first, among: known))?")
        }
        if arguments.contains("--help") || arguments.contains("-h") {
            self.command = .help
            words = [first]
            return
        }
        self.command = command
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-") else {
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let names = command.options.map(\.name)
            guard names.contains(parts[0]) else {
                let hint = names.isEmpty ? "it takes none" : "did you mean \(nearest(to: parts[0], among: names))?"
                throw UsageError("unknown option \(parts[0]) of viplab \(first); \(hint)")
            }
            if let option = command.options.first(where: { $0.name == parts[0] }), option.value == nil {
                guard parts.count == 1 else { throw UsageError("\(option.name) takes no value") }
                values[option.name] = [""]
                continue
            }
            guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
                throw UsageError("\(argument) needs a value; see: viplab help \(first)")
            }
            values[parts[0], default: []].append(value)
        }
        guard command.words.contains(words.count) else {
            throw UsageError("usage: \(command.synopsis)")
        }
    }

    /// All values of an option, in their order.
    func all(_ option: Option) -> [String] { values[option.name] ?? [] }

    /// The last value of an option.
    func last(_ option: Option) -> String? { values[option.name]?.last }

    /// Whether an option without a value is there.
    func has(_ option: Option) -> Bool { values[option.name] != nil }

    func number(_ option: Option, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = last(option) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw UsageError("\(option.name) \(text): a whole number from \(bounds) is needed")
        }
        return number
    }

    /// Whole numbers separated by commas, each one of `known`.
    func numbers(_ option: Option, among known: [Int]) throws -> [Int] {
        guard let text = last(option) else { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let number = Int(part), known.contains(number) else {
                let all = Set(known).sorted().map(String.init).joined(separator: ", ")
                throw UsageError("\(option.name) \(text): of \(all), some are needed")
            }
            return number
        }
    }

    /// Intervals as vipd takes them, separated by commas.
    func intervals(_ option: Option) throws -> [Duration] {
        guard let text = last(option) else { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let interval = parseDuration(String(part)), (.milliseconds(10) ... .seconds(10)).contains(interval)
            else { throw UsageError("\(option.name) \(text): a time from 10ms to 10s is needed, like 100ms") }
            return interval
        }
    }
}

/// The candidate that differs least from what was typed, by insertions, deletions and replacements of characters.
func nearest(to typed: String, among candidates: [String]) -> String {
    func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let replaced = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
    return candidates.min { distance(Array(typed), Array($0)) < distance(Array(typed), Array($1)) } ?? ""
}
