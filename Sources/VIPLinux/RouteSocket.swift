// Asking the kernel for links and addresses, and changing addresses. Being told of changes is RouteMonitor's.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// A socket for rtnetlink(7) requests. Every call is answered by the kernel before it returns.
public final class RouteSocket {
    /// Dumps that are disturbed by changes are taken again so often.
    private static let mostDumps = 16
    private static let timeoutMilliseconds: Int32 = 1000

    private let descriptor: OwnedDescriptor
    private var buffer = DatagramBuffer()
    private var sequence: UInt32 = 0

    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(try check(cvip_netlink_open(), "open an rtnetlink socket"))
    }

    /// Sets each address as a /32 that the kernel removes `lifetimeSeconds` from now, or renews it for so long.
    ///
    /// The addresses are never preferred as source, bring no route, and carry `InterfaceAddress.ownOrigin`. Needs
    /// CAP_NET_ADMIN. Returns the kernel's answer for each, in order: 0, or an errno such as ENODEV, EPERM, EINVAL
    /// (a lifetime of 0). The kernel counts whole seconds and may be up to a second late.
    public func setAddresses(
        _ addresses: [IPv4Address], lifetimeSeconds: UInt32, interfaceIndex: Int32
    ) -> [Int32] {
        let numbers = addresses.map(\.bits)
        return unsafe [Int32](unsafeUninitializedCapacity: numbers.count) { answers, count in
            _ = unsafe cvip_address_set(
                descriptor.number, &sequence, interfaceIndex, lifetimeSeconds, numbers, answers.baseAddress,
                numbers.count)
            count = numbers.count
        }
    }

    /// Removes each address that is there as a /32. Returns the kernel's answer for each, in order: 0, or an errno such
    /// as EADDRNOTAVAIL (it is not there), ENODEV, EPERM.
    public func removeAddresses(_ addresses: [IPv4Address], interfaceIndex: Int32) -> [Int32] {
        let numbers = addresses.map(\.bits)
        return unsafe [Int32](unsafeUninitializedCapacity: numbers.count) { answers, count in
            _ = unsafe cvip_address_remove(
                descriptor.number, &sequence, interfaceIndex, numbers, answers.baseAddress, numbers.count)
            count = numbers.count
        }
    }

    /// All links of the network namespace.
    public func links() throws(SystemError) -> [Link] {
        try dump(CVIP_DUMP_LINKS, "list the links") { change in
            if case .linkChanged(let link) = change { link } else { nil }
        }
    }

    /// All IPv4 addresses of the network namespace.
    public func addresses() throws(SystemError) -> [InterfaceAddress] {
        try dump(CVIP_DUMP_ADDRESSES, "list the addresses") { change in
            if case .addressAdded(let address) = change { address } else { nil }
        }
    }

    private func dump<Element>(
        _ kind: cvip_dump, _ operation: String, _ element: (RouteChange) -> Element?
    ) throws(SystemError) -> [Element] {
        for _ in 0..<Self.mostDumps {
            if let elements = try dumpOnce(kind, operation, element) { return elements }
        }
        throw SystemError(operation: operation, errno: EAGAIN, advice: "they keep changing; try again when they rest")
    }

    /// One dump; nil if the kernel says that a change disturbed it.
    private func dumpOnce<Element>(
        _ kind: cvip_dump, _ operation: String, _ element: (RouteChange) -> Element?
    ) throws(SystemError) -> [Element]? {
        sequence &+= 1
        _ = try check(cvip_netlink_request(descriptor.number, kind, sequence), operation)
        var elements: [Element] = []
        var isDisturbed = false
        while true {
            let received = buffer.receive(from: descriptor, timeoutMilliseconds: Self.timeoutMilliseconds)
            let length = try check(received == -EAGAIN ? -ETIMEDOUT : received, operation)
            var end: cvip_message?
            let isWhole = buffer.forEachMessage(length: length) { message in
                guard message.sequence == sequence else { return }
                if message.interrupted != 0 { isDisturbed = true }
                if message.kind == CVIP_MESSAGE_DONE || message.kind == CVIP_MESSAGE_ERROR { end = message }
                if let found = RouteChange(message).flatMap(element) { elements.append(found) }
            }
            guard isWhole else { throw SystemError(operation: operation, errno: EBADMSG) }
            if let end {
                _ = try check(0 &- end.error, operation)
                return isDisturbed ? nil : elements
            }
        }
    }
}
