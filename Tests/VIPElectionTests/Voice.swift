// What an election hears: other nodes' frames, kernels' answers, hosts' questions.

import VIPElection
import VIPWire

/// Another node's frames, with its sequence numbers.
struct Voice {
    var id: UInt64
    var name: String
    var mac: MACAddress
    var address: IPv4Address
    var priority: UInt8 = 100
    var epoch: UInt64 = 1
    var sequence: UInt64 = 0
    var term: UInt64 = 0
    var flags: Trailer.Flags = .eligible
    var settings = GroupSettings.usual

    mutating func frame(_ kind: Trailer.Kind, subject: UInt64 = 0, acknowledging: UInt64 = 0) -> Frame {
        sequence += 1
        let isClaim = kind == .announcement || kind == .handover
        let trailer = Trailer(
            kind: kind, flags: flags, group: settings.groupDigest, configuration: settings.configurationDigest,
            priority: priority, node: id, epoch: epoch, sequence: sequence, term: term,
            intervalMicroseconds: UInt32(settings.interval.milliseconds * 1000), subject: subject,
            acknowledgedSequence: acknowledging, address: address, name: name
        )
        let vip = settings.addresses[0]
        let packet = isClaim ? ARPPacket.announcement(of: vip, from: mac) : .probe(for: vip, from: mac)
        return Frame(destination: Frame.multicast, source: mac, packet: packet, trailer: trailer)
    }

    mutating func announces(term: UInt64? = nil) -> Event {
        self.term = term ?? self.term
        return .frameReceived(frame(.announcement))
    }

    mutating func probes(term: UInt64? = nil) -> Event {
        self.term = term ?? self.term
        return .frameReceived(frame(.probe))
    }

    /// `successor`: to whom it has handed over.
    mutating func resigns(to successor: UInt64 = 0) -> Event { .frameReceived(frame(.resign, subject: successor)) }

    /// Hands over to `successor`, which is to claim in `term`.
    mutating func names(_ successor: UInt64, term: UInt64, acknowledging: UInt64 = 0) -> Event {
        let own = self.term
        self.term = term
        defer { self.term = own }
        return .frameReceived(frame(.handover, subject: successor, acknowledging: acknowledging))
    }

    /// Acknowledges frame `sequence` of `node`: a vote in `term`, if that frame asked for one.
    mutating func acknowledges(_ sequence: UInt64, of node: UInt64 = Dialogue.b.id, term: UInt64? = nil) -> Event {
        self.term = term ?? self.term
        return .frameReceived(frame(.probe, subject: node, acknowledging: sequence))
    }

    /// Asks for votes in `term`.
    mutating func asksForVotes(term: UInt64) -> Event {
        self.term = term
        return .frameReceived(frame(.probe, subject: id))
    }
}

extension Event {
    /// A kernel's answer to a probe for `address`.
    static func bareReply(from mac: MACAddress, for address: IPv4Address = Dialogue.vip) -> Event {
        let packet = ARPPacket(
            operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: address,
            targetHardwareAddress: Dialogue.b.mac, targetProtocolAddress: .unspecified
        )
        return .frameReceived(Frame(destination: Dialogue.b.mac, source: mac, packet: packet))
    }

    /// A host's broadcast question for the VIP, as a client asks it.
    static func question(from host: IPv4Address, _ mac: MACAddress, for address: IPv4Address = Dialogue.vip) -> Event {
        let packet = ARPPacket(
            operation: .request, senderHardwareAddress: mac, senderProtocolAddress: host,
            targetHardwareAddress: .zero, targetProtocolAddress: address
        )
        return .frameReceived(Frame(destination: .broadcast, source: mac, packet: packet))
    }

    /// A host's answer to a directed request of this node for `address`.
    static func answer(from host: IPv4Address, _ mac: MACAddress, for address: IPv4Address = Dialogue.vip) -> Event {
        let packet = ARPPacket(
            operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: host,
            targetHardwareAddress: Dialogue.b.mac, targetProtocolAddress: address
        )
        return .frameReceived(Frame(destination: Dialogue.b.mac, source: mac, packet: packet))
    }

    /// Somebody's announcement without a trailer.
    static func bareAnnouncement(from mac: MACAddress, of address: IPv4Address = Dialogue.vip) -> Event {
        .frameReceived(Frame(destination: .broadcast, source: mac, packet: .announcement(of: address, from: mac)))
    }
}
