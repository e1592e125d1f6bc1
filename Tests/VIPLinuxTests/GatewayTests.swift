// The gateways of an interface, from routing tables in network namespaces of the tests' own.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// The gateways of `left`, which has 10.0.0.1/24 as `right` has 10.0.1.1/24, after those `ip` commands.
private func gateways(after commands: [String]) throws -> [String] {
    try inNetworkNamespace {
        try makePair()
        try ip("address add 10.0.0.1/24 dev left")
        try ip("address add 10.0.1.1/24 dev right")
        for command in commands { try ip(command) }
        return try RouteSocket().gateways(interfaceIndex: link("left").index).map(\.description)
    }
}

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct GatewayTests {
    @Test("The gateway of the default route is found")
    func one() throws {
        #expect(try gateways(after: ["route add default via 10.0.0.254 dev left"]) == ["10.0.0.254"])
    }

    @Test("Several are listed by metric, the lowest first, each once")
    func metrics() throws {
        let found = try gateways(after: [
            "route add default via 10.0.0.3 dev left metric 300",
            "route add default via 10.0.0.4 dev left metric 100",
            "route add default via 10.0.0.2 dev left metric 200",
            "route add default via 10.0.0.3 dev left metric 50 tos 0x10",
            "route add default via 10.0.0.9 dev left",
        ])
        #expect(found == ["10.0.0.9", "10.0.0.3", "10.0.0.4", "10.0.0.2"])
    }

    @Test(
        "There is none where no default route leads through the interface and over an IPv4 gateway",
        arguments: [
            [],
            ["route add default dev left"],
            ["route add default via 10.0.1.254 dev right"],
            ["route add 10.7.0.0/16 via 10.0.0.254 dev left", "route add 0.0.0.0/1 via 10.0.0.254 dev left"],
            ["route add default via 10.0.0.254 dev left table 100"],
            ["route add unreachable default"],
            ["route add default via inet6 fe80::1 dev left"],
        ])
    func none(commands: [String]) throws {
        #expect(try gateways(after: commands) == [])
    }

    @Test("There is none where nothing was ever routed")
    func neverRouted() throws {
        let found = try inNetworkNamespace { try RouteSocket().gateways(interfaceIndex: 1) }
        #expect(found == [])
    }

    @Test("Of a route over several gateways, those on the interface are taken, without IPv6 ones")
    func multipath() throws {
        let found = try gateways(after: [
            "route add default nexthop via 10.0.0.7 dev left weight 3 nexthop via 10.0.1.7 dev right "
                + "nexthop via inet6 fe80::1 dev left nexthop via 10.0.0.8 dev left"
        ])
        #expect(found == ["10.0.0.7", "10.0.0.8"])
    }

    @Test("Next hops that are objects are found, alone and in groups")
    func objects() throws {
        let found = try gateways(after: [
            "nexthop add id 5 via 10.0.0.5 dev left", "nexthop add id 6 via 10.0.0.6 dev left",
            "nexthop add id 7 via 10.0.1.7 dev right", "nexthop add id 9 group 6/7",
            "route add default nhid 5 metric 2", "route add default nhid 9 metric 1",
        ])
        #expect(found == ["10.0.0.6", "10.0.0.5"])
    }

    @Test("A thousand other routes do not hide it")
    func manyRoutes() throws {
        try inNetworkNamespace {
            try makePair()
            try ip("address add 10.0.0.1/24 dev left")
            let index = try link("left").index
            let route = try RouteSocket()
            let addresses = (0..<1024).map { IPv4Address(bits: 0x0A01_0000 + $0) }
            _ = route.setAddresses(addresses, lifetimeSeconds: 30, interfaceIndex: index)
            for number in 1...100 { try ip("route add 10.\(100 + number).0.0/16 via 10.0.0.3 dev left") }
            try ip("route add default via 10.0.0.254 dev left")
            #expect(try route.gateways(interfaceIndex: index) == [IPv4Address(10, 0, 0, 254)])
        }
    }
}
