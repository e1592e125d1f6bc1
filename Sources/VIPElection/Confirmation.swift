// Asking hosts that should know where the addresses are now: a directed request updates even a cache that heeds no
// announcement, and its answer shows that the takeover has reached that host (docs/DESIGN.md, "Announcing").

public import VIPWire

/// A directed ARP request: sender IP = one of the group's addresses, target IP = the host's own.
public struct DirectedRequest: Hashable, Sendable {
    public var address: IPv4Address
    public var target: IPv4Address
    /// The host's MAC where it is known; else the request is broadcast.
    public var mac: MACAddress?
}

/// What a holder waits to hear after it has announced its addresses.
struct Confirmation: Hashable, Sendable {
    /// The gateways and the hosts that the operator named: their silence is worth a word.
    var expected: [IPv4Address]
    var startedAt: Instant
    /// Those that have answered.
    var answered: Set<IPv4Address> = []
    /// The operator was told who has not answered.
    var isJudged = false
}

extension Election {
    /// For how many of the addresses a gateway or a host that the operator named is asked, the first ones. A request
    /// makes its target an entry in the neighbour table, needed or not, and Linux has room for 1024 by default (arp(7),
    /// gc_thresh3). What a host has asked for comes on top.
    private static let mostAddressesPerHost = 64

    /// Gateways first, then the operator's hosts, without this node and the addresses themselves.
    private var confirmers: [IPv4Address] {
        var hosts: [IPv4Address] = []
        for host in gateways + settings.confirm where host != node.address && !addressSet.contains(host) {
            if !hosts.contains(host) { hosts.append(host) }
        }
        return hosts
    }

    /// Asks all who should know where `addresses` are, and begins to wait for their answers.
    mutating func askAround(for addresses: [IPv4Address], at now: Instant) {
        guard case .holder(var holding) = phase, holding.handover?.letsGoAt == nil else { return }
        holding.confirmation = Confirmation(expected: confirmers, startedAt: now)
        phase = .holder(holding)
        ask(for: addresses, at: now)
    }

    /// Asks those again who have not answered.
    mutating func askAgain(at now: Instant) {
        guard case .holder(let holding) = phase, holding.confirmation != nil, holding.handover?.letsGoAt == nil else {
            return
        }
        ask(for: settings.addresses, at: now)
    }

    private mutating func ask(for addresses: [IPv4Address], at now: Instant) {
        guard case .holder(let holding) = phase, let confirmation = holding.confirmation else { return }
        // Once its successor has announced, a holder leaves the speaking to it.
        guard holding.handover?.letsGoAt == nil else { return }
        // Each says who has an address: the kernel must.
        let addresses = addresses.filter { !holding.restoring.contains($0) }
        let isOpen = { (host: IPv4Address) in !confirmation.answered.contains(host) }
        var requests: [DirectedRequest] = []
        let some = addresses.prefix(Self.mostAddressesPerHost)
        for host in confirmation.expected where isOpen(host) {
            requests += some.map { DirectedRequest(address: $0, target: host, mac: nil) }
        }
        for client in clientTable.recent(at: now) where isOpen(client.address) && addresses.contains(client.asked) {
            guard !(some.contains(client.asked) && confirmation.expected.contains(client.address)) else { continue }
            requests.append(DirectedRequest(address: client.asked, target: client.address, mac: client.mac))
        }
        if !requests.isEmpty { sendRequests(requests, at: now) }
    }

    /// Learns from a request that every node overhears who uses the addresses.
    mutating func noteClient(_ packet: ARPPacket, at now: Instant) {
        guard packet.operation == .request, addressSet.contains(packet.targetProtocolAddress),
            packet.senderProtocolAddress.isUnicast, packet.senderHardwareAddress != node.mac
        else { return }
        clientTable.note(
            Client(
                address: packet.senderProtocolAddress, mac: packet.senderHardwareAddress,
                asked: packet.targetProtocolAddress, lastSeen: now))
    }

    /// Takes in a host's answer to a directed request.
    mutating func noteConfirmation(_ packet: ARPPacket, at now: Instant) {
        guard case .holder(var holding) = phase, var confirmation = holding.confirmation,
            packet.operation == .reply, packet.targetHardwareAddress == node.mac,
            addressSet.contains(packet.targetProtocolAddress), !addressSet.contains(packet.senderProtocolAddress)
        else { return }
        let host = packet.senderProtocolAddress
        let isAsked =
            confirmation.expected.contains(host) || clientTable.clients.contains { $0.address == host }
        guard isAsked, confirmation.answered.insert(host).inserted else { return }
        holding.confirmation = confirmation
        phase = .holder(holding)
        emit(.report(.confirmed(by: host, mac: packet.senderHardwareAddress, after: now - confirmation.startedAt)))
    }

    /// Tells the operator, once, who should have answered by now.
    mutating func judgeConfirmation() {
        guard case .holder(var holding) = phase, var confirmation = holding.confirmation, !confirmation.isJudged else {
            return
        }
        confirmation.isJudged = true
        holding.confirmation = confirmation
        phase = .holder(holding)
        let silent = confirmation.expected.filter { !confirmation.answered.contains($0) }
        if !silent.isEmpty { emit(.report(.unconfirmed(by: silent))) }
    }

    /// The frames of ``Directive/ask(_:)``.
    public func frames(for requests: [DirectedRequest]) -> [Frame] {
        requests.map { request in
            Frame(
                destination: request.mac ?? .broadcast, source: node.mac,
                packet: ARPPacket(
                    operation: .request,
                    senderHardwareAddress: node.mac, senderProtocolAddress: request.address,
                    targetHardwareAddress: .zero, targetProtocolAddress: request.target))
        }
    }
}
