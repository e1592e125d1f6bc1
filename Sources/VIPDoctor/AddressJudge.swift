// The virtual addresses against the subnets, gateways and hosts of their link: whether they can be floated at all.
public import VIPWire

public enum AddressJudge {
    /// - Parameters:
    ///   - nodes: own addresses of the other nodes, by their names.
    ///   - everyLink: this machine's links, that of the group among them.
    public static func findings(
        _ group: GroupFacts, on link: LinkInspection, everyLink: [LinkInspection], nodes: [(name: String, IPv4Address)]
    ) -> [Finding] {
        var troubles: [Finding] = []
        for address in group.addresses {
            if let trouble = own(address, everyLink) ?? reserved(address, link) ?? gateway(address, everyLink)
                ?? node(address, nodes) ?? outside(address, link)
            {
                troubles.append(trouble)
            }
        }
        guard troubles.isEmpty else { return Array(troubles.prefix(mostTold)) + rest(troubles, group) }
        let what = group.addresses.count == 1 ? "\(group.addresses[0]) is" : "\(group.addresses.count) addresses are"
        return [Finding(.ok, .address, about: group.name, "\(what) in a subnet of \(link.name), and no host's own")]
    }

    /// A group may have thousands of addresses, and one mistake concern them all; so many are told one by one.
    private static let mostTold = 4

    private static func rest(_ troubles: [Finding], _ group: GroupFacts) -> [Finding] {
        let rest = troubles.dropFirst(mostTold)
        guard let first = rest.first else { return [] }
        return [
            Finding(
                .problem, first.code, about: group.name,
                "so or similarly it is with \(rest.count) more of its addresses")
        ]
    }

    /// Where an address can only be another one.
    private static let otherAddress = ["editor /etc/vipd/vipd.yaml", "systemctl try-reload-or-restart vipd"]

    private static func own(_ address: IPv4Address, _ links: [LinkInspection]) -> Finding? {
        guard
            let link = links.first(where: { $0.subnets.contains { $0.address == address } }),
            let subnet = link.subnets.first(where: { $0.address == address })
        else { return nil }
        let cure = removal(of: subnet, from: link.name, having: link.subnets)
        return Finding(
            .problem, .ownAddress, about: address.description,
            "\(address) is this machine's own address on \(link.name)",
            why: "It would stay here while another node holds it. Choose an unused address."
                + (cure.isEmpty
                    ? ""
                    : " Or take it off the link, and out of what sets it: the configuration of the network, "
                        + "keepalived, kube-vip."),
            cure: cure.isEmpty ? otherAddress : cure)
    }

    /// The command that takes an address off a link, where the link keeps another of that subnet; none where the machine
    /// would be cut off by it.
    public static func removal(of subnet: Subnet, from link: String, having subnets: [Subnet]) -> [String] {
        let isSpare = subnets.contains { $0.address != subnet.address && $0.contains(subnet.address) }
        return isSpare ? ["ip address delete \(subnet) dev \(link)"] : []
    }

    private static func reserved(_ address: IPv4Address, _ link: LinkInspection) -> Finding? {
        for subnet in link.subnets {
            guard let (network, broadcast) = subnet.reserved, address == network || address == broadcast else {
                continue
            }
            return Finding(
                .problem, .reservedAddress, about: address.description,
                "\(address) is the \(address == network ? "network" : "broadcast") address of \(subnet)",
                why: "No host can have it. Choose an unused address between \(network) and \(broadcast).",
                cure: otherAddress)
        }
        return nil
    }

    private static func gateway(_ address: IPv4Address, _ links: [LinkInspection]) -> Finding? {
        guard let link = links.first(where: { $0.gateways.contains(address) }) else { return nil }
        return Finding(
            .problem, .gatewayAddress, about: address.description,
            "\(address) is the default gateway of \(link.name)",
            why: "The router has it. Choose an unused address.", cure: otherAddress)
    }

    private static func node(_ address: IPv4Address, _ nodes: [(name: String, IPv4Address)]) -> Finding? {
        guard let node = nodes.first(where: { $0.1 == address }) else { return nil }
        return Finding(
            .problem, .peerAddress, about: address.description, "\(address) is the own address of \(node.name)",
            why: "It would stay there while another node holds it. Choose an unused address.", cure: otherAddress)
    }

    private static func outside(_ address: IPv4Address, _ link: LinkInspection) -> Finding? {
        guard !link.subnets.contains(where: { $0.contains(address) }) else { return nil }
        let subnets = link.subnets.map(\.description).joined(separator: ", ")
        return Finding(
            .problem, .outsideSubnet, about: address.description, "\(address) is in no subnet of \(link.name)",
            why:
                "Hosts ask by ARP only for addresses of their own subnets, and send all others to a router. \(link.name) "
                + "has \(subnets.isEmpty ? "no address" : subnets). Choose an address of such a subnet, or the right "
                + "interface.",
            cure: ["ip -4 address show"])
    }
}
