// Connections that begin while an address moves, between real hosts on a switch.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

private let vip = IPv4Address(10, 0, 0, 210)

/// A client and two hosts that both have the address and serve it: the overlap of a handover.
private struct Overlap {
    let client: Host
    let predecessor: Host
    let successor: Host
    let old: TCPServer
    let new: TCPServer

    init() throws {
        let hosts = try makeHosts(9, 1, 2)
        (client, predecessor, successor) = (hosts[0], hosts[1], hosts[2])
        old = try predecessor.visit {
            try ip("address add \(vip)/32 dev eth0")
            return try TCPServer(.address(vip))
        }
        let port = old.port
        new = try successor.visit {
            try ip("address add \(vip)/32 dev eth0")
            return try TCPServer(.address(vip), port: port)
        }
        try client.resolve(vip, to: predecessor)
    }

    /// Begins to relay from the successor to the predecessor; for longer than any loaded machine takes.
    func relay(to other: Host? = nil, lifetime: Duration = .seconds(600)) throws -> OverlapRelay {
        let relay = try successor.visit { try OverlapRelay(lifetime: lifetime) }
        try relay.begin(on: successor, to: other ?? predecessor)
        return relay
    }

    /// Connects the client to whom it believes to have the address.
    func connect() throws -> TCPSocket {
        try client.visit { try TCPSocket.connect(from: client.address, to: vip, port: old.port) }
    }

    /// Connects to the predecessor, and has the client's cache changed before the handshake's last segment goes out: it
    /// waits for data, and goes to the successor.
    func connectAcross() throws -> TCPSocket {
        let socket = try client.visit {
            try TCPSocket.connect(from: client.address, to: vip, port: old.port, isAcknowledging: false)
        }
        try client.resolve(vip, to: successor)
        return socket
    }
}

