// Who uses the group's addresses, learnt from what every node of the segment overhears: broadcast requests for them.

import VIPWire

/// A host that has asked for one of the group's addresses.
struct Client: Hashable, Sendable {
    var address: IPv4Address
    var mac: MACAddress
    /// The address that it asked for last.
    var asked: IPv4Address
    var lastSeen: Instant
}

/// The clients, the most recent last, at most ``capacity``; the one seen longest ago gives way.
struct ClientTable: Hashable, Sendable {
    static let capacity = 256
    /// A host that uses an address refreshes its cache without a broadcast, so that it may not be overheard for long.
    static let memory: Duration = .seconds(4 * 3600)

    private(set) var clients: [Client] = []

    mutating func note(_ client: Client) {
        if let index = clients.firstIndex(where: { $0.address == client.address }) {
            clients.remove(at: index)
        } else if clients.count == Self.capacity {
            clients.removeFirst()
        }
        clients.append(client)
    }

    /// Those seen within ``memory``, the most recent first.
    func recent(at now: Instant) -> [Client] {
        clients.reversed().filter { now - $0.lastSeen <= Self.memory }
    }
}
