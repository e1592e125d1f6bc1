// The interfaces and their IPv4 addresses, as the kernel has told so far.
// Deliberately not here: how the kernel is asked (RouteSocket), and what it reports by itself (RouteMonitor).

import VIPConfiguration
import VIPDaemon
import VIPLinux
import VIPWire

/// A picture of the interfaces that reports keep up to date.
struct LinkModel {
    /// An object, so that a report changes it where it is: a thousand addresses are renewed once a second. Never shared
    /// by two models, for nobody copies one.
    private final class Entry {
        let link: Link
        let hardware: Hardware?
        /// vipd's own addresses, kept ready: while thousands come or go this is asked for again and again.
        private(set) var leased: Set<IPv4Address> = []
        /// All others.
        private var others: [Place: InterfaceAddress] = [:]

        /// - Parameter former: whose addresses it has, too.
        init(link: Link, hardware: Hardware?, addressesOf former: Entry? = nil) {
            self.link = link
            self.hardware = hardware
            guard let former else { return }
            (leased, others) = (former.leased, former.others)
        }

        /// The other addresses, in order.
        var ordered: [InterfaceAddress] {
            others.values.sorted { ($0.address, $0.prefixLength) < ($1.address, $1.prefixLength) }
        }

        /// True if there is something new but a lifetime.
        func add(_ address: InterfaceAddress) -> Bool {
            let place = Place(address)
            if isOwn(address) && place.isWhole {
                let wasOther = others.removeValue(forKey: place) != nil
                return leased.insert(address.address).inserted || wasOther
            }
            let wasLeased = place.isWhole && leased.remove(address.address) != nil
            let before = others.updateValue(address, forKey: place)
            return wasLeased || before.map { isOwn($0) != isOwn(address) } ?? true
        }

        /// True if it was there.
        func remove(_ address: InterfaceAddress) -> Bool {
            let place = Place(address)
            let wasLeased = place.isWhole && leased.remove(address.address) != nil
            return others.removeValue(forKey: place) != nil || wasLeased
        }
    }

    /// What the kernel tells addresses of one interface apart by: a machine may have one beside vipd's own /32.
    private struct Place: Hashable {
        var address: IPv4Address
        var prefixLength: Int

        /// It says nothing of other addresses, as all that vipd sets do.
        var isWhole: Bool { prefixLength == 32 }

        init(_ address: InterfaceAddress) {
            self.address = address.address
            prefixLength = address.prefixLength
        }
    }

    private var entries: [Int32: Entry] = [:]

    init(links: [Link], addresses: [InterfaceAddress]) {
        for link in links { entries[link.index] = Entry(link: link, hardware: Self.hardware(of: link)) }
        for address in addresses { _ = entries[address.interfaceIndex]?.add(address) }
    }

    /// Takes in a report; true if it changes anything but lifetimes.
    mutating func apply(_ change: RouteChange) -> Bool {
        switch change {
        case .linkChanged(let link):
            let before = entries[link.index]
            guard before?.link != link else { return false }
            let hardware = before?.link.name == link.name ? before?.hardware : Self.hardware(of: link)
            entries[link.index] = Entry(link: link, hardware: hardware, addressesOf: before)
            return true
        case .linkRemoved(let index):
            return entries.removeValue(forKey: index) != nil
        case .addressAdded(let address):
            return entries[address.interfaceIndex]?.add(address) ?? false
        case .addressRemoved(let address):
            return entries[address.interfaceIndex]?.remove(address) ?? false
        }
    }

    /// All interfaces, in the order of their indexes.
    var links: [MachineLink] {
        entries.values.sorted { $0.link.index < $1.link.index }.map { entry in
            let link = entry.link
            let others = entry.ordered
            // With a prefix of another length than vipd's, and still marked as its own.
            let own = others.filter(isOwn)
            return MachineLink(
                facts: LinkFacts(
                    name: link.name, index: Int(link.index), mac: link.mac ?? .zero, permanentMAC: link.permanentMAC,
                    isUp: link.isUp, hasCarrier: link.hasCarrier, isEthernet: link.isEthernet && link.supportsARP,
                    isLoopback: link.isLoopback, kind: link.kind, driver: entry.hardware?.driver,
                    busPath: entry.hardware?.busPath, pciID: entry.hardware?.pciID,
                    addresses: others.filter { !isOwn($0) }.map { .init($0.address, prefixLength: $0.prefixLength) }),
                leased: own.isEmpty ? entry.leased : entry.leased.union(own.map(\.address)))
        }
    }

    /// Only hardware has a place on a bus; a storm of virtual interfaces must not make us read files.
    private static func hardware(of link: Link) -> Hardware? { link.kind == nil ? link.hardware() : nil }
}

extension LinkFacts {
    /// The interfaces of this machine, as of now; none where the kernel does not say.
    static var present: [LinkFacts] {
        guard let route = try? RouteSocket(), let links = try? route.links(), let addresses = try? route.addresses()
        else {
            return []
        }
        return LinkModel(links: links, addresses: addresses).links.map(\.facts)
    }
}

/// Whether vipd put the address there. Kernels before 5.18 do not keep who did; its lease then tells.
private func isOwn(_ address: InterfaceAddress) -> Bool {
    if address.origin != 0 { return address.origin == InterfaceAddress.ownOrigin }
    return address.prefixLength == 32 && address.validSeconds != nil && address.preferredSeconds == 0
}
