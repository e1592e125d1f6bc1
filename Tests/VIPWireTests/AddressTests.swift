// Addresses and their texts.

import Testing
import VIPWire

@Suite struct AddressTests {
    @Test(
        "an IPv4 address is read from its text and written the same",
        arguments: [
            ("0.0.0.0", 0), ("0.0.0.1", 1), ("1.2.3.4", 0x0102_0304), ("192.168.1.210", 0xC0A8_01D2),
            ("9.10.99.100", 0x090A_6364), ("199.200.249.250", 0xC7C8_F9FA), ("255.255.255.255", 0xFFFF_FFFF),
        ] as [(String, UInt32)]
    )
    func ipv4(text: String, bits: UInt32) {
        #expect(IPv4Address(text)?.bits == bits)
        #expect(IPv4Address(bits: bits).description == text)
    }

    @Test("an IPv4 address of four octets is that of its text")
    func ipv4Octets() {
        #expect(IPv4Address(192, 168, 1, 210) == IPv4Address("192.168.1.210"))
        #expect(IPv4Address(0, 0, 0, 0) == .unspecified)
    }

    @Test(
        "what is not four decimal octets is no IPv4 address",
        arguments: [
            "", ".", "...", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.",
            "256.1.1.1", "1.1.1.256", "1.1.1.999", "1.1.1.1000", "1.1.1.4294967297", "1.1.1.18446744073709551617",
            "01.2.3.4", "1.2.3.04", "00.0.0.0", "1.2.3.000", "0x1.2.3.4", "1.2.3.0xa", "a.b.c.d",
            "+1.2.3.4", "-1.2.3.4", "1.2.3.-4", "1.2.3.+4",
            " 1.2.3.4", "1.2.3.4 ", "1. 2.3.4", "1.2.3.4\n", "\t1.2.3.4", "1.2.3.4\0",
            "1.2.3.4/24", "1.2.3.4/32", "1.2.3.4:80", "3232235986", "::ffff:1.2.3.4", "1,2,3,4", "localhost",
            "\u{661}.2.3.4", "1.2.3.\u{FF14}", "1.2.3.\u{1D7D2}", "1\u{3002}2\u{3002}3\u{3002}4", "1.2.3.4\u{301}",
        ]
    )
    func notIPv4(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test("part of a text is read without copying it")
    func substrings() {
        #expect(IPv4Address("10.0.0.1/24".prefix(8)) == IPv4Address(10, 0, 0, 1))
        #expect(MACAddress("lladdr 02:00:00:00:00:01".suffix(17)) == MACAddress(bits: 0x0200_0000_0001))
    }

    @Test(
        "a machine can have the addresses between this network, loopback and multicast",
        arguments: [
            ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true), ("10.0.0.1", true),
            ("126.255.255.255", true), ("127.0.0.0", false), ("127.255.255.255", false), ("128.0.0.0", true),
            ("169.254.1.1", true), ("192.168.1.255", true), ("223.255.255.255", true), ("224.0.0.0", false),
            ("239.255.255.255", false), ("240.0.0.0", false), ("255.255.255.254", false), ("255.255.255.255", false),
        ]
    )
    func unicast(text: String, isUnicast: Bool) throws {
        #expect(try #require(IPv4Address(text)).isUnicast == isUnicast)
    }

    @Test(
        "two addresses are in one subnet if they share the prefix",
        arguments: [
            ("192.168.1.210", "192.168.1.1", 24, true), ("192.168.1.210", "192.168.2.1", 24, false),
            ("192.168.1.210", "192.168.2.1", 23, false), ("192.168.1.210", "192.168.2.1", 22, true),
            ("192.168.1.210", "192.168.1.210", 32, true), ("192.168.1.210", "192.168.1.211", 32, false),
            ("192.168.1.210", "192.168.1.211", 31, true), ("192.168.1.211", "192.168.1.212", 31, false),
            ("0.0.0.0", "255.255.255.255", 0, true), ("0.0.0.0", "128.0.0.0", 1, false),
            ("127.255.255.255", "0.0.0.0", 1, true),
        ]
    )
    func subnet(left: String, right: String, prefixLength: Int, shared: Bool) throws {
        let left = try #require(IPv4Address(left))
        let right = try #require(IPv4Address(right))
        #expect(left.isInSubnet(of: right, prefixLength: prefixLength) == shared)
        #expect(right.isInSubnet(of: left, prefixLength: prefixLength) == shared)
    }

