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
        var addresses: [Place: InterfaceAddress]

        init(link: Link, hardware: Hardware?, addresses: [Place: InterfaceAddress] = [:]) {
            self.link = link
            self.hardware = hardware
            self.addresses = addresses
        }
    }

    /// What the kernel tells addresses of one interface apart by: a machine may have one beside vipd's own /32.
    private struct Place: Hashable {
        var address: IPv4Address
        var prefixLength: Int

        init(_ address: InterfaceAddress) {
            self.address = address.address
            prefixLength = address.prefixLength
        }
    }

    private var entries: [Int32: Entry] = [:]

    init(links: [Link], addresses: [InterfaceAddress]) {
        for link in links { entries[link.index] = Entry(link: link, hardware: Self.hardware(of: link)) }
        for address in addresses { entries[address.interfaceIndex]?.addresses[Place(address)] = address }
    }

    /// Takes in a report; true if it changes anything but lifetimes.
    mutating func apply(_ change: RouteChange) -> Bool {
        switch change {
        case .linkChanged(let link):
            let before = entries[link.index]
            guard before?.link != link else { return false }
            let hardware = before?.link.name == link.name ? before?.hardware : Self.hardware(of: link)
            entries[link.index] = Entry(link: link, hardware: hardware, addresses: before?.addresses ?? [:])
            return true
        case .linkRemoved(let index):
            return entries.removeValue(forKey: index) != nil
        case .addressAdded(let address):
            guard let entry = entries[address.interfaceIndex] else { return false }
            let before = entry.addresses.updateValue(address, forKey: Place(address))
            return before.map { isOwn($0) != isOwn(address) } ?? true
        case .addressRemoved(let address):
            return entries[address.interfaceIndex]?.addresses.removeValue(forKey: Place(address)) != nil
        }
    }

    /// All interfaces, in the order of their indexes.
    var links: [MachineLink] {
        entries.values.sorted { $0.link.index < $1.link.index }.map { entry in
            let link = entry.link
            let all = entry.addresses.values.sorted {
                ($0.address, $0.prefixLength) < ($1.address, $1.prefixLength)
            }
            return MachineLink(
                facts: LinkFacts(
                    name: link.name, index: Int(link.index), mac: link.mac ?? .zero, permanentMAC: link.permanentMAC,
                    isUp: link.isUp, hasCarrier: link.hasCarrier, isEthernet: link.isEthernet && link.supportsARP,
                    isLoopback: link.isLoopback, kind: link.kind, driver: entry.hardware?.driver,
                    busPath: entry.hardware?.busPath, pciID: entry.hardware?.pciID,
                    addresses: all.filter { !isOwn($0) }.map { .init($0.address, prefixLength: $0.prefixLength) }),
                leased: Set(all.filter(isOwn).map(\.address)))
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
