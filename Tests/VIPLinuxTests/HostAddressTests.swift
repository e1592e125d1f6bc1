// Lists of all addresses, IPv4 and IPv6: what the kernel sends, and what it has in a network namespace of the test's own.

import CVIPLinux
import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// RTM_NEWADDR of 2001:db8::10/64 on interface 2, for ever.
private let newAddress: [UInt8] = [
    0x48, 0x00, 0x00, 0x00,  // nlmsg_len 72
    0x14, 0x00, 0x02, 0x00,  // nlmsg_type RTM_NEWADDR, nlmsg_flags NLM_F_MULTI
    0x07, 0x00, 0x00, 0x00,  // nlmsg_seq 7
    0x00, 0x00, 0x00, 0x00,  // nlmsg_pid
    0x0A, 0x40, 0x80, 0x00,  // ifa_family AF_INET6, ifa_prefixlen 64, ifa_flags PERMANENT, ifa_scope universe
    0x02, 0x00, 0x00, 0x00,  // ifa_index 2
    0x14, 0x00, 0x01, 0x00,  // IFA_ADDRESS
    0x20, 0x01, 0x0D, 0xB8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
    0x14, 0x00, 0x06, 0x00,  // IFA_CACHEINFO
    0xFF, 0xFF, 0xFF, 0xFF,  // ifa_prefered: for ever
    0xFF, 0xFF, 0xFF, 0xFF,  // ifa_valid
    0x11, 0x00, 0x00, 0x00, 0x22, 0x00, 0x00, 0x00,  // cstamp, tstamp
    0x08, 0x00, 0x08, 0x00, 0x80, 0x00, 0x00, 0x00,  // IFA_FLAGS: PERMANENT
]

@Suite struct HostAddressMessageTests {
    @Test("An IPv6 address gives its text, length, scope and flags")
    func address() throws {
        let address = try #require(HostAddress(try onlyMessage(in: newAddress)))
        #expect(address.family == .inet6)
        #expect(address.text == "2001:db8::10")
        #expect(address.prefixLength == 64)
        #expect(address.interfaceIndex == 2)
        #expect(address.scope == 0 && address.flags == 0x80 && address.isPreferred)
    }

    @Test("With another end on the link, the local address is this machine's")
    func peer() throws {
        var both = newAddress
        both[0] += 20
        both += [0x14, 0x00, 0x02, 0x00] + [UInt8](repeating: 0, count: 15) + [1]  // IFA_LOCAL ::1
        #expect(HostAddress(try onlyMessage(in: both))?.text == "::1")
    }

    @Test("An address that may be no source is told as such")
    func deprecated() throws {
        var message = newAddress
        for offset in 48..<52 { message[offset] = 0 }
        #expect(try HostAddress(onlyMessage(in: message))?.isPreferred == false)
    }

    @Test("An address of another length, none at all, and a prefix beyond 128 are refused")
    func malformed() {
        #expect(isRefused(newAddress.with(129, at: 17)))
        #expect(isRefused(newAddress.with(0x10, at: 24).with(3, at: 26)))
        #expect(isRefused(newAddress.with(3, at: 26)), "there is no IFA_ADDRESS")
        #expect(isRefused(newAddress.with(0x13, at: 44)), "its lifetimes are cut off")
    }

    @Test("Whatever stands in its bytes, a message is read or refused", arguments: 0..<8)
    func mutated(seed: Int) {
        for mutant in mutants(of: newAddress, seed: seed) {
            for case .message(let message) in parse(mutant) {
                #expect(message.ipv6_address.prefix_length <= 128)
            }
        }
    }

    @Test("To those who watch IPv4 addresses an IPv6 address is no change")
    func notWatched() throws {
        #expect(RouteChange(try onlyMessage(in: newAddress)) == nil)
    }
}

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct HostAddressTests {
    @Test("All addresses of both families are listed, with those that vipd holds as no source")
    func list() throws {
        try inNetworkNamespace {
            try ip("link set lo up")
            try makePair()
            try ip("address add 10.0.0.1/24 dev left")
            try ip("address add fd00::1/64 dev left nodad")
            let index = try link("left").index
            let route = try RouteSocket()
            #expect(route.setAddresses([.init(10, 0, 0, 9)], lifetimeSeconds: 30, interfaceIndex: index) == [0])
            let addresses = try route.hostAddresses()
            func prefixes(_ chosen: [HostAddress]) -> Set<String> {
                Set(chosen.map { "\($0.text)/\($0.prefixLength)" })
            }
            let own = addresses.filter { $0.interfaceIndex == index && $0.scope == 0 }
            #expect(prefixes(own) == ["10.0.0.1/24", "10.0.0.9/32", "fd00::1/64"])
            #expect(prefixes(own.filter { !$0.isPreferred }) == ["10.0.0.9/32"])
            #expect(prefixes(addresses.filter { $0.scope == 254 }) == ["127.0.0.1/8", "::1/128"])
        }
    }
}
