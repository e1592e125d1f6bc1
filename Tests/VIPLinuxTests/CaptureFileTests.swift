// Captures: what is written can be read, whatever becomes of the writer; what is none, or cut off, is an error.
import Glibc
import Testing
import VIPLinux

@Suite struct CaptureFileTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/vipd-capture-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static let frames = [
        SeenFrame(time: 1_795_057_864_123_456_789, bytes: Array(repeating: 0xA5, count: 60)),
        SeenFrame(time: 1_795_057_865_000_000_000, bytes: Array(repeating: 0x5A, count: 96), originalLength: 143),
        SeenFrame(time: 1_795_057_865_999_999_999, bytes: [1]),
    ]

    private func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0 && Glibc.write(file, bytes, bytes.count) == bytes.count)
        close(file)
        return path
    }

    private func bytes(of path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY)
        try #require(file >= 0)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    private func clean() {
        for name in ["a.pcap", "b.pcap"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    @Test("frames are read back with their nanoseconds and lengths, while the writer still goes on")
    func roundTrip() throws {
        defer { clean() }
        let path = "\(directory)/a.pcap"
        let writer = try CaptureWriter(path: path)
        for frame in Self.frames { try writer.write(frame) }
        let source = try FrameSource(file: path)
        for frame in Self.frames { #expect(try source.next() == frame) }
        #expect(try source.next() == nil)
        #expect(source.lost == 0)
        // Nobody else may read it, and it is not written over.
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        let error = #expect(throws: SystemError.self) { try CaptureWriter(path: path) }
        #expect(error?.errno == EEXIST)
    }

    @Test("of a capture that is cut off the whole frames are read, and then an error is told")
    func truncated() throws {
        defer { clean() }
        let path = "\(directory)/a.pcap"
        let writer = try CaptureWriter(path: path)
        for frame in Self.frames { try writer.write(frame) }
        let whole = try bytes(of: path)
        // In the second frame's octets, and in its header.
        for length in [24 + 16 + 60 + 16 + 5, 24 + 16 + 60 + 7] {
            let source = try FrameSource(file: write(Array(whole.prefix(length)), to: "b.pcap"))
            #expect(try source.next() == Self.frames[0])
            let error = #expect(throws: SystemError.self) { try source.next() }
            #expect(error?.description.contains("truncated") == true)
        }
    }

    @Test("a capture of another link type is refused by its name")
    func linkType() throws {
        defer { clean() }
        let path = "\(directory)/a.pcap"
        _ = try CaptureWriter(path: path)
        var octets = try bytes(of: path)
        octets[20] = 105
        let error = #expect(throws: SystemError.self) {
            _ = try FrameSource(file: try write(octets, to: "b.pcap"))
        }
        #expect(error?.errno == EMEDIUMTYPE && error?.description.contains("IEEE802_11, not Ethernet") == true)
    }

    /// What stands in front of an ARP frame of these tests on the wire: destination, source; then what follows them.
    private static let addresses: [UInt8] = [0x03, 0x56, 0x49, 0x50, 0x44, 0x01, 0x02, 0, 0, 0, 0, 0x01]
    private static let arp: [UInt8] = [0x08, 0x06] + Array(repeating: 0xA5, count: 46)

    /// What is read of a capture of one frame, whose link type is `link`.
    private func seen(_ octets: [UInt8], link: UInt8 = 1, more: UInt8 = 0) throws -> SeenFrame {
        try #require(try firstFrame(octets, link: link, more: more))
    }

    private func firstFrame(_ octets: [UInt8], link: UInt8, more: UInt8) throws -> SeenFrame? {
        let path = "\(directory)/a.pcap"
        defer { unlink(path) }
        try CaptureWriter(path: path).write(SeenFrame(time: 1, bytes: octets))
        var file = try bytes(of: path)
        (file[20], file[21]) = (link, more)
        return try FrameSource(file: try write(file, to: "b.pcap")).next()
    }

    @Test(
        "of a trunk's capture frames are read as the link of their VLAN has them",
        arguments: [
            ([0x81, 0x00, 0x00, 0x0A] as [UInt8], [10 as UInt16]),
            ([0x81, 0x00, 0xEF, 0xFF], [4095]),
            ([0x88, 0xA8, 0x00, 0x64, 0x81, 0x00, 0x20, 0x0A], [100, 10]),
        ])
    func vlans(tags: [UInt8], vlans: [UInt16]) throws {
        defer { clean() }
        let frame = try seen(Self.addresses + tags + Self.arp)
        #expect(frame.bytes == Self.addresses + Self.arp)
        #expect(frame.vlans == vlans && frame.originalLength == 60 && frame.hasKnownDestination)
    }

    @Test("a tag that only gives a priority stays, and so does a third tag, or one that is cut off")
    func otherTags() throws {
        defer { clean() }
        let priority: [UInt8] = [0x81, 0x00, 0xE0, 0x00]
        #expect(try seen(Self.addresses + priority + Self.arp).bytes == Self.addresses + priority + Self.arp)
        let tag: [UInt8] = [0x81, 0x00, 0x00, 0x01]
        #expect(try seen(Self.addresses + tag + tag + tag + Self.arp).bytes == Self.addresses + tag + Self.arp)
        #expect(try seen(Self.addresses + [0x81, 0x00, 0x00]).bytes == Self.addresses + [0x81, 0x00, 0x00])
    }

    /// The two headers of a capture of all interfaces: packet type, hardware type, and the source of these tests.
    private static func cooked(_ packetType: UInt8, hardwareType: UInt8 = 1) -> [[UInt8]] {
        let source = Array(addresses.suffix(6))
        return [
            // Packet type, hardware type, length of the address, the address in eight octets, protocol.
            [0, packetType, 0, hardwareType, 0, 6] + source + [0, 0, 0x08, 0x06],
            // Protocol, reserved, interface, hardware type, packet type, length of the address, the address.
            [0x08, 0x06, 0, 0, 0, 0, 0, 2, 0, hardwareType, packetType, 6] + source + [0, 0],
        ]
    }

    @Test("a capture of all interfaces tells whether a frame went to everybody or a group; the rest is a guess")
    func cooked() throws {
        defer { clean() }
        let body = Array(Self.arp.dropFirst(2))
        let group = Array(Self.addresses.prefix(6))
        let target = [UInt8](repeating: 0xA5, count: 6)
        // PACKET_HOST, _BROADCAST, _MULTICAST, _OTHERHOST and _OUTGOING.
        let expected: [(destination: [UInt8], isKnown: Bool)] = [
            (target, false), ([UInt8](repeating: 0xFF, count: 6), true), (group, true), (target, false), (group, false),
        ]
        for (type, expected) in expected.enumerated() {
            for (header, link) in zip(Self.cooked(UInt8(type)), [(113, 0), (0x14, 1)] as [(UInt8, UInt8)]) {
                let frame = try seen(header + body, link: link.0, more: link.1)
                #expect(frame.bytes == expected.destination + Self.addresses.suffix(6) + Self.arp)
                #expect(frame.hasKnownDestination == expected.isKnown && frame.originalLength == 60)
            }
        }
    }

    @Test("in a capture of all interfaces tags of VLANs are taken off, and other links than Ethernet are passed over")
    func cookedOddities() throws {
        defer { clean() }
        let body = Array(Self.arp.dropFirst(2))
        var tagged = Self.cooked(2)[0]
        tagged.replaceSubrange(14..., with: [0x81, 0x00, 0x00, 0x0A])
        let frame = try seen(tagged + Self.arp, link: 113)
        #expect(frame.bytes == Self.addresses + Self.arp && frame.vlans == [10])
        for (place, link) in ([(113, 0), (0x14, 1)] as [(UInt8, UInt8)]).enumerated() {
            for octets in [Self.cooked(2, hardwareType: 32)[place] + body, [0, 2, 0, 1], []] {
                #expect(try firstFrame(octets, link: link.0, more: link.1) == nil)
            }
            let bare = try seen(Self.cooked(2)[place], link: link.0, more: link.1)
            #expect(bare.bytes == Self.addresses + [0x08, 0x06])
        }
    }

    @Test("a capture in the form of pcapng is read with its nanoseconds")
    func pcapng() throws {
        defer { clean() }
        let frame = Self.addresses + Self.arp
        func numbers(_ values: [UInt32]) -> [UInt8] {
            values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        }
        let time: UInt64 = 1_795_057_864_123_456_789
        var file = numbers([0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, .max, .max, 28])
        // An interface of Ethernet, whose times are in 10^-9 s.
        file += numbers([1, 32, 1, 0]) + [9, 0, 1, 0, 9, 0, 0, 0] + numbers([0, 32])
        file += numbers([6, 92, 0, UInt32(time >> 32), UInt32(truncatingIfNeeded: time), 60, 60]) + frame
        file += numbers([92])
        let source = try FrameSource(file: try write(file, to: "b.pcap"))
        #expect(try source.next() == SeenFrame(time: Int64(time), bytes: frame))
        #expect(try source.next() == nil)
    }

    @Test("what is no capture is refused, and no octets bring the reader down")
    func hostile() throws {
        defer { clean() }
        #expect(throws: SystemError.self) { _ = try FrameSource(file: directory) }
        #expect(throws: SystemError.self) { _ = try FrameSource(file: "\(directory)/none") }
        #expect(throws: SystemError.self) { _ = try FrameSource(file: try write([], to: "b.pcap")) }
        let path = "\(directory)/a.pcap"
        let writer = try CaptureWriter(path: path)
        for frame in Self.frames { try writer.write(frame) }
        let whole = try bytes(of: path)
        for place in 0..<whole.count {
            for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
                var octets = whole
                octets[place] = value
                guard let source = try? FrameSource(file: write(octets, to: "b.pcap")) else { continue }
                var count = 0
                while count < 10, let frame = try? source.next() {
                    count += 1
                    #expect(frame.bytes.count <= 262_144 && frame.time >= 0)
                }
                #expect(count <= 3)
            }
        }
    }
}
