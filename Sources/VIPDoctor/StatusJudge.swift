// What the running daemon knows and the wire does not tell: conflicts, takeovers that nobody confirmed, clones.

/// A group of the daemon's status, as far as it is judged.
public struct ServedGroup: Equatable, Sendable {
    public var name: String
    /// Each conflict in one line.
    public var conflicts: [String]
    /// This node took the addresses over, and no host has answered since.
    public var isUnconfirmed: Bool
    /// Frames of another node with this node's own id or MAC address.
    public var duplicates: UInt64

    public init(name: String, conflicts: [String], isUnconfirmed: Bool, duplicates: UInt64) {
        self.name = name
        self.conflicts = conflicts
        self.isUnconfirmed = isUnconfirmed
        self.duplicates = duplicates
    }
}

public enum StatusJudge {
    public static func findings(_ group: ServedGroup) -> [Finding] {
        var findings = group.conflicts.map { conflict in
            Finding(
                .problem, .conflict, about: group.name, conflict,
                why:
                    "Clients may reach the other machine. The daemon defends the address, and reports the conflict until 10 s "
                    + "after it was last seen.",
                cure: ["vipd status"])
        }
        if group.isUnconfirmed {
            findings.append(
                Finding(
                    .warning, .unconfirmed, about: group.name,
                    "no host has confirmed that it takes this node for the holder",
                    why:
                        "Neither the gateway nor another host has answered a request from the address. Its announcements may "
                        + "not pass: look for anti-spoofing at the hypervisor and for ARP inspection at the switch.",
                    cure: ["vipd events"]))
        }
        if group.duplicates > 0 {
            findings.append(
                Finding(
                    .problem, .clone, about: group.name,
                    "the daemon has seen \(group.duplicates) frames of another node with this node's own id or MAC address",
                    why: "A clone is reported and otherwise ignored: it neither follows nor takes over.",
                    cure: ["vipd events"]))
        }
        return findings
    }
}
