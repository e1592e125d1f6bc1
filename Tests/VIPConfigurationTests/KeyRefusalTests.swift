// Keys that do not exist, stand in the wrong place or twice, and values of the wrong type.

import Testing
import VIPConfiguration

@Suite struct KeyRefusalTests {
    static let keys = [
        Refusal(
            "vip: 192.168.1.210\nintervall: 100ms\n",
            "vipd.yaml:2:1: unknown key \"intervall\"; did you mean \"interval\"?"),
        Refusal(
            "groups:\n  - adresses: [192.168.1.210]\n    addresses: [192.168.1.211]\n",
            "vipd.yaml:2:5: unknown key \"adresses\"; did you mean \"addresses\"?"),
        Refusal(
            "vip: 192.168.1.210\nsuspect_after: 1s\n",
            "vipd.yaml:2:1: unknown key \"suspect_after\"; did you mean \"suspectAfter\"?"),
        Refusal(
            "vip: 192.168.1.210\ndeviceSelector: {pciId: \"8086:*\"}\n",
            "vipd.yaml:2:18: unknown key \"pciId\"; did you mean \"pciID\"?"),
        Refusal(
            "vip: 192.168.1.210\nquorum: 3\n",
            "vipd.yaml:2:1: unknown key \"quorum\"; the keys here are node, vip, groups, keyFile, accept, acceptUnsigned, "
                + "realtime, interface, deviceSelector, priority, interval, suspectAfter, lease, broadcast, "
                + "preempt, preemptDelay, members, strict, confirm, pace, checks, whenAllUnhealthy, holdDown, hooks, "
                + "webhook"),
        Refusal(
            "vip: 192.168.1.210\n\"a\\nb\\e[1m\": 3\n",
            "vipd.yaml:2:1: unknown key \"a\\u{a}b\\u{1b}[1m\"; the keys here are node, vip, groups, keyFile, "
                + "accept, acceptUnsigned, realtime, interface, deviceSelector, priority, interval, suspectAfter, lease, broadcast, "
                + "preempt, preemptDelay, members, strict, confirm, pace, checks, whenAllUnhealthy, holdDown, hooks, "
                + "webhook"),
        Refusal(
            "vip: 192.168.1.210\npriority: 7\npriority: 8\n",
            "vipd.yaml:3:1: key \"priority\" stands here again, first on line 2; remove one of them"),
        Refusal(
            "groups:\n  - addresses: [192.168.1.210]\n    lease: 3s\n    lease: 3s\n",
            "vipd.yaml:4:5: key \"lease\" stands here again, first on line 3; remove one of them"),
        Refusal(
            "priority: 7\ngroups:\n  - addresses: [192.168.1.210]\n",
            "vipd.yaml:1:1: \"priority\" cannot stand beside \"groups\" (line 2); move it into the groups that it is "
                + "meant for"),
        Refusal(
            "groups:\n  - addresses: [192.168.1.210]\nvip: 192.168.1.211\n",
            "vipd.yaml:3:1: \"vip\" cannot stand beside \"groups\" (line 1); make it the \"addresses\" of a group"),
        Refusal(
            "addresses: [192.168.1.210]\nvip: 192.168.1.210\n",
            "vipd.yaml:1:1: \"addresses\" belongs into a group of \"groups\"; at the top of the file write vip"),
        Refusal(
            "vip: 192.168.1.210\nname: api\n",
            "vipd.yaml:2:1: \"name\" belongs into a group of \"groups\"; this machine's name is \"node\""),
        Refusal(
            "groups:\n  - vip: 192.168.1.210\n",
            "vipd.yaml:2:5: a group's addresses stand under \"addresses\"; \"vip\" belongs at the top of the file"),
        Refusal(
            "vip: 192.168.1.210\ninterface: eth0\ndeviceSelector: {physical: true}\n",
            "vipd.yaml:3:1: \"interface\" and \"deviceSelector\" both choose the interface; keep one of them"),
    ]

    @Test("A key that is wrong here is refused with its place and the right one", arguments: keys)
    func key(_ refused: Refusal) {
        #expect(refusal(refused.text) == refused.error)
    }

