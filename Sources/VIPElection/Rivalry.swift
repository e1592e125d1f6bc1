// Two who hold at once, and foreign hosts that claim our addresses (docs/DESIGN.md, "Claim", "Foreign claims").

import VIPWire

extension Election {
    /// Another node of the group announces while this one holds, or is about to: one of the two releases.
    mutating func meetRival(_ trailer: Trailer, _ peer: Peer, at now: Instant) {
        let term: UInt64
        switch phase {
        case .holder(let holding): term = holding.term
        case .claiming(let claiming): term = claiming.term
        default: return
        }
        noteConflict(
            address: settings.addresses[0], mac: peer.reference.mac, name: peer.reference.name, isForeign: false,
            at: now
        )
        let own = Claim(term: term, priority: settings.priority, id: node.id)
        // A recording of a better claim is answered, and its sender asked; it moves nothing.
        if Claim(peer).beats(own) && isProven(peer, at: now) {
            holder?.lastHeard = now
            follow(trailer, peer, at: now)
            release(then: .candidate, because: .rivalStays(name: peer.reference.name, term: peer.term))
        } else if case .holder(var holding) = phase {
            holding.rivals.insert(peer.reference.id)
            phase = .holder(holding)
            // It releases as soon as it hears of the better claim; the caches that it reached hear it too.
            defend(settings.addresses, forms: [.request, .reply], isForRival: true, at: now)
        }
    }

    /// A node that announced against this holder has given up: the caches it reached are set right.
    mutating func repair(after peer: Peer, at now: Instant) {
        guard case .holder(var holding) = phase, holding.rivals.remove(peer.reference.id) != nil else { return }
        let isSoon = holding.repairedAt.map { now - $0 < settings.interval } ?? false
        if !isSoon { holding.repairedAt = now }
        phase = .holder(holding)
        if isSoon {
            defend(settings.addresses, forms: [.request, .reply], isForRival: true, at: now)
        } else {
            announceAnew(settings.addresses, at: now)
        }
    }

    /// A peer that held when it was last heard holds no more: it may have announced where this holder was not heard, in
    /// the other part of a network that was cut.
    mutating func noteRelease(by peer: Peer) {
        guard case .holder(var holding) = phase, holding.predecessor?.id != peer.reference.id else { return }
        holding.rivals.insert(peer.reference.id)
        phase = .holder(holding)
    }

    /// A rival that is gone gives up nothing any more.
    mutating func forgetRival(_ peer: Peer) {
        guard case .holder(var holding) = phase, holding.rivals.remove(peer.reference.id) != nil else { return }
        phase = .holder(holding)
    }

    /// A frame without one of our group's trailers says that its sender has one of the addresses.
    mutating func heardBareClaim(_ packet: ARPPacket, name: String?, at now: Instant) {
        let mac = packet.senderHardwareAddress
        guard mac != node.mac else { return }
        let peer = peerTable.peer(mac: mac)
        switch phase {
        case .holder where isOverlap(with: peer?.reference.id, at: now): break
        case .holder:
            noteConflict(
                address: packet.senderProtocolAddress, mac: mac, name: peer?.reference.name ?? name,
                isForeign: peer == nil, at: now
            )
            defend([packet.senderProtocolAddress], forms: .request, at: now)
        case .probing, .occupied, .listening, .candidate, .claiming, .releasing, .ineligible:
            // A peer's kernel that answers is a dead daemon's under its lease, or the holder's own traffic.
            if peer == nil {
                noteConflict(address: packet.senderProtocolAddress, mac: mac, name: name, isForeign: true, at: now)
            }
            noteAnswer(by: mac, isPeer: peer != nil, at: now)
        }
    }

    /// Announces against another claim, once an interval at most.
    private mutating func defend(
        _ addresses: [IPv4Address], forms: AnnouncementForms, isForRival: Bool = false, at now: Instant
    ) {
        guard case .holder(var holding) = phase else { return }
        holding.defence.isForRival = holding.defence.isForRival || isForRival
        holding.defence.forms.formUnion(forms)
        let waiting = Set(holding.defence.addresses)
        holding.defence.addresses += addresses.filter { !waiting.contains($0) }
        if let defendedAt = holding.defendedAt, now - defendedAt < settings.interval {
            holding.defendAt = defendedAt + settings.interval
        } else {
            sendDefence(&holding, at: now)
        }
        phase = .holder(holding)
    }

    private mutating func noteConflict(
        address: IPv4Address, mac: MACAddress, name: String?, isForeign: Bool, at now: Instant
    ) {
        switch conflictTable.note(address: address, mac: mac, name: name, isForeign: isForeign, at: now) {
        case .new(let conflict): emit(.report(.conflictBegan(conflict)))
        case .known: break
        case .overflowed: counters.conflictsUnnamed += 1
        }
    }
}
