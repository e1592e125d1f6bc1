// Closing other programs' TCP connections, so that their clients are told before an address leaves this machine.
// Deliberately not here: when that is right; the daemon decides.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// Closes TCP connections by the address they are bound to, through the kernel's SOCK_DESTROY: sock_diag(7).
///
/// The client of such a connection gets a reset at once and connects anew, where after the loss of the address it would
/// wait for minutes for a machine that can no longer answer.
public final class SocketDestroyer {
    /// What `destroyConnections` did.
    public struct Outcome: Hashable, Sendable {
        /// Sockets closed. A connection within this machine has one at each end; both count if both are bound so.
        public let destroyed: Int
        /// False where the time was up before all that were found were closed.
        public let isComplete: Bool
    }

    /// Connections that are made during one round are found in the next one; clients that come without a pause shall not
    /// keep us here.
    private static let mostRounds = 4
    /// Between so many sockets the clock is looked at.
    private static let slice = 256

    private var requests: NetlinkRequests

    /// Opens the socket and tries on no connection whether the kernel can destroy any, for which it may first have to
    /// load modules. So make it at the start, not when a reset is due.
    ///
    /// Throws an error with errno EOPNOTSUPP exactly where the kernel cannot: that will not change until another is
    /// booted. Needs no capability.
    public init() throws(SystemError) {
        let descriptor = cvip_netlink_open_diag()
        if descriptor == -EPROTONOSUPPORT { throw Self.unsupported }
        requests = NetlinkRequests(try check(descriptor, "open a sock_diag socket"))
        do {
            _ = try connections(boundTo: [.unspecified])
        } catch {
            throw error.errno == ENOENT ? Self.unsupported : error
        }
        // Of no address and no port: never found, and refused before it is looked for where the kernel cannot.
        var none = cvip_socket()
        none.family = UInt8(AF_INET)
        switch destroy([none])[0] {
        case ENOENT: break
        case EOPNOTSUPP, EINVAL: throw Self.unsupported
        case let errno: throw SystemError(operation: "try to close a TCP connection", errno: errno)
        }
    }

    /// Closes every TCP connection whose address at this end is one of `addresses`, IPv4 connections of sockets that
    /// speak IPv6 too (such as Go's) included; listening sockets stay, those bound to one of the addresses too.
    ///
    /// Call it while the addresses are still here: the resets are sent from them. Connections of these states are closed:
    /// - ESTABLISHED, CLOSE_WAIT, FIN_WAIT1, FIN_WAIT2: the other end is sent a reset (ECONNRESET; EPIPE on its next
    ///   write where this end had closed already), the program here gets ECONNABORTED. Whether the program has
    ///   accepted the connection yet makes no difference.
    /// - SYN_RECV: forgotten without a word; the client's next segment is answered by a reset, here or by whoever has the
    ///   address then.
    /// - SYN_SENT: the program here gets ECONNABORTED.
    ///
    /// Left alone are LAST_ACK, CLOSING and TIME_WAIT, where both ends have closed and the kernel would send no reset, and
    /// FIN_WAIT2 once the program has let go of the socket: the client has seen the end. The kernel forgets them itself.
    ///
    /// Needs CAP_NET_ADMIN. Blocks the thread for about `limit` at most, some 20 µs a connection, and in the worst case of
    /// a kernel that does not answer for a second longer. What is there when it begins is closed, and nearly all that
    /// comes while it runs; for what comes later, remove the addresses at once. Throws what the kernel said, EPERM
    /// without the capability; some connections may have been closed then.
    public func destroyConnections(
        boundTo addresses: [IPv4Address], within limit: Duration = .milliseconds(100)
    ) throws(SystemError) -> Outcome {
        let deadline = ContinuousClock.now + limit
        let wanted = Set(addresses)
        var destroyed = 0
        for _ in 0..<Self.mostRounds {
            var found = try connections(boundTo: wanted)[...]
            if found.isEmpty { break }
            while !found.isEmpty {
                guard ContinuousClock.now < deadline else { return Outcome(destroyed: destroyed, isComplete: false) }
                destroyed += try count(destroy(Array(found.prefix(Self.slice))))
                found = found.dropFirst(Self.slice)
            }
        }
        return Outcome(destroyed: destroyed, isComplete: true)
    }

    /// The connections of both families that are bound to one of the addresses.
    ///
    /// The kernel is asked for what shares the addresses' common prefix, so for exactly one if it is one; no more
    /// memory is taken than a small part of what the sockets themselves take.
    func connections(boundTo addresses: Set<IPv4Address>) throws(SystemError) -> [cvip_socket] {
        guard let least = addresses.min(), let greatest = addresses.max() else { return [] }
        let prefixLength = UInt8((least.bits ^ greatest.bits).leadingZeroBitCount)
        var found: [cvip_socket] = []
        for family in [UInt8(AF_INET), UInt8(AF_INET6)] {
            _ = try requests.dump(
                "list the TCP connections", parser: .sockets,
                request: { cvip_socket_request($0, family, least.bits, prefixLength, $1) },
                { message in
                    guard message.kind == CVIP_MESSAGE_SOCKET else { return }
                    if addresses.contains(IPv4Address(bits: message.socket.local)) { found.append(message.socket) }
                })
        }
        return found
    }

    /// Closes each; the kernel's answers in order.
    func destroy(_ sockets: [cvip_socket]) -> [Int32] {
        unsafe [Int32](unsafeUninitializedCapacity: sockets.count) { answers, count in
            _ = unsafe cvip_socket_destroy(
                requests.descriptor.number, &requests.sequence, sockets, answers.baseAddress, sockets.count)
            count = sockets.count
        }
    }

    /// How many of the answers are grants; throws the first refusal that is one.
    private func count(_ answers: [Int32]) throws(SystemError) -> Int {
        var granted = 0
        for answer in answers {
            switch answer {
            case 0: granted += 1
            // Ended meanwhile; or closed by its owner, and kept as a remnant that older kernels leave alone.
            case ENOENT, ESTALE, EOPNOTSUPP: break
            default:
                throw SystemError(
                    operation: "close the TCP connections of an address that leaves", errno: answer,
                    advice: adviceForInterface(answer, capability: "CAP_NET_ADMIN"))
            }
        }
        return granted
    }

    private static var unsupported: SystemError {
        SystemError(
            operation: "close TCP connections for their owners", errno: EOPNOTSUPP,
            advice: "at a handover open connections hang until their clients give up; "
                + "a kernel with CONFIG_INET_DIAG_DESTROY resets them")
    }
}
