// Who answers ARP for the virtual addresses (RFC 5227, section 2.1), and whether they should.
import VIPWire

public enum AnswerJudge {
    /// A group may have thousands of addresses; of those that are as they should be, so many are told one by one.
    private static let mostNamed = 4

    public static func findings(_ group: GroupFacts, _ facts: WireFacts) -> [Finding] {
        let asked = group.addresses.filter(facts.probed.contains)
        let all = asked.flatMap { findings($0, group, facts) }
        let fine = all.filter { $0.severity == .ok }
        guard fine.count > mostNamed else { return all }
        let of = asked.count < group.addresses.count ? " of \(group.addresses.count)" : ""
        let summary = Finding(
            .ok, .answer, about: group.name,
            "\(fine.count)\(of) addresses were asked for: each is free, or where it belongs")
        return all.filter { $0.severity != .ok } + [summary]
    }

    private static func findings(_ address: IPv4Address, _ group: GroupFacts, _ facts: WireFacts) -> [Finding] {
        var macs: [MACAddress] = []
        for answer in facts.answers where answer.address == address && !macs.contains(answer.mac) {
            macs.append(answer.mac)
        }
        let isHere = facts.heldHere.contains(address)
        if macs.count + (isHere ? 1 : 0) > 1 { return [several(address, macs, isHere: isHere, facts)] }
        if isHere {
            return [
                Finding(.ok, .answer, about: address.description, "\(address) is here, and nobody else answers for it")
            ]
        }
        guard let mac = macs.first else {
            return [Finding(.ok, .answer, about: address.description, "\(address) is free: nobody answers for it")]
        }
        return one(address, mac, group, facts).map { [$0] } ?? []
    }

    private static func several(
        _ address: IPv4Address, _ macs: [MACAddress], isHere: Bool, _ facts: WireFacts
    ) -> Finding {
        let list =
            (isHere ? ["this node"] : []) + macs.map { mac in facts.name(of: mac).map { "\($0) (\(mac))" } ?? "\(mac)" }
        return Finding(
            .problem, .severalAnswer, about: address.description,
            "\(address) is answered by \(list.count) machines: \(list.joined(separator: ", "))",
            why:
                "Clients reach now one and now another. In a handover it is so for some milliseconds; otherwise find out "
                + "who should not have it.",
            cure: ["arping -D -c 3 -I \(facts.link) \(address)"])
    }

    private static func one(
        _ address: IPv4Address, _ mac: MACAddress, _ group: GroupFacts, _ facts: WireFacts
    ) -> Finding? {
        if let node = facts.nodes.first(where: { $0.mac == mac && $0.concerns(group) }) {
            if node.announces {
                return Finding(.ok, .answer, about: address.description, "\(address) is held by \(node.name) (\(mac))")
            }
            return Finding(
                .warning, .idlePeerAnswers, about: address.description,
                "\(node.name) (\(mac)) answers for \(address) and does not hold it",
                why: "Either its daemon has just died, and the kernel removes the address within the lease, or the "
                    + "address is configured there for good, where it stays whoever holds it.",
                cure: ["ip address show to \(address)"])
        }
        if let name = facts.known[mac] {
            return Finding(
                .ok, .answer, about: address.description,
                "\(address) is answered by \(name) (\(mac)), which the daemon knows")
        }
        // PathJudge and PeerJudge say it of those whose frames come here without their trailers, or do not come.
        if PathJudge.cut(group, facts)[mac] != nil || PathJudge.losesMulticast(mac, group, facts) { return nil }
        let doubt =
            facts.asked == nil
            ? " If it is a node after all, its frames do not get here: `vipd doctor --probe` tells."
            : ""
        return Finding(
            .problem, .strangerAnswers, about: address.description,
            "\(address) is answered by \(mac), which is no node that was heard",
            why:
                "A host that has the address for its own keeps it, and vipd does not claim it while it does. Choose an "
                + "unused address, or take it from that host.\(doubt)",
            cure: ["ip neighbour show \(address)"])
    }
}
