// vipd under test: the real binary, run and asked as a user does.
import Foundation

/// The vipd binary, at an interval.
struct VipdDaemon: Daemon {
    let binary: String
    /// nil: vipd's own default.
    let chosenInterval: Duration?
    /// Where set, each machine gets it as a file, and no flags that the file can hold.
    var configuration: String?
    /// More than one address goes into a file, where none is set.
    var load = Load.single
    /// A shell command that is run before the daemon, in its place and in a mount namespace of its own.
    var preparation: String?
    /// By a machine's number; the others have the default.
    var priorities: [Int: Int] = [:]
    /// Its allocations are counted.
    var countsAllocations = false
    /// Its civil time can be set.
    var hasOwnClock = false
    /// By a machine's number: the key file; the others sign nothing.
    var keyFiles: [Int: String] = [:]

    let name = "vipd"
    let settlingTime = Duration.zero
    let canMove = true
    var inability: String? { nil }
    var interval: Duration { chosenInterval ?? .milliseconds(100) }

    func launch(on machine: Machine) throws -> Launch {
        var arguments = [binary, "run", "--node", machine.name, "--socket", Self.socket(of: machine)]
        if let configuration = configuration ?? loadFile {
            let file = Self.configurationFile(of: machine)
            try configuration.write(toFile: file, atomically: true, encoding: .utf8)
            arguments += ["--config", file]
        } else {
            arguments += ["--vip", Plan.vip, "--interface", Plan.interface]
        }
        if let chosenInterval { arguments += ["--interval", "\(Int(chosenInterval.inMilliseconds))ms"] }
        if let priority = priorities[machine.number] { arguments += ["--priority", "\(priority)"] }
        if let file = keyFiles[machine.number] { arguments += ["--key-file", file] }
        if let preparation { arguments = ["sh", "-c", "\(preparation) && exec \"$@\"", "sh"] + arguments }
        var environment = try Self.environment(on: machine)
        if countsAllocations { environment.merge(try Self.countingEnvironment(on: machine)) { $1 } }
        if hasOwnClock { environment.merge(try Self.clockEnvironment(on: machine)) { $1 } }
        return Launch(arguments: arguments, environment: environment)
    }

    /// A file with one group of the VIP, and these keys beside.
    static func group(_ keys: String) -> String {
        let lines = ["- name: default", "  addresses: [\(Plan.vip)]", "  interface: \(Plan.interface)"]
        return "groups:\n" + (lines + keys.split(separator: "\n").map { "  \($0)" }).map { "  \($0)\n" }.joined()
    }

    /// The groups of the load; nil: flags do for a single address.
    private var loadFile: String? {
        guard load != .single else { return nil }
        let groups = load.byGroup.enumerated().map { index, addresses in
            let head = "  - name: group\(index + 1)\n    interface: \(Plan.interface)\n    addresses:\n"
            return head + addresses.map { "      - \($0)\n" }.joined()
        }
        return "groups:\n" + groups.joined()
    }

    /// A state directory of its own, and a crash that is a crash: Swift's backtracer may take minutes over it.
    static func environment(on machine: Machine) throws -> [String: String] {
        let state = "\(machine.file)-state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        return ["STATE_DIRECTORY": state, "SWIFT_BACKTRACE": "enable=no"]
    }

    static func configurationFile(of machine: Machine) -> String { "\(machine.file).yaml" }
    static func socket(of machine: Machine) -> String { "\(machine.file).sock" }

    func isSettled(_ machines: [Machine], holder: Machine) throws -> Bool {
        for machine in machines {
            guard let status = try status(of: machine) else { return false }
            let others = Set(machines.map(\.name)).subtracting([machine.name])
            let state = machine.number == holder.number ? "holder" : "candidate"
            let isSettled = status.groups.allSatisfy { group in
                group.holder == holder.name && group.state == state && others.isSubset(of: group.livePeers)
            }
            guard isSettled else { return false }
        }
        return true
    }

