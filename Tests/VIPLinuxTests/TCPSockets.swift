// TCP servers and clients of a test, in the network namespace of the thread that makes them.

import Glibc
import Testing
import VIPWire

/// One end of a TCP connection; closed with its last owner.
final class TCPSocket {
    let descriptor: Int32

    /// Takes over an open descriptor.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects from one address of this machine to a server, or only begins to. Where it is not `isAcknowledging`, the
    /// last segment of the handshake waits for a moment for data to go with it.
    static func connect(
        from local: IPv4Address, to remote: IPv4Address, port: UInt16, isWaiting: Bool = true,
        isAcknowledging: Bool = true
    ) throws -> TCPSocket {
        let client = TCPSocket(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        try #require(client.descriptor >= 0, "\(String(cString: strerror(errno)))")
        var address = sockaddr_in(local, port: 0)
        try #require(bind(client.descriptor, generic(&address), socklen_t(MemoryLayout<sockaddr_in>.size)) == 0)
        address = sockaddr_in(remote, port: port)
        if !isAcknowledging { try client.option(Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, 1) }
        if !isWaiting { try #require(fcntl(client.descriptor, F_SETFL, O_NONBLOCK) == 0) }
        let status = Glibc.connect(client.descriptor, generic(&address), socklen_t(MemoryLayout<sockaddr_in>.size))
        try #require(status == 0 || !isWaiting && errno == EINPROGRESS, "\(String(cString: strerror(errno)))")
        return client
    }

    func option(_ level: Int32, _ name: Int32, _ value: Int32) throws {
        var value = value
        try #require(setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0)
    }

    /// Sends one byte; 0 or the errno.
    func sendByte() -> Int32 { sendBytes(1) }

    /// Sends so many bytes, as one; 0 or the errno.
    func sendBytes(_ count: Int) -> Int32 {
        send(descriptor, [UInt8](repeating: 42, count: count), count, Int32(MSG_NOSIGNAL)) == count ? 0 : errno
    }

    func sendEnd() throws { try #require(shutdown(descriptor, Int32(SHUT_WR)) == 0) }

    /// What comes next from the other end.
    enum Arrival: Hashable {
        case byte, end
        case error(Int32)
        case nothing
    }

    /// Waits for what comes next, for so long as a loaded machine may take.
    func receive() -> Arrival {
        guard isReadable(descriptor) else { return .nothing }
        var byte: UInt8 = 0
        return switch recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) {
        case 1: .byte
        case 0: .end
        default: .error(errno)
        }
    }

    /// True if a byte gets from here to `other` and one from there to here.
    func talks(to other: TCPSocket) -> Bool {
        sendByte() == 0 && other.receive() == .byte && other.sendByte() == 0 && receive() == .byte
    }

    /// Closes with a reset instead of an end.
    func abort() throws {
        var now = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        try #require(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, size) == 0)
        // The number stays taken, so that closing it again hits nothing else.
        let other = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(dup2(other, descriptor) == descriptor)
        close(other)
    }
}

/// A listening TCP socket.
struct TCPServer {
    /// What a server is bound to.
    enum Binding: Hashable {
        case address(IPv4Address)
        /// Both IPv6 and IPv4, as Go's servers are.
        case dualStack
    }

    let listener: TCPSocket
    let port: UInt16

    /// Listens on a port, or on any that is free.
    init(_ binding: Binding, port wanted: UInt16 = 0) throws {
        var size: socklen_t
        switch binding {
        case .address(let local):
            listener = TCPSocket(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            var address = sockaddr_in(local, port: wanted)
            size = socklen_t(MemoryLayout<sockaddr_in>.size)
            try #require(bind(listener.descriptor, generic(&address), size) == 0)
            try #require(getsockname(listener.descriptor, generic(&address), &size) == 0)
            port = UInt16(bigEndian: address.sin_port)
        case .dualStack:
            listener = TCPSocket(socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0))
            try listener.option(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = wanted.bigEndian
            size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            try #require(bind(listener.descriptor, generic(&address), size) == 0)
            try #require(getsockname(listener.descriptor, generic(&address), &size) == 0)
            port = UInt16(bigEndian: address.sin6_port)
        }
        try #require(listen(listener.descriptor, 4096) == 0)
    }

    func accept() throws -> TCPSocket {
        try #require(isReadable(listener.descriptor))
        let accepted = Glibc.accept(listener.descriptor, nil, nil)
        try #require(accepted >= 0, "\(String(cString: strerror(errno)))")
        return TCPSocket(accepted)
    }

    /// A new connection of a client's, both its ends.
    func connection(
        from client: IPv4Address, to address: IPv4Address
    ) throws -> (client: TCPSocket, server: TCPSocket) {
        let client = try TCPSocket.connect(from: client, to: address, port: port)
        return (client, try accept())
    }
}

extension sockaddr_in {
    fileprivate init(_ address: IPv4Address, port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr = in_addr(s_addr: address.bits.bigEndian)
    }
}

/// The address of a socket address as the C functions want it, valid as long as the variable.
private func generic<Address>(_ address: UnsafeMutablePointer<Address>) -> UnsafeMutablePointer<sockaddr> {
    UnsafeMutableRawPointer(address).assumingMemoryBound(to: sockaddr.self)
}
