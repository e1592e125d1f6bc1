// What is no YAML, or YAML that vipd does not read.

import Testing
import VIPConfiguration

@Suite struct SyntaxRefusalTests {
    static let texts = [
        Refusal(
            "vip: [192.168.1.210\npriority: 7\n",
            "vipd.yaml:2:9: this is not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins "
                + "on line 1; check the indentation, brackets, quotes and colons up to here"),
        Refusal(
            "vip: \"192.168.1.210\n",
            "vipd.yaml:2:1: this is not YAML: found unexpected end of stream while scanning a quoted scalar that begins "
                + "on line 1; check the indentation, brackets, quotes and colons up to here"),
        Refusal(
            "groups:\n\t- name: api\n",
            "vipd.yaml:2:1: a tab stands here; YAML is indented with spaces"),
        Refusal(
            "# ü\ngroups:\n  - name: api\n\taddresses: [192.168.1.210]\n",
            "vipd.yaml:4:1: a tab stands here; YAML is indented with spaces"),
        Refusal(
            "groups:\n  - &a {name: api, addresses: [192.168.1.210]}\n",
            "vipd.yaml:2:5: anchors and aliases are not used in this file; write the value out, and quote a text that "
                + "begins with & or *"),
        Refusal(
            "vip: *a\n",
            "vipd.yaml:1:6: anchors and aliases are not used in this file; write the value out, and quote a text that "
                + "begins with & or *"),
        Refusal(
            "vip: 192.168.1.210\npriority: !!int 7\n",
            "vipd.yaml:2:11: tags (!…) are not used in this file; write the value alone"),
        Refusal(
            "vip: 192.168.1.210\n---\nvip: 192.168.1.211\n",
            "vipd.yaml:3:1: a second document begins here; write a single one"),
        Refusal(
            "? [a, b]\n: 1\n",
            "vipd.yaml:1:3: a key must be a single word, not a list or a set of keys"),
        Refusal(
            "vip: \u{7}\n",
            "vipd.yaml:1:6: a control character stands here; remove it"),
    ]

    @Test("A text that is not the YAML of vipd is refused with its place", arguments: texts)
    func syntax(_ refused: Refusal) {
        #expect(refusal(refused.text) == refused.error)
    }

    @Test("Broken UTF-8 is refused at the first wrong byte, columns counted in characters")
    func brokenUTF8() {
        let bytes = Array("# grün\nvip: ü".utf8) + [0xC3, 0x28]
        #expect(
            refusal(bytes)
                == "vipd.yaml:2:8: the text is not UTF-8 (invalid trailing UTF-8 octet); save the file as UTF-8")
    }

    @Test("UTF-16 is refused, with or without a byte order mark")
    func utf16() {
        let text = "vip: 192.168.1.210".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(refusal([0xFF, 0xFE] + text).hasPrefix("vipd.yaml:1:1: the text is not UTF-8"))
        #expect(refusal(text) == "vipd.yaml:1:2: a control character stands here; remove it")
    }

    @Test("Nesting is bounded, be it a megabyte of brackets", arguments: ["[", "{a: ", "- "])
    func nesting(_ opening: String) {
        let text = String(repeating: opening, count: 1_000_000 / opening.utf8.count)
        let column = 32 * opening.utf8.count + 1
        #expect(
            refusal(text) == "vipd.yaml:1:\(column): nested deeper than 32 levels; no key of vipd needs that")
    }

    @Test("A byte order mark and CRLF are fine, and places are counted as if they were not there")
    func byteOrderMark() throws {
        #expect(try load("\u{FEFF}vip: 192.168.1.210\r\nnode: a\r\n").node == "a")
        #expect(refusal("\u{FEFF}vipp: 192.168.1.210\r\n").hasPrefix("vipd.yaml:1:1: unknown key \"vipp\""))
    }

    @Test("A single document may have its marks and comments")
    func documentMarks() throws {
        #expect(try load("%YAML 1.1\n--- # vipd\nvip: 192.168.1.210\n...\n").groups.count == 1)
    }

    @Test("A file that says nothing is refused", arguments: ["", "# nothing yet\n", "---\n", "~\n", "null", "{}"])
    func empty(_ text: String) {
        #expect(
            refusal(text)
                == "vipd.yaml: the file names no virtual IP; add for instance vip: 192.168.1.210, or give --vip")
    }

    @Test("Every prefix of a file is either accepted or refused, never a crash")
    func truncation() {
        let text = Array(
            "node: \"a\"\ngroups:\n  - {name: b, addresses: [10.0.0.1, '10.0.0.2']}\n  - name: |\n      c\n".utf8)
        for length in text.indices {
            do {
                let configuration = try load(Array(text.prefix(length)))
                #expect(!configuration.groups.isEmpty)
            } catch {
                #expect(!error.problems.isEmpty)
            }
        }
    }
}
