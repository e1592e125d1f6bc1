// A machine that is none of ours and has one of the group's addresses: a mistake of the network's owner.
// Deliberately not here: when it comes and goes (Fault).

import VIPElection
import VIPWire

/// A host that claims an address, as RFC 5227 hosts do.
struct ForeignHost: Sendable {
    static let mac = MACAddress(bits: 0x0200_0000_F0F0)

    let address: IPv4Address
    /// Answers every other claim with its own announcement; a polite one gives the address up.
    let isStubborn: Bool
    private var defendedAt: Instant?

    init(address: IPv4Address, isStubborn: Bool) {
        self.address = address
        self.isStubborn = isStubborn
    }

    enum Reaction { case none, answer(Frame), announce(Frame), giveUp }

    var announcement: Frame {
        Frame(
            destination: .broadcast, source: Self.mac, packet: .announcement(of: address, from: Self.mac), trailer: nil)
    }

    /// What it does about a frame. A defence at most every 200 ms: it is a host, not a flood.
    mutating func react(to packet: ARPPacket, at now: Instant) -> Reaction {
        if packet.senderProtocolAddress == address {
            guard isStubborn else { return .giveUp }
            if let defendedAt, now - defendedAt < .milliseconds(200) { return .none }
            defendedAt = now
            return .announce(announcement)
        }
        guard packet.operation == .request, packet.targetProtocolAddress == address else { return .none }
        let reply = ARPPacket(
            operation: .reply, senderHardwareAddress: Self.mac, senderProtocolAddress: address,
            targetHardwareAddress: packet.senderHardwareAddress, targetProtocolAddress: packet.senderProtocolAddress
        )
        return .answer(Frame(destination: packet.senderHardwareAddress, source: Self.mac, packet: reply))
    }
}
