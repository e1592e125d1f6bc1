// The shim's rtnetlink parser on bytes: what a kernel sends, what it never should, and what is cut off.

import CVIPLinux
import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// RTM_NEWADDR of 192.168.1.210/32 on interface 2, valid for 3 s.
private let newAddress: [UInt8] = [
    0x4C, 0x00, 0x00, 0x00,  // nlmsg_len 76
    0x14, 0x00, 0x00, 0x00,  // nlmsg_type RTM_NEWADDR, nlmsg_flags
    0x07, 0x00, 0x00, 0x00,  // nlmsg_seq 7
    0x00, 0x00, 0x00, 0x00,  // nlmsg_pid
    0x02, 0x20, 0x20, 0x00,  // ifa_family AF_INET, ifa_prefixlen 32, ifa_flags, ifa_scope universe
    0x02, 0x00, 0x00, 0x00,  // ifa_index 2
    0x08, 0x00, 0x01, 0x00, 0xC0, 0xA8, 0x01, 0xD2,  // IFA_ADDRESS
    0x08, 0x00, 0x02, 0x00, 0xC0, 0xA8, 0x01, 0xD2,  // IFA_LOCAL
    0x14, 0x00, 0x06, 0x00,  // IFA_CACHEINFO
    0x00, 0x00, 0x00, 0x00,  // ifa_prefered 0
    0x03, 0x00, 0x00, 0x00,  // ifa_valid 3
    0x11, 0x00, 0x00, 0x00, 0x22, 0x00, 0x00, 0x00,  // cstamp, tstamp
    0x08, 0x00, 0x08, 0x00, 0x20, 0x02, 0x00, 0x00,  // IFA_FLAGS: NOPREFIXROUTE, DEPRECATED
    0x05, 0x00, 0x0B, 0x00, 0x56, 0x00, 0x00, 0x00,  // IFA_PROTO 'V', padding
]

/// RTM_NEWLINK of a veth named eth0 that is up.
private let newLink: [UInt8] = [
    0x74, 0x00, 0x00, 0x00,  // nlmsg_len 116
    0x10, 0x00, 0x02, 0x00,  // nlmsg_type RTM_NEWLINK, nlmsg_flags NLM_F_MULTI
    0x01, 0x00, 0x00, 0x00,  // nlmsg_seq 1
    0x00, 0x00, 0x00, 0x00,  // nlmsg_pid
    0x00, 0x00, 0x01, 0x00,  // ifi_family AF_UNSPEC, ifi_type ARPHRD_ETHER
    0x02, 0x00, 0x00, 0x00,  // ifi_index 2
    0x43, 0x10, 0x01, 0x00,  // ifi_flags UP, BROADCAST, RUNNING, MULTICAST, LOWER_UP
    0x00, 0x00, 0x00, 0x00,  // ifi_change
    0x09, 0x00, 0x03, 0x00, 0x65, 0x74, 0x68, 0x30, 0x00, 0x00, 0x00, 0x00,  // IFLA_IFNAME "eth0", padding
    0x08, 0x00, 0x04, 0x00, 0xDC, 0x05, 0x00, 0x00,  // IFLA_MTU 1500
    0x08, 0x00, 0x0A, 0x00, 0x05, 0x00, 0x00, 0x00,  // IFLA_MASTER 5
    0x05, 0x00, 0x10, 0x00, 0x06, 0x00, 0x00, 0x00,  // IFLA_OPERSTATE up, padding
    0x05, 0x00, 0x21, 0x00, 0x01, 0x00, 0x00, 0x00,  // IFLA_CARRIER 1, padding
    0x0A, 0x00, 0x01, 0x00, 0x02, 0x00, 0x5E, 0x10, 0x00, 0x01, 0x00, 0x00,  // IFLA_ADDRESS, padding
    0x0A, 0x00, 0x36, 0x00, 0x02, 0x00, 0x5E, 0x10, 0x00, 0x02, 0x00, 0x00,  // IFLA_PERM_ADDRESS, padding
    0x10, 0x00, 0x12, 0x00,  // IFLA_LINKINFO
    0x09, 0x00, 0x01, 0x00, 0x76, 0x65, 0x74, 0x68, 0x00, 0x00, 0x00, 0x00,  // IFLA_INFO_KIND "veth", padding
]

