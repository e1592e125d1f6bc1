// Frames that other hosts could have sent to this node: well-formed, and about its group more often than chance would
// have it.
import VIPElection
import VIPWire

enum PeerFrames {
    private static let names = [
        "n0", "n1", "n2", "\u{e9}", "a-name-of-63-bytes-is-as-long-as-a-label-of-dns-may-be-rfc-1035",
    ]

    /// The id of one of a few nodes, this one among them, or of one of very many.
    static func node(_ source: inout ByteSource) -> UInt64 {
        let byte = source.byte()
        return byte < 224 ? ElectionWorld.ownIdentity.id + UInt64(byte % 6) - 1 : 1000 + UInt64(source.byte()) * 3
    }

    /// A frame of a vipd.
    static func frame(_ source: inout ByteSource, for world: ElectionWorld) -> Frame {
        let election = world.election
        let kind = Trailer.Kind.allCases[source.number(below: Trailer.Kind.allCases.count)]
        let node = node(&source)
        let mac = mac(of: node, &source)
        let address = ElectionWorld.addresses[source.byte() < 240 ? 0 : 1]
        let packet: ARPPacket =
            switch kind {
            case .probe, .resign: .probe(for: address, from: mac)
            case .announcement, .handover: .announcement(of: address, from: mac)
            }
        let known = election.peers.first { $0.reference.id == node }
        let trailer = Trailer(
            kind: kind, flags: Trailer.Flags(rawValue: UInt16(source.byte())),
            group: source.byte() < 248 ? election.settings.groupDigest : 1,
            configuration: source.byte() < 224 ? election.settings.configurationDigest : 1,
            priority: UInt8(1 + source.number(below: 254)), node: max(node, 1),
            epoch: source.byte() < 240 ? 5 : source.number(near: 5),
            sequence: source.byte() < 240 ? world.nextSequence : source.number(near: world.nextSequence),
            term: source.number(near: known?.term ?? election.term),
            intervalMicroseconds: [100_000, 10_000, 1_000_000, 10_000_000][source.number(below: 4)],
            subject: source.byte() < 192 ? ElectionWorld.ownIdentity.id : Self.node(&source),
            acknowledgedSequence: source.byte() < 192 ? world.lastSequence : source.number(near: world.lastSequence),
            echoedNode: source.byte() < 224 ? ElectionWorld.ownIdentity.id : Self.node(&source),
            echoedSequence: source.byte() < 224 ? world.lastSequence : source.number(near: world.lastSequence),
            address: IPv4Address(192, 168, 1, UInt8(truncatingIfNeeded: node)),
            name: names[source.number(below: names.count)])
        return Frame(destination: Frame.multicast, source: mac, packet: packet, trailer: trailer)
    }

    /// A frame of a host that runs no vipd: its answer, its claim, or its question.
    static func bareFrame(_ source: inout ByteSource) -> Frame {
        let mac = mac(of: node(&source), &source)
        let hosts =
            ElectionWorld.addresses + [
                .unspecified, IPv4Address(192, 168, 1, 1), IPv4Address(192, 168, 1, 9),
                IPv4Address(10, 0, source.byte(), 1),
            ]
        let packet = ARPPacket(
            operation: source.bool() ? .reply : .request, senderHardwareAddress: mac,
            senderProtocolAddress: hosts[source.number(below: hosts.count)],
            targetHardwareAddress: ElectionWorld.ownIdentity.mac,
            targetProtocolAddress: hosts[source.number(below: hosts.count)])
        return Frame(destination: .broadcast, source: mac, packet: packet)
    }

    /// Nearly always the node's own.
    private static func mac(of node: UInt64, _ source: inout ByteSource) -> MACAddress {
        let byte = source.byte()
        return MACAddress(bits: 0x0200_0000_0000 | (byte < 240 ? node & 0xFFFF : UInt64(byte)))
    }
}
