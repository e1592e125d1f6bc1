// The forms of ARP packets that RFC 5227 has names for.

import Testing
import VIPWire

@Suite struct ARPPacketTests {
    private let vip = IPv4Address(192, 168, 1, 210)
    private let sender = MACAddress(bits: 0x5254_0012_34D3)

    @Test("a probe names no sender and no target hardware, so that no cache learns from it (RFC 5227, 1.1)")
    func probe() {
        let packet = ARPPacket.probe(for: vip, from: sender)
        #expect(packet.senderProtocolAddress == .unspecified)
        #expect(packet.targetHardwareAddress == .zero)
        #expect(packet.isProbe)
        #expect(!packet.isAnnouncement)
    }

    @Test("an announcement is a probe with the sender's address filled in (RFC 5227, 1.1)")
    func announcement() {
        var packet = ARPPacket.probe(for: vip, from: sender)
        packet.senderProtocolAddress = vip
        #expect(packet == .announcement(of: vip, from: sender))
        #expect(packet.isAnnouncement)
        #expect(!packet.isProbe)
    }

    @Test("an announcement in reply form is one, too, and has the sender as its target")
    func announcementReply() {
        let packet = ARPPacket.announcementReply(of: vip, from: sender)
        #expect(packet.operation == .reply)
        #expect(packet.targetHardwareAddress == packet.senderHardwareAddress)
        #expect(packet.isAnnouncement)
        #expect(!packet.isProbe)
    }

    @Test("a request for another machine's address, and its answer, are neither probe nor announcement")
    func ordinary() {
        let other = IPv4Address(192, 168, 1, 1)
        for operation in [ARPPacket.Operation.request, .reply] {
            let packet = ARPPacket(
                operation: operation, senderHardwareAddress: sender, senderProtocolAddress: other,
                targetHardwareAddress: .zero, targetProtocolAddress: vip
            )
            #expect(!packet.isProbe)
            #expect(!packet.isAnnouncement)
        }
    }

    @Test("a probe for 0.0.0.0 announces nothing, and a reply without a sender probes nothing")
    func unspecified() {
        #expect(!ARPPacket.probe(for: .unspecified, from: sender).isAnnouncement)
        var reply = ARPPacket.probe(for: vip, from: sender)
        reply.operation = .reply
        #expect(!reply.isProbe)
    }
}
