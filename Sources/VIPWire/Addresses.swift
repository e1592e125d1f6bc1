// The two kinds of address vipd speaks about: MAC (EUI-48) and IPv4, with their text forms.
// Deliberately not here: sockets' address structures, masks and routes.

/// An EUI-48 hardware address, as in an Ethernet header or the hardware fields of RFC 826.
public struct MACAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The address in the low 48 bits, first octet on the wire most significant; the upper 16 bits are zero.
    public let bits: UInt64

    /// Makes an address of the low 48 bits of `bits`; the others are ignored.
    public init(bits: UInt64) { self.bits = bits & 0xFFFF_FFFF_FFFF }

    /// Parses `aa:bb:cc:dd:ee:ff`, either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var bits: UInt64 = 0
        for part in parts {
            guard part.count == 2 else { return nil }
            for character in part {
                guard let digit = hexValue(character) else { return nil }
                bits = bits << 4 | UInt64(digit)
            }
        }
        self.bits = bits
    }

    /// The address of no one: the target hardware address of a probe (RFC 5227, section 1.1).
    public static let zero = MACAddress(bits: 0)
    /// ff:ff:ff:ff:ff:ff.
    public static let broadcast = MACAddress(bits: 0xFFFF_FFFF_FFFF)

    /// True for group addresses, broadcast included (IEEE 802: the lowest bit of the first octet).
    public var isGroup: Bool { bits >> 40 & 1 == 1 }

    /// True where one station can have the address: neither a group's nor zero.
    var isUnicast: Bool { !isGroup && self != .zero }

    /// The octet at `index`, 0 being first on the wire. `index` must be in 0..<6.
    public subscript(index: Int) -> UInt8 {
        precondition((0..<6).contains(index), "a MAC address has six octets")
        return UInt8(truncatingIfNeeded: bits >> (8 * UInt64(5 - index)))
    }

    /// `aa:bb:cc:dd:ee:ff`, in lower case.
    public var description: String {
        (0..<6).map { hexadecimal(UInt64(self[$0]), digits: 2) }.joined(separator: ":")
    }

    public static func < (left: MACAddress, right: MACAddress) -> Bool { left.bits < right.bits }
}

/// An IPv4 address (RFC 791), as a number: 192.168.1.210 is 0xC0A801D2.
public struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The address in host order, first octet most significant.
    public let bits: UInt32

    public init(bits: UInt32) { self.bits = bits }

    /// Makes an address of its four octets, as one writes them.
    public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        bits = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }

    /// Parses four decimal octets without signs, spaces, leading zeros or a prefix length; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var octet: UInt32 = 0
            for character in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
                octet = octet * 10 + UInt32(character - UInt8(ascii: "0"))
            }
            guard octet <= 255 else { return nil }
            bits = bits << 8 | octet
        }
        self.bits = bits
    }

    /// 0.0.0.0: the sender of a probe (RFC 5227, section 1.1).
    public static let unspecified = IPv4Address(bits: 0)

    /// True where one machine can have the address on a link: neither this-network (0/8), loopback (127/8),
    /// multicast (224/4) nor reserved (240/4, limited broadcast included). RFC 6890.
    public var isUnicast: Bool {
        let first = bits >> 24
        return first != 0 && first != 127 && first < 224
    }

    /// True if `other` shares the first `prefixLength` bits. `prefixLength` must be in 0...32.
    public func isInSubnet(of other: IPv4Address, prefixLength: Int) -> Bool {
        precondition((0...32).contains(prefixLength), "an IPv4 prefix has 0 to 32 bits")
        let mask: UInt32 = prefixLength == 0 ? 0 : ~0 << UInt32(32 - prefixLength)
        return bits & mask == other.bits & mask
    }

    /// The first and the last address of the subnet of this address, which are its own and its broadcast's, and no host's; nil
    /// where it is too small for such (RFC 3021). `prefixLength` must be in 0...32.
    public func reserved(prefixLength: Int) -> (network: IPv4Address, broadcast: IPv4Address)? {
        precondition((0...32).contains(prefixLength), "an IPv4 prefix has 0 to 32 bits")
        guard prefixLength < 31 else { return nil }
        let hosts: UInt32 = ~0 >> UInt32(prefixLength)
        return (IPv4Address(bits: bits & ~hosts), IPv4Address(bits: bits | hosts))
    }

    /// Four decimal octets.
    public var description: String { "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)" }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.bits < right.bits }
}

/// `value` in lower-case hexadecimal, zeros in front up to `digits`.
func hexadecimal(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}

private func hexValue(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
}
