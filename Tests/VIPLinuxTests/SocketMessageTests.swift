// The shim's parser of TCP connections on bytes: what a kernel sends, what it never should, and what is cut off.

import CVIPLinux
import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// What sock_diag says of a connection of a server on [::]:6443 with an IPv4 client.
private let connection: [UInt8] = [
    0x60, 0x00, 0x00, 0x00,  // nlmsg_len 96
    0x14, 0x00, 0x02, 0x00,  // nlmsg_type SOCK_DIAG_BY_FAMILY, nlmsg_flags MULTI
    0x01, 0x00, 0x00, 0x00,  // nlmsg_seq 1
    0x45, 0x5C, 0x00, 0x00,  // nlmsg_pid
    0x0A, 0x01, 0x00, 0x00,  // idiag_family AF_INET6, idiag_state ESTABLISHED, idiag_timer none, idiag_retrans
    0x19, 0x2B, 0xA1, 0x0A,  // idiag_sport 6443, idiag_dport
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xC0, 0xA8, 0x01, 0xD2,  // 192.168.1.210
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xC0, 0xA8, 0x01, 0x32,  // 192.168.1.50
    0x00, 0x00, 0x00, 0x00,  // idiag_if
    0x16, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // idiag_cookie
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // expires, rqueue, wqueue
    0x00, 0x00, 0x00, 0x00, 0x6E, 0x91, 0x18, 0x00,  // idiag_uid, idiag_inode
    0x08, 0x00, 0x0F, 0x00, 0x00, 0x00, 0x00, 0x00,  // INET_DIAG_MARK
]

private let state = 17
private let timer = 18
private let source = 24
private let cookie = 60

@Suite struct SocketMessageTests {
    @Test("A mapped address is an IPv4 address, and the identity is the kernel's to the byte")
    func mapped() throws {
        let message = try onlyMessage(in: connection, parser: .sockets)
        #expect(message.kind == CVIP_MESSAGE_SOCKET)
        #expect(message.sequence == 1)
        #expect(IPv4Address(bits: message.socket.local) == IPv4Address(192, 168, 1, 210))
        #expect(message.socket.family == UInt8(AF_INET6) && message.socket.state == UInt8(TCP_ESTABLISHED))
        #expect(withUnsafeBytes(of: message.socket.identity) { Array($0) } == Array(connection[20..<68]))
    }

    @Test("A socket of IPv4 alone has its address in the first four bytes")
    func plain() throws {
        let plain = connection.with(2, at: 16).with([0xC0, 0xA8, 0x01, 0xD3], from: source)
        let message = try onlyMessage(in: plain, parser: .sockets)
        #expect(message.kind == CVIP_MESSAGE_SOCKET)
        #expect(IPv4Address(bits: message.socket.local) == IPv4Address(192, 168, 1, 211))
    }

    @Test("Of all states, a listening socket and what both ends have closed are passed over", arguments: 0..<256)
    func states(number: Int) throws {
        let open = [TCP_SYN_SENT, TCP_SYN_RECV, TCP_ESTABLISHED, TCP_CLOSE_WAIT, TCP_FIN_WAIT1, TCP_FIN_WAIT2]
        let message = try onlyMessage(in: connection.with(UInt8(number), at: state), parser: .sockets)
        #expect(message.kind == (open.contains(number) ? CVIP_MESSAGE_SOCKET : CVIP_MESSAGE_OTHER))
    }

    @Test(
        "What is none of ours is passed over",
        arguments: [
            ("an IPv6 address", connection.with(0x20, at: source)),
            ("an address that is not mapped", connection.with(0, at: source + 10)),
            ("a family that has no such addresses", connection.with(1, at: 16)),
            ("a remnant of a socket without an owner", connection.with(6, at: state).with(3, at: timer)),
            ("another message", connection.with(0x15, at: 4)),
        ])
    func others(name: String, datagram: [UInt8]) throws {
        #expect(try onlyMessage(in: datagram, parser: .sockets).kind == CVIP_MESSAGE_OTHER, "\(name)")
    }

    @Test("A connection that could not be told from a listener on its port is refused")
    func withoutCookie() {
        #expect(isRefused(connection.with([UInt8](repeating: 0xFF, count: 8), from: cookie), parser: .sockets))
    }

    @Test("A message that has no room for a connection is refused")
    func short() {
        #expect(isRefused(Array(connection[..<84]).with(84, at: 0), parser: .sockets))
    }

    @Test("A connection cut off anywhere is refused")
    func truncated() {
        for length in 1..<connection.count {
            #expect(isRefused(Array(connection[..<length]), parser: .sockets), "cut to \(length) bytes")
        }
    }

    @Test("Bytes that changed at random are parsed or refused, and the parser moves on", arguments: 0..<64)
    func mutations(seed: Int) {
        for datagram in mutants(of: connection + connection, seed: seed) { _ = parse(datagram, parser: .sockets) }
    }
}
