// The keys for the frames: keyFile, accept, acceptUnsigned and --key-file.

import Testing
import VIPConfiguration

@Suite struct FrameKeyTests {
    @Test("without a word on keys there are none")
    func none() throws {
        #expect(try load("vip: 192.168.1.210\n").keys == KeySettings())
    }

    @Test(
        "keys stand at the top of the file, beside vip and beside groups",
        arguments: ["vip: 192.168.1.210", "groups: [{addresses: [192.168.1.210]}]"])
    func places(groups: String) throws {
        let keys = try load(
            groups + "\nkeyFile: /etc/vipd/key\naccept: [/etc/vipd/old, /etc/vipd/new]\nacceptUnsigned: true\n"
        ).keys
        #expect(
            keys
                == KeySettings(
                    file: "/etc/vipd/key", accepted: ["/etc/vipd/old", "/etc/vipd/new"], acceptsUnsigned: true))
    }

    @Test("a single accepted key needs no list")
    func single() throws {
        let keys = try load("vip: 192.168.1.210\nkeyFile: /k\naccept: /old\n").keys
        #expect(keys == KeySettings(file: "/k", accepted: ["/old"]))
    }

    @Test("--key-file goes before the file's, and is enough for its accept and acceptUnsigned")
    func flag() throws {
        let options = RunOptions(keyFile: "mine")
        #expect(try load("vip: 192.168.1.210\nkeyFile: /k\n", options).keys.file == "mine")
        let keys = try load("vip: 192.168.1.210\naccept: [/old]\nacceptUnsigned: true\n", options).keys
        #expect(keys == KeySettings(file: "mine", accepted: ["/old"], acceptsUnsigned: true))
    }

    static let refused = [
        Refusal(
            "vip: 192.168.1.210\nkeyFile: key\n",
            "vipd.yaml:2:10: keyFile \"key\" is not an absolute path of at most 4096 bytes; write one like /etc/vipd/key"
        ),
        Refusal(
            "vip: 192.168.1.210\naccept: [/old]\n",
            "vipd.yaml:2:1: accept needs keyFile, the key that this machine signs with; add for instance keyFile: "
                + "/etc/vipd/key, or remove accept"),
        Refusal(
            "vip: 192.168.1.210\nacceptUnsigned: true\n",
            "vipd.yaml:2:1: acceptUnsigned needs keyFile, the key that this machine signs with; add for instance keyFile: "
                + "/etc/vipd/key, or remove acceptUnsigned"),
        Refusal(
            "vip: 192.168.1.210\nkeyFile: /k\naccept: {a: b}\n",
            "vipd.yaml:3:9: accept must be a path or a list of paths, not a set of keys; write for instance accept: "
                + "[/etc/vipd/old.key]"),
        Refusal(
            "vip: 192.168.1.210\nkeyFile: /k\naccept: [[/a]]\n",
            "vipd.yaml:3:10: each of accept must be a path, not a list; write one like /etc/vipd/old.key"),
        Refusal(
            "vip: 192.168.1.210\nkeyFile: /k\naccept: [/1, /2, /3, /4, /5, /6, /7, /8, /9]\n",
            "vipd.yaml:3:42: accept has 9 keys; write at most 8"),
        Refusal(
            "vip: 192.168.1.210\nkeyFile: /k\nacceptUnsigned: yes\n",
            "vipd.yaml:3:17: acceptUnsigned \"yes\" is neither true nor false; write true"),
        Refusal(
            "groups: [{addresses: [192.168.1.210], keyFile: /k}]\n",
            "vipd.yaml:1:39: \"keyFile\" belongs at the top of the file: it is for all groups"),
    ]

    @Test("what makes no sense about keys is refused with the way out", arguments: refused)
    func refuses(_ refused: Refusal) {
        #expect(refusal(refused.text) == refused.error)
    }
}
