// The shim's parser of routes on bytes: what a kernel sends, what it never should, and what is cut off.

import CVIPLinux
import Testing
import VIPWire

@testable import VIPLinux

/// RTM_NEWROUTE of default via 10.0.0.254 on interface 3, metric 7.
private let route: [UInt8] = [
    0x3C, 0x00, 0x00, 0x00,  // nlmsg_len 60
    0x18, 0x00, 0x22, 0x00,  // nlmsg_type RTM_NEWROUTE, nlmsg_flags MULTI, DUMP_FILTERED
    0x01, 0x00, 0x00, 0x00,  // nlmsg_seq 1
    0x45, 0x5C, 0x00, 0x00,  // nlmsg_pid
    0x02, 0x00, 0x00, 0x00,  // rtm_family AF_INET, rtm_dst_len 0, rtm_src_len, rtm_tos
    0xFE, 0x03, 0x00, 0x01,  // rtm_table main, rtm_protocol boot, rtm_scope universe, rtm_type unicast
    0x00, 0x00, 0x00, 0x00,  // rtm_flags
    0x08, 0x00, 0x0F, 0x00, 0xFE, 0x00, 0x00, 0x00,  // RTA_TABLE main
    0x08, 0x00, 0x06, 0x00, 0x07, 0x00, 0x00, 0x00,  // RTA_PRIORITY 7
    0x08, 0x00, 0x05, 0x00, 0x0A, 0x00, 0x00, 0xFE,  // RTA_GATEWAY 10.0.0.254
    0x08, 0x00, 0x04, 0x00, 0x03, 0x00, 0x00, 0x00,  // RTA_OIF 3
]

/// RTM_NEWROUTE of default over 10.0.0.7 and 10.0.0.8, both on interface 3, metric 9.
private let multipath: [UInt8] = [
    0x48, 0x00, 0x00, 0x00,  // nlmsg_len 72
    0x18, 0x00, 0x22, 0x00,  // nlmsg_type RTM_NEWROUTE, nlmsg_flags MULTI, DUMP_FILTERED
    0x01, 0x00, 0x00, 0x00,  // nlmsg_seq 1
    0x45, 0x5C, 0x00, 0x00,  // nlmsg_pid
    0x02, 0x00, 0x00, 0x00,  // rtm_family AF_INET, rtm_dst_len 0, rtm_src_len, rtm_tos
    0xFE, 0x03, 0x00, 0x01,  // rtm_table main, rtm_protocol boot, rtm_scope universe, rtm_type unicast
    0x00, 0x00, 0x00, 0x00,  // rtm_flags
    0x08, 0x00, 0x06, 0x00, 0x09, 0x00, 0x00, 0x00,  // RTA_PRIORITY 9
    0x24, 0x00, 0x09, 0x00,  // RTA_MULTIPATH
    0x10, 0x00, 0x00, 0x02, 0x03, 0x00, 0x00, 0x00,  // rtnh_len 16, rtnh_flags, rtnh_hops, rtnh_ifindex 3
    0x08, 0x00, 0x05, 0x00, 0x0A, 0x00, 0x00, 0x07,  // RTA_GATEWAY 10.0.0.7
    0x10, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,  // rtnh_len 16, rtnh_flags, rtnh_hops, rtnh_ifindex 3
    0x08, 0x00, 0x05, 0x00, 0x0A, 0x00, 0x00, 0x08,  // RTA_GATEWAY 10.0.0.8
]

@Suite struct GatewayMessageTests {
    @Test("A default route gives its metric, its gateway and the interface")
    func single() throws {
        let message = try onlyMessage(in: route)
        #expect(message.kind == CVIP_MESSAGE_ROUTE)
        #expect(message.route.metric == 7)
        #expect(message.route.gateways(interfaceIndex: 3) == [IPv4Address(10, 0, 0, 254)])
        #expect(message.route.gateways(interfaceIndex: 4) == [])
    }

    @Test("A route over several gateways gives each, in order")
    func several() throws {
        let message = try onlyMessage(in: multipath)
        #expect(message.kind == CVIP_MESSAGE_ROUTE)
        #expect(message.route.metric == 9)
        #expect(
            message.route.gateways(interfaceIndex: 3) == [IPv4Address(10, 0, 0, 7), IPv4Address(10, 0, 0, 8)])
        let onTwo = try onlyMessage(in: multipath.with(4, at: 44))
        #expect(onTwo.route.gateways(interfaceIndex: 4) == [IPv4Address(10, 0, 0, 7)])
    }

    @Test(
        "Routes that are no default route of the main table that forwards are passed over",
        arguments: [
            ("of IPv6", route.with(10, at: 16)),
            ("of a subnet", route.with(8, at: 17)),
            ("of another table", route.with(100, at: 32)),
            ("of another table, in the header alone", multipath.with(100, at: 20)),
            ("unreachable", route.with(7, at: 23)),
            ("removed", route.with(0x19, at: 4)),
        ])
    func others(name: String, datagram: [UInt8]) throws {
        #expect(try onlyMessage(in: datagram).kind == CVIP_MESSAGE_OTHER, "\(name)")
    }

    @Test("An IPv6 gateway is no gateway here")
    func via() throws {
        // RTA_GATEWAY turned into RTA_VIA.
        #expect(try onlyMessage(in: route.with(18, at: 46)).route.hop_count == 0)
    }

    @Test("Of more gateways than there is room for, the first are told")
    func tooMany() throws {
        let hop = Array(multipath[40..<56])
        let hops = Array(repeating: hop, count: Int(CVIP_HOPS_SIZE) + 1).flatMap(\.self)
        let attribute: [UInt8] = [UInt8((hops.count + 4) & 255), UInt8((hops.count + 4) >> 8), 0x09, 0x00]
        let length = 36 + 4 + hops.count
        let message = Array(multipath[..<36]).with([UInt8(length & 255), UInt8(length >> 8)], from: 0)
        #expect(try onlyMessage(in: message + attribute + hops).route.hop_count == UInt32(CVIP_HOPS_SIZE))
    }

    @Test(
        "A route whose lengths lie is refused",
        arguments: [
            ("no room for its header", Array(route[..<24]).with(24, at: 0)),
            ("an RTA_GATEWAY of two bytes", route.with(6, at: 44)),
            ("an RTA_TABLE beyond the message", route.with(0x7F, at: 28)),
            ("a next hop of no length", multipath.with(0, at: 40)),
            ("a next hop shorter than its header", multipath.with(7, at: 40)),
            ("a next hop beyond the others", multipath.with(0x24, at: 40)),
            ("a next hop whose gateway is longer than it", multipath.with(0x0C, at: 48)),
            ("a next hop whose gateway is too short", multipath.with(0x06, at: 48)),
            ("next hops with a rest", multipath.with(0x0C, at: 56)),
        ])
    func lies(name: String, datagram: [UInt8]) {
        #expect(isRefused(datagram), "\(name)")
    }

    @Test("A route cut off anywhere is refused", arguments: [route, multipath])
    func truncated(message: [UInt8]) {
        for length in 1..<message.count {
            #expect(isRefused(Array(message[..<length])), "cut to \(length) bytes")
        }
    }

    @Test("Bytes that changed at random are parsed or refused, and the parser moves on", arguments: 0..<64)
    func mutations(seed: Int) {
        for datagram in mutants(of: route + multipath, seed: seed) { _ = parse(datagram) }
    }
}
