// Digests that nodes of different versions must agree on: the numbers here and in docs/PROTOCOL.md never change.

import Testing
import VIPWire

@Suite struct DigestTests {
    @Test("the digest of a group is pinned")
    func group() {
        #expect(Digest.group(name: "default", addresses: [IPv4Address(192, 168, 1, 210)]) == 0x0EDA_8CC8_F29E_7533)
        #expect(
            Digest.group(name: "api", addresses: [IPv4Address(192, 168, 1, 210), IPv4Address(192, 168, 1, 220)])
                == 0x6B2C_4C4F_8A6E_D58D
        )
        #expect(Digest.group(name: "\u{E9}", addresses: [IPv4Address(10, 0, 0, 1)]) == 0x4276_1AD3_F19B_8BE6)
    }

    @Test("the digest of a node is pinned")
    func node() {
        let id = Digest.node(
            machineID: "0123456789abcdef0123456789abcdef", mac: MACAddress(bits: 0x5254_0012_3456)
        )
        #expect(id == 0x7B79_4292_F376_3541)
    }

    @Test("the digest of nothing and of one octet are pinned")
    func octets() {
        #expect(Digest().value == 0xF52A_15E9_A9B5_E89B)
        var digest = Digest()
        digest.add(UInt8(ascii: "a"))
        #expect(digest.value == 0x02C0_BDBF_4814_20F8)
    }

    @Test("the order of a group's addresses does not matter")
    func order() {
        let addresses = (1...20).map { IPv4Address(10, 0, UInt8($0 % 3), UInt8($0)) }
        let expected = Digest.group(name: "api", addresses: addresses)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<100 {
            #expect(Digest.group(name: "api", addresses: addresses.shuffled(using: &generator)) == expected)
        }
    }

    @Test("groups that differ in a name or an address have different digests")
    func differences() {
        let groups = [
            Digest.group(name: "api", addresses: [IPv4Address(10, 0, 0, 1)]),
            Digest.group(name: "Api", addresses: [IPv4Address(10, 0, 0, 1)]),
            Digest.group(name: "api ", addresses: [IPv4Address(10, 0, 0, 1)]),
            Digest.group(name: "api", addresses: [IPv4Address(10, 0, 0, 2)]),
            Digest.group(name: "api", addresses: [IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2)]),
            Digest.group(name: "api", addresses: []),
            Digest.group(name: "", addresses: []),
        ]
        #expect(Set(groups).count == groups.count)
    }

    @Test("a text's end is part of the digest")
    func boundaries() {
        func digest(_ texts: String...) -> UInt64 {
            var digest = Digest()
            for text in texts { digest.add(text) }
            return digest.value
        }
        let digests = [digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", ""), digest("", "abc")]
        #expect(Set(digests).count == digests.count)
        // A name whose last eight octets are an address is not that address.
        #expect(
            Digest.group(name: "a\0\0\0\0\u{A}\0\0\u{1}", addresses: [])
                != Digest.group(name: "a", addresses: [IPv4Address(10, 0, 0, 1)])
        )
    }

    @Test("cloned machines differ by their MAC, and one machine's links differ")
    func clones() {
        let machineID = "0123456789abcdef0123456789abcdef"
        #expect(
            Digest.node(machineID: machineID, mac: MACAddress(bits: 1))
                != Digest.node(machineID: machineID, mac: MACAddress(bits: 2))
        )
        #expect(Digest.node(machineID: "a", mac: .zero) != Digest.node(machineID: "b", mac: .zero))
    }

    @Test("no digest is 0, which means none")
    func neverZero() {
        // FNV-1a of these eight octets is 0 (Fowler, Noll and Vo list them), and the final mix maps 0 to 0.
        var digest = Digest()
        for octet in [0xD5, 0x6B, 0xB9, 0x53, 0x42, 0x87, 0x08, 0x36] as [UInt8] { digest.add(octet) }
        #expect(digest.value == 1)
    }
}
