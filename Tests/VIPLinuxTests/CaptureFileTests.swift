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
        octets[20] = 113
        let error = #expect(throws: SystemError.self) {
            _ = try FrameSource(file: try write(octets, to: "b.pcap"))
        }
        #expect(error?.errno == EMEDIUMTYPE && error?.description.contains("LINUX_SLL, not Ethernet") == true)
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
