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
    /// The longest frame that is looked at: Ethernet's header, 1500 octets of payload, and four of a priority tag or
    /// of a checksum that a driver left on.
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

    static let etherTypePriorityTag: UInt16 = 0x8100
    static let priorityTagLength = 4

    /// Reads a frame from its first octet, the destination, on. What follows the ARP packet is a trailer if it
    /// begins with the magic, else Ethernet padding. A priority tag (IEEE 802.1Q, VLAN 0) is skipped.
    /// - Parameter verifier: says whether a seal is genuine; without one a seal is not looked at. ARP without a trailer
    ///   needs none: any host may send it.
    /// - Throws: the one reason why the bytes are no frame that vipd reads, ``FrameRefusal``'s first that applies.
    public init(parsing bytes: RawSpan, verifiedBy verifier: (any FrameVerifier)? = nil) throws(FrameRefusal) {
        guard bytes.byteCount >= Offset.trailer else { throw .truncated }
        guard bytes.byteCount <= Self.longest else { throw .oversized }
        destination = bytes.mac(at: Offset.destination)
        source = bytes.mac(at: Offset.source)

        // Beyond the tag the offsets are those of a frame without one, once as many octets in front are dropped.
        let tagLength = Self.hasPriorityTag(bytes) ? Self.priorityTagLength : 0
        let untagged = bytes.extracting(tagLength..<bytes.byteCount)
        guard untagged.byteCount >= Offset.trailer else { throw .truncated }
        packet = try ARPPacket(parsing: untagged)
        let parsed = try Trailer.parse(untagged, at: Offset.trailer)
        trailer = parsed?.trailer
        if let refusal { throw refusal }
        guard let verifier, let parsed else { return }
        guard let sealStart = parsed.sealStart else {
            if verifier.acceptsUnsigned { return }
            throw .unsigned
        }
        let seal = FrameSeal(readFrom: bytes, at: tagLength + sealStart, tagLength: tagLength)
        if let refusal = verifier.refusal(of: seal, in: bytes) { throw refusal }
    }

    /// Reads the ARP packet alone, as every host does whose kernel knows nothing of trailers: of a frame that was refused
    /// for what follows the packet, and yet tells the segment who has an address.
    /// - Returns: nil where that says nothing: it is no ARP of a sender that anybody is to believe, or its sender has no
    ///   address. No judgement on the length: kernels take longer frames than ``longest``.
    public init?(claimIn bytes: RawSpan) {
        guard bytes.byteCount >= Offset.trailer else { return nil }
        let tagLength = Self.hasPriorityTag(bytes) ? Self.priorityTagLength : 0
        let untagged = bytes.extracting(tagLength..<bytes.byteCount)
        guard untagged.byteCount >= Offset.trailer, let packet = try? ARPPacket(parsing: untagged),
            packet.senderProtocolAddress != .unspecified
        else { return nil }
        self.init(destination: bytes.mac(at: Offset.destination), source: bytes.mac(at: Offset.source), packet: packet)
        guard refusal == nil else { return nil }
    }

    /// True for a frame of this link with a priority: libpcap puts the tag back that the kernel took off. A tag that
    /// names a VLAN makes it another link's frame, hence not for us.
    private static func hasPriorityTag(_ bytes: RawSpan) -> Bool {
        bytes.uint16(at: Offset.etherType) == etherTypePriorityTag && bytes.uint16(at: Offset.hardwareType) & 0xFFF == 0
    }

    /// Why every reader refuses a frame of these values, however its bytes are laid out; nil for one that may be sent.
    var refusal: FrameRefusal? {
        if let trailer, !Trailer.isName(trailer.name) { return .badName }
        guard source.isUnicast, packet.senderHardwareAddress.isUnicast else { return .badSender }
        guard let trailer else { return nil }
        guard source == packet.senderHardwareAddress else { return .senderContradictsSource }
        guard trailer.kind.rides(on: packet) else { return .kindContradictsARP }
        return trailer.refusal
    }

    /// The frame's octets, from the destination on, padded with zeros to Ethernet's shortest.
    /// What every reader would refuse is a programmer's error and traps: a sender that is no unicast address, a
    /// trailer that does not agree with its ARP packet, or fields of it outside the ranges ``Trailer`` gives.
    /// - Parameter signer: seals a frame that has a trailer.
    public func serialized(signedBy signer: (any FrameSigner)? = nil) -> [UInt8] {
        var octets: [UInt8] = []
        serialize(into: &octets, signedBy: signer)
        return octets
    }

    /// The same, in memory that is used again and again: what `octets` held is forgotten.
    public func serialize(into octets: inout [UInt8], signedBy signer: (any FrameSigner)? = nil) {
        precondition(refusal == nil, "a frame that every reader refuses is not sent")
        let length = Offset.trailer + (trailer?.length(isSealed: signer != nil) ?? 0)
        var writer = ByteWriter(count: max(length, Self.shortestSent), in: &octets)
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
        if let trailer {
            trailer.append(to: &writer, isSealed: signer != nil)
            if let signer {
                writer.append(signer.keyID.rawValue)
                signer.seal(&writer.bytes, upTo: writer.end)
            }
        }
        octets = writer.bytes
    }
}

extension ARPPacket {
    /// Reads the packet of a frame of at least ``Frame/Offset/trailer`` octets, without a tag.
    fileprivate init(parsing bytes: RawSpan) throws(FrameRefusal) {
        guard bytes.uint16(at: Frame.Offset.etherType) == Frame.etherTypeARP else { throw .notARP }
        guard
            bytes.uint16(at: Frame.Offset.hardwareType) == Frame.hardwareTypeEthernet,
            bytes.uint16(at: Frame.Offset.protocolType) == Frame.protocolTypeIPv4,
            bytes.uint8(at: Frame.Offset.hardwareLength) == 6,
            bytes.uint8(at: Frame.Offset.protocolLength) == 4
        else { throw .notIPv4OverEthernet }
        guard let operation = Operation(rawValue: bytes.uint16(at: Frame.Offset.operation)) else {
            throw .unknownOperation
        }
        self.init(
            operation: operation,
            senderHardwareAddress: bytes.mac(at: Frame.Offset.senderHardwareAddress),
            senderProtocolAddress: bytes.ipv4(at: Frame.Offset.senderProtocolAddress),
            targetHardwareAddress: bytes.mac(at: Frame.Offset.targetHardwareAddress),
            targetProtocolAddress: bytes.ipv4(at: Frame.Offset.targetProtocolAddress)
        )
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
