// The 28 bytes of an ARP packet for IPv4 over Ethernet (RFC 826), and the forms RFC 5227 gives names to.
// Deliberately not here: the Ethernet header around it (Frame) and what vipd appends to it (Trailer).

/// An ARP packet for IPv4 over Ethernet; field names are RFC 826's.
public struct ARPPacket: Hashable, Sendable {
    /// `ar$op` of RFC 826. Other operations (RARP, InARP) are refused when a frame is read.
    public enum Operation: UInt16, Sendable {
        case request = 1
        case reply = 2
    }

    public var operation: Operation
    public var senderHardwareAddress: MACAddress
    public var senderProtocolAddress: IPv4Address
    public var targetHardwareAddress: MACAddress
    public var targetProtocolAddress: IPv4Address

    public init(
        operation: Operation,
        senderHardwareAddress: MACAddress,
        senderProtocolAddress: IPv4Address,
        targetHardwareAddress: MACAddress,
        targetProtocolAddress: IPv4Address
    ) {
        self.operation = operation
        self.senderHardwareAddress = senderHardwareAddress
        self.senderProtocolAddress = senderProtocolAddress
        self.targetHardwareAddress = targetHardwareAddress
        self.targetProtocolAddress = targetProtocolAddress
    }

    /// An ARP Probe (RFC 5227, section 1.1): asks for `address` without claiming it; harmless to every cache.
    public static func probe(for address: IPv4Address, from sender: MACAddress) -> ARPPacket {
        ARPPacket(
            operation: .request,
            senderHardwareAddress: sender, senderProtocolAddress: .unspecified,
            targetHardwareAddress: .zero, targetProtocolAddress: address
        )
    }

    /// An ARP Announcement (RFC 5227, section 1.1): `sender` says that it has `address`. Only a holder may.
    public static func announcement(of address: IPv4Address, from sender: MACAddress) -> ARPPacket {
        ARPPacket(
            operation: .request,
            senderHardwareAddress: sender, senderProtocolAddress: address,
            targetHardwareAddress: .zero, targetProtocolAddress: address
        )
    }

    /// The announcement in reply form, for hosts that heed only replies. The target is the sender's own MAC: Linux
    /// takes an unasked reply as gratuitous only then (arp(7), `arp_accept`). Only a holder may.
    public static func announcementReply(of address: IPv4Address, from sender: MACAddress) -> ARPPacket {
        ARPPacket(
            operation: .reply,
            senderHardwareAddress: sender, senderProtocolAddress: address,
            targetHardwareAddress: sender, targetProtocolAddress: address
        )
    }

    /// True for an ARP Probe: request form, sender IP 0.0.0.0.
    public var isProbe: Bool { operation == .request && senderProtocolAddress == .unspecified }

    /// True for an ARP Announcement in either form: sender IP = target IP.
    public var isAnnouncement: Bool {
        senderProtocolAddress == targetProtocolAddress && senderProtocolAddress != .unspecified
    }
}
