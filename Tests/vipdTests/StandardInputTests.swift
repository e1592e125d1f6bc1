// `-` as a file's name: what a pipe gives is read as a file is.

import Glibc
import Testing
import VIPLinux

@testable import vipd

@Suite struct StandardInputTests {
    @Test("check - shows a mistake of standard input in its line, and says what it comes to where it is fine")
    func check() throws {
        let wrong = try run(["check", "-"], input: "vip: 192.0.2.9\nprioritty: 7\n".utf8)
        #expect(wrong.code == 1)
        #expect(
            wrong.output == """
                <stdin>:2:1: unknown key "prioritty"; did you mean "priority"?
                  2 | prioritty: 7
                    | ^

                """)
        let fine = try run(["check", "-"], input: "vip: 192.0.2.9\n".utf8)
        #expect(fine.code == 0)
        #expect(fine.output.hasPrefix("<stdin> is fine.\n  default: 192.0.2.9; "))
        #expect(try run("check", "-").output.hasPrefix("<stdin>: the file names no virtual IP; "))
    }

    @Test("convert - converts standard input, and names its lines")
    func convert() throws {
        let text = "vrrp_instance a {\n  virtual_router_id 51\n  virtual_ipaddress {\n    192.0.2.9\n  }\n}\n"
        let fine = try run(["convert", "-"], input: text.utf8)
        #expect(fine.code == 0)
        #expect(fine.errors.hasPrefix("<stdin>:1: without an interface"))
        #expect(fine.output.contains("192.0.2.9"))
        let wrong = try run(["convert", "-"], input: "vrrp_instance a {\n".utf8)
        #expect(wrong.code == 1)
        #expect(wrong.errors == "vipd: <stdin>:1:17: the block that begins here has no end; add its }\n")
        let looped = try run(["convert", "-"], input: "include <stdin>\n".utf8)
        #expect(looped.errors.contains("it includes itself"))
    }

    @Test("monitor --read - reads a capture from standard input, to its end")
    func monitor() throws {
        let files = try Files()
        let path = files.path("a.pcap")
        let writer = try CaptureWriter(path: path)
        try writer.write(SeenFrame(time: 1_795_057_864_123_456_789, bytes: Array(repeating: 0xA5, count: 60)))
        let file = open(path, O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        try #require(count > 0)
        let whole = try run(["monitor", "--read", "-"], input: bytes.prefix(count))
        #expect(whole.code == 0)
        #expect(whole.errors == "vipd: there is no frame of vipd's in <stdin>, and 1 of others\n")
        let cut = try run(["monitor", "--read", "-"], input: bytes.prefix(count - 1))
        #expect(cut.code == 1)
        #expect(cut.errors.hasPrefix("vipd: cannot read the capture <stdin>: "))
    }
}