    static let types = [
        Refusal(
            "192.168.1.210\n",
            "vipd.yaml:1:1: the file must consist of keys, not of a single value; write for instance "
                + "vip: 192.168.1.210"),
        Refusal(
            "vip:192.168.1.210\n",
            "vipd.yaml:1:1: the file must consist of keys, not of a single value; write for instance "
                + "vip: 192.168.1.210, with a space after the colon"),
        Refusal(
            "- vip: 192.168.1.210\n",
            "vipd.yaml:1:1: the file must consist of keys, not of a list; write for instance vip: 192.168.1.210"),
        Refusal(
            "vip:\n",
            "vipd.yaml:1:5: vip must be an address or a list of addresses, not nothing; write for instance "
                + "vip: 192.168.1.210"),
        Refusal(
            "vip: []\n",
            "vipd.yaml:1:6: vip must be an address or a list of addresses, not an empty list; write for instance "
                + "vip: 192.168.1.210"),
        Refusal(
            "vip: {ip: 192.168.1.210}\n",
            "vipd.yaml:1:6: vip must be an address or a list of addresses, not a set of keys; write for instance "
                + "vip: 192.168.1.210"),
        Refusal(
            "vip: [192.168.1.210, [192.168.1.211]]\n",
            "vipd.yaml:1:22: each of vip must be an address, not a list; write one like 192.168.1.210"),
        Refusal(
            "groups:\n  - addresses: 192.168.1.210\n",
            "vipd.yaml:2:16: addresses must be a list of addresses, not a single value; write for instance "
                + "addresses: [192.168.1.210]"),
        Refusal(
            "groups:\n  - addresses: [~]\n",
            "vipd.yaml:2:17: each of addresses must be an address, not nothing; write one like 192.168.1.210"),
        Refusal(
            "groups: {name: api}\n",
            "vipd.yaml:1:9: groups must be a list of groups, not a set of keys; write for instance "
                + "groups: [{name: api, addresses: [192.168.1.210]}]"),
        Refusal(
            "groups: []\n",
            "vipd.yaml:1:9: groups must be a list of groups, not an empty list; write for instance "
                + "groups: [{name: api, addresses: [192.168.1.210]}]"),
        Refusal(
            "groups:\n  - 192.168.1.210\n",
            "vipd.yaml:2:5: a group must be a set of keys, not a single value; write for instance "
                + "{name: api, addresses: [192.168.1.210]}"),
        Refusal(
            "groups:\n  - name: api\n",
            "vipd.yaml:2:5: group api has no addresses; add for instance addresses: [192.168.1.210]"),
        Refusal(
            "vip: 192.168.1.210\npriority: [7]\n",
            "vipd.yaml:2:11: priority must be a whole number, not a list; write 1 to 254"),
        Refusal(
            "vip: 192.168.1.210\npriority:\n",
            "vipd.yaml:2:10: priority must be a whole number, not nothing; write 1 to 254"),
        Refusal(
            "vip: 192.168.1.210\npriority: \"7\"\n",
            "vipd.yaml:2:11: priority \"7\" is in quotes; write the number without them"),
        Refusal(
            "vip: 192.168.1.210\ninterval: {ms: 100}\n",
            "vipd.yaml:2:11: interval must be a duration, not a set of keys; write 10ms to 10s"),
        Refusal(
            "vip: 192.168.1.210\ndeviceSelector: eth0\n",
            "vipd.yaml:2:17: deviceSelector must be a set of keys, not a single value; write for instance "
                + "{physical: true}"),
        Refusal(
            "vip: 192.168.1.210\ndeviceSelector: {}\n",
            "vipd.yaml:2:17: deviceSelector must be a set of keys, not an empty set of keys; write for instance "
                + "{physical: true}"),
        Refusal(
            "vip: 192.168.1.210\nbroadcast: [true]\n",
            "vipd.yaml:2:12: broadcast must be true or false, not a list; write true or false"),
        Refusal(
            "vip: 192.168.1.210\nbroadcast: yes\n",
            "vipd.yaml:2:12: broadcast \"yes\" is neither true nor false; write true"),
        Refusal(
            "vip: 192.168.1.210\nbroadcast: Off\n",
            "vipd.yaml:2:12: broadcast \"Off\" is neither true nor false; write false"),
        Refusal(
            "vip: 192.168.1.210\nbroadcast: maybe\n",
            "vipd.yaml:2:12: broadcast \"maybe\" is neither true nor false; write one of the two"),
        Refusal(
            "vip: 192.168.1.210\nbroadcast: 'true'\n",
            "vipd.yaml:2:12: broadcast \"true\" is in quotes; write true without them"),
    ]

    @Test("A value of the wrong type is refused with its place and an example", arguments: types)
    func type(_ refused: Refusal) {
        #expect(refusal(refused.text) == refused.error)
    }

    @Test("All problems of a file are told, in its order, each on a line")
    func several() {
        let text = "vip: [192.168.1.300, 192.168.1.210, 192.168.1.210]\npriority: 255\nfoo: 1\ninterval: 100\n"
        let lines = refusal(text).split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(lines == ["vipd.yaml:1:7:", "vipd.yaml:1:37:", "vipd.yaml:2:11:", "vipd.yaml:3:1:", "vipd.yaml:4:11:"])
    }

    @Test("Of very many problems twenty are told and the rest counted")
    func bounded() {
        let text = (0..<5000).map { "key\($0): 1\n" }.joined()
        let lines = refusal("vip: 192.168.1.210\n" + text).split(separator: "\n")
        #expect(lines.count == 21)
        #expect(lines.last == "and 4980 more")
    }
}
