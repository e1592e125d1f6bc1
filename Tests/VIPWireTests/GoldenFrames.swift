// Frames whose every octet is fixed by docs/PROTOCOL.md, beside the values they stand for.

import VIPWire

/// A frame as octets, field by field, and the same frame as a value.
struct GoldenFrame: Sendable, CustomStringConvertible {
    let description: String
    let octets: [UInt8]
    let frame: Frame

    static let all = [probe, announcement, announcementReply, resign, handover, plainProbe]
    static let withTrailer = all.filter { $0.frame.trailer != nil }

    static let vip = IPv4Address(192, 168, 1, 210)
    static let mac1 = MACAddress(bits: 0x5254_0012_34D3)
    static let mac2 = MACAddress(bits: 0x5254_0012_34D4)
    static let group = Digest.group(name: "default", addresses: [vip])
    static let longestName = "a-name-of-63-bytes-is-as-long-as-a-label-of-dns-may-be-rfc-1035"

    static let probe = GoldenFrame(
        description: "probe with a name of 1 byte",
        octets: bytes(
            "03 56 49 50 44 01",  // destination: vipd's multicast address
            "52 54 00 12 34 d3",  // source
            "08 06",  // EtherType: ARP
            "00 01",  // hardware type: Ethernet
            "08 00",  // protocol type: IPv4
            "06 04",  // lengths of their addresses
            "00 01",  // operation: request
            "52 54 00 12 34 d3",  // sender hardware address
            "00 00 00 00",  // sender protocol address: none, it is an ARP Probe
            "00 00 00 00 00 00",  // target hardware address: unknown
            "c0 a8 01 d2",  // target protocol address: 192.168.1.210
            "56 49 50 44",  // magic: VIPD
            "01",  // version
            "00 65",  // length of the trailer: 100 + 1
            "01",  // kind: probe
            "80 23",  // flags: eligible, quorum, asks, and one that nobody has a name for yet
            "0e da 8c c8 f2 9e 75 33",  // group: default, 192.168.1.210
            "11 12 13 14 15 16 17 18",  // configuration
            "01",  // priority: the lowest
            "ff ff ff ff ff ff ff ff",  // node
            "00 00 00 00 00 00 00 03",  // epoch
            "00 00 00 00 00 00 01 00",  // sequence
            "00 00 00 00 00 00 00 11",  // term: 17
            "00 00 27 10",  // interval: 10,000 microseconds, the shortest
            "21 22 23 24 25 26 27 28",  // subject: the candidate granted the term
            "31 32 33 34 35 36 37 38",  // acknowledged sequence
            "41 42 43 44 45 46 47 48",  // echoed node
            "51 52 53 54 55 56 57 58",  // echoed sequence
            "00 00 00 00",  // address: none
            "01",  // length of the name
            "61"  // name: a
        ),
        frame: Frame(
            destination: Frame.multicast, source: mac1, packet: .probe(for: vip, from: mac1),
            trailer: Trailer(
                kind: .probe, flags: [.eligible, .quorum, .asks, Trailer.Flags(rawValue: 0x8000)], group: group,
                configuration: 0x1112_1314_1516_1718, priority: 1, node: .max, epoch: 3, sequence: 256, term: 17,
                intervalMicroseconds: 10_000, subject: 0x2122_2324_2526_2728,
                acknowledgedSequence: 0x3132_3334_3536_3738, echoedNode: 0x4142_4344_4546_4748,
                echoedSequence: 0x5152_5354_5556_5758, address: .unspecified, name: "a"
            )
        )
    )

