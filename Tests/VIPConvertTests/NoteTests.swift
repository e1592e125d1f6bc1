// What is told of words that vipd has nothing for, how it is told, and that the text of the result holds anything.

import Testing
import VIPConfiguration
import VIPWire

@testable import VIPConvert

@Suite struct NoteTests {
    @Test(
        "Words of keepalived's that vipd has nothing for are named with the reason",
        arguments: [
            ("virtual_router_id 51", "vipd knows a group by its name and addresses"),
            ("state MASTER", "every node of vipd begins by listening"),
            ("unicast_peer {\n10.0.0.1\n}", "one Ethernet segment"),
            ("unicast_src_ip 10.0.0.1", "one Ethernet segment"),
            ("authentication {\nauth_type PASS\nauth_pass 1111\n}", "make one with 'vipd key'"),
            ("garp_master_delay 10", "vipd announces by a plan of its own"), ("use_vmac", "MAC address of the link"),
            ("smtp_alert", "vipd sends no mail"), ("version 3", "vipd does not speak VRRP"),
            ("virtual_routes {\n10.0.0.0/8 dev eth0\n}", "let a hook do the rest"), ("no_accept", "let a firewall"),
            ("notify_stop /bin/true", "the hook released runs when vipd stops as well"),
            ("track_process {\nx\n}", "write one of them for it"), ("dont_track_primary", "loses the carrier"),
        ])
    func leftOut(lines: String, reason: String) throws {
        let word = lines.prefix { !$0.isWhitespace }
        let found = try notes(instance(lines))
        #expect(found.contains { $0.hasPrefix("/etc/k.conf:6: \(word)") && $0.contains(reason) }, "\(found)")
    }

    @Test("Words that nobody knows are named with the nearest that is known")
    func unknown() throws {
        let found = try notes(
            "golbal_defs {\n}\nglobal_defs {\nroute_id x\nzzzzzz\n}\nvrrp_script a {\nscirpt x\n}\n"
                + instance("priorty 7"))
        #expect(
            found.contains(
                "/etc/k.conf:1: unknown directive \"golbal_defs\" in keepalived.conf; did you mean \"global_defs\"?"))
        #expect(
            found.contains("/etc/k.conf:4: unknown directive \"route_id\" in global_defs; did you mean \"router_id\"?"))
        #expect(found.contains("/etc/k.conf:5: unknown directive \"zzzzzz\" in global_defs"))
        #expect(found.contains("/etc/k.conf:8: unknown directive \"scirpt\" in vrrp_script; did you mean \"script\"?"))
        #expect(
            found.contains("/etc/k.conf:15: unknown directive \"priorty\" in vrrp_instance; did you mean \"priority\"?")
        )
    }

    @Test("The same of several places is told once, in the order of the lines")
    func places() throws {
        let text =
            instance("smtp_alert", name: "A") + "static_routes {\n}\n"
            + instance("smtp_alert", name: "B", address: "10.0.0.1")
        let found = try notes(text)
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("/etc/k.conf:6, 15: smtp_alert"))
        #expect(found[1].hasPrefix("/etc/k.conf:8: static_routes"))
    }

    @Test("The result has every note in its head, and what to do about signing")
    func head() throws {
        let conversion = try convert(instance("smtp_alert\nauthentication {\nauth_pass x\n}"))
        let comments = conversion.yaml.split(separator: "\n").filter { $0.hasPrefix("#") }
            .map { $0.dropFirst().drop { $0 == " " } }.joined(separator: " ")
        for note in conversion.notes { #expect(comments.contains(note.description)) }
        #expect(comments.contains("keyFile: /etc/vipd/key"))
    }

    @Test("Nothing that stands in a file becomes more than a comment or a text in the result")
    func harmless() throws {
        let name = "\\n- x: \\\"y\\\" \\x1b[31m # \\\\ 'z': [{}] ü\u{202E}\u{FFFF}"
        let text = instance("notify_master \"/bin/echo \(name)\"\n\"\(name)\" \"\(name)\"", name: "\"\(name)\"")
        let conversion = try convert(text)
        let configuration = try load(conversion)
        #expect(configuration.groups.count == 1)
        let told = try #require(configuration.groups[0].hooks.acquired)
        #expect(told.joined().contains("[31m"))
        #expect(conversion.yaml.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0xFFFF })
        for note in conversion.notes {
            #expect(!note.description.contains("\n") && !note.description.contains("\u{1B}"))
        }
    }

    @Test(
        "A text is plain where nobody could take it for something else, and quoted elsewhere",
        arguments: [
            ("eth0", "eth0"), ("/bin/sh", "/bin/sh"), ("10.0.0.1", "10.0.0.1"), ("VI_1", "VI_1"), ("", "\"\""),
            ("no", "\"no\""), ("True", "\"True\""), ("1", "\"1\""), ("1.5", "\"1.5\""), ("-q", "\"-q\""),
            ("a b", "\"a b\""),
            ("a: b", "\"a: b\""), ("\"\\", "\"\\\"\\\\\""), ("ü\n", "\"\\u00FC\\u000A\""), ("😀", "\"\\U0001F600\""),
            ("null", "\"null\""), ("0x1F", "\"0x1F\""),
        ])
    func scalars(text: String, written: String) {
        #expect(YAMLWriter.scalar(text) == written)
    }
}
