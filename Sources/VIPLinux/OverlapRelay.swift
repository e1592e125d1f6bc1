// Relaying TCP segments to the node that addresses come from, while a handover's two nodes both have them.
// Deliberately not here: when an overlap begins and ends; the election decides.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// Lets connections that began at a predecessor end there, though their clients' frames come to this node by now.
///
/// A client whose neighbour cache changes in the middle of a handshake has sent its SYN to one node and sends its ACK to
/// the other, which would reset what it does not know. So between ``begin(interfaceIndex:addresses:ownMAC:predecessorMAC:)``
/// and ``end(of:)``, TCP segments of connections whose SYN did not come here are sent on to the predecessor, through
/// rules of nf_tables(8) at the interface's ingress; `nft list tables` shows a table `vipd_overlap_` with the first
/// address. Relayed are only frames to this node's own MAC address, without a VLAN tag, and no segment twice: relayed ones
/// have a TTL of 1.
///
/// Nothing outlives its purpose: without ``end(of:)`` a relay is idle after ``lifetime``, and the kernel removes it with
/// the process, however that ends. A network that lets no node send with a client's IP address (anti-spoofing of
/// hypervisors) drops what is relayed; it is then as if there were no relay.
public final class OverlapRelay {
    /// After so long a relay relays nothing any more.
    public static let lifetime: Duration = .seconds(1)

    private let lifetimeMilliseconds: UInt32
    private let descriptor: OwnedDescriptor
    private var sequence: UInt32 = 0
    /// The tables of the relays that were begun and not ended.
    private var tables: Set<String> = []

    /// Opens the socket, and tries on the loopback interface and for no address whether the kernel can relay, for which
    /// it may first have to load modules. So make it at the start, not when an address moves.
    ///
    /// Throws an error with errno EOPNOTSUPP where the kernel cannot; EPERM without CAP_NET_ADMIN.
    public convenience init() throws(SystemError) { try self.init(lifetime: Self.lifetime) }

    /// As ``init()``, with a lifetime of whole milliseconds.
    init(lifetime: Duration) throws(SystemError) {
        lifetimeMilliseconds = UInt32(lifetime / .milliseconds(1))
        let opened = cvip_netlink_open_netfilter()
        if opened == -EPROTONOSUPPORT { throw Self.unsupported }
        descriptor = OwnedDescriptor(try check(opened, "open a netfilter socket"))
        let trial = "\(Self.prefix)\(getpid())"
        switch start(trial, path(interfaceIndex: 1, ownMAC: .zero, predecessorMAC: .zero), addresses: []) {
        case 0: _ = stop(trial)
        case ENOENT, EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT, EINVAL: throw Self.unsupported
        case let errno: throw Self.error("try to relay segments", errno)
        }
    }

    /// Relays segments to `addresses` that come to `ownMAC` on an interface, on to `predecessorMAC`, for ``lifetime`` at
    /// most. A relay for the same addresses ends with it.
    ///
    /// Call it before the first announcement of the addresses: a connection whose SYN came earlier is taken for the
    /// predecessor's. The interface is one of the calling thread's network namespace, which must be that in which this was
    /// made. Needs CAP_NET_ADMIN. Takes less than a millisecond, and one more per thousand addresses. Throws what
    /// the kernel said; nothing is relayed then.
    public func begin(
        interfaceIndex: Int32, addresses: [IPv4Address], ownMAC: MACAddress, predecessorMAC: MACAddress
    ) throws(SystemError) {
        precondition(!addresses.isEmpty, "a relay is for at least one address")
        end(of: addresses)
        let table = Self.table(of: addresses)
        let path = path(interfaceIndex: interfaceIndex, ownMAC: ownMAC, predecessorMAC: predecessorMAC)
        let errno = start(table, path, addresses: addresses)
        guard errno == 0 else {
            throw Self.error("relay segments for \(addresses[0]) to \(predecessorMAC)", errno)
        }
        tables.insert(table)
    }

    /// Ends the relay for these addresses, if there is one. Takes a fraction of a millisecond.
    public func end(of addresses: [IPv4Address]) {
        // A refusal could only mean that it is not there: only this socket may touch its tables.
        if let table = tables.remove(Self.table(of: addresses)) { _ = stop(table) }
    }

    private func path(interfaceIndex: Int32, ownMAC: MACAddress, predecessorMAC: MACAddress) -> cvip_overlap_path {
        cvip_overlap_path(
            ifindex: interfaceIndex, lifetime_ms: lifetimeMilliseconds, own_mac: Self.octets(of: ownMAC),
            predecessor_mac: Self.octets(of: predecessorMAC))
    }

    /// The kernel's answer, 0 or an errno.
    private func start(_ table: String, _ path: cvip_overlap_path, addresses: [IPv4Address]) -> Int32 {
        let numbers = addresses.map(\.bits)
        var path = path
        let status = unsafe cvip_overlap_begin(
            descriptor.number, &sequence, table, &path, numbers, numbers.count)
        return 0 &- status
    }

    private func stop(_ table: String) -> Int32 {
        let status = unsafe cvip_overlap_end(descriptor.number, &sequence, table)
        return 0 &- status
    }

    private static let prefix = "vipd_overlap_"

    /// Nobody else in this network namespace serves the address, so the name is free.
    private static func table(of addresses: [IPv4Address]) -> String { prefix + addresses[0].description }

    private static func octets(of mac: MACAddress) -> (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        (mac[0], mac[1], mac[2], mac[3], mac[4], mac[5])
    }

    private static func error(_ operation: String, _ errno: Int32) -> SystemError {
        SystemError(operation: operation, errno: errno, advice: adviceForInterface(errno, capability: "CAP_NET_ADMIN"))
    }

    private static var unsupported: SystemError {
        SystemError(
            operation: "relay segments to the node that an address comes from", errno: EOPNOTSUPP,
            advice: "a connection that begins at the moment of a handover may be reset; "
                + "Linux 5.12 with CONFIG_NF_TABLES_NETDEV and CONFIG_NFT_FWD_NETDEV can")
    }
}
