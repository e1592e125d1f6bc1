// Which frames come to which of a link's captures, as the kernel sorts them.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

private let vip = IPv4Address(192, 168, 1, 210)
private let host = IPv4Address(192, 168, 1, 50)
private let mac = MACAddress(bits: 0x0200_0000_0001)

/// An ARP frame of the least size, with what its sender and its target are, and a mark at its end.
private func arp(
    _ operation: UInt16, from sender: IPv4Address, to target: IPv4Address, mark: UInt8 = Ends.last
) -> [UInt8] {
    let header = [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 0x08, 0x06]
    let fixed: [UInt8] = [0, 1, 8, 0, 6, 4, 0, UInt8(operation)]
    let parties = [2, 0, 0, 0, 0, 1] + octets(sender) + [UInt8](repeating: 0, count: 6) + octets(target)
    return header + fixed + parties + [UInt8](repeating: 0, count: 17) + [mark]
}

private func octets(_ address: IPv4Address) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: address.bits >> (24 - 8 * $0)) }
}

/// Both captures of a link for some addresses, and the other end of its wire.
private struct Ends {
    let other: PacketSocket
    let voices: Capture
    let crowd: Capture

    init(_ addresses: [IPv4Address]) throws {
        try makePair()
        other = try PacketSocket(interfaceIndex: try link("right").index, name: "right")
        func capture(_ kind: CaptureFilter) throws -> Capture {
            try Capture(interface: "left", filter: kind.text(for: addresses), ringSize: kind.ringSize)
        }
        (voices, crowd) = (try capture(.voices), try capture(.crowd))
    }

    /// The marks of the frames that have come to a capture, up to the last, which is to have mark 255.
    static func marks(_ capture: Capture) throws -> [UInt8] {
        var marks: [UInt8] = []
        while marks.last != last {
            try #require(isReadable(capture.fileDescriptor))
            _ = try capture.drain(limit: 1000) { frame, _ in
                marks.append(frame.unsafeLoad(fromByteOffset: markOffset, as: UInt8.self))
            }
        }
        return marks
    }

    static let markOffset = 59
    static let last: UInt8 = 255
}

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct CaptureFilterTests {
    private static let many = (0..<UInt8(CaptureFilter.mostAddresses + 1)).map { IPv4Address(192, 168, 1, 200 &+ $0) }

    @Test(
        "Whoever speaks in the address's name or probes for it is a voice, whoever asks or answers is of the crowd",
        arguments: [[vip], many])
    func sorting(addresses: [IPv4Address]) throws {
        try inNetworkNamespace {
            let ends = try Ends(addresses)
            let frames = [
                arp(1, from: vip, to: vip, mark: 1), arp(1, from: .unspecified, to: vip, mark: 2),
                arp(2, from: vip, to: .unspecified, mark: 3), arp(1, from: host, to: vip, mark: 4),
                arp(1, from: vip, to: vip), arp(1, from: host, to: vip),
            ]
            #expect(ends.other.send(frames).errno == 0)
            #expect(try Ends.marks(ends.voices) == [1, 2, 3, Ends.last])
            #expect(try Ends.marks(ends.crowd) == [4, Ends.last])
        }
    }

    @Test("Who asks the address's holder to speak to others, or answers it, is told apart by the sender")
    func answers() throws {
        try inNetworkNamespace {
            let ends = try Ends([vip])
            let frames = [
                arp(1, from: vip, to: host, mark: 1), arp(2, from: host, to: vip, mark: 2),
                arp(1, from: vip, to: vip), arp(1, from: host, to: vip),
            ]
            #expect(ends.other.send(frames).errno == 0)
            #expect(try Ends.marks(ends.voices) == [1, Ends.last])
            #expect(try Ends.marks(ends.crowd) == [2, Ends.last])
        }
    }

    @Test("Frames about other addresses come to neither")
    func others() throws {
        try inNetworkNamespace {
            let ends = try Ends([vip])
            let other = IPv4Address(192, 168, 1, 99)
            let frames = [
                arp(1, from: host, to: other, mark: 1), arp(1, from: .unspecified, to: other, mark: 2),
                arp(1, from: other, to: other, mark: 3), arp(2, from: other, to: host, mark: 4),
                arp(1, from: vip, to: vip), arp(1, from: host, to: vip),
            ]
            #expect(ends.other.send(frames).errno == 0)
            #expect(try Ends.marks(ends.voices) == [Ends.last])
            #expect(try Ends.marks(ends.crowd) == [Ends.last])
        }
    }

    @Test("A crowd that asks for the address pushes out no announcement")
    func flood() throws {
        try inNetworkNamespace {
            let ends = try Ends([vip])
            let request = arp(1, from: host, to: vip, mark: 1)
            for _ in 0..<100 { _ = ends.other.send(Array(repeating: request, count: 100)) }
            #expect(ends.other.send([arp(1, from: vip, to: vip)]).errno == 0)
            #expect(try Ends.marks(ends.voices) == [Ends.last])
            #expect(try ends.crowd.statistics().dropped > 0)
            #expect(try ends.voices.statistics().dropped == 0)
        }
    }
}
