// Scenarios: `vipd doctor` on a third machine beside two that run vipd. Each breaks one thing, and the doctor has to say which;
// where it says what cures it, that is done, and it has to be content.
import Foundation

extension Scenario {
    static let doctor: [Scenario] = [
        Scenario(
            name: "doctor-fine", promise: "on a good machine the doctor finds nothing, and its probes move nothing",
            body: fine),
        Scenario(
            name: "doctor-arp-ignore",
            promise: "arp_ignore=8 is a problem, and the command that the doctor prints cures it"
        ) { stage in
            try patient(stage) { _, node in
                try cured(["net.ipv4.conf.\(Plan.interface).arp_ignore=8"], on: node, stage, code: "arpIgnore")
            }
        },
        Scenario(
            name: "doctor-proxy-arp", promise: "a machine that answers ARP for its neighbours is found, and cured"
        ) { stage in
            try patient(stage) { _, node in
                try cured(
                    ["forwarding=1", "proxy_arp_pvlan=1"].map { "net.ipv4.conf.\(Plan.interface).\($0)" }, on: node,
                    stage,
                    code: "proxyARP")
            }
        },
        Scenario(name: "doctor-stranger", promise: "a stranger that has the VIP is found", body: stranger),
        Scenario(name: "doctor-outside", promise: "a VIP outside of all subnets is found") { stage in
            try examine(stage, ["--vip", "10.9.8.7", "--interface", Plan.interface], expecting: "outsideSubnet")
        },
        Scenario(name: "doctor-cut", promise: "trailers that are cut on the way are found") { stage in
            try examine(stage, expecting: "trailersCut") { lab, node in
                try filter(node, lab, "egress", cutting)
            }
        },
        Scenario(name: "doctor-cut-broadcast", promise: "trailers that are cut off broadcast frames are found") {
            stage in
            var daemon = stage.daemon
            daemon.configuration = VipdDaemon.group("broadcast: true\n")
            return try examine(stage, file: daemon.configuration, daemon: daemon, expecting: "trailersCut") {
                lab, node in
                try filter(node, lab, "egress", cutting)
            }
        },
        Scenario(name: "doctor-multicast", promise: "lost multicast is found, and not called a stranger") { stage in
            try examine(stage, viplan + ["--probe"], expecting: "multicastLost") { lab, node in
                try filter(node, lab, "ingress", "ether daddr 03:56:49:50:44:01 drop")
                try filter(node, lab, "egress", "ether daddr 03:56:49:50:44:01 drop")
            }
        },
        Scenario(name: "doctor-long", promise: "long frames that are dropped on the way are found") { stage in
            try examine(stage, viplan + ["--probe"], expecting: "longFramesLost") { lab, node in
                try filter(node, lab, "ingress", "ether type arp meta length > 64 drop")
            }
        },
        Scenario(name: "doctor-spoofing", promise: "a filter of foreign sender addresses is suspected") { stage in
            try examine(stage, viplan + ["--probe"], expecting: "arpFiltered") { lab, node in
                try filter(node, lab, "ingress", "arp saddr ip != \(node.machine.address) drop")
            }
        },
        Scenario(name: "doctor-clone", promise: "a cloned machine is found") { stage in
            try examine(stage, expecting: "clone") { lab, node in
                let mac = Plan.mac(of: lab.nodes[0].machine.address)
                try node.machine.namespace.ip(["link set \(Plan.interface) address \(mac)"])
            }
        },
        Scenario(name: "doctor-settings", promise: "nodes with other settings are found") { stage in
            try examine(stage, file: VipdDaemon.group("interval: 200ms\n"), expecting: "configurationDiffers")
        },
        Scenario(name: "doctor-group", promise: "a node that has the VIP in another group is found") { stage in
            try examine(stage, file: "groups: [{name: other, addresses: [\(Plan.vip)]}]\n", expecting: "groupDiffers")
        },
        Scenario(name: "doctor-key", promise: "a node with another key is found", body: otherKey),
        Scenario(
            name: "doctor-user", promise: "an ordinary user is told what could not be looked at, and no false alarm",
            body: ordinaryUser),
    ]

    private static let viplan = ["--vip", Plan.vip, "--interface", Plan.interface]

