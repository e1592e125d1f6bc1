// What a switch may do to a port's frames short of switching it off: lose some, send some twice, pass them one way only; and
// a cable that is taken out of a machine altogether, link and all.
import CVIPLab
import Foundation

/// What happens to the frames of one port.
enum PortTrouble: Equatable, Sendable {
    /// So many of a hundred are lost, each way.
    case loss(percent: Int)
    /// Every frame to the machine comes twice.
    case duplication
    /// Nothing comes from the machine.
    case mute
    /// Nothing comes to the machine.
    case deaf
    /// What goes to the nodes' group does not come to the machine, as through a network card that nobody has told of it.
    case unjoined
}

extension Switch {
    /// Where nodes send their signs of life (docs/PROTOCOL.md).
    private static let nodesGroup = "03:56:49:50:44:01"

    private static func table(of host: Namespace) -> String { "trouble_\(port(of: host))" }

    /// Has nftables trouble a port (nft(8), family netdev), until it is cleared. One trouble a port.
    func trouble(_ host: Namespace, with trouble: PortTrouble) throws {
        let (table, port) = (Self.table(of: host), Self.port(of: host))
        func chain(_ hook: String, _ rule: String) -> String {
            "chain \(hook) { type filter hook \(hook) device \"\(port)\" priority 0; \(rule); }"
        }
        let chains =
            switch trouble {
            case .loss(let percent):
                ["ingress", "egress"].map { chain($0, "numgen random mod 100 < \(percent) drop") }
            case .duplication: [chain("egress", "dup to \"\(port)\"")]
            case .mute: [chain("ingress", "drop")]
            case .deaf: [chain("egress", "drop")]
            case .unjoined: [chain("egress", "ether daddr \(Self.nodesGroup) drop")]
            }
        try Tool.need(
            namespace.inside(["nft", "-f", "-"]),
            input: "table netdev \(table) {\n\(chains.joined(separator: "\n"))\n}\n")
    }

    func clearTrouble(of host: Namespace) throws {
        try Tool.need(namespace.inside(["nft", "delete", "table", "netdev", Self.table(of: host)]))
    }

    /// Deletes a machine's link, as pulling out a network card does.
    func removeCable(of host: Namespace) throws { try namespace.ip(["link delete \(Self.port(of: host))"]) }

    /// A socket that hears the ARP frames that come from a machine.
    func hear(_ host: Namespace) throws -> Int32 {
        let socket = try namespace.open(VIPLAB_PACKETS)
        do {
            try unsafe check(
                viplab_hear_arp(socket, Self.port(of: host)), "cannot listen on port \(Self.port(of: host))")
        } catch {
            close(socket)
            throw error
        }
        return socket
    }
}
