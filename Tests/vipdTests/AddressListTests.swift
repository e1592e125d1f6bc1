// `vipd get addresses`: the columns of talosctl, and its JSON.

import Testing
import VIPJSON
import VIPLinux

@testable import vipd

@Suite struct AddressListTests {
    private static func row(
        _ family: HostAddress.Family, _ text: String, _ length: Int, on link: String, scope: UInt8 = 0,
        flags: UInt32 = 0x80
    ) -> AddressList.Row {
        AddressList.Row(
            address: HostAddress(
                family: family, interfaceIndex: 2, text: text, prefixLength: length, scope: scope, flags: flags,
                isPreferred: true), link: link)
    }

    private static let list = AddressList(
        node: "192.168.1.211",
        rows: [
            row(.inet4, "127.0.0.1", 8, on: "lo", scope: 254), row(.inet4, "192.168.1.211", 24, on: "eth0"),
            row(.inet4, "192.168.1.210", 32, on: "eth0", flags: 0x220),
            row(.inet6, "fe80::1e69:7aff:fe2d:1", 64, on: "eth0", scope: 253),
        ])

    @Test("The table has talosctl's columns, three blanks between them, in the order of the ids")
    func table() {
        let expected = """
            NODE            NAMESPACE   TYPE            ID                               VERSION   ADDRESS                     LINK
            192.168.1.211   network     AddressStatus   eth0/192.168.1.210/32            1         192.168.1.210/32            eth0
            192.168.1.211   network     AddressStatus   eth0/192.168.1.211/24            1         192.168.1.211/24            eth0
            192.168.1.211   network     AddressStatus   eth0/fe80::1e69:7aff:fe2d:1/64   1         fe80::1e69:7aff:fe2d:1/64   eth0
            192.168.1.211   network     AddressStatus   lo/127.0.0.1/8                   1         127.0.0.1/8                 lo

            """
        #expect(Self.list.table == expected)
    }

    @Test("The JSON has one object an address, with Talos' names for scopes and flags")
    func json() throws {
        let objects = Self.list.json.split(separator: "\n}").filter { $0.contains("{") }
        try #require(objects.count == 4)
        let fields = try JSONFields(JSONValue(parsing: Array("\(objects[0])}".utf8)), at: "")
        #expect(try fields.string("node") == "192.168.1.211")
        let metadata = try fields.object("metadata")
        #expect(try metadata.string("type") == "AddressStatuses.net.talos.dev")
        #expect(try metadata.string("id") == "eth0/192.168.1.210/32")
        let spec = try fields.object("spec")
        #expect(try spec.string("address") == "192.168.1.210/32")
        #expect(try spec.string("linkName") == "eth0" && spec.string("family") == "inet4")
        #expect(try spec.string("scope") == "global" && spec.string("flags") == "deprecated,noprefixroute")
    }

    @Test("Without addresses there is the heading alone, and no JSON")
    func empty() {
        let list = AddressList(node: "a", rows: [])
        #expect(list.table == "NODE   NAMESPACE   TYPE   ID   VERSION   ADDRESS   LINK\n")
        #expect(list.json.isEmpty)
    }

    @Test("This machine's loopback address is in its list")
    func here() throws {
        let ran = try run("get", "addresses")
        #expect(ran.code == 0)
        #expect(ran.output.contains("   lo/127.0.0.1/8   "))
    }

    @Test(
        "What there is not to get is refused with what there is",
        arguments: [
            (["get", "links"], "vipd: get knows only addresses, not 'links'\n"),
            (["get"], "vipd: get needs one of addresses, as in 'vipd get addresses'\n"),
            (["get", "addresses", "-o", "yaml"], "vipd: --output is table or json, not 'yaml'\n"),
        ])
    func refused(arguments: [String], error: String) throws {
        let ran = try run(arguments)
        #expect(ran.code == 2)
        #expect(ran.errors == error)
    }
}