    @Test("a prefix longer than an address, or shorter than none, is a programmer's error")
    func prefixLengths() async {
        await #expect(processExitsWith: .failure) {
            _ = IPv4Address.unspecified.isInSubnet(of: .unspecified, prefixLength: 33)
        }
        await #expect(processExitsWith: .failure) {
            _ = IPv4Address.unspecified.isInSubnet(of: .unspecified, prefixLength: -1)
        }
    }

    @Test("addresses are ordered as numbers, not as texts")
    func order() {
        #expect(IPv4Address(9, 0, 0, 0) < IPv4Address(10, 0, 0, 0))
        #expect(IPv4Address(127, 255, 255, 255) < IPv4Address(128, 0, 0, 0))
        #expect(MACAddress(bits: 0x0200_0000_00FF) < MACAddress(bits: 0x0200_0000_0100))
        #expect(!(MACAddress.broadcast < MACAddress.broadcast))
    }

    @Test(
        "a MAC address is read in either case and written in lower case",
        arguments: [
            ("00:00:00:00:00:00", 0), ("02:00:00:00:00:01", 0x0200_0000_0001), ("FF:ff:Ff:fF:ff:FF", 0xFFFF_FFFF_FFFF),
            ("03:56:49:50:44:01", 0x0356_4950_4401), ("0a:1B:2c:3D:4e:5F", 0x0A1B_2C3D_4E5F),
        ] as [(String, UInt64)]
    )
    func mac(text: String, bits: UInt64) {
        #expect(MACAddress(text)?.bits == bits)
        #expect(MACAddress(bits: bits).description == text.lowercased())
    }

    @Test(
        "what is not six pairs of hexadecimal digits is no MAC address",
        arguments: [
            "", ":::::", "02:00:00:00:00", "02:00:00:00:00:01:02", "2:0:0:0:0:1", "002:00:00:00:00:01",
            "02-00-00-00-00-01", "0200.0000.0001", "020000000001", "02:00:00:00:00:0g", "02:00:00:00:00:0G",
            "02:00:00:00:00:0/", "02:00:00:00:00:0@", "02:00:00:00:00:0`",
            " 02:00:00:00:00:01", "02:00:00:00:00:01 ", "02:00:00:00:00:01\n", "02:00:00:00:00: 1", "+2:00:00:00:00:01",
            "-2:00:00:00:00:01", "0x:00:00:00:00:01", "02:00:00:00:00:01:", "02:00:00:00:00:\u{FF10}1",
            "é:00:00:00:00:01",
        ]
    )
    func notMAC(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test("a MAC address has 48 bits, its first octet on top")
    func macBits() {
        let address = MACAddress(bits: 0xFFFF_0A1B_2C3D_4E5F)
        #expect(address.bits == 0x0A1B_2C3D_4E5F)
        #expect((0..<6).map { address[$0] } == [0x0A, 0x1B, 0x2C, 0x3D, 0x4E, 0x5F])
    }

    @Test("a MAC address has no seventh octet")
    func macOctets() async {
        await #expect(processExitsWith: .failure) { _ = MACAddress.zero[6] }
    }

    @Test("the lowest bit of the first octet makes a group's address")
    func groups() {
        #expect(MACAddress.broadcast.isGroup)
        #expect(Frame.multicast.isGroup)
        #expect(MACAddress(bits: 0x0100_5E00_0001).isGroup)
        #expect(!MACAddress.zero.isGroup)
        #expect(!MACAddress(bits: 0xFEFF_FFFF_FFFF).isGroup)
    }

    @Test("vipd's multicast address is one that anybody may use: locally administered")
    func multicast() {
        #expect(Frame.multicast.description == "03:56:49:50:44:01")
        #expect(Frame.multicast[0] & 0b10 != 0)
    }
}
