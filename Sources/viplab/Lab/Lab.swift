// A standing lab: builds the network, starts what runs on it, and takes everything away again. What is done to it is in
// Fault; what is read from it, in Measurement.
import Foundation

/// What a lab is made of.
struct LabOptions {
    var nodes = 3
    var daemon: any Daemon
}

/// One run's machines, wires and watchers. Used by one thread.
final class Lab {
    let id: String
    let directory: String
    private(set) var daemon: any Daemon
    let network: Network
    let nodes: [Node]
    let holderWatch: HolderWatch
    let stallWatch: StallWatch
    private(set) var client: ClientLog?
    private let record: RecordFile
    let ownBinary: String
    private var others: [ChildProcess] = []
    private var kept: [AnyObject] = []
    private var workloads: [any Workload] = []

    /// Builds a lab, hands it to `body`, and removes it whatever happens, after having removed what earlier runs that
    /// crashed left behind.
    static func with<Result>(_ options: LabOptions, _ body: (Lab) throws -> Result) throws -> Result {
        Cleanup.sweep()
        let record = try RecordFile()
        defer { Cleanup.remove(Cleanup.read(record.id), id: record.id) }
        let lab = try Lab(options, record: record)
        defer { lab.stop() }
        return try body(lab)
    }

    private init(_ options: LabOptions, record: RecordFile) throws {
        (self.record, id, directory, daemon) = (record, record.id, record.directory, options.daemon)
        ownBinary = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let load = options.daemon.load
        let network = try Network(
            run: record.id, nodes: options.nodes, prefixLength: load.addresses > 1 ? 16 : 24, record: record)
        self.network = network
        nodes = network.machines.enumerated().map { index, namespace in
            Node(Machine(number: index + 1, namespace: namespace, directory: record.directory))
        }
        holderWatch = try HolderWatch(network.machines, addresses: load.all)
        stallWatch = StallWatch()
    }

    /// Ends the processes and the watchers.
    private func stop() {
        holderWatch.stop()
        stallWatch.stop()
        for process in nodes.flatMap(\.processes) + others { process.end() }
    }

    /// Starts a process of the lab's own and writes it down.
    func spawn(
        _ command: [String], in namespace: Namespace, name: String, environment: [String: String] = [:],
        output: ChildOutput = .discarded, errors: ChildOutput = .discarded
    ) throws -> ChildProcess {
        try Interrupt.check()
        let child = try ChildProcess(
            namespace.inside(command), name: name, environment: environment, output: output, errors: errors)
        try record.add(child)
        return child
    }

    /// Starts a process that lives as long as the lab and belongs to no controller.
    func spawnCompanion(
        _ command: [String], in namespace: Namespace, name: String, output: ChildOutput = .discarded,
        errors: ChildOutput = .discarded
    ) throws -> ChildProcess {
        let child = try spawn(command, in: namespace, name: name, output: output, errors: errors)
        others.append(child)
        return child
    }

    /// A directory under TMPDIR for what is too big for /run, which goes with the lab.
    func makeDataDirectory() throws -> String {
        let temporary = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let path = "\(temporary)/\(Record.dataDirectory(of: id))"
        try record.add(directory: path)
        guard unsafe mkdir(path, 0o700) == 0 else { throw LabError("cannot make \(path)", code: errno) }
        return path
    }

    /// Keeps something alive as long as the lab.
    func keep(_ object: AnyObject) { kept.append(object) }

    func startService(on node: Node) throws {
        node.service = try spawn(
            [ownBinary, "serve", "--name", node.name], in: node.machine.namespace, name: "\(node.name)-service",
            errors: .file(node.machine.log))
    }

    func startDaemon(on node: Node) throws {
        let launch = try daemon.launch(on: node.machine)
        node.daemon = try spawn(
            launch.arguments, in: node.machine.namespace, name: node.name, environment: launch.environment,
            output: .file(node.machine.log), errors: .file(node.machine.log))
        node.isHung = false
    }

    /// Gives every controller another daemon, from its next start on.
    func change(to daemon: any Daemon) { self.daemon = daemon }

    /// Gives every controller something more to run, from its next start on.
    func deploy(_ workload: any Workload) { workloads.append(workload) }

    func start(_ workload: any Workload, on node: Node) throws {
        let launch = try workload.launch(on: node.machine)
        let log = workload.log(on: node.machine)
        node.workloads[workload.name] = try spawn(
            launch.arguments, in: node.machine.namespace, name: "\(node.name)-\(workload.name)",
            environment: launch.environment, output: .file(log), errors: .file(log))
    }