    /// docs/PROTOCOL.md shows this one.
    static let announcement = GoldenFrame(
        description: "announcement in request form",
        octets: bytes(
            "03 56 49 50 44 01",  // destination: vipd's multicast address
            "52 54 00 12 34 d4",  // source
            "08 06",  // EtherType: ARP
            "00 01",  // hardware type: Ethernet
            "08 00",  // protocol type: IPv4
            "06 04",  // lengths of their addresses
            "00 01",  // operation: request
            "52 54 00 12 34 d4",  // sender hardware address
            "c0 a8 01 d2",  // sender protocol address: 192.168.1.210
            "00 00 00 00 00 00",  // target hardware address: unknown
            "c0 a8 01 d2",  // target protocol address: the same, it is an ARP Announcement
            "56 49 50 44",  // magic: VIPD
            "01",  // version
            "00 73",  // length of the trailer: 100 + 15
            "02",  // kind: announcement
            "00 01",  // flags: eligible
            "0e da 8c c8 f2 9e 75 33",  // group: default, 192.168.1.210
            "01 02 03 04 05 06 07 08",  // configuration
            "64",  // priority: 100
            "7b 79 42 92 f3 76 35 41",  // node
            "00 00 00 00 00 00 00 02",  // epoch
            "00 00 00 00 00 01 00 00",  // sequence: 65,536
            "00 00 00 00 00 00 00 11",  // term: 17
            "00 01 86 a0",  // interval: 100,000 microseconds
            "00 00 00 00 00 00 00 00",  // subject: none
            "00 00 00 00 00 00 00 00",  // acknowledged sequence: none
            "00 00 00 00 00 00 00 00",  // echoed node: none
            "00 00 00 00 00 00 00 00",  // echoed sequence: none
            "c0 a8 01 d4",  // address: 192.168.1.212
            "0f",  // length of the name
            "6b 38 73 2d 63 6f 6e 74 72 6f 6c 6c 65 72 32"  // name: k8s-controller2
        ),
        frame: Frame(
            destination: Frame.multicast, source: mac2, packet: .announcement(of: vip, from: mac2),
            trailer: Trailer(
                kind: .announcement, flags: .eligible, group: group, configuration: 0x0102_0304_0506_0708,
                priority: 100, node: 0x7B79_4292_F376_3541, epoch: 2, sequence: 65_536, term: 17,
                intervalMicroseconds: 100_000, address: IPv4Address(192, 168, 1, 212), name: "k8s-controller2"
            )
        )
    )

    static let announcementReply = GoldenFrame(
        description: "announcement in reply form, without a trailer",
        octets: bytes(
            "ff ff ff ff ff ff",  // destination: broadcast
            "52 54 00 12 34 d4",  // source
            "08 06",  // EtherType: ARP
            "00 01",  // hardware type: Ethernet
            "08 00",  // protocol type: IPv4
            "06 04",  // lengths of their addresses
            "00 02",  // operation: reply
            "52 54 00 12 34 d4",  // sender hardware address
            "c0 a8 01 d2",  // sender protocol address: 192.168.1.210
            "52 54 00 12 34 d4",  // target hardware address: the sender's own
            "c0 a8 01 d2",  // target protocol address: 192.168.1.210
            "00 00 00 00 00 00 00 00 00",  // padding to 60 octets
            "00 00 00 00 00 00 00 00 00"
        ),
        frame: Frame(destination: .broadcast, source: mac2, packet: .announcementReply(of: vip, from: mac2))
    )

    static let resign = GoldenFrame(
        description: "resign with a name of 63 bytes",
        octets: bytes(
            "ff ff ff ff ff ff",  // destination: broadcast
            "52 54 00 12 34 d3",  // source
            "08 06",  // EtherType: ARP
            "00 01",  // hardware type: Ethernet
            "08 00",  // protocol type: IPv4
            "06 04",  // lengths of their addresses
            "00 01",  // operation: request
            "52 54 00 12 34 d3",  // sender hardware address
            "00 00 00 00",  // sender protocol address: none, caches stay as they are
            "00 00 00 00 00 00",  // target hardware address: unknown
            "c0 a8 01 d2",  // target protocol address: 192.168.1.210
            "56 49 50 44",  // magic: VIPD
            "01",  // version
            "00 a3",  // length of the trailer: 100 + 63
            "03",  // kind: resign
            "00 00",  // flags: none
            "00 00 00 00 00 00 00 00",  // group: none that a digest gives
            "ff ff ff ff ff ff ff ff",  // configuration
            "fe",  // priority: 254, the highest
            "00 00 00 00 00 00 00 01",  // node
            "ff ff ff ff ff ff ff ff",  // epoch: the last
            "ff ff ff ff ff ff ff ff",  // sequence: the last
            "ff ff ff ff ff ff ff ff",  // term: the last
            "00 98 96 80",  // interval: 10,000,000 microseconds, the longest
            "00 00 00 00 00 00 00 00",  // subject: none
            "00 00 00 00 00 00 00 00",  // acknowledged sequence: none
            "00 00 00 00 00 00 00 00",  // echoed node: none
            "00 00 00 00 00 00 00 00",  // echoed sequence: none
            "df ff ff ff",  // address: 223.255.255.255
            "3f",  // length of the name
            "61 2d 6e 61 6d 65 2d 6f 66 2d 36 33 2d 62 79 74",  // name: a-name-of-63-byt
            "65 73 2d 69 73 2d 61 73 2d 6c 6f 6e 67 2d 61 73",  // es-is-as-long-as
            "2d 61 2d 6c 61 62 65 6c 2d 6f 66 2d 64 6e 73 2d",  // -a-label-of-dns-
            "6d 61 79 2d 62 65 2d 72 66 63 2d 31 30 33 35"  // may-be-rfc-1035
        ),
        frame: Frame(
            destination: .broadcast, source: mac1, packet: .probe(for: vip, from: mac1),
            trailer: Trailer(
                kind: .resign, flags: [], group: 0, configuration: .max, priority: 254, node: 1, epoch: .max,
                sequence: .max, term: .max, intervalMicroseconds: 10_000_000,
                address: IPv4Address(223, 255, 255, 255), name: longestName
            )
        )
    )

