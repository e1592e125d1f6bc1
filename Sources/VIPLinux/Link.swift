// A network interface as the kernel describes it, and what sysfs adds about its hardware.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// A network interface at one moment.
public struct Link: Hashable, Sendable {
    /// The kernel's number for it in this network namespace; it stays while the link is there.
    public let index: Int32
    /// Its present name; it may change while the index does not.
    public let name: String
    /// The MAC it uses; nil where it has no address of six octets.
    public let mac: MACAddress?
    /// The MAC it was made with; nil where the driver knows none (virtual devices).
    public let permanentMAC: MACAddress?
    /// Administratively up (IFF_UP).
    public let isUp: Bool
    /// The driver sees a peer: a plugged cable, a running veth peer. Means nothing unless `isUp`.
    public let hasCarrier: Bool
    /// Up, with carrier, and not held back by what is below or by authentication (RFC 2863's states up and unknown).
    ///
    /// The kernel gets there some time after the carrier (up to a second on some drivers), and until then drops what is
    /// sent, without an error.
    public let isOperational: Bool
    public let isLoopback: Bool
    /// Speaks Ethernet (ARPHRD_ETHER).
    public let isEthernet: Bool
    /// Not told to be without ARP (IFF_NOARP).
    public let supportsARP: Bool
    /// `veth`, `bridge`, `vlan`…; nil for a device that is not made by software.
    public let kind: String?
    /// The longest IP packet it carries, in bytes.
    public let mtu: Int
    /// The index of the bridge or bond it is part of, or nil.
    public let master: Int32?

    /// An Ethernet device that is not made by software: Talos' `physical: true`.
    public var isPhysical: Bool { isEthernet && kind == nil && !isLoopback }
}

extension Link {
    init(_ link: cvip_link) {
        let flags = Int32(bitPattern: link.flags)
        index = link.ifindex
        name = text(ofFixedSize: link.name)
        mac = link.has_mac != 0 ? MACAddress(octets: link.mac) : nil
        permanentMAC = link.has_permanent_mac != 0 ? MACAddress(octets: link.permanent_mac) : nil
        isUp = flags & Int32(IFF_UP) != 0
        hasCarrier = link.has_carrier != 0
        isOperational = isUp && hasCarrier && link.operational != 0
        isLoopback = flags & Int32(IFF_LOOPBACK) != 0
        isEthernet = link.type == UInt16(ARPHRD_ETHER)
        supportsARP = flags & Int32(IFF_NOARP) == 0
        let kind = text(ofFixedSize: link.kind)
        self.kind = kind.isEmpty ? nil : kind
        mtu = Int(link.mtu)
        master = link.master == 0 ? nil : link.master
    }
}

/// The text in a C array of characters, which Swift sees as a tuple, up to its NUL.
private func text<Characters>(ofFixedSize characters: Characters) -> String {
    unsafe withUnsafeBytes(of: characters) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension MACAddress {
    fileprivate init(octets: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) {
        let high = UInt64(octets.0) << 40 | UInt64(octets.1) << 32 | UInt64(octets.2) << 24
        self.init(bits: high | UInt64(octets.3) << 16 | UInt64(octets.4) << 8 | UInt64(octets.5))
    }
}
