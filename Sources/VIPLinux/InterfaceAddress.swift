// An IPv4 address on an interface, as the kernel describes it.

internal import CVIPLinux
public import VIPWire

/// An IPv4 address on an interface at one moment.
public struct InterfaceAddress: Hashable, Sendable {
    /// `InterfaceAddress.origin` of addresses set through `RouteSocket`.
    public static let ownOrigin = UInt8(CVIP_ADDRESS_PROTOCOL)

    public let interfaceIndex: Int32
    public let address: IPv4Address
    /// 0...32.
    public let prefixLength: Int
    /// Who set it, as the kernel was told (IFA_PROTO); 0 where that is unknown, which it always is before Linux 5.18.
    public let origin: UInt8
    /// RT_SCOPE_*: 0 universe, 253 link, 254 host.
    public let scope: UInt8
    /// IFA_F_*: linux/if_addr.h.
    public let flags: UInt32
    /// Seconds until the kernel removes it; nil: never.
    public let validSeconds: UInt32?
    /// Seconds for which it is a preferred source address; 0: it is none. nil: always.
    public let preferredSeconds: UInt32?

    init(_ address: cvip_address) {
        interfaceIndex = address.ifindex
        self.address = IPv4Address(bits: address.local)
        prefixLength = Int(address.prefix_length)
        origin = address.protocol
        scope = address.scope
        flags = address.flags
        validSeconds = address.valid == .max ? nil : address.valid
        preferredSeconds = address.preferred == .max ? nil : address.preferred
    }
}
