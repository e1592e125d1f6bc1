// What a refused frame is to every other host: plain ARP that may claim an address.

import Testing
import VIPWire

@Suite struct FrameClaimTests {
    private let vip = IPv4Address(192, 168, 1, 210)
    private let mac = MACAddress(bits: 0x5254_0000_0099)

    private func octets(of packet: ARPPacket, _ trailing: [UInt8] = []) -> [UInt8] {
        let frame = Frame(destination: .broadcast, source: mac, packet: packet)
        return Array(frame.serialized().prefix(42)) + trailing
    }

    private func refusal(of bytes: [UInt8]) -> FrameRefusal? {
        do throws(FrameRefusal) {
            _ = try Frame(parsing: bytes.span.bytes)
            return nil
        } catch {
            return error
        }
    }

    private func claim(in bytes: some Sequence<UInt8>) -> Frame? { Frame(claimIn: Array(bytes).span.bytes) }

    @Test(
        "A claim is read whatever follows it",
        arguments: [
            // The magic alone; a version that nobody speaks; one that begins well and ends too early.
            (Array("VIPD".utf8), FrameRefusal.trailerTruncated), (Array("VIPD".utf8) + [9], .unknownVersion),
            (Array("VIPD".utf8) + [1, 0, 100], .trailerTruncated),
            ([UInt8](repeating: 0, count: 4000), .oversized),
        ])
    func disguised(trailing: [UInt8], reason: FrameRefusal) throws {
        let bytes = octets(of: .announcement(of: vip, from: mac), trailing)
        #expect(refusal(of: bytes) == reason)
        let read = try #require(claim(in: bytes))
        #expect(read == Frame(destination: .broadcast, source: mac, packet: .announcement(of: vip, from: mac)))
    }

    @Test("A priority tag before it changes nothing")
    func tagged() throws {
        var bytes = octets(of: .announcement(of: vip, from: mac), Array("VIPD".utf8))
        bytes.insert(contentsOf: [0x81, 0, 0x60, 0], at: 12)
        let read = try #require(claim(in: bytes))
        #expect(read.packet == .announcement(of: vip, from: mac))
    }

    @Test("What claims nothing, what no kernel takes for ARP, and a sender that is a group are nobody's claim")
    func nothing() {
        let trailing = Array("VIPD".utf8)
        let probe = octets(of: .probe(for: vip, from: mac), trailing)
        #expect(claim(in: probe) == nil)
        let announcement = octets(of: .announcement(of: vip, from: mac), trailing)
        #expect(claim(in: announcement.prefix(41)) == nil)
        // The EtherType, the operation's and the sender's first octets.
        for (place, octet) in [(12, 0x86), (20, 1), (22, 0x53)] as [(Int, UInt8)] {
            var other = announcement
            other[place] = octet
            #expect(claim(in: other) == nil)
        }
    }
}
