// Scenarios: what stands behind the VIP in a cluster of Kubernetes: etcd itself, and a stand-in for the API server.
import Foundation

extension Scenario {
    static let clusters: [Scenario] = [
        Scenario(
            name: "etcd-quorum", promise: "etcd behind the VIP: one of three lost, writes go on; two, nobody holds",
            body: etcdQuorum),
        Scenario(
            name: "etcd-reboots",
            promise: "\(rebootCount) reboots of the holder lose nothing that etcd acknowledged through the VIP",
            body: etcdReboots),
        Scenario(
            name: "api-server", promise: "curl verifies the API server's certificate through the VIP, wherever it is",
            body: apiServer),
        Scenario(
            name: "kubectl", promise: "kubectl asks the API server for its version through the VIP, wherever it is",
            body: kubectl),
    ]

    /// `viplab etcd` does twenty.
    private static let rebootCount = 3

    private static func cluster<Result>(
        _ stage: Stage, _ body: (EtcdPlay, EtcdLedger) throws -> Result
    ) throws -> Result {
        let tools = try EtcdTools()
        return try stage.lab(of: EtcdStory.daemon(stage.vipd)) { lab in
            let play = EtcdPlay(lab: lab, cluster: try .deploy(in: lab, tools), narrator: nil)
            return try body(play, play.boot())
        }
    }

    private static func etcdQuorum(_ stage: Stage) throws -> String {
        try cluster(stage) { play, ledger in
            try play.losses(ledger, &stage.judge)
            let audit = try play.audit(ledger, &stage.judge)
            return "\(audit.acknowledged) writes acknowledged, \(audit.lost.count) lost"
        }
    }

    private static func etcdReboots(_ stage: Stage) throws -> String {
        try cluster(stage) { play, ledger in
            let reboots = try play.reboots(rebootCount, ledger)
            let audit = try play.audit(ledger, &stage.judge)
            let gaps = reboots.map { "\($0.outage.gap.short) (\($0.manner.rawValue))" }.joined(separator: ", ")
            return
                "\(audit.acknowledged) writes acknowledged, \(audit.lost.count) lost; the client was without for \(gaps)"
        }
    }

    /// Asks through the VIP, moves it, and asks again: each time the holder has to answer.
    private static func askHolders(_ stage: Stage, _ question: (Lab, APIServer, Node) throws -> Void) throws -> String {
        try stage.lab { lab in
            let server = try APIServer.deploy(in: lab)
            let first = try lab.boot()
            try question(lab, server, first)
            try lab.move(from: first)
            let second = try lab.settle()
            try question(lab, server, second)
            return "answered by \(first.name), then by \(second.name)"
        }
    }

    private static func apiServer(_ stage: Stage) throws -> String {
        guard let curl = Tool.find("curl") else { throw Skipped(reason: "curl is not installed") }
        return try askHolders(stage) { lab, server, holder in
            func get(_ path: String, _ trust: [String]) throws -> Tool.Result {
                try Tool.run(
                    lab.network.client.inside(
                        [curl, "--silent", "--show-error", "--fail", "--max-time", "2"] + trust
                            + [APIServer.url + path]))
            }
            let trust = ["--cacert", server.certificates.authority]
            for path in ["/livez", "/healthz"] {
                let answer = try get(path, trust)
                stage.judge.expect(answer.output == "ok", "\(path) through the VIP: \(answer.said)")
            }
            let version = try get("/version", trust)
            stage.judge.expect(
                version.output.contains("+\(holder.name)\""), "\(holder.name) holds, /version says: \(version.said)")
            // curl's exit code for a certificate that it cannot verify: else the check above would prove nothing.
            let distrusted = try get("/livez", [])
            stage.judge.expect(
                distrusted.status == .exited(60), "without the authority curl ends with \(distrusted.status), not 60")
        }
    }

    private static func kubectl(_ stage: Stage) throws -> String {
        guard let kubectl = Tool.find("kubectl") else {
            throw Skipped(reason: "kubectl is missing: apt-get install kubernetes-client")
        }
        return try askHolders(stage) { lab, server, holder in
            // A token, so that no kubectl asks for a name and a password, and no configuration of whoever runs this.
            let asked = try Tool.run(
                lab.network.client.inside([
                    kubectl, "--server", APIServer.url, "--certificate-authority", server.certificates.authority,
                    "--token", "none", "--request-timeout", "3s", "version",
                ]), environment: ["KUBECONFIG": "/dev/null", "HOME": lab.directory])
            let said = asked.output.split(separator: "\n").first { $0.hasPrefix("Server Version") } ?? ""
            stage.judge.expect(
                asked.status == .exited(0) && said.contains("+\(holder.name)"),
                "\(holder.name) holds, kubectl version says: \(asked.said)")
        }
    }
}
