// Every reason for refusing a frame, each brought about on purpose; and the order in which they are looked for.

import Testing
import VIPWire

/// A golden frame with some octets changed, and the reason it is then refused for.
struct RefusedFrame: Sendable, CustomStringConvertible {
    let reason: FrameRefusal
    let change: String
    let octets: [UInt8]

    var description: String { "\(reason.rawValue): \(change)" }

    init(_ reason: FrameRefusal, _ change: String, octets: [UInt8]) {
        self.reason = reason
        self.change = change
        self.octets = octets
    }

    /// The golden announcement, or another frame, with `replacement` from `offset` on.
    init(
        _ reason: FrameRefusal, _ change: String, at offset: Int, _ replacement: UInt8...,
        in golden: GoldenFrame = .announcement
    ) {
        var octets = golden.octets
        octets.replaceSubrange(offset..<(offset + replacement.count), with: replacement)
        self.init(reason, change, octets: octets)
    }

    /// The golden announcement with another name, the lengths adjusted to it.
    init(_ reason: FrameRefusal, _ change: String, name: [UInt8]) {
        var octets = Array(GoldenFrame.announcement.octets.prefix(142)) + name
        octets[48] = UInt8(100 + name.count)
        octets[141] = UInt8(name.count)
        self.init(reason, change, octets: octets)
    }

    static let all: [RefusedFrame] = outside + ofARP + ofLayout + ofNames + ofSenders + ofValues

    private static let outside = [
        RefusedFrame(.truncated, "no octet at all", octets: []),
        RefusedFrame(
            .truncated, "one octet short of an ARP packet", octets: Array(GoldenFrame.probe.octets.prefix(41))),
        RefusedFrame(
            .truncated, "one octet short of an ARP packet behind a tag",
            octets: Array(GoldenFrame.probe.octets.tagged(control: 0).prefix(45))
        ),
        RefusedFrame(
            .oversized, "1519 octets", octets: GoldenFrame.plainProbe.octets + [UInt8](repeating: 0, count: 1459)),
        RefusedFrame(.oversized, "65,536 octets of nothing", octets: [UInt8](repeating: 0, count: 65_536)),
    ]

    private static let ofARP = [
        RefusedFrame(.notARP, "IPv4", at: 12, 0x08, 0x00),
        RefusedFrame(.notARP, "RARP", at: 12, 0x80, 0x35),
        RefusedFrame(.notARP, "IPv4 behind a priority tag", at: 12, 0x81, 0x00, 0x00, 0x00, 0x08, 0x00),
        RefusedFrame(.notIPv4OverEthernet, "hardware type of IEEE 802", at: 14, 0x00, 0x06),
        RefusedFrame(.notIPv4OverEthernet, "protocol type of IPv6", at: 16, 0x86, 0xDD),
        RefusedFrame(.notIPv4OverEthernet, "hardware addresses of eight octets", at: 18, 8),
        RefusedFrame(.notIPv4OverEthernet, "protocol addresses of sixteen octets", at: 19, 16),
        RefusedFrame(.unknownOperation, "operation 0", at: 20, 0, 0),
        RefusedFrame(.unknownOperation, "RARP's request", at: 20, 0, 3),
        RefusedFrame(.unknownOperation, "request in little-endian order", at: 20, 1, 0),
    ]

    private static let ofLayout = [
        RefusedFrame(.trailerTruncated, "the magic alone", octets: Array(GoldenFrame.announcement.octets.prefix(46))),
        RefusedFrame(
            .trailerTruncated, "the fixed fields but their last octet",
            octets: Array(GoldenFrame.announcement.octets.prefix(141))
        ),
        RefusedFrame(
            .trailerTruncated, "the name but its last octet", octets: Array(GoldenFrame.announcement.octets.dropLast())),
        RefusedFrame(.unknownVersion, "version 0", at: 46, 0),
        RefusedFrame(.unknownVersion, "version 2", at: 46, 2),
        RefusedFrame(
            .unknownVersion, "version 2, shorter than version 1",
            octets: Array(GoldenFrame.announcement.octets.prefix(46)) + [2]
        ),
        RefusedFrame(.trailerLengthWrong, "length 0", at: 47, 0, 0),
        RefusedFrame(.trailerLengthWrong, "one less than the fields", at: 48, 100 + 14),
        RefusedFrame(.trailerLengthWrong, "one more than the fields", at: 48, 100 + 16),
        RefusedFrame(.trailerLengthWrong, "one more than a seal", at: 48, 100 + 15 + 21),
        RefusedFrame(.trailerTruncated, "a seal that is not there", at: 48, 100 + 15 + 20),
        RefusedFrame(.trailerLengthWrong, "more than any frame has", at: 47, 0xFF, 0xFF),
        RefusedFrame(.trailerLengthWrong, "another length of the name", at: 141, 14),
        RefusedFrame(.unknownKind, "kind 0", at: 49, 0),
        RefusedFrame(.unknownKind, "kind 5", at: 49, 5),
    ]

