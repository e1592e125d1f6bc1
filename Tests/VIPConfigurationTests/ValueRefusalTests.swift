// Values that have the right type and are wrong all the same.

import Testing
import VIPConfiguration
import VIPWire

@Suite struct ValueRefusalTests {
    static let addresses = [
        Refusal("192.168.1.300", "is not an IPv4 address; write four numbers from 0 to 255, like 192.168.1.210"),
        Refusal("192.168.1", "is not an IPv4 address; write four numbers from 0 to 255, like 192.168.1.210"),
        Refusal("192.168.001.210", "is not an IPv4 address; write four numbers from 0 to 255, like 192.168.1.210"),
        Refusal("api.example", "is not an IPv4 address; write four numbers from 0 to 255, like 192.168.1.210"),
        Refusal("192.168.1.210/24", "has a prefix length; write 192.168.1.210 alone, vipd adds it as /32"),
        Refusal(
            "fe80::1",
            "is not an IPv4 address, and vipd knows no other kind; write four numbers from 0 to 255, like 192.168.1.210"
        ),
        Refusal(
            "0.0.0.0", "is in 0.0.0.0/8, which means \"this network\"; write an unused address of the machines' subnet"),
        Refusal("127.0.0.1", "is a loopback address; write an unused address of the machines' subnet"),
        Refusal("224.0.0.18", "is a multicast address; write an unused address of the machines' subnet"),
        Refusal(
            "255.255.255.255",
            "is in the reserved range 240.0.0.0/4; write an unused address of the machines' subnet"),
    ]

    @Test("What no machine can have as its address is refused, in file and flag", arguments: addresses)
    func address(_ refused: Refusal) {
        let phrase = "\"\(refused.text)\" \(refused.error)"
        #expect(refusal("groups:\n  - addresses:\n      - \(refused.text)\n") == "vipd.yaml:3:9: \(phrase)")
        #expect(refusal("vip: 10.0.0.1", RunOptions(vips: [refused.text])) == "--vip \(phrase)")
    }

    static let settings = [
        Refusal("priority: 0", "2:11: priority \"0\" is out of range; write a whole number from 1 to 254"),
        Refusal("priority: 255", "2:11: priority \"255\" is out of range; write a whole number from 1 to 254"),
        Refusal(
            "priority: 99999999999999999999",
            "2:11: priority \"99999999999999999999\" is out of range; write a whole number from 1 to 254"),
        Refusal("priority: 0x64", "2:11: priority \"0x64\" is not a whole number; write one from 1 to 254"),
        Refusal("priority: 0100", "2:11: priority \"0100\" is not a whole number; write one from 1 to 254"),
        Refusal("priority: -1", "2:11: priority \"-1\" is not a whole number; write one from 1 to 254"),
        Refusal("priority: 1.5", "2:11: priority \"1.5\" is not a whole number; write one from 1 to 254"),
        Refusal(
            "interval: 100",
            "2:11: interval \"100\" has no unit; write 100ms for milliseconds or 100s for seconds"),
        Refusal(
            "interval: fast",
            "2:11: interval \"fast\" is not a duration; write a number with a unit, like 250ms, 1.5s or 2m"),
        Refusal("interval: 9999us", "2:11: interval \"9999us\" is out of range; write 10ms to 10s"),
        Refusal("interval: 10.001s", "2:11: interval \"10.001s\" is out of range; write 10ms to 10s"),
        Refusal(
            "suspectAfter: 149ms",
            "2:15: suspectAfter 149ms is less than one and a half intervals of 100ms; write at least 150ms, or leave it "
                + "out for 200ms"),
        Refusal("suspectAfter: 61s", "2:15: suspectAfter \"61s\" is out of range; write 1.5 intervals to 60s"),
        Refusal("lease: 1s", "2:8: lease \"1s\" is out of range; write whole seconds, 2s to 30s"),
        Refusal("lease: 31s", "2:8: lease \"31s\" is out of range; write whole seconds, 2s to 30s"),
        Refusal(
            "lease: 2500ms",
            "2:8: lease \"2500ms\" is not a whole number of seconds, as the kernel counts; write 2s to 30s"),
        Refusal(
            "node: \"\"",
            "2:7: node \"\" is not a node's name; write 1 to 63 characters of A-Z a-z 0-9 . _ -, like k8s-controller1"),
        Refusal(
            "node: k8s controller",
            "2:7: node \"k8s controller\" is not a node's name; write 1 to 63 characters of A-Z a-z 0-9 . _ -, like "
                + "k8s-controller1"),
        Refusal(
            "node: knöten",
            "2:7: node \"knöten\" is not a node's name; write 1 to 63 characters of A-Z a-z 0-9 . _ -, like "
                + "k8s-controller1"),
        Refusal(
            "interface: ../eth0",
            "2:12: interface \"../eth0\" is not an interface's name; write 1 to 15 characters without space, slash or "
                + "colon, like eth0"),
        Refusal(
            "interface: abcdefghijklmnop",
            "2:12: interface \"abcdefghijklmnop\" is not an interface's name; write 1 to 15 characters without space, "
                + "slash or colon, like eth0"),
        Refusal(
            "interface: eth0:1",
            "2:12: interface \"eth0:1\" is not an interface's name; write 1 to 15 characters without space, slash or "
                + "colon, like eth0"),
        Refusal(
            "deviceSelector: {hardwareAddr: 52-54-00-12-34-56}",
            "2:32: hardwareAddr \"52-54-00-12-34-56\" matches no hardware address; write one like 52:54:00:12:34:56, or "
                + "a part like 52:54:00:*"),
        Refusal(
            "deviceSelector: {driver: \"\"}",
            "2:26: driver \"\" is not a pattern; write 1 to 128 printable ASCII characters, * for anything"),
    ]