/// NLMSG_ERROR that refuses request 9 with ENODEV, without the request (NETLINK_CAP_ACK).
private let refusal: [UInt8] = [
    0x24, 0x00, 0x00, 0x00,  // nlmsg_len 36
    0x02, 0x00, 0x00, 0x01,  // nlmsg_type NLMSG_ERROR, nlmsg_flags NLM_F_CAPPED
    0x09, 0x00, 0x00, 0x00,  // nlmsg_seq 9
    0x00, 0x00, 0x00, 0x00,  // nlmsg_pid
    0xED, 0xFF, 0xFF, 0xFF,  // error -19
    0x4C, 0x00, 0x00, 0x00, 0x14, 0x00, 0x05, 0x05, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // its header
]

@Suite struct RouteMessageTests {
    @Test("An address message gives the address, its lifetimes, its flags and who set it")
    func address() throws {
        let change = RouteChange(try onlyMessage(in: newAddress))
        guard case .addressAdded(let address)? = change else {
            Issue.record("not an address: \(String(describing: change))")
            return
        }
        #expect(address.interfaceIndex == 2)
        #expect(address.address == IPv4Address(192, 168, 1, 210))
        #expect(address.prefixLength == 32)
        #expect(address.scope == 0)
        #expect(address.flags == 0x220)
        #expect(address.origin == InterfaceAddress.ownOrigin)
        #expect(address.validSeconds == 3)
        #expect(address.preferredSeconds == 0)
    }

    @Test("A link message gives name, addresses, state, kind and master")
    func link() throws {
        let change = RouteChange(try onlyMessage(in: newLink))
        guard case .linkChanged(let link)? = change else {
            Issue.record("not a link: \(String(describing: change))")
            return
        }
        #expect(link.index == 2)
        #expect(link.name == "eth0")
        #expect(link.mac == MACAddress("02:00:5e:10:00:01"))
        #expect(link.permanentMAC == MACAddress("02:00:5e:10:00:02"))
        #expect(link.isUp && link.hasCarrier && link.isOperational)
        #expect(!link.isLoopback && link.isEthernet && link.supportsARP)
        #expect(link.kind == "veth" && !link.isPhysical)
        #expect(link.mtu == 1500)
        #expect(link.master == 5)
    }

    @Test("An Ethernet link without a kind is physical")
    func physical() throws {
        // IFLA_INFO_KIND turned into an attribute that means nothing here.
        let link = Link(try onlyMessage(in: newLink.with(0x7F, at: 106)).link)
        #expect(link.kind == nil && link.isPhysical)
    }

    @Test("A link whose lower layer is down is not operational, carrier or not")
    func lowerLayerDown() throws {
        let operationalState = 64
        #expect(newLink[operationalState] == 6)
        let link = Link(try onlyMessage(in: newLink.with(3, at: operationalState)).link)
        #expect(link.isUp && link.hasCarrier && !link.isOperational)
    }

    @Test("A removed link and a removed address are told as such")
    func removals() throws {
        #expect(RouteChange(try onlyMessage(in: newLink.with(0x11, at: 4))) == .linkRemoved(index: 2))
        guard case .addressRemoved? = RouteChange(try onlyMessage(in: newAddress.with(0x15, at: 4))) else {
            Issue.record("RTM_DELADDR was not taken for a removal")
            return
        }
    }

    @Test("A link that leaves a bridge is not taken for a link that is gone")
    func bridgePort() throws {
        let leaving = newLink.with(0x11, at: 4).with(7, at: 16)  // RTM_DELLINK of family AF_BRIDGE
        #expect(RouteChange(try onlyMessage(in: leaving)) == nil)
    }

