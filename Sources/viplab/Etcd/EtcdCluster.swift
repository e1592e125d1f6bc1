// etcd as Debian packages it, a member on each controller: how a member is started, and what etcdctl is asked about it.
// Who writes through the VIP, and what becomes of it, is told in the files beside.
import Foundation

/// The programs of etcd, where they are installed.
struct EtcdTools: Sendable {
    /// Where clients find a member. etcd's own default, and that of kubeadm and k3s.
    static let clientPort = 2379
    static let peerPort = 2380
    /// What clients use, and nothing else.
    static let vipEndpoint = "http://\(Plan.vip):\(clientPort)"
    /// What both programs are told by their environment: the protocol, where etcdctl is older than 3.4, and that this is
    /// meant, where etcd's makers do not test on the machine's architecture.
    static let environment = ["ETCDCTL_API": "3", "ETCD_UNSUPPORTED_ARCH": architecture]

    let etcd: String
    let etcdctl: String

    /// - Throws: `Skipped` where one of them is missing
    init() throws {
        guard let etcd = Tool.find("etcd") else {
            throw Skipped(reason: "etcd is missing: apt-get install etcd-server")
        }
        guard let etcdctl = Tool.find("etcdctl") else {
            throw Skipped(reason: "etcdctl is missing: apt-get install etcd-client")
        }
        (self.etcd, self.etcdctl) = (etcd, etcdctl)
    }

    /// "3.4.23"
    func version() throws -> String {
        let said = try Tool.need([etcd, "--version"]).split(whereSeparator: \.isNewline).first ?? ""
        return said.split(separator: " ").last.map(String.init) ?? "of an unknown version"
    }

    /// Runs etcdctl on a host.
    func ask(
        _ words: [String], endpoint: String = vipEndpoint, on host: Namespace, limit: Duration = .seconds(10)
    ) throws -> Tool.Result {
        try Tool.run(
            host.inside([etcdctl, "--endpoints=\(endpoint)"] + words), environment: Self.environment, limit: limit)
    }

    /// As Go calls it, which is what etcd looks for.
    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }
}

/// A cluster of etcd with a member on each controller of a lab.
struct EtcdCluster: Workload {
    let tools: EtcdTools
    let machines: [Machine]
    /// Of all members, each in a folder of its own.
    let data: String
    let name = "etcd"

    /// Lets a lab's controllers run etcd from their next start on.
    static func deploy(in lab: Lab, _ tools: EtcdTools) throws -> EtcdCluster {
        let cluster = EtcdCluster(tools: tools, machines: lab.nodes.map(\.machine), data: try lab.makeDataDirectory())
        lab.deploy(cluster)
        return cluster
    }

    /// Clients are served on every address, the VIP included whenever it is there; members talk among each other on
    /// their own. A member that has data already takes that, whatever is said of a new cluster.
    func launch(on machine: Machine) throws -> Launch {
        let peers = machines.map { "\($0.name)=http://\($0.address):\(EtcdTools.peerPort)" }.joined(separator: ",")
        let own = "http://\(machine.address)"
        return Launch(
            arguments: [
                tools.etcd, "--name", machine.name, "--data-dir", "\(data)/\(machine.name)",
                "--listen-client-urls", "http://0.0.0.0:\(EtcdTools.clientPort)",
                "--advertise-client-urls", "\(own):\(EtcdTools.clientPort)",
                "--listen-peer-urls", "\(own):\(EtcdTools.peerPort)",
                "--initial-advertise-peer-urls", "\(own):\(EtcdTools.peerPort)",
                "--initial-cluster", peers, "--initial-cluster-state", "new",
            ], environment: EtcdTools.environment)
    }

    private func endpoint(of machine: Machine) -> String { "http://\(machine.address):\(EtcdTools.clientPort)" }

    /// Whether this member serves: it sees a leader, and a majority answers it.
    func isHealthy(_ machine: Machine) throws -> Bool {
        let words = ["--dial-timeout=1s", "--command-timeout=1s", "endpoint", "health"]
        return try tools.ask(words, endpoint: endpoint(of: machine), on: machine.namespace).status == .exited(0)
    }

    /// Waits until all these members serve.
    func waitUntilHealthy(_ machines: [Machine], limit: Duration = .seconds(20)) throws {
        for machine in machines {
            let end = Instant.now + limit
            while try !isHealthy(machine) {
                guard Instant.now < end else {
                    throw LabError(
                        "etcd on \(machine.name) does not serve after \(limit.short): see \(log(on: machine))")
                }
                try Interrupt.sleep(.milliseconds(100))
            }
        }
    }

    /// What a member says of itself; nil where it does not answer.
    func status(of machine: Machine) throws -> EtcdStatus? {
        let words = ["--command-timeout=1s", "endpoint", "status", "--write-out=json"]
        return EtcdStatus(json: try tools.ask(words, endpoint: endpoint(of: machine), on: machine.namespace).output)
    }

    /// Makes this member the leader, if it is not; all members have to be there.
    func giveLeadership(to machine: Machine) throws {
        guard let heir = try status(of: machine) else { throw LabError("etcd on \(machine.name) does not answer") }
        if heir.isLeader { return }
        guard let leader = try machines.first(where: { try status(of: $0)?.isLeader == true }) else {
            throw LabError("no member of etcd says that it leads")
        }
        let id = String(heir.id, radix: 16)
        let asked = try tools.ask(["move-leader", id], endpoint: endpoint(of: leader), on: leader.namespace)
        guard asked.status == .exited(0) else { throw LabError("etcdctl move-leader \(id): \(asked.said)") }
    }
}

/// `etcdctl endpoint status --write-out=json`, as far as the lab reads it. Ids are numbers of 64 bits.
struct EtcdStatus: Equatable {
    let id: UInt64
    /// The leader that this member sees; 0: none.
    let leader: UInt64

    var isLeader: Bool { id == leader }

    init?(json: String) {
        let list = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
        guard let status = list?.first?["Status"] as? [String: Any],
            let id = (status["header"] as? [String: Any])?["member_id"] as? NSNumber,
            let leader = status["leader"] as? NSNumber
        else { return nil }
        (self.id, self.leader) = (id.uint64Value, leader.uint64Value)
    }
}