    /// A command of vipd's that talks to the daemon on a machine, left under way.
    func begin(_ words: [String], on machine: Machine) throws -> ToolRun {
        try ToolRun([binary] + words + ["--socket", Self.socket(of: machine)])
    }

    /// The same, to its end.
    func ask(_ words: [String], on machine: Machine) throws -> Tool.Result { try begin(words, on: machine).finish() }

    /// What `vipd status --json` says on a machine; nil where the daemon cannot be reached.
    func status(of machine: Machine) throws -> VipdStatus? {
        let asked = try ask(["status", "--json"], on: machine)
        guard case .exited(let code) = asked.status else {
            throw LabError("vipd status on \(machine.name): \(asked.status)")
        }
        guard code != 1 else { return nil }
        return try VipdStatus(json: asked.output, exitCode: code)
    }
}

/// `vipd status --json`, as far as the lab reads it.
struct VipdStatus: Equatable {
    /// 0 held, 3 nobody holds, 4 conflict.
    let exitCode: Int32
    let node: String
    let groups: [Group]
    // What follows is of the first group, and where it says so of the whole daemon.
    var state: String { groups[0].state }
    let reason: String
    var holder: String? { groups[0].holder }
    let term: Int
    var livePeers: Set<String> { groups[0].livePeers }
    let conflicts: Int
    /// The host that confirmed the last takeover first, where one has.
    let confirmedBy: String?
    /// Frames dropped, by the reason.
    let dropped: [String: Int]
    /// What the whole daemon has counted, by name.
    let counters: [String: Int]
    /// Frames dropped, all reasons together.
    var framesDropped: Int { dropped.values.reduce(0, +) }
    /// "unauthenticated", "acceptsUnsigned" or "authenticated".
    let authentication: String
    /// What came of `realtime: true`.
    let isScheduledInRealtime: Bool
    let isMemoryLocked: Bool
    /// The answering node's checks.
    let checks: [Check]

    struct Group: Equatable {
        let state: String
        let holder: String?
        /// Peers that are candidates or hold, by name.
        let livePeers: Set<String>

        init?(_ group: [String: Any]) {
            guard let state = group["state"] as? String else { return nil }
            self.state = state
            holder = (group["holder"] as? [String: Any])?["name"] as? String
            let peers = group["peers"] as? [[String: Any]] ?? []
            let live = peers.filter { ["candidate", "holder"].contains($0["state"] as? String) }
            livePeers = Set(live.compactMap { $0["name"] as? String })
        }
    }

    struct Check: Equatable {
        let name: String
        /// "unknown", "passing" or "failing".
        let state: String
        let message: String
    }

    init(json: String, exitCode: Int32) throws {
        let whole = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        guard let whole, let node = whole["node"] as? [String: Any], let name = node["name"] as? String,
            let all = whole["groups"] as? [[String: Any]], let group = all.first
        else { throw LabError("vipd status --json answered something else than its documented form: \(json)") }
        groups = all.compactMap(Group.init)
        guard groups.count == all.count else {
            throw LabError("vipd status --json told of a group without a state: \(json)")
        }
        self.exitCode = exitCode
        self.node = name
        reason = group["reason"] as? String ?? ""
        term = group["term"] as? Int ?? 0
        conflicts = (group["conflicts"] as? [Any])?.count ?? 0
        confirmedBy = (group["lastTransition"] as? [String: Any])?["confirmedBy"] as? String
        let counters = group["counters"] as? [String: Any]
        self.counters = whole["counters"] as? [String: Int] ?? [:]
        dropped = counters?["framesDropped"] as? [String: Int] ?? [:]
        authentication = node["authentication"] as? String ?? ""
        let realtime = node["realtime"] as? [String: Bool] ?? [:]
        isScheduledInRealtime = realtime["scheduled"] ?? false
        isMemoryLocked = realtime["memoryLocked"] ?? false
        checks = (group["checks"] as? [[String: Any]] ?? []).map { check in
            Check(
                name: check["name"] as? String ?? "", state: check["state"] as? String ?? "",
                message: check["message"] as? String ?? "")
        }
    }
}
