// Announcements that do not all leave in one go: by `pace` one after the other, for switches that punish bursts of ARP,
// or of many addresses a slice after the other, so that a holder reads, renews and speaks to the nodes between them.
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

    /// What waits is in the order of its turns from `head` on.
    private var queue: [Item] = []
    private var head = 0
    private var waiting: Set<Item> = []
    /// When the next frame may go.
    private var nextAt: Instant?

    var isEmpty: Bool { head == queue.count }
    var nextDeadline: Instant? { isEmpty ? nil : nextAt }

    mutating func append(_ items: [Item], at now: Instant) {
        for item in items where waiting.insert(item).inserted { queue.append(item) }
        nextAt = nextAt ?? now
    }

    /// The frame that may go now, if any. Lateness is not made up for: that would be a burst.
    mutating func next(spacing: Duration, at now: Instant) -> Item? {
        guard let nextAt, nextAt <= now, !isEmpty else { return nil }
        self.nextAt = now + spacing
        return take()
    }

    /// Takes the addresses whose turn it is to be announced in one form, at most `count`; nil if something else is next.
    mutating func nextAnnouncements(_ count: Int) -> (addresses: [IPv4Address], form: AnnouncementForms)? {
        guard !isEmpty, case .announcement(_, let form) = queue[head] else { return nil }
        var addresses: [IPv4Address] = []
        while addresses.count < count, !isEmpty, case .announcement(let address, form) = queue[head] {
            addresses.append(address)
            _ = take()
        }
        return (addresses, form)
    }

    private mutating func take() -> Item {
        let item = queue[head]
        waiting.remove(item)
        head += 1
        if head == queue.count { clear() } else if head * 2 > queue.count { compact() }
        return item
    }

    private mutating func compact() {
        queue.removeFirst(head)
        head = 0
    }

    /// Forgets those of which `isDropped` is true.
    mutating func drop(where isDropped: (Item) -> Bool) {
        guard queue[head...].contains(where: isDropped) else { return }
        compact()
        queue.removeAll(where: isDropped)
        waiting = Set(queue)
    }

    /// Forgets what waits: the addresses are another node's to announce.
    mutating func clear() {
        queue = []
        head = 0
        waiting = []
    }
}

extension Election {
    /// Broadcasts addresses, at line speed as far as they make one slice, or in their turn.
    mutating func sendAnnouncements(of addresses: [IPv4Address], forms: AnnouncementForms, at now: Instant) {
        guard settings.pace != nil || addresses.count > settings.slice else {
            return emit(.announce(addresses: addresses, forms: forms))
        }
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

    /// Sends the frame whose turn it is, or the slice, unless the kernel has lost the address since, or a successor speaks
    /// for it.
    mutating func sendPaced(at now: Instant) {
        guard !pacer.isEmpty, case .holder(let holding) = phase else { return }
        guard holding.handover?.letsGoAt == nil else { return pacer.clear() }
        if !holding.restoring.isEmpty { pacer.drop { holding.restoring.contains($0.address) } }
        guard let pace = settings.pace else {
            guard let next = pacer.nextAnnouncements(settings.slice) else { return }
            return emit(.announce(addresses: next.addresses, forms: next.form))
        }
        guard let item = pacer.next(spacing: .seconds(1) / pace, at: now) else { return }
        switch item {
        case .announcement(let address, let form): emit(.announce(addresses: [address], forms: form))
        case .request(let request): emit(.ask([request]))
        }
    }
}