    @Test("A setting outside its bounds is refused with them", arguments: settings)
    func setting(_ refused: Refusal) {
        #expect(refusal("vip: 192.168.1.210\n\(refused.text)\n") == "vipd.yaml:\(refused.error)")
    }

    @Test("The values at the ends of their ranges are accepted")
    func bounds() throws {
        let low = try load(
            "vip: 10.0.0.1\npriority: 1\ninterval: 10ms\nsuspectAfter: 15ms\nlease: 2s\ninterface: e\nnode: a")
        #expect(
            low.groups == [
                GroupConfiguration(
                    addresses: [.init(10, 0, 0, 1)], link: .named("e"), priority: 1, interval: .milliseconds(10),
                    suspectAfter: .milliseconds(15), leaseSeconds: 2)
            ])
        let node = String(repeating: "n", count: 63)
        let high = try load(
            "vip: 10.0.0.1\npriority: 254\ninterval: 10s\nsuspectAfter: 1m\nlease: 30000ms\ninterface: abcdefghijklmno\n"
                + "node: \(node)")
        #expect(high.node == node)
        #expect(
            high.groups == [
                GroupConfiguration(
                    addresses: [.init(10, 0, 0, 1)], link: .named("abcdefghijklmno"), priority: 254,
                    interval: .seconds(10), suspectAfter: .seconds(60), leaseSeconds: 30)
            ])
    }

    @Test("An address twice in a group is refused")
    func duplicateInGroup() {
        #expect(
            refusal("vip:\n  - 10.0.0.1\n  - 10.0.0.2\n  - 10.0.0.1\n")
                == "vipd.yaml:4:5: 10.0.0.1 stands here again, first on line 2; remove one of them")
        #expect(
            refusal("node: a", RunOptions(vips: ["10.0.0.1", "10.0.0.1"]))
                == "--vip 10.0.0.1 is given twice; remove one of them")
    }

    @Test("An address in two groups, and two groups of one name, are refused")
    func duplicatesAcrossGroups() {
        let text = """
            groups:
              - {name: api, addresses: [10.0.0.1]}
              - {name: web, addresses: [10.0.0.1]}
              - {name: api, addresses: [10.0.0.2]}
              - {addresses: [10.0.0.3]}
              - {addresses: [10.0.0.4]}
            """
        #expect(
            refusal(text) == """
                vipd.yaml:3:29: 10.0.0.1 stands here again, but group api has it on line 2; an address belongs to one group
                vipd.yaml:4:12: group api stands here again, first on line 2; give each group a name of its own
                vipd.yaml:6:5: group default stands here again, first on line 5; give each group a name of its own
                """)
    }

    @Test("A group's name is 1 to 32 of a few characters", arguments: ["a b", "", "a/b", ".."])
    func groupName(_ name: String) {
        #expect(
            refusal("groups: [{name: \"\(name)\", addresses: [10.0.0.1]}]")
                == "vipd.yaml:1:17: name \"\(name)\" is not a group's name; write 1 to 32 characters of A-Z a-z 0-9 . _ -, "
                + "like api")
    }

    @Test("4096 addresses and 256 groups are accepted, one more is refused")
    func counts() throws {
        func addresses(_ count: Int) -> String {
            (0..<count).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: "\n  - ")
        }
        #expect(try load("vip:\n  - \(addresses(4096))").groups[0].addresses.count == 4096)
        #expect(
            refusal("vip:\n  - \(addresses(4097))")
                == "vipd.yaml:4098:5: vip has 4097 addresses; write at most 4096 in a group")
        func groups(_ count: Int) -> String {
            (0..<count).map { "  - {name: g\($0), addresses: [10.0.\($0 / 256).\($0 % 256)]}\n" }.joined()
        }
        #expect(try load("groups:\n\(groups(256))").groups.count == 256)
        #expect(refusal("groups:\n\(groups(257))") == "vipd.yaml:258:5: groups has 257 entries; write at most 256")
    }

    @Test("A long or hostile value is shown cut and printable, on one line")
    func hostileValue() {
        let text = refusal("vip: \"\\e[31m\\n\\u202E\(String(repeating: "x", count: 100))\"")
        #expect(
            text == "vipd.yaml:1:6: \"\\u{1b}[31m\\u{a}\\u{202e}\(String(repeating: "x", count: 53))…\" is not an IPv4 "
                + "address; write four numbers from 0 to 255, like 192.168.1.210")
    }
}