extension OverlapRelay {
    fileprivate func begin(for addresses: [IPv4Address] = [vip], on host: Host, to other: Host) throws {
        try host.visit {
            try begin(interfaceIndex: host.index, addresses: addresses, ownMAC: host.mac, predecessorMAC: other.mac)
        }
    }
}

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct OverlapRelayTests {
    @Test("Without a relay a handshake that the move cuts in two is reset")
    func withoutRelay() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let socket = try overlap.connectAcross()
            #expect(socket.sendByte() == 0)
            #expect(socket.receive() == .error(ECONNRESET))
        }
    }

    @Test("With a relay it is completed by the predecessor, and data flows both ways until the end")
    func handshake() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let relay = try overlap.relay()
            let socket = try overlap.connectAcross()
            #expect(socket.sendByte() == 0)
            let accepted = try overlap.old.accept()
            #expect(accepted.receive() == .byte)
            #expect(accepted.talks(to: socket))

            relay.end(of: [vip])
            #expect(socket.sendByte() == 0)
            #expect(socket.receive() == .error(ECONNRESET))
        }
    }

    @Test("Connections that begin after the move are the successor's, beside relayed ones of the same client")
    func newConnections() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let relay = try overlap.relay()
            let before = try overlap.connectAcross()
            let after = try overlap.connect()
            let accepted = try overlap.new.accept()
            #expect(accepted.talks(to: after))
            #expect(before.sendByte() == 0)
            #expect(try overlap.old.accept().talks(to: before))
            #expect(accepted.talks(to: after))
            relay.end(of: [vip])
            #expect(accepted.talks(to: after))
        }
    }

    @Test("A large transfer goes through the relay whole")
    func transfer() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let relay = try overlap.relay()
            let socket = try overlap.connectAcross()
            #expect(socket.sendByte() == 0)
            let accepted = try overlap.old.accept()
            #expect(accepted.receive() == .byte)
            let count = 100_000
            #expect(socket.sendBytes(count) == 0)
            try socket.sendEnd()
            var received = 0
            while accepted.receive() == .byte { received += 1 }
            #expect(received == count)
            relay.end(of: [vip])
        }
    }

    @Test("What is relayed has the successor's MAC address, so that switches still know where the client is")
    func frames() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let capture = try overlap.predecessor.visit { try Capture(interface: "eth0", filter: "tcp and ip[8] = 1") }
            let relay = try overlap.relay()
            let socket = try overlap.connectAcross()
            #expect(socket.sendByte() == 0)
            #expect(try overlap.old.accept().receive() == .byte)
            try #require(isReadable(capture.fileDescriptor))
            var sources: Set<MACAddress> = []
            _ = try capture.drain(limit: 10) { frame, _ in
                let octets = (6..<12).map { UInt64(frame.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }
                sources.insert(MACAddress(bits: octets.reduce(0) { $0 << 8 | $1 }))
            }
            #expect(sources == [overlap.successor.mac])
            relay.end(of: [vip])
        }
    }

    @Test("Nodes that relay to each other do not pass a segment round")
    func noCircle() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let there = try overlap.relay()
            let back = try overlap.predecessor.visit { try OverlapRelay(lifetime: .seconds(600)) }
            let (predecessor, successor) = (overlap.predecessor, overlap.successor)
            let socket = try overlap.connectAcross()
            try back.begin(on: predecessor, to: successor)
            #expect(socket.sendByte() == 0)
            #expect(try overlap.old.accept().talks(to: socket))
            back.end(of: [vip])
            there.end(of: [vip])
        }
    }

    @Test("Other addresses of the successor's are none of the relay's business")
    func otherAddress() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let (client, successor) = (overlap.client, overlap.successor)
            let server = try successor.visit { try TCPServer(.address(successor.address)) }
            let socket = try client.visit {
                try TCPSocket.connect(from: client.address, to: successor.address, port: server.port)
            }
            let accepted = try server.accept()
            let relay = try overlap.relay()
            #expect(accepted.talks(to: socket))
            relay.end(of: [vip])
        }
    }

    /// What arrives when the relay has ended. Until then the predecessor answers what comes through; what does not is
    /// answered by the successor.
    private func lastArrival(at socket: TCPSocket, from accepted: TCPSocket) -> TCPSocket.Arrival {
        let limit = ContinuousClock.now + .seconds(30)
        var arrival = TCPSocket.Arrival.nothing
        repeat {
            // A reset is told once, to whichever call comes first.
            let refusal = socket.sendByte()
            guard refusal == 0 else { return .error(refusal) }
            _ = accepted.sendByte()
            arrival = socket.receive()
        } while arrival == .byte && ContinuousClock.now < limit
        return arrival
    }

    @Test("A relay that nobody ends relays nothing any more after its lifetime")
    func lifetime() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let socket = try overlap.connect()
            let accepted = try overlap.old.accept()
            try overlap.client.resolve(vip, to: overlap.successor)
            let relay = try overlap.relay(lifetime: .milliseconds(100))
            #expect(lastArrival(at: socket, from: accepted) == .error(ECONNRESET))
            relay.end(of: [vip])
        }
    }

    @Test("A relay goes with what made it, and until then nobody else can begin one for the address")
    func owner() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let (socket, accepted): (TCPSocket, TCPSocket)
            do {
                let relay = try overlap.relay()
                #expect(throws: SystemError.self) { _ = try overlap.relay() }
                socket = try overlap.connectAcross()
                #expect(socket.sendByte() == 0)
                accepted = try overlap.old.accept()
                #expect(accepted.receive() == .byte)
                #expect(accepted.talks(to: socket))
                withExtendedLifetime(relay) {}
            }
            // Not at once where another test is about to start a program, which has all descriptors for a moment.
            #expect(lastArrival(at: socket, from: accepted) == .error(ECONNRESET))
            try overlap.relay().end(of: [vip])
        }
    }

    @Test("A relay that begins again leads to the new predecessor")
    func again() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let relay = try overlap.relay(to: overlap.client)
            try relay.begin(on: overlap.successor, to: overlap.predecessor)
            let socket = try overlap.connectAcross()
            #expect(socket.sendByte() == 0)
            #expect(try overlap.old.accept().talks(to: socket))
            relay.end(of: [vip])
        }
    }

    @Test("As many addresses as a group can have are relayed for, the last one too")
    func manyAddresses() throws {
        try onFreshThread {
            let overlap = try Overlap()
            let (predecessor, successor) = (overlap.predecessor, overlap.successor)
            let others = (1..<4096).map { IPv4Address(bits: 0x0B00_0000 + $0) }
            let relay = try successor.visit { try OverlapRelay(lifetime: .seconds(600)) }
            try relay.begin(for: others + [vip], on: successor, to: predecessor)
            let socket = try overlap.connectAcross()
            #expect(socket.sendByte() == 0)
            #expect(try overlap.old.accept().talks(to: socket))
            relay.end(of: others + [vip])
        }
    }

    @Test("An interface that is not there is told, with the way out")
    func noInterface() throws {
        try inNetworkNamespace {
            let relay = try OverlapRelay()
            let error = #expect(throws: SystemError.self) {
                try relay.begin(
                    interfaceIndex: 7, addresses: [vip], ownMAC: .zero, predecessorMAC: MACAddress(bits: 1))
            }
            #expect(error?.errno == ENXIO)
            #expect(error?.description.contains("ip link") == true)
            relay.end(of: [vip])
        }
    }
}
