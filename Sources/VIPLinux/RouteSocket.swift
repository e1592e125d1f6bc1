// Asking the kernel for links, addresses and gateways, and changing addresses. Being told of changes is RouteMonitor's.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// A socket for rtnetlink(7) requests. Every call is answered by the kernel before it returns.
public final class RouteSocket {
    /// Dumps that are disturbed by changes are taken again so often.
    private static let mostDumps = 16

    private var requests: NetlinkRequests
    /// What addresses are handed over in and answered, in memory that is used again: a holder renews once a second.
    private var numbers: [UInt32] = []
    private var answers: [Int32] = []

    public init() throws(SystemError) {
        requests = NetlinkRequests(try check(cvip_netlink_open(), "open an rtnetlink socket"))
    }

    /// Sets each address as a /32 that the kernel removes `lifetimeSeconds` from now, or renews it for so long.
    ///
    /// The addresses are never preferred as source, bring no route, and carry `InterfaceAddress.ownOrigin`. Needs
    /// CAP_NET_ADMIN. Returns the kernel's answer for each, in order: 0, or an errno such as ENODEV, EPERM, EINVAL
    /// (a lifetime of 0). The kernel counts whole seconds and may be up to a second late.
    public func setAddresses(
        _ addresses: ArraySlice<IPv4Address>, lifetimeSeconds: UInt32, interfaceIndex: Int32
    ) -> [Int32] {
        makeRoom(for: addresses)
        _ = unsafe cvip_address_set(
            requests.descriptor.number, &requests.sequence, interfaceIndex, lifetimeSeconds, numbers, &answers,
            numbers.count)
        return answers
    }

    /// The same for all of a list.
    public func setAddresses(
        _ addresses: [IPv4Address], lifetimeSeconds: UInt32, interfaceIndex: Int32
    ) -> [Int32] {
        setAddresses(addresses[...], lifetimeSeconds: lifetimeSeconds, interfaceIndex: interfaceIndex)
    }

    /// Has `numbers` be those of the addresses, with an answer to each.
    private func makeRoom(for addresses: ArraySlice<IPv4Address>) {
        numbers.removeAll(keepingCapacity: true)
        for address in addresses { numbers.append(address.bits) }
        answers.removeAll(keepingCapacity: true)
        answers.append(contentsOf: repeatElement(0, count: numbers.count))
    }

    /// Removes each address that is there as a /32. Returns the kernel's answer for each, in order: 0, or an errno such
    /// as EADDRNOTAVAIL (it is not there), ENODEV, EPERM.
    public func removeAddresses(_ addresses: [IPv4Address], interfaceIndex: Int32) -> [Int32] {
        makeRoom(for: addresses[...])
        _ = unsafe cvip_address_remove(
            requests.descriptor.number, &requests.sequence, interfaceIndex, numbers, &answers, numbers.count)
        return answers
    }

    /// All links of the network namespace.
    public func links() throws(SystemError) -> [Link] {
        try dump(CVIP_DUMP_LINKS, "list the links") { message in
            message.kind == CVIP_MESSAGE_LINK ? Link(message.link) : nil
        }
    }

    /// All IPv4 addresses of the network namespace.
    public func addresses() throws(SystemError) -> [InterfaceAddress] {
        try dump(CVIP_DUMP_ADDRESSES, "list the addresses") { message in
            message.kind == CVIP_MESSAGE_ADDRESS ? InterfaceAddress(message.address) : nil
        }
    }

    /// The IPv4 gateways of the default routes through an interface, each once, lowest metric first; empty where there
    /// are none.
    ///
    /// Only the main table counts, not those of policy routing (ip-rule(8)). Of a route with several next hops, those on
    /// the interface are taken, in the kernel's order; gateways that are IPv6 addresses are left out. Next hops that are
    /// objects (ip-nexthop(8)) are found as long as net.ipv4.nexthop_compat_mode is 1, as it is by default.
    public func gateways(interfaceIndex: Int32) throws(SystemError) -> [IPv4Address] {
        let routes: [cvip_route]
        do {
            routes = try dump(CVIP_DUMP_ROUTES, "list the routes") { message in
                message.kind == CVIP_MESSAGE_ROUTE ? message.route : nil
            }
        } catch {
            guard error.errno == ENOENT else { throw error }
            return []  // the kernel makes the table with its first route
        }
        var gateways: [IPv4Address] = []
        // The kernel's own order is not by metric where routes differ in their type of service.
        for route in routes.sorted(by: { $0.metric < $1.metric }) {
            for gateway in route.gateways(interfaceIndex: interfaceIndex) where !gateways.contains(gateway) {
                gateways.append(gateway)
            }
        }
        return gateways
    }

    /// Asks until no change disturbs the answer.
    func dump<Element>(
        _ kind: cvip_dump, _ operation: String, _ element: (cvip_message) -> Element?
    ) throws(SystemError) -> [Element] {
        for _ in 0..<Self.mostDumps {
            var elements: [Element] = []
            let isWhole = try requests.dump(
                operation, request: { cvip_netlink_request($0, kind, $1) },
                { message in if let found = element(message) { elements.append(found) } })
            if isWhole { return elements }
        }
        throw SystemError(operation: operation, errno: EAGAIN, advice: "they keep changing; try again when they rest")
    }
}

extension cvip_route {
    /// The gateways on an interface, in the kernel's order.
    func gateways(interfaceIndex: Int32) -> [IPv4Address] {
        unsafe withUnsafeBytes(of: hops) { bytes in
            unsafe bytes.assumingMemoryBound(to: cvip_hop.self).prefix(Int(hop_count))
                .filter { $0.ifindex == interfaceIndex }.map { IPv4Address(bits: $0.gateway) }
        }
    }
}
