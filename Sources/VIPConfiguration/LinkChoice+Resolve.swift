// From a group's choice to the one interface it means, or to an error that lists what there is.
// Deliberately not here: reading the kernel, and waiting for an interface (the daemon does, where the error allows it).

public import VIPWire

/// Why a group has no interface.
public enum LinkChoiceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No interface is what `wanted` says; `links` are all there are.
    case notFound(group: String, wanted: String, links: [LinkFacts])
    /// All of `links` are what `wanted` says.
    case ambiguous(group: String, wanted: String, links: [LinkFacts])
    /// The interface that was meant is no Ethernet, or the loopback.
    case notEthernet(group: String, link: LinkFacts)
    /// A virtual IP is an address of this very machine.
    case ownAddress(group: String, address: IPv4Address, link: LinkFacts)
    /// A virtual IP is the network or broadcast address of `subnet`, which `link` is in.
    case reservedAddress(group: String, address: IPv4Address, subnet: LinkFacts.Address, link: LinkFacts)

    /// True if time alone may cure it: an interface or an address may appear later, as at boot. The others are
    /// mistakes.
    public var isCurableByWaiting: Bool {
        if case .notFound = self { true } else { false }
    }

    /// What is wrong and the way out, in one line.
    public var description: String {
        switch self {
        case .notFound(let group, let wanted, let links):
            "group \(group): there is no interface \(wanted.printable); this machine has \(Self.list(links)); "
                + "name one with \"interface:\" or --interface, or wait for it to appear"
        case .ambiguous(let group, let wanted, let links):
            "group \(group): there are \(links.count) interfaces \(wanted.printable): \(Self.list(links)); "
                + "name one, with \"interface: \(links.first?.name.printable ?? "")\" or --interface"
        case .notEthernet(let group, let link):
            "group \(group): the interface \(link.name.printable) is "
                + (link.isLoopback ? "the loopback" : "not Ethernet")
                + ", so nobody could hear vipd's ARP there; name an Ethernet interface"
        case .ownAddress(let group, let address, let link):
            "group \(group): \(address) is this machine's own address on \(link.name.printable); "
                + "choose an unused address as the virtual IP, or remove it from the interface's configuration"
        case .reservedAddress(let group, let address, let subnet, let link):
            "group \(group): \(address) is the \(subnet.reservation(of: address) ?? "reserved") address of \(subnet) on "
                + "\(link.name.printable), which no host can have; choose an unused address of that subnet"
        }
    }

    /// Links for a message, those that can carry a VIP first, and not more than one wants to read.
    private static func list(_ links: [LinkFacts]) -> String {
        let most = 8
        let ordered = links.filter(\.canCarryVIP) + links.filter { !$0.canCarryVIP }
        guard !ordered.isEmpty else { return "none" }
        let names = ordered.prefix(most).map(describe).joined(separator: ", ")
        return ordered.count > most ? "\(names) and \(ordered.count - most) more" : names
    }

    private static func describe(_ link: LinkFacts) -> String {
        var facts: [String] = []
        if link.isLoopback {
            facts.append("loopback")
        } else if !link.isEthernet {
            facts.append("not Ethernet")
        } else {
            facts.append(link.mac.description)
            facts += link.addresses.isEmpty ? ["no address"] : link.addresses.prefix(2).map(\.description)
        }
        if !link.isUp { facts.append("down") }
        return "\(link.name.printable) (\(facts.joined(separator: ", ")))"
    }
}

extension LinkChoice {
    /// The one interface among `links` that this choice means for `group`.
    ///
    /// `links` are all interfaces of the machine; their addresses must not contain those that vipd put there itself,
    /// or a restarted daemon would take its own virtual IP for the machine's. The interface may be down or without
    /// carrier: that is no matter of choosing.
    ///
    /// By subnet, the interface is the one that has a subnet (of a prefix shorter than 32 bits) with all of the group's
    /// addresses; of several the longest prefix wins. However it was chosen, the first and the last address of its subnets
    /// are refused.
    public func resolve(
        for group: GroupConfiguration, among links: [LinkFacts]
    ) throws(LinkChoiceError) -> LinkFacts {
        let virtual = Set(group.addresses)
        for link in links {
            if let own = link.addresses.first(where: { virtual.contains($0.address) }) {
                throw .ownAddress(group: group.name, address: own.address, link: link)
            }
        }
        let wanted = wantedText(for: group)
        let matching = candidates(for: group, among: links)
        let able = matching.filter(\.canCarryVIP)
        if able.count > 1 { throw .ambiguous(group: group.name, wanted: wanted, links: able) }
        if let link = able.first {
            for address in group.addresses {
                if let subnet = link.addresses.first(where: { $0.reservation(of: address) != nil }) {
                    throw .reservedAddress(group: group.name, address: address, subnet: subnet, link: link)
                }
            }
            return link
        }
        if let unable = matching.first { throw .notEthernet(group: group.name, link: unable) }
        throw .notFound(group: group.name, wanted: wanted, links: links)
    }

    /// All interfaces that fit equally well, whether they can carry a VIP or not.
    private func candidates(for group: GroupConfiguration, among links: [LinkFacts]) -> [LinkFacts] {
        switch self {
        case .named(let name): return links.filter { $0.name == name }
        case .selector(let selector): return links.filter(selector.matches)
        case .bySubnet:
            let fitting = links.compactMap { link -> (link: LinkFacts, prefixLength: Int)? in
                link.longestPrefix(containing: group.addresses).map { (link, $0) }
            }
            // What cannot carry a VIP must not win over what can, by a longer prefix.
            let able = fitting.filter(\.link.canCarryVIP)
            let rivals = able.isEmpty ? fitting : able
            let longest = rivals.map(\.prefixLength).max()
            return rivals.filter { $0.prefixLength == longest }.map(\.link)
        }
    }

    /// What this choice asks for, to be read on from "interface".
    private func wantedText(for group: GroupConfiguration) -> String {
        switch self {
        case .named(let name): return name
        case .selector(let selector): return "matching deviceSelector \(selector)"
        case .bySubnet:
            let most = 4
            var names = group.addresses.prefix(most).map(\.description).joined(separator: ", ")
            if group.addresses.count > most { names += " and \(group.addresses.count - most) more" }
            return "with a subnet that holds \(group.addresses.count > 1 ? "all of " : "")\(names)"
        }
    }
}

extension LinkFacts.Address {
    /// What the subnet has `other` for, where that keeps a host from having it: `network` or `broadcast`.
    fileprivate func reservation(of other: IPv4Address) -> String? {
        guard let (network, broadcast) = address.reserved(prefixLength: prefixLength) else { return nil }
        return other == network ? "network" : other == broadcast ? "broadcast" : nil
    }
}

extension LinkFacts {
    /// The longest prefix, below 32, of a subnet of this link in which all of `others` lie; nil if there is none.
    fileprivate func longestPrefix(containing others: [IPv4Address]) -> Int? {
        addresses.filter { own in
            own.prefixLength < 32
                && others.allSatisfy { $0.isInSubnet(of: own.address, prefixLength: own.prefixLength) }
        }
        .map(\.prefixLength).max()
    }
}
