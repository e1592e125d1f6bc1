// What people and disks do to configurations: `vipd check` says of each in one line what is wrong, at line and column, and
// shows it. The rules themselves are VIPConfigurationTests'.

import Glibc
import Testing

@testable import vipd

@Suite struct BadInputTests {
    private let files: Files

    init() throws { files = try Files() }

    struct Case: CustomTestStringConvertible {
        let what: String
        let bytes: [UInt8]
        /// Behind the file's name.
        let error: String
        /// The line of the file as it is shown, and the mark under it.
        let excerpt: [String]

        init(_ what: String, _ bytes: [UInt8], _ error: String, _ excerpt: String...) {
            self.what = what
            self.bytes = bytes
            self.error = error
            self.excerpt = excerpt
        }

        init(_ what: String, _ text: String, _ error: String, _ excerpt: String...) {
            self.what = what
            bytes = Array(text.utf8)
            self.error = error
            self.excerpt = excerpt
        }

        var testDescription: String { what }
    }

    static let cases = [
        Case(
            "a wrong type", "vip: 192.0.2.9\npriority: [1]\n",
            ":2:11: priority must be a whole number, not a list; write 1 to 254", "  2 | priority: [1]",
            "    |           ^"),
        Case(
            "a wrong type of a check", "vip: 192.0.2.9\nchecks: [{tcp: [1]}]\n",
            ":2:16: tcp must be a host and a port, not a list; write host:port, like 127.0.0.1:6443 or [::1]:6443",
            "  2 | checks: [{tcp: [1]}]", "    |                ^"),
        Case(
            "a number without its unit", "vip: 192.0.2.9\nlease: 3\n",
            ":2:8: lease \"3\" has no unit; write 3s for seconds",
            "  2 | lease: 3", "    |        ^"),
        Case(
            "an unknown key", "vip: 192.0.2.9\nprioritty: 7\n",
            ":2:1: unknown key \"prioritty\"; did you mean \"priority\"?",
            "  2 | prioritty: 7", "    | ^"),
        Case(
            "a key of a later version", "vip: 192.0.2.9\nvip6: fd00::1\n",
            ":2:1: unknown key \"vip6\"; did you mean \"vip\"?",
            "  2 | vip6: fd00::1", "    | ^"),
        Case(
            "a tab", "groups:\n\t- name: a\n", ":2:1: a tab stands here; YAML is indented with spaces",
            "  2 |  - name: a",
            "    | ^"),
        Case(
            "an anchor", "x: &x {priority: 7}\ngroups: [*x]\n",
            ":1:4: anchors and aliases are not used in this file; write the value out, and quote a text that begins with & or *",
            "  1 | x: &x {priority: 7}", "    |    ^"),
        Case(
            "a bomb of aliases", "a: &a [x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nvip: [*c,*c,*c]\n",
            ":1:4: anchors and aliases are not used in this file; write the value out, and quote a text that begins with & or *",
            "  1 | a: &a [x]", "    |    ^"),
        Case(
            "CRLF", "groups:\r\n  - addresses: [192.0.2.9]\r\n    prioriti: 7\r\n",
            ":3:5: unknown key \"prioriti\"; did you mean \"priority\"?", "  3 |     prioriti: 7", "    |     ^"),
        Case(
            "a byte order mark", "\u{FEFF}vipp: [192.0.2.9]\nvip: 192.0.2.9\n",
            ":1:1: unknown key \"vipp\"; did you mean \"vip\"?", "  1 | vipp: [192.0.2.9]", "    | ^"),
        Case(
            "UTF-8 that breaks in the middle",
            Array("# grün\nvip: 192.0.2.9\nnode: ü".utf8) + [0xFF] + Array("x\n".utf8),
            ":3:8: the text is not UTF-8 (invalid leading UTF-8 octet); save the file as UTF-8",
            "  3 | node: ü\u{FFFD}x",
            "    |        ^"),
        Case(
            "UTF-8 that ends in the middle", Array("vip: 192.0.2.9\nnode: a".utf8) + [0xE2, 0x82],
            ":2:8: the text is not UTF-8 (incomplete UTF-8 octet sequence); save the file as UTF-8",
            "  2 | node: a\u{FFFD}", "    |        ^"),
        Case(
            "a NUL", "vip: 192.0.2.9\nnode: a\0b\n", ":2:8: a control character stands here; remove it",
            "  2 | node: a\\u{0}b", "    |        ^"),
        Case(
            "a program", [0x7F] + Array("ELF\u{2}\u{1}\u{1}".utf8), ":1:1: a control character stands here; remove it",
            "  1 | \\u{7f}ELF\\u{2}\\u{1}\\u{1}", "    | ^"),
    ]

    @Test("What is wrong is told once, in one line, and shown", arguments: cases)
    func told(_ bad: Case) throws {
        let path = try files.write(bad.bytes)
        let ran = try run("check", path)
        #expect(ran.code == 1)
        #expect(ran.errors.isEmpty)
        #expect(ran.output == ([path + bad.error] + bad.excerpt).map { $0 + "\n" }.joined())
    }

    @Test("CRLF, a byte order mark, and old line ends are no mistakes")
    func fine() throws {
        let text = "vip: 192.0.2.9\nnode: a\npriority: 7\n"
        for variant in [text.replacing("\n", with: "\r\n"), "\u{FEFF}" + text, text.replacing("\n", with: "\r")] {
            let ran = try run("check", files.write(variant.utf8))
            #expect(ran.code == 0, "\(ran.output)")
            #expect(ran.output.contains("priority 7"))
        }
    }

    @Test("What is no file, or is too large for one, is refused at once")
    func noFiles() throws {
        let large = files.path("large")
        let descriptor = open(large, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0 && ftruncate(descriptor, 100 << 20) == 0)
        close(descriptor)
        let fifo = files.path("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        let link = files.path("link")
        try #require(symlink("/dev/zero", link) == 0)
        let loop = files.path("loop")
        try #require(symlink(loop, loop) == 0)
        let expected = [
            large: "the file is larger than 1 MiB; name vipd's own YAML file",
            fifo: "this is not a regular file; name vipd's own YAML file",
            link: "this is not a regular file; name vipd's own YAML file",
            files.folder: "this is a directory; name vipd's own YAML file",
            loop: "cannot open the file: Too many levels of symbolic links; check the path and the disk",
            files.folder + "/none": "there is no such file; check the path",
        ]
        for (path, error) in expected {
            let ran = try run("check", path)
            #expect(ran.code == 1)
            #expect(ran.output == "\(path): \(error)\n")
        }
    }
}
