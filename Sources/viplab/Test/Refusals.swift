// Scenarios: bad input. Each is refused in one line, with an exit code, and leaves nothing on the interface.
import Foundation

extension Scenario {
    static let refusals: [Scenario] = BadInput.all.map { input in
        Scenario(name: "refuses-\(input.name)", promise: "refused in one line: \(input.what)") { stage in
            try stage.lab(nodes: 2) { lab in try input.tryOut(on: lab, stage) }
        }
    }
}

/// A way to start vipd that cannot work.
struct BadInput: Sendable {
    let name: String
    let what: String
    /// The configuration file, if there is one.
    var file: String?
    var arguments: [String] = []
    /// Another control socket than the machine's usual one, in the run's directory.
    var socket: String?
    /// Words that the one line has to have: where it is, what is wrong.
    var mentions: [String] = []
    /// Brings the machine into the state in which it is wrong, before vipd is started.
    var prepare: @Sendable (Lab, Node) throws -> Void = { _, _ in }
    /// Put before vipd's own command line.
    var wrapper: [String] = []

    static let all: [BadInput] = [
        BadInput(
            name: "malformed-yaml", what: "malformed YAML", file: "vip: [192.168.1.210\n", mentions: ["vipd.yaml:"]),
        BadInput(
            name: "unknown-key", what: "an unknown key", file: "vip: 192.168.1.210\ninterfaces: eth0\n",
            mentions: ["vipd.yaml:2", "interface"]),
        BadInput(
            name: "no-address", what: "an address that is no IPv4", file: "vip: 192.168.1.300\n",
            mentions: ["vipd.yaml:1", "192.168.1.300"]),
        BadInput(
            name: "no-address-flag", what: "a flag's address that is no IPv4",
            arguments: ["--vip", "fe80::1", "--interface", "eth0"], mentions: ["fe80::1"]),
        BadInput(
            name: "duplicate", what: "the same address twice",
            file: "groups:\n  - name: api\n    addresses: [192.168.1.210, 192.168.1.210]\n",
            mentions: ["vipd.yaml:3", "192.168.1.210"]),
        BadInput(
            name: "own-address", what: "a VIP that is the node's own address",
            arguments: ["--vip", "192.168.1.211", "--interface", "eth0"], mentions: ["192.168.1.211"]),
        BadInput(
            name: "interface-missing", what: "an interface that is not there",
            arguments: ["--vip", Plan.vip, "--interface", "eth7"], mentions: ["eth7", "eth0"]),
        BadInput(
            name: "interface-down", what: "an interface that is down",
            arguments: ["--vip", Plan.vip, "--interface", "eth1"], mentions: ["eth1", "down"], prepare: downInterface),
        BadInput(
            name: "no-interface", what: "a VIP in no interface's subnet", arguments: ["--vip", "10.9.8.7"],
            mentions: ["10.9.8.7"]),
        BadInput(
            name: "ambiguous", what: "a VIP in the subnet of two interfaces", arguments: ["--vip", Plan.vip],
            mentions: ["eth0", "eth1"], prepare: secondInterface),
        BadInput(
            name: "capability", what: "no CAP_NET_RAW and CAP_NET_ADMIN",
            arguments: ["--vip", Plan.vip, "--interface", "eth0"], mentions: ["CAP_NET_"],
            wrapper: ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]),
        BadInput(
            name: "socket-in-use", what: "a socket path that another program listens on",
            arguments: ["--vip", Plan.vip, "--interface", "eth0"], mentions: [".sock"], prepare: occupySocket),
        BadInput(
            name: "second-vipd", what: "another vipd already running",
            arguments: ["--vip", Plan.vip, "--interface", "eth0"], mentions: ["another vipd", ".sock"],
            prepare: runFirst),
        BadInput(
            name: "second-vipd-elsewhere", what: "another vipd already running for this VIP, with a socket elsewhere",
            arguments: ["--vip", Plan.vip, "--interface", "eth0"],
            socket: "elsewhere.sock", mentions: ["another vipd", Plan.vip], prepare: runFirst),
        BadInput(
            name: "unknown-flag", what: "an unknown flag", arguments: ["--vpi", Plan.vip], mentions: ["--vpi", "--vip"]),
    ]

    func tryOut(on lab: Lab, _ stage: Stage) throws -> String {
        if let tool = wrapper.first, Tool.find(tool) == nil { throw Skipped(reason: "\(tool) is not installed") }
        let node = lab.nodes[0]
        try prepare(lab, node)
        let path = "\(lab.directory)/vipd.yaml"
        if let file { try file.write(toFile: path, atomically: true, encoding: .utf8) }
        let isHeldByAnother = node.daemon != nil
        let control = socket.map { "\(lab.directory)/\($0)" } ?? VipdDaemon.socket(of: node.machine)
        var command = wrapper + [stage.vipd, "run", "--socket", control]
        command += (file == nil ? [] : ["--config", path]) + arguments
        let start = Instant.now
        let result = try Tool.run(
            node.machine.namespace.inside(command), environment: try VipdDaemon.environment(on: node.machine),
            limit: Bounds.patience)
        let lines = result.errors.split(separator: "\n")
        let said = lines.joined(separator: " / ")
        if case .exited(let code) = result.status {
            stage.judge.expect(code != 0, "it exits 0")
        } else {
            stage.judge.expect(false, "it was \(result.status)")
        }
        stage.judge.expect(lines.count == 1, "its standard error is not one line: \(said)")
        for word in mentions { stage.judge.expect(said.contains(word), "it does not mention \(word): \(said)") }
        if !isHeldByAnother {
            let claim = try lab.holderWatch.timeline.firstClaim(since: start, otherThan: -1)
            stage.judge.expect(claim == nil, "it had put the VIP on the interface")
            let own = try Tool.need(["ip", "-n", node.machine.namespace.name, "-4", "-oneline", "address", "show"])
            stage.judge.expect(!own.contains(Plan.vip), "the VIP is still on the interface")
        } else {
            stage.judge.expect(node.daemon?.isRunning == true, "the first vipd was disturbed")
        }
        return said
    }

    private static let secondInterface: @Sendable (Lab, Node) throws -> Void = { _, node in
        try node.machine.namespace.ip([
            "link add eth1 type veth peer name eth1-peer", "address add 192.168.1.231/24 dev eth1",
            "link set eth1-peer up", "link set eth1 up",
        ])
    }

    private static let downInterface: @Sendable (Lab, Node) throws -> Void = { _, node in
        try node.machine.namespace.ip([
            "link add eth1 type veth peer name eth1-peer", "address add 192.168.1.231/24 dev eth1",
        ])
    }

    private static let occupySocket: @Sendable (Lab, Node) throws -> Void = { lab, node in
        lab.keep(try LabSocket(path: VipdDaemon.socket(of: node.machine)))
    }

    private static let runFirst: @Sendable (Lab, Node) throws -> Void = { lab, node in
        try lab.powerOn(node)
        try lab.settle()
    }
}
