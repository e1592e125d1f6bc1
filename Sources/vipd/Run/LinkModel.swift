// The interfaces and their IPv4 addresses, as the kernel has told so far.
// Deliberately not here: asking the kernel (RouteSocket, RouteMonitor).

import VIPConfiguration
import VIPDaemon
import VIPLinux
import VIPWire

/// A picture of the interfaces that reports keep up to date.
struct LinkModel {
    private struct Entry {
        var link: Link
        var hardware: Hardware?
        var addresses: [IPv4Address: InterfaceAddress] = [:]
    }

    private var entries: [Int32: Entry] = [:]

    init(links: [Link], addresses: [InterfaceAddress]) {
        for link in links { entries[link.index] = Entry(link: link, hardware: Self.hardware(of: link)) }
        for address in addresses { entries[address.interfaceIndex]?.addresses[address.address] = address }
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
            let before = entries[address.interfaceIndex]?.addresses.updateValue(address, forKey: address.address)
            return before.map { $0.prefixLength != address.prefixLength || isOwn($0) != isOwn(address) } ?? true
        case .addressRemoved(let address):
            return entries[address.interfaceIndex]?.addresses.removeValue(forKey: address.address) != nil
        }
    }

    /// All interfaces, in the order of their indexes.
    var links: [MachineLink] {
        entries.values.sorted { $0.link.index < $1.link.index }.map { entry in
            let link = entry.link
            let all = entry.addresses.values.sorted { $0.address < $1.address }
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

/// Whether vipd put the address there. Kernels before 5.18 do not keep who did; its lease then tells.
private func isOwn(_ address: InterfaceAddress) -> Bool {
    if address.origin != 0 { return address.origin == InterfaceAddress.ownOrigin }
    return address.prefixLength == 32 && address.validSeconds != nil && address.preferredSeconds == 0
}
