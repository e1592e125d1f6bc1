// Links, addresses and reports of the kernel's, in network namespaces of the tests' own.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// 10.1.0.0 and the addresses after it.
private func manyAddresses(_ count: UInt32) -> [IPv4Address] {
    (0..<count).map { IPv4Address(bits: 0x0A01_0000 + $0) }
}

/// Makes a pair of links and gives the index of `left`.
private func makeLeft() throws -> Int32 {
    try makePair()
    return try link("left").index
}

private let noFlags: UInt32 = 0
private let permanentFlag: UInt32 = 0x80  // IFA_F_PERMANENT
private let deprecatedFlag: UInt32 = 0x20  // IFA_F_DEPRECATED
private let noPrefixRouteFlag: UInt32 = 0x200  // IFA_F_NOPREFIXROUTE

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct RouteTests {
    @Test("A thousand addresses are set, renewed and removed, each with the kernel's answer")
    func manyAddressesAtOnce() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            let route = try RouteSocket()
            let addresses = manyAddresses(1024)
            let granted = [Int32](repeating: 0, count: addresses.count)

            #expect(route.setAddresses(addresses, lifetimeSeconds: 30, interfaceIndex: index) == granted)
            var present = try route.addresses()
            #expect(present.map(\.address).sorted() == addresses)
            #expect(present.allSatisfy { (1...30).contains($0.validSeconds ?? 0) })

            #expect(route.setAddresses(addresses, lifetimeSeconds: 300, interfaceIndex: index) == granted)
            present = try route.addresses()
            #expect(present.map(\.address).sorted() == addresses)
            #expect(present.allSatisfy { (200...300).contains($0.validSeconds ?? 0) })

            #expect(route.removeAddresses(addresses, interfaceIndex: index) == granted)
            #expect(try route.addresses() == [])
        }
    }

    @Test("An address that is set is a leased /32, no source address, without a route of its own, and marked as ours")
    func addressAsSet() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            let route = try RouteSocket()
            _ = route.setAddresses([IPv4Address(192, 168, 1, 210)], lifetimeSeconds: 3, interfaceIndex: index)
            let address = try #require(try route.addresses().first)
            #expect(address.interfaceIndex == index)
            #expect(address.prefixLength == 32)
            #expect(address.scope == 0)
            #expect(address.preferredSeconds == 0)
            #expect(address.flags & noPrefixRouteFlag != noFlags)
            #expect(address.flags & deprecatedFlag != noFlags)
            #expect(address.flags & permanentFlag == noFlags)
            #expect(address.origin == InterfaceAddress.ownOrigin || address.origin == 0)
        }
    }

    @Test("Each address of a batch has its own answer")
    func mixedAnswers() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            let route = try RouteSocket()
            let (first, second, third) = (IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2), IPv4Address(10, 0, 0, 3))
            _ = route.setAddresses([first, third], lifetimeSeconds: 30, interfaceIndex: index)
            #expect(
                route.removeAddresses([first, second, third], interfaceIndex: index) == [0, EADDRNOTAVAIL, 0])
        }
    }

    @Test("Refusals come with the kernel's reason: no such link, no lifetime")
    func refusals() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            let route = try RouteSocket()
            let address = [IPv4Address(10, 0, 0, 1)]
            #expect(route.setAddresses(address, lifetimeSeconds: 3, interfaceIndex: 4711) == [ENODEV])
            #expect(route.removeAddresses(address, interfaceIndex: 4711) == [ENODEV])
            #expect(route.setAddresses(address, lifetimeSeconds: 0, interfaceIndex: index) == [EINVAL])
            #expect(route.setAddresses([], lifetimeSeconds: 3, interfaceIndex: index) == [])
        }
    }

    @Test("Removing an address leaves a wider one of the same number alone")
    func widerAddress() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            try ip("address add 10.0.0.1/24 dev left")
            let route = try RouteSocket()
            #expect(route.removeAddresses([IPv4Address(10, 0, 0, 1)], interfaceIndex: index) == [EADDRNOTAVAIL])
            let address = try #require(try route.addresses().first)
            #expect(address.prefixLength == 24 && address.validSeconds == nil && address.preferredSeconds == nil)
        }
    }

    @Test("Links are listed with what they are and whether they carry")
    func links() throws {
        try inNetworkNamespace {
            try ip("link add left address 02:00:5e:10:00:01 type veth peer name right")
            try ip("link set left up")
            let loopback = try link("lo")
            #expect(loopback.isLoopback && !loopback.isEthernet && !loopback.isPhysical && !loopback.isUp)
            let alone = try link("left")
            #expect(alone.mac == MACAddress("02:00:5e:10:00:01"))
            #expect(alone.kind == "veth" && alone.isEthernet && !alone.isPhysical && alone.supportsARP)
            #expect(alone.isUp && !alone.hasCarrier && !alone.isOperational, "its peer is down")

            try ip("link set right up")
            let connected = try link("left", when: \.isOperational)
            #expect(connected.isUp && connected.hasCarrier)

            try ip("link add bridge type bridge")
            try ip("link set left master bridge")
            try ip("link set left mtu 1400 arp off")
            let enslaved = try link("left")
            #expect(enslaved.master == (try link("bridge").index))
            #expect(enslaved.mtu == 1400 && !enslaved.supportsARP)
        }
    }

    @Test("The monitor reports addresses that come, are renewed and go, in order")
    func monitoredAddresses() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            let monitor = try RouteMonitor()
            let route = try RouteSocket()
            let address = [IPv4Address(10, 0, 0, 1)]
            _ = route.setAddresses(address, lifetimeSeconds: 30, interfaceIndex: index)
            _ = route.setAddresses(address, lifetimeSeconds: 60, interfaceIndex: index)
            _ = route.removeAddresses(address, interfaceIndex: index)

            #expect(isReadable(monitor.fileDescriptor))
            var reports: [String] = []
            let result = monitor.drain { change in
                switch change {
                case .addressAdded(let address): reports.append("added \(address.address) on \(address.interfaceIndex)")
                case .addressRemoved(let address): reports.append("removed \(address.address)")
                case .linkChanged, .linkRemoved: break
                }
            }
            #expect(result == .drained)
            #expect(reports == ["added 10.0.0.1 on \(index)", "added 10.0.0.1 on \(index)", "removed 10.0.0.1"])
            #expect(monitor.drain { _ in Issue.record("nothing is left") } == .drained)
        }
    }

    @Test("The monitor reports a link that goes down and one that is deleted, but not one that leaves its bridge")
    func monitoredLinks() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            try ip("link add bridge type bridge")
            try ip("link set left master bridge")
            let monitor = try RouteMonitor()
            /// What is reported up to the change waited for.
            func changes(until isLast: (RouteChange) -> Bool) throws -> [RouteChange] {
                var changes: [RouteChange] = []
                while !changes.contains(where: isLast) {
                    try #require(isReadable(monitor.fileDescriptor))
                    #expect(monitor.drain { changes.append($0) } == .drained)
                }
                return changes
            }
            func left(_ change: RouteChange, _ isLast: (Link) -> Bool) -> Bool {
                if case .linkChanged(let link) = change { link.index == index && isLast(link) } else { false }
            }

            try ip("link set left nomaster")
            let leaving = try changes { left($0) { $0.master == nil } }
            #expect(!leaving.contains(.linkRemoved(index: index)))
            try ip("link set right down")
            _ = try changes { left($0) { !$0.hasCarrier } }
            try ip("link delete left")
            _ = try changes { $0 == .linkRemoved(index: index) }
        }
    }

    @Test("Reports that were lost are told, and a dump afterwards makes up for them")
    func overrun() throws {
        try inNetworkNamespace {
            let index = try makeLeft()
            let monitor = try RouteMonitor(receiveBuffer: 4096)
            let route = try RouteSocket()
            let addresses = manyAddresses(256)
            _ = route.setAddresses(addresses, lifetimeSeconds: 30, interfaceIndex: index)

            var reported = 0
            #expect(monitor.drain { _ in reported += 1 } == .overrun)
            #expect(reported < addresses.count)
            #expect(try route.addresses().map(\.address).sorted() == addresses)

            #expect(monitor.drain { _ in Issue.record("what was before the dump must not come after it") } == .drained)
            _ = route.removeAddresses([addresses[0]], interfaceIndex: index)
            var removed: [IPv4Address] = []
            let result = monitor.drain { change in
                if case .addressRemoved(let address) = change { removed.append(address.address) }
            }
            #expect(result == .drained && removed == [addresses[0]])
        }
    }
}