    /// The magic of a trailer becomes padding.
    private static let cutting = "ether type arp @nh,224,32 0x56495044 @nh,224,32 set 0"

    /// What the doctor said.
    private struct Diagnosis {
        let status: ExitStatus
        let said: String
        /// Code and severity of all findings, and their cures.
        let findings: [(severity: String, code: String, cure: [String])]

        init(_ result: Tool.Result) throws {
            let json = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            guard let list = json?["findings"] as? [[String: Any]] else {
                throw LabError("vipd doctor --json answered something else than its documented form: \(result.said)")
            }
            status = result.status
            findings = list.map { finding in
                (
                    finding["severity"] as? String ?? "", finding["code"] as? String ?? "",
                    finding["cure"] as? [String] ?? []
                )
            }
            let bad = list.filter { ["problem", "warning"].contains($0["severity"] as? String) }
            said = bad.compactMap { $0["summary"] as? String }.joined(separator: "; ")
        }

        var troubles: [String] { findings.filter { ["problem", "warning"].contains($0.severity) }.map(\.code) }
    }

    private static func diagnose(
        _ words: [String], on node: Node, _ stage: Stage, wrapper: [String] = []
    ) throws -> Diagnosis {
        let command =
            wrapper + [stage.vipd, "doctor", "--json", "--socket", VipdDaemon.socket(of: node.machine)] + words
        return try Diagnosis(
            Tool.run(
                node.machine.namespace.inside(command), environment: try VipdDaemon.environment(on: node.machine),
                limit: .seconds(30)))
    }

    /// Two machines that run vipd, one of which holds, and a third that does not.
    private static func patient<Result>(
        _ stage: Stage, daemon: VipdDaemon? = nil, _ body: (Lab, Node) throws -> Result
    ) throws -> Result {
        try stage.lab(of: daemon) { lab in
            for node in lab.nodes.prefix(2) { try lab.powerOn(node) }
            try lab.settle()
            return try body(lab, lab.nodes[2])
        }
    }

    /// Breaks something, and expects the doctor to name it and, of problems, nothing else.
    private static func examine(
        _ stage: Stage, _ words: [String] = viplan, file: String? = nil, daemon: VipdDaemon? = nil,
        expecting code: String,
        _ damage: (Lab, Node) throws -> Void = { _, _ in }
    ) throws -> String {
        try patient(stage, daemon: daemon) { lab, node in
            var words = words
            if let file {
                let path = VipdDaemon.configurationFile(of: node.machine)
                try file.write(toFile: path, atomically: true, encoding: .utf8)
                words = ["--config", path]
            }
            try damage(lab, node)
            let diagnosis = try diagnose(words, on: node, stage)
            return expect(code, of: diagnosis, stage)
        }
    }

    private static func expect(_ code: String, of diagnosis: Diagnosis, _ stage: Stage) -> String {
        let troubles = Set(diagnosis.troubles)
        stage.judge.expect(troubles == [code], "it found \(troubles.sorted()), not \(code): \(diagnosis.said)")
        let severity = diagnosis.findings.filter { $0.code == code }.map(\.severity)
        let exit: Int32 = severity.contains("problem") ? 4 : 3
        stage.judge.expect(diagnosis.status == .exited(exit), "it ended with \(diagnosis.status), not \(exit)")
        return diagnosis.said
    }

    /// A rule of nf_tables at the port of a machine: `ingress` is what comes from it, `egress` what goes to it.
    private static func filter(_ node: Node, _ lab: Lab, _ hook: String, _ rule: String) throws {
        let port = Switch.port(of: node.machine.namespace)
        try Tool.need(
            lab.network.switch.namespace.inside(["nft", "-f", "-"]),
            input: """
                table netdev doctor_\(hook) {
                chain c { type filter hook \(hook) device "\(port)" priority 0; \(rule); }
                }

                """)
    }