    /// Starts the machine: its service, its workloads and its daemon.
    func powerOn(_ node: Node) throws {
        try startService(on: node)
        for workload in workloads { try start(workload, on: node) }
        try startDaemon(on: node)
        node.isPowered = true
    }

    /// Starts the client: from now on there is something to lose.
    func startClient() throws { client = try startClient(in: network.client, every: ClientLog.every) }

    /// Starts a client on a host.
    func startClient(in host: Namespace, every: Duration) throws -> ClientLog {
        let pipe = try LinePipe()
        _ = try spawnCompanion(
            [
                ownBinary, "client", "--target", "\(Plan.vip):\(Plan.port)", "--every",
                "\(Int(every.inMilliseconds))ms",
            ], in: host, name: "client", output: .descriptor(pipe.writer), errors: .file("\(directory)/client.log"))
        pipe.closeWriter()
        return ClientLog(reading: pipe)
    }

    /// Puts one more host on the switch, which goes with the lab.
    func addHost(_ role: String, _ address: String) throws -> Namespace {
        let host = Namespace(run: id, role)
        try record.add(namespace: host.name)
        try network.add(host, address)
        return host
    }

    /// Boots all machines and the client, and waits until they are settled: the holder.
    @discardableResult
    func boot(limit: Duration = .seconds(15)) throws -> Node {
        for node in nodes { try powerOn(node) }
        try startClient()
        return try settle(limit: limit)
    }

    /// The machine that has the VIP on the client's half; nil while none or several have it.
    func holder() throws -> Node? {
        let holders = try holderWatch.timeline.holders.filter { nodes[$0].half == 0 }
        return holders.count == 1 ? nodes[holders[0]] : nil
    }

    /// Waits until exactly one machine holds, everyone who takes part agrees, and the client is served by the holder.
    @discardableResult
    func settle(limit: Duration = .seconds(15)) throws -> Node {
        var found: Node?
        let isSettled = try Interrupt.wait(upTo: limit) {
            let machines = nodes.filter(\.isTakingPart).map(\.machine)
            if machines.isEmpty { throw LabError("no \(daemon.name) runs: \(try situation())") }
            guard let holder = try holder() else { return false }
            guard try holdsAlone(holder) else { return false }
            guard try daemon.isSettled(machines, holder: holder.machine) else { return false }
            found = holder
            return isServed(by: holder)
        }
        guard isSettled, let found else {
            throw LabError("the machines did not settle within \(limit.short): \(try situation())")
        }
        try Interrupt.sleep(daemon.settlingTime)
        return found
    }

    /// Whether this machine has every address that floats, and no other that the client can reach has any.
    private func holdsAlone(_ holder: Node) throws -> Bool {
        let counts = try holderWatch.counts
        return nodes.allSatisfy { node in
            node.half != 0 || counts[node.index] == (node === holder ? daemon.load.addresses : 0)
        }
    }

    /// Whether this machine answered the client in the last 100 ms; true where there is no client.
    func isServed(by node: Node) -> Bool {
        guard let client else { return true }
        return client.attempts(since: .now - .milliseconds(100)).last?.outcome == .answered(by: node.name)
    }

    /// Who holds and who is gone, for error messages.
    func situation() throws -> String {
        let counts = try holderWatch.counts
        let holders = try holderWatch.timeline.holders.map { nodes[$0].name }
        let shares = nodes.filter { $0.half != nil && counts[$0.index] > 0 }.map { "\(counts[$0.index]) at \($0.name)" }
        let gone = nodes.filter { $0.daemon?.isRunning == false }.map { node in
            "\(node.name)'s \(daemon.name) ended with \(node.daemon?.status?.description ?? "?")\(lastWords(of: node))"
        }
        return
            ([holders.isEmpty ? "nobody holds" : holders.joined(separator: ", ") + " hold"]
            + (daemon.load.addresses > 1
                ? ["of \(daemon.load.addresses) addresses \(shares.joined(separator: ", "))"] : [])
            + gone)
            .joined(separator: "; ")
    }

    /// What a daemon that has ended said last; empty where it said nothing.
    private func lastWords(of node: Node) -> String {
        let log = (try? String(contentsOfFile: node.machine.log, encoding: .utf8)) ?? ""
        return log.split(separator: "\n").last.map { ": \($0)" } ?? ""
    }

    /// All stalls of the machine that were noticed by any of the watchers.
    var stalls: [Stall] { stallWatch.stalls + (client?.stalls ?? []) }
}
