// Another node of the segment, as far as its frames go.

import VIPConfiguration
import VIPElection
import VIPWire

@testable import VIPDaemon

/// Makes the frames that another vipd would send.
struct FakePeer {
    var name = "k8s-controller2"
    var id: UInt64 = 0x22
    var mac = MACAddress(bits: 0x5254_0012_34d4)
    var address = IPv4Address(192, 168, 1, 212)
    var group = GroupConfiguration.one
    var epoch: UInt64 = 1
    var term: UInt64 = 0
    private var sequence: UInt64 = 0

    init() {}

    mutating func announcement() -> Frame {
        frame(.announcement, .announcement(of: group.addresses[0], from: mac))
    }

    /// Names a successor, which is to claim in ``term``.
    mutating func handover(to successor: UInt64) -> Frame {
        frame(.handover, .announcement(of: group.addresses[0], from: mac), subject: successor)
    }

    mutating func probe() -> Frame { frame(.probe, .probe(for: group.addresses[0], from: mac)) }
    mutating func resign() -> Frame { frame(.resign, .probe(for: group.addresses[0], from: mac)) }

    private mutating func frame(_ kind: Trailer.Kind, _ packet: ARPPacket, subject: UInt64 = 0) -> Frame {
        sequence += 1
        let settings = GroupSettings(group)
        let trailer = Trailer(
            kind: kind, flags: .eligible, group: settings.groupDigest, configuration: settings.configurationDigest,
            priority: group.priority, node: id, epoch: epoch, sequence: sequence, term: term,
            intervalMicroseconds: 100_000, subject: subject, address: address, name: name)
        return Frame(destination: Frame.multicast, source: mac, packet: packet, trailer: trailer)
    }
}
