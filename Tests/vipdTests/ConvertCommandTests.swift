// `vipd convert` with files of a disk: what goes where, and that vipd takes what it has written.

import Glibc
import Testing

@testable import vipd

@Suite struct ConvertCommandTests {
    private let files: Files

    init() throws { files = try Files() }

    private static let instance = """
        vrrp_instance VI_1 {
            virtual_router_id 51
            virtual_ipaddress {
                192.0.2.9
            }
        }

        """

    @Test("The configuration is on standard output, and passes vipd check; the notes are on standard error")
    func streams() throws {
        let path = try files.write(Self.instance.utf8, to: "k.conf")
        let ran = try run("convert", path)
        #expect(ran.code == 0)
        #expect(ran.errors.hasPrefix("\(path):1: without an interface"))
        #expect(ran.errors.split(separator: "\n").count == 2)
        let checked = try run("check", files.write(ran.output.utf8))
        #expect(checked.code == 0, "\(checked.output)")
        #expect(checked.output.contains("VI_1: 192.0.2.9;"))
    }

    @Test("Includes are found by patterns, seen from the file's folder")
    func includes() throws {
        _ = try files.write(Self.instance.utf8, to: "a.conf")
        let other = Self.instance.replacing("VI_1", with: "VI_2").replacing("192.0.2.9", with: "192.0.2.10")
        _ = try files.write(other.utf8, to: "b.conf")
        let path = try files.write("include {b,a,none}.conf\n".utf8, to: "k")
        let ran = try run("convert", path, "--instance", "VI_2")
        #expect(ran.code == 0, "\(ran.errors)")
        #expect(ran.output.contains("name: VI_2") && !ran.output.contains("name: VI_1"))
    }

    @Test("--config-id chooses the lines of a machine")
    func conditions() throws {
        let path = try files.write((Self.instance + "@left include more\n").utf8, to: "k.conf")
        #expect(try run("convert", path, "--config-id", "right").code == 0)
        let left = try run("convert", path, "--config-id=left")
        #expect(left.code == 1)
        #expect(left.output.isEmpty)
        #expect(
            left.errors
                == "vipd: \(path):7:7: cannot include \"\(files.folder)/more\": there is no such file; check the path\n"
        )
    }

    @Test("What is no file, or no keepalived.conf, is refused in one line")
    func refused() throws {
        let fifo = files.path("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        let zero = try files.write("\n  include /dev/zero\n".utf8, to: "zero")
        let large = files.path("large")
        let descriptor = open(large, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0 && ftruncate(descriptor, 100 << 20) == 0)
        close(descriptor)
        let expected = [
            fifo: ": this is not a regular file; name a keepalived.conf",
            files.folder: ": this is a directory; name a keepalived.conf",
            large: ": the file is larger than 1 MiB; name a keepalived.conf",
            files.folder + "/none": ": there is no such file; check the path",
            zero: ":2:3: cannot include \"/dev/zero\": this is not a regular file; name a keepalived.conf",
            try files.write([0x7F] + Array("ELF".utf8), to: "program"):
                ":1:1: a control character stands here; remove it",
            try files.write([0x61, 0x0A, 0x20, 0xFF], to: "broken"):
                ":2:2: the text is not UTF-8; save the file as UTF-8",
            try files.write("vrrp_instance a {\n".utf8, to: "open"):
                ":1:17: the block that begins here has no end; add its }",
        ]
        for (path, error) in expected {
            let ran = try run("convert", path)
            #expect(ran.code == 1)
            #expect(ran.output.isEmpty)
            #expect(ran.errors == "vipd: \(path)\(error)\n")
        }
    }
}