    @Test("A refusal carries its errno and its request's number")
    func refusalMessage() throws {
        let message = try onlyMessage(in: refusal)
        #expect(message.kind == CVIP_MESSAGE_ERROR)
        #expect(message.error == ENODEV)
        #expect(message.sequence == 9)
    }

    @Test("A dump that was disturbed says so")
    func interrupted() throws {
        #expect(try onlyMessage(in: newLink).interrupted == 0)
        #expect(try onlyMessage(in: newLink.with(0x12, at: 6)).interrupted == 1)  // NLM_F_DUMP_INTR
    }

    @Test("Messages of one datagram come in order, and a malformed one does not take the next with it")
    func several() {
        let broken = newAddress.with(0x20, at: 24)  // IFA_ADDRESS claims 32 bytes, so what follows makes no sense
        let parsed = parse(newLink + broken + refusal)
        try? #require(parsed.count == 3)
        guard case .message(let first) = parsed[0], case .refused(-EBADMSG) = parsed[1],
            case .message(let last) = parsed[2]
        else {
            Issue.record("\(parsed)")
            return
        }
        #expect(first.kind == CVIP_MESSAGE_LINK && last.kind == CVIP_MESSAGE_ERROR)
    }

    @Test(
        "A message whose lengths lie is refused",
        arguments: [
            ("nlmsg_len beyond the datagram", newAddress.with(0x54, at: 0)),
            ("nlmsg_len of more than 31 bits", newAddress.with(0xFF, at: 3)),
            ("nlmsg_len shorter than its header", newAddress.with(0x0F, at: 0)),
            ("nlmsg_len of zero", newAddress.with(0x00, at: 0)),
            ("no room for the address header", Array(newAddress[..<20]).with(20, at: 0)),
            ("no room for the link header", Array(newLink[..<28]).with(28, at: 0)),
            ("no room for the error", Array(refusal[..<16]).with(16, at: 0)),
            ("an error that is none", refusal.with(0x7F, at: 19)),
            ("an attribute beyond the message", newAddress.with(0x7F, at: 24)),
            ("an attribute shorter than its header", newAddress.with(0x03, at: 24)),
            ("an IFA_LOCAL of two bytes", newAddress.with(0x06, at: 32)),
            ("an IFA_CACHEINFO cut off", newAddress.with(0x10, at: 40)),
            ("a prefix of 33 bits", newAddress.with(33, at: 17)),
            ("a nested attribute beyond its parent", newLink.with(0x0D, at: 104)),
        ])
    func lies(name: String, datagram: [UInt8]) {
        #expect(isRefused(datagram), "\(name)")
    }

    @Test("An address message without an address is refused")
    func withoutAddress() {
        #expect(isRefused(Array(newAddress[..<24]).with(24, at: 0)))
    }

    @Test("A message cut off anywhere is refused", arguments: [newAddress, newLink, refusal])
    func truncated(message: [UInt8]) {
        for length in 1..<message.count {
            #expect(isRefused(Array(message[..<length])), "cut to \(length) bytes")
        }
    }

    @Test("A name longer than the kernel's limit is cut, not run over")
    func longName() throws {
        // One attribute of 24 characters without a NUL in place of IFLA_IFNAME, IFLA_MTU and IFLA_MASTER.
        let name: [UInt8] = [0x1C, 0x00, 0x03, 0x00] + [UInt8](repeating: UInt8(ascii: "x"), count: 24)
        let link = Link(try onlyMessage(in: Array(newLink[..<32]) + name + Array(newLink[60...])).link)
        #expect(link.name == String(repeating: "x", count: 15))
        #expect(link.kind == "veth")
    }

    @Test("Bytes that changed at random are parsed or refused, and the parser moves on", arguments: 0..<64)
    func mutations(seed: Int) {
        for datagram in mutants(of: newLink + newAddress + refusal, seed: seed) {
            _ = parse(datagram)  // checks the offsets; the sanitizer checks the rest
        }
    }
}
