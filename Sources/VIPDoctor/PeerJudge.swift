// The other nodes: whether they are who they should be, and were told the same as this one.
import VIPWire

public enum PeerJudge {
    /// Of an old one in the second file, systemd-machine-id-setup makes no new one.
    private static let newMachineID = [
        "rm -f /etc/machine-id /var/lib/dbus/machine-id", "systemd-machine-id-setup", "systemctl restart vipd",
    ]

    public static func findings(_ group: GroupFacts, _ facts: WireFacts) -> [Finding] {
        let ours = facts.nodes.filter { $0.group == group.digest && !isTwin($0, facts) }
        var findings = clones(group, facts) + ours.compactMap { key($0, facts) }
        findings += ours.filter { $0.refusal == nil }.compactMap { configuration($0, group) }
        findings += strangers(group, facts) + members(ours, group)
        if findings.isEmpty, !ours.isEmpty {
            let names = ours.map(\.name).joined(separator: ", ")
            findings.append(
                Finding(
                    .ok, .peers, about: group.name,
                    "\(ours.count == 1 ? "a node was" : "\(ours.count) nodes were") heard: \(names)"))
        }
        if ours.isEmpty, PathJudge.cut(group, facts).isEmpty {
            findings.append(
                Finding(
                    .note, .peers, about: group.name,
                    "no other node of group \(group.name) was heard in \((facts.seconds * 10).rounded() / 10) s",
                    why: "Where others run, their frames do not get here."
                        + (facts.asked == nil ? " `vipd doctor --probe` asks for more." : "")))
        }
        return findings
    }

    /// Whether a frame says that it comes from this very node.
    private static func isTwin(_ node: HeardNode, _ facts: WireFacts) -> Bool {
        node.id == facts.ownID || node.mac == facts.ownMAC
    }

    private static func clones(_ group: GroupFacts, _ facts: WireFacts) -> [Finding] {
        let why =
            "Nodes are told apart by an id made of the machine-id and the MAC address, and by the MAC address. A clone "
            + "is reported and otherwise ignored: it neither follows nor takes over."
        var findings: [Finding] = []
        for node in facts.nodes where isTwin(node, facts) && node.concerns(group) {
            let what = node.mac == facts.ownMAC ? "MAC address \(node.mac)" : "id"
            findings.append(
                Finding(
                    .problem, .clone, about: node.name, "\(node.name) (\(node.mac)) has this node's own \(what)",
                    why: why + " A loop in the network looks the same.",
                    cure: node.mac == facts.ownMAC
                        ? ["ip link show \(facts.link)"]
                        : newMachineID))
        }
        for (index, node) in facts.nodes.enumerated() where node.group == group.digest && !isTwin(node, facts) {
            guard let other = facts.nodes[..<index].first(where: { $0.id == node.id && $0.mac != node.mac }) else {
                continue
            }
            findings.append(
                Finding(
                    .problem, .clone, about: node.name,
                    "\(node.name) (\(node.mac)) and \(other.name) (\(other.mac)) have the same id", why: why,
                    cure: newMachineID))
        }
        return findings
    }

    private static func key(_ node: HeardNode, _ facts: WireFacts) -> Finding? {
        let problem: (what: String, cure: [String])
        switch node.refusal {
        case .unsigned:
            problem = ("does not sign its frames, and this node insists on it", ["vipd key --id /etc/vipd/key"])
        case .unknownKey: problem = ("signs with another key", ["vipd key --id /etc/vipd/key"])
        case .badTag: problem = ("sends frames whose tag is wrong", ["vipd key --id /etc/vipd/key"])
        case .some, nil:
            guard facts.lacksKey, node.isSealed else { return nil }
            return Finding(
                .problem, .keyDiffers, about: node.name, "\(node.name) signs its frames, and this node has no key",
                why: "It does not believe this node, so the two would hold the address at once. Copy its key here.",
                cure: ["ls -l /etc/vipd/key"])
        }
        return Finding(
            .problem, .keyDiffers, about: node.name, "\(node.name) (\(node.mac)) \(problem.what)",
            why:
                "Its frames are refused here, and the two would hold the address at once. All nodes need the same key; its "
                + "id tells which one a node has, without giving it away.",
            cure: problem.cure)
    }

    private static func configuration(_ node: HeardNode, _ group: GroupFacts) -> Finding? {
        guard let own = group.configurationDigest, own != node.configuration else { return nil }
        return Finding(
            .warning, .configurationDiffers, about: node.name, "\(node.name) has other settings than this node",
            why:
                "interval, suspectAfter, lease, broadcast, members or strict differ. They decide when the address moves, and "
                + "must be the same on all nodes.",
            cure: ["vipd check"])
    }

    private static func strangers(_ group: GroupFacts, _ facts: WireFacts) -> [Finding] {
        facts.nodes.filter { $0.group != group.digest && group.addresses.contains($0.speaksOf) && !isTwin($0, facts) }
            .map { node in
                Finding(
                    .problem, .groupDiffers, about: node.name,
                    "\(node.name) speaks for \(node.speaksOf) in another group than \(group.name)",
                    why:
                        "A group is its name and all of its addresses. Where they differ the nodes do not elect together, and "
                        + "both may hold the address.",
                    cure: ["vipd check"])
            }
    }

    private static func members(_ heard: [HeardNode], _ group: GroupFacts) -> [Finding] {
        let count = Set(heard.map(\.id)).count + 1
        guard let members = group.members, count > members else { return [] }
        return [
            Finding(
                .problem, .tooManyMembers, about: group.name,
                "\(count) nodes are in the group, and members is \(members)",
                why:
                    "With more nodes than members two majorities need not overlap. Set members to their number, everywhere.",
                cure: ["vipd check"])
        ]
    }
}
