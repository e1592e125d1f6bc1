// What is no keepalived.conf: one error, at line and column.

import Testing
import VIPConfiguration

@testable import VIPConvert

@Suite struct RefusalTests {
    @Test(
        "What is not understood is refused at its place",
        arguments: [
            ("a {\n  b {\n  }\n", "1:3: the block that begins here has no end; add its }"),
            ("a {\n}\n  }\n", "3:3: this } ends no block; remove it, or add the { before it"),
            ("  {\n}\n", "1:3: this { has no word before it; remove it, or name the block"),
            ("a { } { }\n", "1:7: this { has no word before it; remove it, or name the block"),
            ("a\nb \"c\n", "2:3: the quote that begins here does not end on its line; add the other one"),
            ("ü \u{7}\n", "1:3: a control character stands here; remove it"),
            ("a\n\0\n", "2:1: a control character stands here; remove it"),
            ("a\rb\n", "1:2: a control character stands here; remove it"),
            (
                String(repeating: "a {\n", count: 33),
                "33:3: blocks are nested deeper than 32 levels; no block of keepalived's is"
            ),
        ])
    func syntax(text: String, error: String) {
        #expect(refusal(text) == "/etc/k.conf:\(error)")
    }

    @Test("A deep nest of braces is refused, and costs no stack")
    func depth() {
        #expect(refusal(String(repeating: "a{\n", count: 20_000)).contains("nested deeper"))
        #expect(refusal(String(repeating: "a{", count: 8000)).contains("nested deeper"))
    }

    @Test("A line too long for any file of keepalived's is refused")
    func longLine() {
        #expect(
            refusal("a\n" + String(repeating: "x", count: 16_385))
                == "/etc/k.conf:2:16385: the line is longer than 16384 bytes; this is no file of keepalived's")
    }

    @Test(
        "Bytes that are not UTF-8 are refused where they begin",
        arguments: [
            ([0x61, 0x0A, 0x62, 0xFF], "2:2"), ([0xC3, 0xBC, 0xC3], "1:2"), ([0xFF, 0xFE, 0x61, 0x00], "1:1"),
            ([0xED, 0xA0, 0x80], "1:1"), ([0x61, 0xF5, 0x62], "1:2"),
        ])
    func encoding(bytes: [UInt8], place: String) {
        let files = SourceFiles(read: { _ throws(SourceFiles.Refusal) in bytes }, matches: { _ in [] })
        #expect {
            try Conversion(path: "k.conf", configID: "", files: files)
        } throws: { error in
            "\(error)" == "k.conf:\(place): the text is not UTF-8; save the file as UTF-8"
        }
    }

    @Test("A file without anything for vipd is refused, and what is in it is named all the same")
    func nothing() {
        #expect(
            refusal("# nothing\n") == "/etc/k.conf: there is no vrrp_instance in it, so there is nothing for vipd to do"
        )
        do throws(ConversionError) {
            _ = try convert("virtual_server 10.0.0.1 80 {\n  lb_algo rr\n}\nfrobnicate\n")
            Issue.record("accepted")
        } catch {
            #expect(
                error.notes.map(\.description) == [
                    "/etc/k.conf:1: virtual_server balances load over real servers (IPVS), which vipd does not do",
                    "/etc/k.conf:4: unknown directive \"frobnicate\" in keepalived.conf",
                ])
        }
        #expect(refusal(instance("", address: "fe80::1")).contains("no vrrp_instance with an IPv4 address"))
    }

    @Test("A file that is not there or cannot be read is refused with the reason")
    func unreadable() {
        func error(_ files: SourceFiles) -> String {
            do throws(ConversionError) {
                _ = try Conversion(path: "k.conf", configID: "", files: files)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(error(sources([:])) == "k.conf: there is no such file; check the path")
        let refusing = SourceFiles(
            read: { _ throws(SourceFiles.Refusal) in throw .init(message: "it is locked; unlock it") },
            matches: { _ in [] })
        #expect(error(refusing) == "k.conf: it is locked; unlock it")
    }

    @Test("Instances that are asked for must be there")
    func instances() throws {
        let text = instance("", name: "VI_1") + instance("", name: "VI_2", address: "10.0.0.2")
        #expect(
            refusal(text, instances: ["VI_3"])
                == "/etc/k.conf: there is no vrrp_instance \"VI_3\"; did you mean \"VI_1\"?")
        #expect(
            refusal(text, instances: ["gateway"])
                == "/etc/k.conf: there is no vrrp_instance \"gateway\"; it has VI_1, VI_2")
        let chosen = try convert(text, instances: ["VI_2"])
        #expect(try load(chosen).groups.map(\.name) == ["VI_2"])
        #expect(chosen.notes.map(\.description) == ["/etc/k.conf:1: vrrp_instance \"VI_1\" was not asked for"])
    }

    @Test("Thousands of unknown words come to a bounded number of notes")
    func manyNotes() throws {
        let lines = (0..<3000).map { "word\($0)" }.joined(separator: "\n")
        let conversion = try convert(lines + "\n" + instance(""))
        #expect(conversion.notes.count == 500)
        #expect(conversion.omittedNotes == 2500)
        #expect(conversion.yaml.contains("# and 2900 more\n"))
        #expect(try load(conversion).groups.count == 1)
    }

    @Test("A great many instances take no more than vipd has room for")
    func manyInstances() throws {
        let text = (0..<400).map {
            instance("track_interface {\neth1\n}", name: "VI_\($0)", address: "10.0.\($0 / 250).\($0 % 250 + 1)")
        }.joined()
        let conversion = try convert(text)
        let configuration = try load(conversion)
        #expect(configuration.groups.count == Limits.groupCount)
        #expect(conversion.notes.contains { $0.message.contains("vipd has at most 256 groups") })
    }
}
