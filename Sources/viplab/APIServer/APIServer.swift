// The stand-in for the Kubernetes API server: HTTPS on :6443 with a real certificate. socat ends the TLS and hands on to
// the service's HTTP port, which knows the few paths that are asked here. It is no API server: it has no resources.
import Foundation

/// The stand-in on each controller of a lab.
struct APIServer: Workload {
    static let port = 6443
    static let url = "https://\(Plan.vip):\(port)"

    let socat: String
    let certificates: Certificates
    let name = "apiserver"

    /// Lets a lab's controllers run it from their next start on.
    static func deploy(in lab: Lab) throws -> APIServer {
        let server = try APIServer(for: lab)
        lab.deploy(server)
        return server
    }

    /// Makes its certificate; nobody runs it yet.
    /// - Throws: `Skipped` where socat or openssl is missing
    init(for lab: Lab) throws {
        guard let socat = Tool.find("socat") else { throw Skipped(reason: "socat is missing: apt-get install socat") }
        self.socat = socat
        certificates = try Certificates(
            in: "\(lab.directory)/pki", addresses: ["127.0.0.1", Plan.vip] + lab.nodes.map(\.machine.address))
    }

    /// A process for each connection, and one that accepts them: the kernel queues what comes at once.
    func launch(on machine: Machine) throws -> Launch {
        let listen = "OPENSSL-LISTEN:\(Self.port),reuseaddr,fork,backlog=128,verify=0"
        return Launch(arguments: [
            socat, "\(listen),cert=\(certificates.certificate),key=\(certificates.key)",
            "TCP4:127.0.0.1:\(Door.web.rawValue)",
        ])
    }

    /// The body of /version, as client-go reads it. What follows "+" is build metadata (semver.org), which no client
    /// compares: the machine's name.
    static func version(of name: String) -> String {
        """
        {"major": "1", "minor": "32", "gitVersion": "v1.32.0+\(name)", "gitCommit": "", "gitTreeState": "clean", \
        "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none", "compiler": "none", "platform": "linux/amd64"}
        """
    }
}