    private static let ofNames = [
        RefusedFrame(.badName, "empty", name: []),
        RefusedFrame(.badName, "64 octets", name: [UInt8](repeating: 0x61, count: 64)),
        RefusedFrame(.badName, "an octet that UTF-8 never has", name: [0x61, 0xFF]),
        RefusedFrame(.badName, "a character of two octets cut in half", name: [0x61, 0xC3]),
        RefusedFrame(.badName, "an overlong slash", name: [0xC0, 0xAF]),
        RefusedFrame(.badName, "a surrogate", name: [0xED, 0xA0, 0x80]),
        RefusedFrame(.badName, "NUL", name: [0x61, 0x00]),
        RefusedFrame(.badName, "a line's end", name: [0x61, 0x0A, 0x62]),
        RefusedFrame(.badName, "escape, as in a terminal's commands", name: [0x1B, 0x5B, 0x32, 0x4A]),
        RefusedFrame(.badName, "the last of C0", name: [0x1F]),
        RefusedFrame(.badName, "DEL", name: [0x7F]),
        RefusedFrame(.badName, "the first of C1", name: [0xC2, 0x80]),
        RefusedFrame(.badName, "the last of C1", name: [0xC2, 0x9F]),
    ]

    private static let ofSenders = [
        RefusedFrame(.badSender, "broadcast as the source", at: 6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
        RefusedFrame(.badSender, "a zero source", at: 6, 0, 0, 0, 0, 0, 0),
        RefusedFrame(.badSender, "a group's address as the sender's", at: 22, 0x03),
        RefusedFrame(.badSender, "a zero sender", at: 22, 0, 0, 0, 0, 0, 0),
        RefusedFrame(.badSender, "a group's address in plain ARP", at: 22, 0x01, in: .announcementReply),
        RefusedFrame(.senderContradictsSource, "another source", at: 11, 0xD5),
        RefusedFrame(.kindContradictsARP, "a probe that claims the address", at: 49, 1),
        RefusedFrame(.kindContradictsARP, "a resign that claims the address", at: 49, 3),
        RefusedFrame(.kindContradictsARP, "an announcement without a sender", at: 49, 2, in: .probe),
        RefusedFrame(.kindContradictsARP, "a handover without a sender", at: 49, 4, in: .probe),
        RefusedFrame(.kindContradictsARP, "an announcement in reply form", at: 21, 2),
        RefusedFrame(.kindContradictsARP, "a probe in reply form", at: 21, 2, in: .probe),
        RefusedFrame(.kindContradictsARP, "an announcement of one address by another", at: 31, 0xD3),
    ]

    private static let ofValues = [
        RefusedFrame(.badPriority, "0", at: 68, 0),
        RefusedFrame(.badPriority, "255", at: 68, 255),
        RefusedFrame(.badInterval, "0", at: 101, 0, 0, 0, 0),
        RefusedFrame(.badInterval, "9,999 microseconds", at: 101, 0x00, 0x00, 0x27, 0x0F),
        RefusedFrame(.badInterval, "10,000,001 microseconds", at: 101, 0x00, 0x98, 0x96, 0x81),
        RefusedFrame(.badNode, "0", at: 69, 0, 0, 0, 0, 0, 0, 0, 0),
        RefusedFrame(.badAddress, "this network", at: 137, 0, 0, 0, 1),
        RefusedFrame(.badAddress, "loopback", at: 137, 127, 0, 0, 1),
        RefusedFrame(.badAddress, "multicast", at: 137, 224, 0, 0, 1),
        RefusedFrame(.badAddress, "limited broadcast", at: 137, 255, 255, 255, 255),
    ]
}

@Suite struct FrameRefusalTests {
    @Test("a frame that is wrong in one way is refused for that", arguments: RefusedFrame.all)
    func refused(frame: RefusedFrame) {
        #expect(refusal(of: frame.octets) == frame.reason)
    }

