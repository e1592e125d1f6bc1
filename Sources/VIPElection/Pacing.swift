// `pace`: announcements and directed requests one after the other, for switches that punish bursts of ARP.
// Signs of life are not paced: they are one frame an interval for the whole group.

import VIPWire

/// What waits for its turn on the wire, first in, first out; the same frame does not wait twice.
struct Pacer: Hashable, Sendable {
    enum Item: Hashable, Sendable {
        /// One address in one form.
        case announcement(IPv4Address, AnnouncementForms)
        case request(DirectedRequest)

        /// The group's address that the frame says this node has.
        var address: IPv4Address {
            switch self {
            case .announcement(let address, _): address
            case .request(let request): request.address
            }
        }
    }

    private var queue: [Item] = []
    private var waiting: Set<Item> = []
    /// When the next frame may go.
    private var nextAt: Instant?

    var isEmpty: Bool { queue.isEmpty }
    var nextDeadline: Instant? { queue.isEmpty ? nil : nextAt }

    mutating func append(_ items: [Item], at now: Instant) {
        for item in items where waiting.insert(item).inserted { queue.append(item) }
        nextAt = nextAt ?? now
    }

    /// The frame that may go now, if any. Lateness is not made up for: that would be a burst.
    mutating func next(spacing: Duration, at now: Instant) -> Item? {
        guard let nextAt, nextAt <= now, let item = queue.first else { return nil }
        queue.removeFirst()
        waiting.remove(item)
        self.nextAt = now + spacing
        return item
    }

    /// Forgets those of which `isDropped` is true.
    mutating func drop(where isDropped: (Item) -> Bool) {
        guard queue.contains(where: isDropped) else { return }
        queue.removeAll(where: isDropped)
        waiting = Set(queue)
    }

    /// Forgets what waits: the addresses are another node's to announce.
    mutating func clear() {
        queue = []
        waiting = []
    }
}

extension Election {
    /// Broadcasts addresses, at line speed or in their turn.
    mutating func sendAnnouncements(of addresses: [IPv4Address], forms: AnnouncementForms, at now: Instant) {
        guard settings.pace != nil else { return emit(.announce(addresses: addresses, forms: forms)) }
        for form in [AnnouncementForms.request, .reply] where forms.contains(form) {
            pacer.append(addresses.map { .announcement($0, form) }, at: now)
        }
        sendPaced(at: now)
    }

    /// Sends directed requests, at line speed or in their turn.
    mutating func sendRequests(_ requests: [DirectedRequest], at now: Instant) {
        guard settings.pace != nil else { return emit(.ask(requests)) }
        pacer.append(requests.map { .request($0) }, at: now)
        sendPaced(at: now)
    }

    /// Sends the frame whose turn it is, unless the kernel has lost the address since, or a successor speaks for it.
    mutating func sendPaced(at now: Instant) {
        guard let pace = settings.pace, case .holder(let holding) = phase else { return }
        guard holding.handover?.letsGoAt == nil else { return pacer.clear() }
        pacer.drop { holding.restoring.contains($0.address) }
        guard let item = pacer.next(spacing: .seconds(1) / pace, at: now) else { return }
        switch item {
        case .announcement(let address, let form): emit(.announce(addresses: [address], forms: form))
        case .request(let request): emit(.ask([request]))
        }
    }
}
