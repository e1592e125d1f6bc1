// Reading from a real disk.

import Glibc
import Testing
import VIPConfiguration

/// A directory of its own under /tmp, removed with all files in it at the end.
private final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/vipd-test-XXXXXX".utf8CString)
        path = try #require(
            template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            })
    }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(path)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            try #require(count > 0)
            written += count
        }
        return path
    }

    deinit {
        for name in ["a", "b"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

@Suite struct ConfigurationFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func refusal(_ path: String) -> String? {
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.read(path) }?.description
    }

    @Test("A file's bytes are read, and it is the default reader")
    func reads() throws {
        let path = try scratch.file("a", Array("vip: 10.0.0.1\n".utf8))
        #expect(try ConfigurationFile.read(path) == Array("vip: 10.0.0.1\n".utf8))
        #expect(try Configuration.load(options: RunOptions(configPath: path)).groups.count == 1)
    }

    @Test("A missing file is nil, not an error")
    func missing() throws {
        #expect(try ConfigurationFile.read("\(scratch.path)/a") == nil)
    }

    @Test("A megabyte is read, one byte more is refused")
    func bounded() throws {
        let largest = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
        #expect(try ConfigurationFile.read(try scratch.file("a", largest))?.count == 1 << 20)
        let larger = try scratch.file("b", largest + [10])
        #expect(refusal(larger) == "\(larger): the file is larger than 1 MiB; name vipd's own YAML file")
    }

    @Test("A directory, a FIFO and a device are refused without waiting")
    func irregular() throws {
        #expect(refusal(scratch.path) == "\(scratch.path): this is a directory; name vipd's own YAML file")
        let fifo = "\(scratch.path)/a"
        try #require(mkfifo(fifo, 0o600) == 0)
        #expect(refusal(fifo) == "\(fifo): this is not a regular file; name vipd's own YAML file")
        #expect(refusal("/dev/zero") == "/dev/zero: this is not a regular file; name vipd's own YAML file")
    }

    @Test("What the kernel refuses is told with its reason")
    func refusedByKernel() throws {
        let path = try scratch.file("a", []) + "/x"
        #expect(refusal(path) == "\(path): cannot open the file: Not a directory; check the path and the disk")
    }
}
