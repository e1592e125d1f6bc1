// Reading the links: what the kernel tells, what sysfs adds, and their settings for IPv4.
// Deliberately not here: what it means (VIPDoctor).

import VIPConfiguration
import VIPDaemon
import VIPDoctor
import VIPLinux
import VIPWire

enum ReadLink {
    /// All links but the loopback, in the order of their indexes.
    static func inspections(of links: [Link], _ model: LinkModel, _ route: RouteSocket) -> [LinkInspection] {
        model.links.filter { !$0.facts.isLoopback }.compactMap { entry in
            guard let link = links.first(where: { Int($0.index) == entry.facts.index }) else { return nil }
            let path = "/sys/class/net/\(link.name)"
            let master = link.master.flatMap { index in links.first { $0.index == index } }
            return LinkInspection(
                name: link.name, mac: entry.facts.mac, isUp: link.isUp, hasCarrier: link.hasCarrier,
                answersARP: link.supportsARP, mtu: link.mtu, kind: link.kind,
                master: master.map { .init(name: $0.name, kind: $0.kind) },
                isWireless: SystemFile.exists("\(path)/wireless") || SystemFile.exists("\(path)/phy80211"),
                bondMode: SystemFile.line("\(path)/bonding/mode")?.split(separator: " ").first.map { String($0) },
                suppressedPorts: SystemFile.names(in: "\(path)/brif").filter {
                    SystemFile.number("\(path)/brif/\($0)/neigh_suppress") == 1
                },
                subnets: entry.facts.addresses.map { Subnet($0.address, prefixLength: $0.prefixLength) },
                gateways: (try? route.gateways(interfaceIndex: link.index)) ?? [])
        }
    }

    static func settings(of link: String) -> ARPSettings {
        func number(_ link: String, _ name: String) -> Int? {
            SystemFile.number("/proc/sys/net/ipv4/conf/\(link)/\(name)")
        }
        func setting(_ name: String) -> LinkSetting? {
            guard let all = number("all", name), let own = number(link, name) else { return nil }
            return LinkSetting(all: all, own: own)
        }
        return ARPSettings(
            arpIgnore: setting("arp_ignore"), arpFilter: setting("arp_filter"), rpFilter: setting("rp_filter"),
            proxyARP: setting("proxy_arp"), proxyARPPrivate: setting("proxy_arp_pvlan"),
            forwarding: number(link, "forwarding"), dropGratuitousARP: setting("drop_gratuitous_arp"))
    }
}
