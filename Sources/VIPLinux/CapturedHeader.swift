// What a capture made elsewhere has in front of its frames, brought to the form that they had on the wire of their
// link. Deliberately not here: reading the file (FrameSource), and what is in the frames (VIPWire).

internal import VIPWire

/// What the frames of a capture begin with: pcap-linktype(7).
enum CapturedHeader {
    case ethernet
    /// LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2, of `tcpdump -i any`: they have the source, but of the destination
    /// only whether it was everybody, a group, or one.
    case cooked
    case cooked2

    /// A frame with Ethernet's header in front. Nil for one of another link, as the loopback is, or of which the
    /// capture does not even have the header.
    func ethernet(_ seen: SeenFrame) -> SeenFrame? {
        guard self != .ethernet else { return seen }
        let length = self == .cooked ? 16 : 20
        guard seen.bytes.count >= length else { return nil }
        let bytes = seen.bytes
        func number(at place: Int) -> UInt16 { UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) }
        let (packetType, hardwareType, addressLength, address, etherType) =
            self == .cooked
            ? (number(at: 0), number(at: 2), number(at: 4), bytes[6..<12], bytes[14..<16])
            : (UInt16(bytes[10]), number(at: 8), UInt16(bytes[11]), bytes[12..<18], bytes[0..<2])
        guard hardwareType == Self.hardwareTypeEthernet, addressLength == 6 else { return nil }
        let payload = bytes[length...]
        var frame = seen
        let destination = Self.destination(PacketType(rawValue: packetType), payload)
        frame.hasKnownDestination = destination.isKnown
        frame.bytes = destination.address + address + etherType + payload
        frame.originalLength = max(frame.bytes.count, seen.originalLength - length + Self.ethernetLength)
        return frame
    }

    private static let hardwareTypeEthernet: UInt16 = 1
    private static let ethernetLength = 14

    /// The kernel's `PACKET_*`, packet(7).
    private enum PacketType: UInt16 {
        case host = 0
        case broadcast = 1
        case multicast = 2
        case otherHost = 3
    }

    private static func destination(
        _ type: PacketType?, _ payload: ArraySlice<UInt8>
    ) -> (address: [UInt8], isKnown: Bool) {
        switch type {
        case .broadcast: (octets(of: .broadcast), true)
        // Of the frames that are read here only vipd's own go to a group, and it has one.
        case .multicast: (octets(of: Frame.multicast), true)
        // ARP names whom it is for, but in what asks for that.
        case .host, .otherHost: (Array(payload.dropFirst(18).prefix(6)) + padding(payload), false)
        // It was sent by the machine that recorded it.
        case nil: (octets(of: Frame.multicast), false)
        }
    }

    private static func padding(_ payload: ArraySlice<UInt8>) -> [UInt8] {
        [UInt8](repeating: 0, count: 6 - min(6, max(0, payload.count - 18)))
    }

    private static func octets(of address: MACAddress) -> [UInt8] { (0..<6).map { address[$0] } }
}

extension SeenFrame {
    /// Tags in front of one another that are taken off.
    private static let mostTags = 2

    /// The frame as the link of its VLAN has it: without the tags that name VLANs (IEEE 802.1Q and 802.1ad), as a trunk
    /// or the mirror of a switch's port carries them. A tag that only gives a priority stays.
    var withoutVLANs: SeenFrame {
        var frame = self
        while frame.vlans.count < Self.mostTags, let vlan = frame.outermostVLAN {
            frame.vlans.append(vlan)
            frame.bytes.removeSubrange(12..<16)
            frame.originalLength -= 4
        }
        return frame
    }

    private var outermostVLAN: UInt16? {
        guard bytes.count >= 16 else { return nil }
        let type = UInt16(bytes[12]) << 8 | UInt16(bytes[13])
        let vlan = (UInt16(bytes[14]) << 8 | UInt16(bytes[15])) & 0xFFF
        return [0x8100, 0x88A8].contains(type) && vlan != 0 ? vlan : nil
    }

    /// The same to another destination, that of all hosts, for one whose destination is a guess.
    public var toAllHosts: SeenFrame {
        var frame = self
        for place in 0..<min(6, bytes.count) { frame.bytes[place] = 0xFF }
        return frame
    }
}
