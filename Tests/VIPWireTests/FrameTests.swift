// Frames as octets: what is written, what is read back, what may follow or precede, and what cutting them short does.

import Testing
import VIPWire

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct FrameTests {
    @Test("a frame is written octet for octet as docs/PROTOCOL.md says", arguments: GoldenFrame.all)
    func written(golden: GoldenFrame) {
        #expect(golden.frame.serialized() == golden.octets)
    }

    @Test("memory of the frame before leaves no trace in the next", arguments: GoldenFrame.all)
    func writtenOver(golden: GoldenFrame) {
        var octets = [UInt8](repeating: 0xFF, count: 2000)
        golden.frame.serialize(into: &octets)
        #expect(octets == golden.octets)
    }

    @Test("the octets of docs/PROTOCOL.md are read as the frame they stand for", arguments: GoldenFrame.all)
    func read(golden: GoldenFrame) throws {
        #expect(try parse(golden.octets) == golden.frame)
    }

    @Test("whatever may be written is read back as it was")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 1)
        for number in 0..<5000 {
            let frame = Frame.random(using: &generator)
            let octets = frame.serialized()
            let back = try parse(octets)
            // Swift holds texts equal that differ in octets but not in characters: so the octets count, too.
            #expect(back == frame && back.serialized() == octets, "frame \(number)")
            #expect((Frame.shortestSent...Frame.longest).contains(octets.count))
        }
    }

    @Test("a cut frame is refused by where it was cut", arguments: GoldenFrame.all)
    func cut(golden: GoldenFrame) {
        for count in 0..<golden.octets.count {
            let expected: FrameRefusal? =
                switch count {
                case ..<42: .truncated
                case 46... where golden.frame.trailer != nil: .trailerTruncated
                default: nil  // A whole ARP packet, and too little behind it to be a trailer.
                }
            #expect(refusal(of: Array(golden.octets.prefix(count))) == expected, "cut to \(count) octets")
        }
    }

    @Test("a frame cut within the magic is plain ARP", arguments: GoldenFrame.withTrailer, 42..<46)
    func cutWithinMagic(golden: GoldenFrame, count: Int) throws {
        let frame = try parse(Array(golden.octets.prefix(count)))
        #expect(frame.trailer == nil)
        #expect(frame.packet == golden.frame.packet)
    }

    @Test("padding and garbage after a frame do not change it", arguments: GoldenFrame.all)
    func trailing(golden: GoldenFrame) throws {
        var generator = SeededGenerator(seed: 2)
        for count in 0...(Frame.longest - golden.octets.count) {
            #expect(try parse(golden.octets + [UInt8](repeating: 0, count: count)) == golden.frame)
            #expect(try parse(golden.octets + generator.octets(count)) == golden.frame)
        }
    }

    @Test("what follows the ARP packet without the magic is padding, not a trailer", arguments: 0..<4)
    func otherMagic(wrong: Int) throws {
        var octets = GoldenFrame.probe.octets
        octets[42 + wrong] ^= 0x20
        let frame = try parse(octets)
        #expect(frame.trailer == nil)
        #expect(frame.packet == GoldenFrame.probe.frame.packet)
    }

    @Test("a priority tag is skipped", arguments: GoldenFrame.all)
    func priorityTag(golden: GoldenFrame) throws {
        #expect(try parse(golden.octets.tagged(control: 0xE000)) == golden.frame)
        #expect(try parse(golden.octets.tagged(control: 0x1000)) == golden.frame)
    }

    @Test("a frame of a VLAN is none of this link", arguments: [0x0001, 0x0100, 0x0800, 0x0FFF, 0xE064] as [UInt16])
    func vlanTag(control: UInt16) {
        #expect(refusal(of: GoldenFrame.announcement.octets.tagged(control: control)) == .notARP)
    }

    @Test("a second priority tag is not skipped")
    func twoPriorityTags() {
        let octets = GoldenFrame.announcement.octets.tagged(control: 0).tagged(control: 0)
        #expect(refusal(of: octets) == .notARP)
    }

    @Test("flags without a name are carried and change nothing")
    func unknownFlags() throws {
        var expected = GoldenFrame.announcement.frame
        for bit in 0..<16 {
            let flags = UInt16(1) << bit
            expected.trailer?.flags = Trailer.Flags(rawValue: flags)
            var octets = GoldenFrame.announcement.octets
            octets.replaceSubrange(50..<52, with: [UInt8(flags >> 8), UInt8(flags & 0xFF)])
            #expect(try parse(octets) == expected)
        }
    }

    @Test("plain ARP between other machines is read, whoever relays it")
    func relayed() throws {
        let frame = Frame(
            destination: GoldenFrame.mac1, source: GoldenFrame.mac2,
            packet: ARPPacket(
                operation: .reply,
                senderHardwareAddress: MACAddress(bits: 0x0200_0000_0001),
                senderProtocolAddress: GoldenFrame.vip,
                targetHardwareAddress: GoldenFrame.mac1,
                targetProtocolAddress: IPv4Address(192, 168, 1, 211)
            )
        )
        #expect(try parse(frame.serialized()) == frame)
        #expect(!frame.packet.isProbe)
        #expect(!frame.packet.isAnnouncement)
    }

    @Test("a frame that every reader refuses cannot be written")
    func refusedFramesAreNotWritten() async {
        await #expect(processExitsWith: .failure) {
            var frame = GoldenFrame.announcement.frame
            frame.trailer?.name = GoldenFrame.longestName + "!"
            _ = frame.serialized()
        }
        await #expect(processExitsWith: .failure) {
            var frame = GoldenFrame.announcement.frame
            frame.packet.operation = .reply
            _ = frame.serialized()
        }
    }

    @Test("the hexdump in docs/PROTOCOL.md is the golden announcement")
    func documentedHexdump() throws {
        let lines = try lines(ofDocument: "PROTOCOL.md")
        let begin = try #require(lines.firstIndex(of: "```hexdump"))
        let end = try #require(lines[begin...].firstIndex(of: "```"))
        var documented: [UInt8] = []
        for line in lines[(begin + 1)..<end] {
            // "0016  08 00  what it is": the offset, the octets, a comment.
            let columns = line.split(separator: "  ", maxSplits: 2)
            #expect(columns.count == 3 && Int(columns[0]) == documented.count, "\(line)")
            documented += bytes(String(columns[1]))
        }
        #expect(documented == GoldenFrame.announcement.octets)
    }

    /// The lines of a file in docs/, found from where this file was compiled.
    private func lines(ofDocument name: String, from path: String = #filePath) throws -> [String] {
        let root = path.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/docs/\(name)", "r"))
        defer { fclose(file) }
        var octets: [UInt8] = []
        var octet = fgetc(file)
        while octet != EOF {
            octets.append(UInt8(truncatingIfNeeded: octet))
            octet = fgetc(file)
        }
        return String(decoding: octets, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
