// The way of the frames between the nodes: trailers that are cut, multicast that is lost, long frames and foreign sender
// addresses that do not pass. Most of it takes `--probe`.
import VIPWire

public enum PathJudge {
    public static func findings(_ groups: [GroupFacts], _ facts: WireFacts) -> [Finding] {
        var findings = cut(groups, facts)
        guard let asked = facts.asked else { return findings }
        let needsMulticast = groups.contains { !$0.broadcast }
        for host in asked {
            findings += needsMulticast ? multicast(host, facts) : []
            findings += [long(host, facts), filtered(host, facts), oneWay(host)].compactMap(\.self)
        }
        let answering = asked.filter { $0.kind != .gateway && $0.answers.longProbe }
        if findings.isEmpty, !answering.isEmpty {
            let trips = answering.compactMap(\.answers.roundTripMicroseconds)
            let slowest = trips.max().map { ", after \(Self.milliseconds($0)) at most" } ?? ""
            let hosts = answering.count == 1 ? "a node" : "\(answering.count) nodes"
            findings.append(
                Finding(
                    .ok, .frames, about: facts.link,
                    "\(hosts) answered probes of \(facts.longFrame) octets, by broadcast and multicast\(slowest)"))
        }
        return findings
    }

    /// What is said where `--probe` was wanted and nobody was asked, `mayListen` or not.
    public static func notProbed(mayListen: Bool) -> Finding {
        let (reason, cure) =
            mayListen
            ? ("no group has a link that is up and can be listened to", ["vipd doctor"])
            : ("it takes CAP_NET_RAW, which this user has not", ["sudo vipd doctor --probe"])
        return Finding(
            .warning, .notLookedAt, "--probe asked nobody: \(reason)",
            why: "Whether multicast, long frames and probes get through to the other nodes is not known.", cure: cure)
    }

    /// Whether who answers for a virtual address is only reached by broadcast: a node that is not heard, rather than a
    /// stranger, for want of multicast. No doubt is possible where it was not asked.
    static func losesMulticast(_ mac: MACAddress, _ group: GroupFacts, _ facts: WireFacts) -> Bool {
        guard !group.broadcast, let host = facts.asked?.first(where: { $0.mac == mac && $0.kind == .holder }) else {
            return false
        }
        return host.answers.longProbe && !host.answers.multicastProbe
    }

    /// More than a holder sends without a trailer while it is listened to: five after its claim, and one a minute.
    private static let mostBareAnnouncements = 7

    /// Who was heard without its trailers.
    static func cut(_ group: GroupFacts, _ facts: WireFacts) -> [MACAddress: Int] {
        group.broadcast ? facts.bareAnnouncements.filter { $0.value > mostBareAnnouncements } : facts.cut
    }

    private static func cut(_ groups: [GroupFacts], _ facts: WireFacts) -> [Finding] {
        let all = groups.reduce(into: [MACAddress: Int]()) { all, group in
            all.merge(cut(group, facts)) { max($0, $1) }
        }
        return all.sorted { $0.key < $1.key }.map { mac, count in
            let name = facts.name(of: mac) ?? "\(mac)"
            return Finding(
                .problem, .trailersCut, about: "\(mac)",
                "\(count) frames of \(name) came without the trailer of a node",
                why:
                    "Something on the way cuts ARP to its 28 octets, or fills what is behind them with zeros. Nodes then do "
                    + "not know each other, and each would hold the address. Look at switches and hypervisors that rewrite "
                    + "ARP: inspection, proxies, suppression.",
                cure: ["tcpdump -xx -ni \(facts.link) arp"])
        }
    }

    private static func multicast(_ host: AskedHost, _ facts: WireFacts) -> [Finding] {
        let answers = host.answers
        guard answers.longProbe, !answers.multicastProbe else { return [] }
        let lost = { (who: String, why: String) in
            Finding(
                .problem, .multicastLost, about: host.address.description,
                "\(who) answers broadcasts and not frames to vipd's group address: multicast does not get through",
                why: why
                    + "Set broadcast: true in the group on all nodes; or let switches pass 03:56:49:50:44:01, which "
                    + "no IGMP snooping speaks of.",
                cure: ["vipd check"])
        }
        switch host.kind {
        case .node(let name): return [lost(name, "Nodes that do not hear each other each hold the address. ")]
        case .holder where host.mac.map { facts.name(of: $0) == nil && facts.cut[$0] == nil } ?? false:
            return [
                lost(
                    "who has \(host.address) (\(host.mac.map(\.description) ?? "?"))",
                    "And no frame of a node was heard of it. If it is a node, nodes do not hear each other, and each would "
                        + "hold the address; if it is none, the address is a stranger's. ")
            ]
        // A gateway joins no group of vipd's.
        case .holder, .gateway: return []
        }
    }

    private static func long(_ host: AskedHost, _ facts: WireFacts) -> Finding? {
        guard host.kind != .gateway, host.answers.probe, !host.answers.longProbe else { return nil }
        return Finding(
            .problem, .longFramesLost, about: host.address.description,
            "\(host.address) answers short probes and none of \(facts.longFrame) octets",
            why:
                "Something on the way drops ARP that is longer than it need be. The nodes' frames are: they do not get "
                + "through. Look at ARP inspection of switches and at the rules of hypervisors.")
    }

    private static func filtered(_ host: AskedHost, _ facts: WireFacts) -> Finding? {
        guard host.answers.request == true, !host.answers.probe, !host.answers.longProbe else { return nil }
        return Finding(
            .warning, .arpFiltered, about: host.address.description,
            "\(host.address) answers requests from this node's own address, and no probes",
            why:
                "Probes have no sender address. Where ARP passes only from a machine's own address, as behind anti-spoofing "
                + "filters (Proxmox: ipfilter; libvirt: no-ip-spoofing, clean-traffic; OpenStack: port security; switches: "
                + "ARP inspection), announcements of the virtual address do not pass either. Allow it at each node's port."
        )
    }

    private static func oneWay(_ host: AskedHost) -> Finding? {
        guard case .node(let name) = host.kind, host.answers.hasNone else { return nil }
        return Finding(
            .warning, .oneWay, about: name, "\(name) is heard and answers nothing at \(host.address)",
            why:
                "What this node sends does not get there, or its answers do not get here: a port or a firewall passes one "
                + "way only. Such nodes hold the address at once.",
            cure: ["ip neighbour show \(host.address)"])
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        microseconds < 1000 ? "\(microseconds) µs" : "\(microseconds / 1000) ms"
    }
}