    static let handover = GoldenFrame(
        description: "handover",
        octets: bytes(
            "03 56 49 50 44 01",  // destination: vipd's multicast address
            "52 54 00 12 34 d4",  // source
            "08 06",  // EtherType: ARP
            "00 01",  // hardware type: Ethernet
            "08 00",  // protocol type: IPv4
            "06 04",  // lengths of their addresses
            "00 01",  // operation: request
            "52 54 00 12 34 d4",  // sender hardware address
            "c0 a8 01 d2",  // sender protocol address: 192.168.1.210, still held
            "00 00 00 00 00 00",  // target hardware address: unknown
            "c0 a8 01 d2",  // target protocol address: the same
            "56 49 50 44",  // magic: VIPD
            "01",  // version
            "00 66",  // length of the trailer: 100 + 2
            "04",  // kind: handover
            "00 02",  // flags: quorum
            "0e da 8c c8 f2 9e 75 33",  // group: default, 192.168.1.210
            "01 02 03 04 05 06 07 08",  // configuration
            "64",  // priority: 100
            "7b 79 42 92 f3 76 35 41",  // node
            "00 00 00 00 00 00 00 02",  // epoch
            "00 00 00 00 00 01 00 01",  // sequence: 65,537
            "00 00 00 00 00 00 00 12",  // term: 18, the successor's
            "00 01 86 a0",  // interval: 100,000 microseconds
            "ff ff ff ff ff ff ff ff",  // subject: the successor
            "00 00 00 00 00 00 00 00",  // acknowledged sequence: none
            "00 00 00 00 00 00 00 00",  // echoed node: none
            "00 00 00 00 00 00 00 00",  // echoed sequence: none
            "c0 a8 01 d4",  // address: 192.168.1.212
            "02",  // length of the name
            "c3 a9"  // name: e with an acute accent, in UTF-8
        ),
        frame: Frame(
            destination: Frame.multicast, source: mac2, packet: .announcement(of: vip, from: mac2),
            trailer: Trailer(
                kind: .handover, flags: .quorum, group: group, configuration: 0x0102_0304_0506_0708, priority: 100,
                node: 0x7B79_4292_F376_3541, epoch: 2, sequence: 65_537, term: 18, intervalMicroseconds: 100_000,
                subject: .max, address: IPv4Address(192, 168, 1, 212), name: "\u{E9}"
            )
        )
    )

    static let plainProbe = GoldenFrame(
        description: "plain ARP Probe",
        octets: bytes(
            "ff ff ff ff ff ff",  // destination: broadcast
            "52 54 00 12 34 d3",  // source
            "08 06",  // EtherType: ARP
            "00 01",  // hardware type: Ethernet
            "08 00",  // protocol type: IPv4
            "06 04",  // lengths of their addresses
            "00 01",  // operation: request
            "52 54 00 12 34 d3",  // sender hardware address
            "00 00 00 00",  // sender protocol address: none
            "00 00 00 00 00 00",  // target hardware address: unknown
            "c0 a8 01 d2",  // target protocol address: 192.168.1.210
            "00 00 00 00 00 00 00 00 00",  // padding to 60 octets
            "00 00 00 00 00 00 00 00 00"
        ),
        frame: Frame(destination: .broadcast, source: mac1, packet: .probe(for: vip, from: mac1))
    )
}

/// The octets of `lines` of two-digit hexadecimal numbers with spaces between them.
func bytes(_ lines: String...) -> [UInt8] {
    lines.flatMap { line in
        line.split(separator: " ").map { pair in
            guard pair.utf8.count == 2, let octet = UInt8(pair, radix: 16) else {
                preconditionFailure("\(pair) is no octet in hexadecimal")
            }
            return octet
        }
    }
}

/// Reads `octets` as the daemon reads what it captured.
func parse(_ octets: [UInt8]) throws(FrameRefusal) -> Frame {
    try Frame(parsing: octets.span.bytes)
}

/// Why `octets` are refused; nil if they are not.
func refusal(of octets: [UInt8]) -> FrameRefusal? {
    do {
        _ = try parse(octets)
        return nil
    } catch {
        return error
    }
}
