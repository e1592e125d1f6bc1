// One Ethernet frame with an ARP packet and, from a vipd, a trailer: reading and writing its bytes.
// Deliberately not here: sockets, and any judgement beyond "is this well-formed".

/// An ARP frame on the wire, with or without vipd's trailer.
public struct Frame: Hashable, Sendable {
    public var destination: MACAddress
    public var source: MACAddress
    public var packet: ARPPacket
    public var trailer: Trailer?

    public init(destination: MACAddress, source: MACAddress, packet: ARPPacket, trailer: Trailer? = nil) {
        self.destination = destination
        self.source = source
        self.packet = packet
        self.trailer = trailer
    }

    /// vipd's multicast address: a locally administered group address, so that idle hosts are not woken.
    public static let multicast = MACAddress(bits: 0x0356_4950_4401)
    /// The longest frame that is looked at: an Ethernet frame of 1500 octets of payload, and a VLAN tag.
    public static let longest = 1518
    /// The shortest frame that is sent: Ethernet's 60 octets without the checksum.
    public static let shortestSent = 60

    /// Where the fields of the Ethernet header (IEEE 802.3) and the ARP packet (RFC 826) begin.
    enum Offset {
        static let destination = 0
        static let source = 6
        static let etherType = 12
        static let hardwareType = 14
        static let protocolType = 16
        static let hardwareLength = 18
        static let protocolLength = 19
        static let operation = 20
        static let senderHardwareAddress = 22
        static let senderProtocolAddress = 28
        static let targetHardwareAddress = 32
        static let targetProtocolAddress = 38
        static let trailer = 42
    }

    static let etherTypeARP: UInt16 = 0x0806
    static let hardwareTypeEthernet: UInt16 = 1
    static let protocolTypeIPv4: UInt16 = 0x0800

    /// Reads a frame from its first octet, the destination, on. What follows the ARP packet is a trailer if it
    /// begins with the magic, else Ethernet padding.
    /// - Throws: the one reason why the bytes are no frame that vipd reads.
    public init(parsing bytes: RawSpan) throws(FrameRefusal) {
        guard bytes.byteCount >= Offset.trailer else { throw .truncated }
        guard bytes.byteCount <= Self.longest else { throw .oversized }
        guard bytes.uint16(at: Offset.etherType) == Self.etherTypeARP else { throw .notARP }
        guard
            bytes.uint16(at: Offset.hardwareType) == Self.hardwareTypeEthernet,
            bytes.uint16(at: Offset.protocolType) == Self.protocolTypeIPv4,
            bytes.uint8(at: Offset.hardwareLength) == 6,
            bytes.uint8(at: Offset.protocolLength) == 4
        else { throw .notIPv4OverEthernet }
        guard let operation = ARPPacket.Operation(rawValue: bytes.uint16(at: Offset.operation)) else {
            throw .unknownOperation
        }
        destination = bytes.mac(at: Offset.destination)
        source = bytes.mac(at: Offset.source)
        packet = ARPPacket(
            operation: operation,
            senderHardwareAddress: bytes.mac(at: Offset.senderHardwareAddress),
            senderProtocolAddress: bytes.ipv4(at: Offset.senderProtocolAddress),
            targetHardwareAddress: bytes.mac(at: Offset.targetHardwareAddress),
            targetProtocolAddress: bytes.ipv4(at: Offset.targetProtocolAddress)
        )
        for sender in [source, packet.senderHardwareAddress] where sender.isGroup || sender == .zero {
            throw .badSender
        }
        trailer = try Trailer(parsing: bytes, at: Offset.trailer)
        if let trailer {
            guard source == packet.senderHardwareAddress else { throw .senderContradictsSource }
            guard trailer.kind.rides(on: packet) else { throw .kindContradictsARP }
        }
    }

    /// The frame's octets, from the destination on, padded with zeros to Ethernet's shortest.
    /// A trailer's name must be within ``Trailer/longestName``; a longer one is a programmer's error.
    public func serialized() -> [UInt8] {
        var writer = ByteWriter(capacity: Offset.trailer + (trailer == nil ? 0 : Trailer.longest))
        writer.append(destination)
        writer.append(source)
        writer.append(Self.etherTypeARP)
        writer.append(Self.hardwareTypeEthernet)
        writer.append(Self.protocolTypeIPv4)
        writer.append(UInt8(6))
        writer.append(UInt8(4))
        writer.append(packet.operation.rawValue)
        writer.append(packet.senderHardwareAddress)
        writer.append(packet.senderProtocolAddress.bits)
        writer.append(packet.targetHardwareAddress)
        writer.append(packet.targetProtocolAddress.bits)
        trailer?.append(to: &writer)
        writer.pad(to: Self.shortestSent)
        return writer.bytes
    }
}

extension Trailer.Kind {
    /// Whether this kind of trailer may follow `packet`.
    fileprivate func rides(on packet: ARPPacket) -> Bool {
        switch self {
        case .probe, .resign: packet.isProbe
        case .announcement, .handover: packet.operation == .request && packet.isAnnouncement
        }
    }
}
