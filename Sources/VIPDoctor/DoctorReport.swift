// All findings of one run, and their JSON: a stable interface, whose keys and order docs and manual give.
// Deliberately not here: the text for people (vipd), and the exit code.
public import VIPJSON

/// The answer of `vipd doctor`.
public struct DoctorReport: Equatable, Sendable {
    /// The node's name.
    public var node: String
    /// The version of this program.
    public var version: String
    /// What was looked at; empty where there is no configuration.
    public var groups: [GroupFacts]
    /// In the order in which things were looked at.
    public var findings: [Finding]
    /// The nodes that were heard.
    public var peers: [PeerPaths]

    public init(
        node: String, version: String, groups: [GroupFacts], findings: [Finding], peers: [PeerPaths] = []
    ) {
        self.node = node
        self.version = version
        self.groups = groups
        self.findings = findings
        self.peers = peers
    }

    /// The worst that was found; ``Severity/ok`` where nothing was.
    public var worst: Severity { findings.map(\.severity).max() ?? .ok }

    public func count(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }

    /// The findings of that severity, in order.
    public func findings(_ severity: Severity) -> [Finding] { findings.filter { $0.severity == severity } }

    /// The report as JSON:
    ///
    ///     {"node": {"name", "version"},
    ///      "groups": [{"name", "addresses": [], "interface"}],
    ///      "findings": [{"severity", "code", "subject", "summary", "why", "cure": []}],
    ///      "peers": [{"name", "address", "mac", "group", "announces", "multicast", "broadcast", "tag", "hearsUs",
    ///                 "answers": {"request", "probe", "longProbe", "multicastProbe", "roundTripMicroseconds"}}],
    ///      "counts": {"problems", "warnings", "notes", "ok"}}
    public var json: JSONValue {
        .object([
            "node": .object(["name": .string(node), "version": .string(version)]),
            "groups": .array(groups.map(\.json)),
            "findings": .array(findings.map(\.json)),
            "peers": .array(peers.map(\.json)),
            "counts": .object([
                "problems": .integer(Int64(count(.problem))), "warnings": .integer(Int64(count(.warning))),
                "notes": .integer(Int64(count(.note))), "ok": .integer(Int64(count(.ok))),
            ]),
        ])
    }
}
