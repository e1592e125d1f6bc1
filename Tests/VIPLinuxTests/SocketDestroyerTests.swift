// Resets for the clients of an address that leaves, between real sockets in network namespaces of the tests' own.

import CVIPLinux
import Glibc
import Testing
import VIPWire

@testable import VIPLinux

private let vip = IPv4Address(10, 0, 0, 210)
private let other = IPv4Address(10, 0, 0, 1)
private let client = IPv4Address(10, 0, 0, 9)

/// Runs `body` where this machine has the three addresses.
private func withAddresses(_ body: @escaping @Sendable () throws -> Void) throws {
    try inNetworkNamespace {
        try ip("link set lo up")
        for address in [vip, other, client] { try ip("address add \(address)/32 dev lo") }
        try body()
    }
}

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct SocketDestroyerTests {
    @Test(
        "The address' clients are reset at once, the other connections and the listener live",
        arguments: [TCPServer.Binding.address(.unspecified), .dualStack])
    func reset(binding: TCPServer.Binding) throws {
        try withAddresses {
            let server = try TCPServer(binding)
            let leaving = try server.connection(from: client, to: vip)
            let staying = try server.connection(from: client, to: other)
            let destroyer = try SocketDestroyer()

            let outcome = try destroyer.destroyConnections(boundTo: [vip])
            #expect(outcome == SocketDestroyer.Outcome(destroyed: 1, isComplete: true))
            #expect(leaving.client.receive() == .error(ECONNRESET))
            #expect(leaving.server.receive() == .error(ECONNABORTED))
            #expect(staying.client.talks(to: staying.server))
            let fresh = try server.connection(from: client, to: vip)
            #expect(fresh.client.talks(to: fresh.server))
        }
    }

    @Test("A service that listens on the address itself survives")
    func listenerOnTheAddress() throws {
        try withAddresses {
            let server = try TCPServer(.address(vip))
            let leaving = try server.connection(from: client, to: vip)
            #expect(try SocketDestroyer().destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.client.receive() == .error(ECONNRESET))
            let fresh = try server.connection(from: client, to: vip)
            #expect(fresh.client.talks(to: fresh.server))
        }
    }

    @Test("A connection that ended after it was found does no harm to the listener that has its port")
    func vanished() throws {
        try withAddresses {
            let server = try TCPServer(.address(vip))
            let leaving = try server.connection(from: client, to: vip)
            let destroyer = try SocketDestroyer()
            let found = try destroyer.connections(boundTo: [vip])
            #expect(found.map(\.local) == [vip.bits])
            try leaving.server.abort()
            #expect(leaving.client.receive() == .error(ECONNRESET))

            let answer = try #require(destroyer.destroy(found).first)
            #expect(answer == ENOENT || answer == ESTALE)
            let fresh = try server.connection(from: client, to: vip)
            #expect(fresh.client.talks(to: fresh.server))
        }
    }

    @Test("A thousand connections are reset, and a hundred others live")
    func thousand() throws {
        try withAddresses {
            var files = rlimit()
            try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0)
            files.rlim_cur = min(max(files.rlim_cur, 8192), files.rlim_max)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0)

            let server = try TCPServer(.dualStack)
            let leaving = try (0..<1000).map { _ in try server.connection(from: client, to: vip) }
            let staying = try (0..<100).map { _ in try server.connection(from: client, to: other) }
            let outcome = try SocketDestroyer().destroyConnections(boundTo: [vip], within: .seconds(30))
            #expect(outcome == SocketDestroyer.Outcome(destroyed: 1000, isComplete: true))
            #expect(leaving.allSatisfy { $0.client.receive() == .error(ECONNRESET) })
            #expect(staying.allSatisfy { $0.client.talks(to: $0.server) })
        }
    }

    @Test("Of many addresses exactly those that were given lose their connections, however they are spread")
    func manyAddresses() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let given = [vip, IPv4Address(10, 0, 0, 212), IPv4Address(192, 168, 7, 1)]
            let between = [IPv4Address(10, 0, 0, 211), IPv4Address(172, 16, 0, 1)]
            for address in given.dropFirst() + between { try ip("address add \(address)/32 dev lo") }
            let leaving = try given.map { try server.connection(from: client, to: $0) }
            let staying = try between.map { try server.connection(from: client, to: $0) }

            let addresses = given + (0..<4093).map { IPv4Address(bits: 0x0B00_0000 + $0) }
            #expect(try SocketDestroyer().destroyConnections(boundTo: addresses).destroyed == given.count)
            #expect(leaving.allSatisfy { $0.client.receive() == .error(ECONNRESET) })
            #expect(staying.allSatisfy { $0.client.talks(to: $0.server) })
        }
    }

    @Test("Where there is nothing to close, nothing is closed", arguments: [[], [vip]])
    func nothing(addresses: [IPv4Address]) throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let staying = try server.connection(from: client, to: other)
            let outcome = try SocketDestroyer().destroyConnections(boundTo: addresses)
            #expect(outcome == SocketDestroyer.Outcome(destroyed: 0, isComplete: true))
            #expect(staying.client.talks(to: staying.server))
        }
    }

    @Test("A connection that the service has not accepted yet is reset, and the service accepts later ones")
    func unaccepted() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let leaving = try TCPSocket.connect(from: client, to: vip, port: server.port)
            #expect(try SocketDestroyer().destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.receive() == .error(ECONNRESET))
            #expect(try server.accept().receive() == .error(ECONNABORTED))
            let fresh = try server.connection(from: client, to: vip)
            #expect(fresh.client.talks(to: fresh.server))
        }
    }

    @Test(
        "A connection in SYN_RECV is forgotten, and its client reset when it speaks",
        arguments: [TCPServer.Binding.address(.unspecified), .dualStack])
    func synReceived(binding: TCPServer.Binding) throws {
        try withAddresses {
            let server = try TCPServer(binding)
            // The connection stays in SYN_RECV, whatever the client acknowledges, until data come.
            try server.listener.option(Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, 60)
            let leaving = try TCPSocket.connect(from: client, to: vip, port: server.port)
            let destroyer = try SocketDestroyer()
            #expect(try destroyer.connections(boundTo: [vip]).map(\.state) == [UInt8(TCP_SYN_RECV)])
            #expect(try destroyer.destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.sendByte() == 0)
            #expect(leaving.receive() == .error(ECONNRESET))
        }
    }

    @Test("A client that has sent its end is reset: CLOSE_WAIT")
    func closeWait() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let leaving = try server.connection(from: client, to: vip)
            try leaving.client.sendEnd()
            #expect(leaving.server.receive() == .end)
            #expect(try SocketDestroyer().destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.client.receive() == .error(ECONNRESET))
        }
    }

    @Test("A client that still sends, though the service has sent its end, is told at its next write: FIN_WAIT2")
    func finWait() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let leaving = try server.connection(from: client, to: vip)
            try leaving.server.sendEnd()
            #expect(leaving.client.receive() == .end)
            #expect(try SocketDestroyer().destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.server.receive() == .error(ECONNABORTED))
            #expect(leaving.client.sendByte() == EPIPE)
        }
    }

    @Test("What is left of a connection that both ends closed is left alone: TIME_WAIT")
    func timeWait() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let leaving = try server.connection(from: client, to: vip)
            try leaving.server.sendEnd()
            #expect(leaving.client.receive() == .end)
            try leaving.client.sendEnd()
            #expect(leaving.server.receive() == .end)
            #expect(try SocketDestroyer().destroyConnections(boundTo: [vip]).destroyed == 0)
        }
    }

    @Test("A connection that this machine made from the address is closed too")
    func outgoing() throws {
        try withAddresses {
            let server = try TCPServer(.address(other))
            let leaving = try TCPSocket.connect(from: vip, to: other, port: server.port)
            let accepted = try server.accept()
            #expect(try SocketDestroyer().destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.receive() == .error(ECONNABORTED))
            #expect(accepted.receive() == .error(ECONNRESET))
        }
    }

    @Test("A connection that this machine tries to make from the address is given up: SYN_SENT")
    func synSent() throws {
        try withAddresses {
            try makePair()
            try ip("address add 10.3.0.1/24 dev left")
            let nobody = IPv4Address(10, 3, 0, 2)
            let leaving = try TCPSocket.connect(from: vip, to: nobody, port: 80, isWaiting: false)
            let destroyer = try SocketDestroyer()
            #expect(try destroyer.connections(boundTo: [vip]).map(\.state) == [UInt8(TCP_SYN_SENT)])
            #expect(try destroyer.destroyConnections(boundTo: [vip]).destroyed == 1)
            #expect(leaving.receive() == .error(ECONNABORTED))
        }
    }

    @Test("When the time is up, what is left is left and said to be")
    func limit() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let staying = try server.connection(from: client, to: vip)
            let outcome = try SocketDestroyer().destroyConnections(boundTo: [vip], within: .zero)
            #expect(outcome == SocketDestroyer.Outcome(destroyed: 0, isComplete: false))
            #expect(staying.client.talks(to: staying.server))
        }
    }

    @Test("Without CAP_NET_ADMIN the refusal says so, and connections live")
    func withoutCapability() throws {
        try withAddresses {
            let server = try TCPServer(.address(.unspecified))
            let staying = try server.connection(from: client, to: vip)
            try #require(cvip_capability_keep(0) == 0)  // of this thread alone
            let destroyer = try SocketDestroyer()
            let error = #expect(throws: SystemError.self) { try destroyer.destroyConnections(boundTo: [vip]) }
            #expect(error?.errno == EPERM)
            #expect(error?.advice == "vipd needs CAP_NET_ADMIN: run it under systemd or with sudo")
            #expect(staying.client.talks(to: staying.server))
        }
    }
}