    @Test(
        "every reason is one that some frame is refused for",
        arguments: Set(FrameRefusal.allCases).subtracting([.unsigned, .unknownKey, .badTag]))
    func everyReason(reason: FrameRefusal) {
        #expect(RefusedFrame.all.contains { refusal(of: $0.octets) == reason })
    }

    @Test("a frame that is wrong in every way is refused for the reasons in their order, as each is mended")
    func order() {
        let bad = [UInt8](repeating: 0, count: 1519)
        var octets = bad
        var reasons: [FrameRefusal?] = []
        func look() { reasons.append(refusal(of: octets)) }
        func mend(_ offset: Int, _ good: UInt8...) {
            octets.replaceSubrange(offset..<(offset + good.count), with: good)
            look()
        }
        octets = Array(bad.prefix(41))
        look()
        octets = bad
        look()
        // 18 octets of a trailer with a length, a name and all else of zeros.
        octets = Array(bad.prefix(60))
        octets.replaceSubrange(42..<46, with: [0x56, 0x49, 0x50, 0x44])
        look()
        mend(12, 0x08, 0x06)
        mend(14, 0, 1, 8, 0, 6, 4)
        mend(20, 0, 1)
        mend(46, 1)
        octets += [UInt8](repeating: 0, count: 82)  // The fixed fields are there now.
        look()
        mend(47, 0, 101, 0, 0, 0)
        mend(141, 1)
        octets.append(0)  // The name's only octet: NUL.
        look()
        mend(49, 1)
        mend(142, 0x61)
        mend(6, 2, 0, 0, 0, 0, 1)
        mend(22, 2, 0, 0, 0, 0, 2)
        mend(27, 1)
        octets[49] = 2
        look()
        mend(49, 1)
        mend(68, 100)
        mend(101, 0, 1, 0, 0)
        octets[137] = 127
        look()
        mend(69, 1)
        mend(137, 10)
        #expect(
            reasons == [
                .truncated, .oversized, .notARP, .notIPv4OverEthernet, .unknownOperation, .unknownVersion,
                .trailerTruncated, .trailerLengthWrong, .trailerLengthWrong, .trailerTruncated, .unknownKind, .badName,
                .badSender, .badSender, .senderContradictsSource, .badPriority, .kindContradictsARP, .badPriority,
                .badInterval, .badNode, .badNode, .badAddress, nil,
            ]
        )
    }

    @Test("the longest frame is looked at", arguments: [0, 0x2000] as [UInt16])
    func longest(control: UInt16) throws {
        let tagged = GoldenFrame.announcement.octets.tagged(control: control)
        let octets = tagged + [UInt8](repeating: 0xFF, count: 1518 - tagged.count)
        #expect(try parse(octets) == GoldenFrame.announcement.frame)
        #expect(refusal(of: octets + [0]) == .oversized)
    }

    @Test(
        "a name is what a machine or a person may write", arguments: ["a", "node 1", "nœud", "ノード", "🖥", "\u{A0}", " "])
    func names(name: String) {
        #expect(Trailer.isName(name))
    }

    @Test("the limit of a name counts octets, not characters")
    func nameLength() {
        #expect(Trailer.isName(String(repeating: "é", count: 31) + "e"))
        #expect(!Trailer.isName(String(repeating: "é", count: 32)))
        #expect(!Trailer.isName(""))
    }

    @Test("control characters are in no name", arguments: Array(0x00...0x1F) + Array(0x7F...0x9F) as [UInt32])
    func controls(code: UInt32) throws {
        #expect(!Trailer.isName("a\(try #require(Unicode.Scalar(code)))b"))
    }
}