    private static func fine(_ stage: Stage) throws -> String {
        try patient(stage) { lab, node in
            let before = try stage.daemon.status(of: lab.nodes[0].machine)
            let diagnosis = try diagnose(viplan + ["--probe"], on: node, stage)
            stage.judge.expect(diagnosis.troubles.isEmpty, "it found \(diagnosis.said)")
            stage.judge.expect(diagnosis.status == .exited(0), "it ended with \(diagnosis.status)")
            for code in ["lease", "socketDestroy", "answer", "peers", "frames", "arpIgnore", "address"] {
                let found = diagnosis.findings.contains { $0.code == code && $0.severity == "ok" }
                stage.judge.expect(found, "\(code) is not told to be fine")
            }
            let after = try stage.daemon.status(of: lab.nodes[0].machine)
            stage.judge.expect(
                before?.term == after?.term && before?.holder == after?.holder, "the doctor moved the VIP")
            stage.judge.expect(before?.livePeers == after?.livePeers, "the doctor was taken for a node")
            for other in lab.nodes.prefix(2) {
                let serving = try diagnose(viplan, on: other, stage)
                stage.judge.expect(
                    serving.troubles.isEmpty, "on \(other.name), which runs vipd, it found \(serving.said)")
            }
            return "\(diagnosis.findings.count { $0.severity == "ok" }) checks"
        }
    }

    /// Makes settings of sysctl(8), and expects the doctor to name them, and the commands that it prints to cure them.
    private static func cured(_ settings: [String], on node: Node, _ stage: Stage, code: String) throws -> String {
        let host = node.machine.namespace
        try Tool.need(host.inside(["sysctl", "-qw"] + settings))
        let diagnosis = try diagnose(viplan, on: node, stage)
        let said = expect(code, of: diagnosis, stage)
        for cure in diagnosis.findings.first(where: { $0.code == code })?.cure ?? [] {
            try Tool.need(host.inside(["sh", "-c", cure]))
        }
        let after = try diagnose(viplan, on: node, stage)
        stage.judge.expect(after.troubles.isEmpty, "after the cure it found \(after.said)")
        return said
    }

    private static func stranger(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            try lab.network.gateway.ip(["address add \(Plan.vip)/32 dev eth0"])
            let diagnosis = try diagnose(viplan + ["--probe"], on: lab.nodes[0], stage)
            return expect("strangerAnswers", of: diagnosis, stage)
        }
    }

    private static func otherKey(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            let (key, other) = (try stage.daemon.makeKey("key", in: lab), "\(lab.directory)/other")
            try Tool.need([stage.vipd, "key", "--write", other])
            var daemon = stage.daemon
            daemon.keyFiles = [1: key, 2: key]
            lab.change(to: daemon)
            for node in lab.nodes.prefix(2) { try lab.powerOn(node) }
            try lab.settle()
            let node = lab.nodes[2]
            func diagnose(key file: String) throws -> Diagnosis {
                let path = VipdDaemon.configurationFile(of: node.machine)
                try (VipdDaemon.group("") + "keyFile: \(file)\n").write(toFile: path, atomically: true, encoding: .utf8)
                return try Self.diagnose(["--config", path, "--probe"], on: node, stage)
            }
            // Who the daemon runs as may not read a file that is root's alone, which the doctor says, too.
            let diagnosis = try diagnose(key: other)
            let troubles = Set(diagnosis.troubles).subtracting(["key"])
            stage.judge.expect(troubles == ["keyDiffers"], "it found \(troubles.sorted()): \(diagnosis.said)")
            let same = "\(lab.directory)/same"
            try Tool.need(["install", "-m", "0600", key, same])
            let right = try diagnose(key: same)
            stage.judge.expect(
                Set(right.troubles).subtracting(["key"]).isEmpty, "with the right key it found \(right.said)")
            let unsigned = try Self.diagnose(viplan, on: node, stage)
            stage.judge.expect(
                Set(unsigned.troubles) == ["keyDiffers"],
                "without a key it found \(unsigned.troubles): \(unsigned.said)")
            return diagnosis.said
        }
    }

    private static func ordinaryUser(_ stage: Stage) throws -> String {
        guard Tool.find("setpriv") != nil else { throw Skipped(reason: "setpriv is not installed") }
        return try patient(stage) { _, node in
            let diagnosis = try diagnose(
                viplan, on: node, stage,
                wrapper: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
            stage.judge.expect(diagnosis.troubles.isEmpty, "it found \(diagnosis.said)")
            stage.judge.expect(
                diagnosis.findings.contains { $0.code == "notLookedAt" }, "it does not say what it could not look at")
            return "\(diagnosis.findings.count) findings"
        }
    }
}
