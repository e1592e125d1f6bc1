// Every address of this machine, IPv4 and IPv6, for lists of them.
// Deliberately not here: the addresses that vipd moves and watches, which are IPv4 alone (InterfaceAddress).

internal import CVIPLinux
internal import Glibc
internal import VIPWire

/// An address on an interface at one moment, of either family.
public struct HostAddress: Hashable, Sendable {
    /// The kinds of address that are listed; their names are those of Talos Linux.
    public enum Family: String, Sendable {
        case inet4, inet6
    }

    public let family: Family
    public let interfaceIndex: Int32
    /// As one writes it, without prefix length: 192.168.1.210, fe80::1 (RFC 5952).
    public let text: String
    /// 0...32, of IPv6 0...128.
    public let prefixLength: Int
    /// RT_SCOPE_*: 0 universe, 253 link, 254 host.
    public let scope: UInt8
    /// IFA_F_*: linux/if_addr.h.
    public let flags: UInt32
    /// Whether it may be the source of a new connection; the addresses that vipd holds never are.
    public let isPreferred: Bool

    package init(
        family: Family, interfaceIndex: Int32, text: String, prefixLength: Int, scope: UInt8, flags: UInt32,
        isPreferred: Bool
    ) {
        self.family = family
        self.interfaceIndex = interfaceIndex
        self.text = text
        self.prefixLength = prefixLength
        self.scope = scope
        self.flags = flags
        self.isPreferred = isPreferred
    }

    init?(_ message: cvip_message) {
        switch message.kind {
        case CVIP_MESSAGE_ADDRESS:
            let address = InterfaceAddress(message.address)
            family = .inet4
            interfaceIndex = address.interfaceIndex
            text = address.address.description
            prefixLength = address.prefixLength
            scope = address.scope
            flags = address.flags
            isPreferred = address.preferredSeconds != 0
        case CVIP_MESSAGE_IPV6_ADDRESS:
            let address = message.ipv6_address
            family = .inet6
            interfaceIndex = address.ifindex
            text = ipv6Text(address.local)
            prefixLength = Int(address.prefix_length)
            scope = address.scope
            flags = address.flags
            isPreferred = address.preferred != 0
        default: return nil
        }
    }
}

extension RouteSocket {
    /// All IPv4 and IPv6 addresses of the network namespace, in the kernel's order.
    public func hostAddresses() throws(SystemError) -> [HostAddress] {
        try dump(CVIP_DUMP_ALL_ADDRESSES, "list the addresses") { HostAddress($0) }
    }
}

/// The text of 16 octets, which Swift sees as a tuple.
private func ipv6Text<Octets>(_ octets: Octets) -> String {
    // INET6_ADDRSTRLEN has room for any address, so inet_ntop(3) cannot fail.
    let characters = unsafe [CChar](unsafeUninitializedCapacity: Int(INET6_ADDRSTRLEN)) { buffer, count in
        let written = unsafe withUnsafeBytes(of: octets) { bytes in
            unsafe inet_ntop(AF_INET6, bytes.baseAddress, buffer.baseAddress, socklen_t(INET6_ADDRSTRLEN))
        }
        count = unsafe written.map { unsafe strlen($0) } ?? 0
    }
    return String(decoding: characters.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
