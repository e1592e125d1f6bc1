// Reading who else sets addresses on a link, and which rules ARP passes. By files and /proc, so that it needs no bus and no
// tool, but for the chains of nf_tables, which nft(8) lists.
// Deliberately not here: what it means (VIPDoctor).

import VIPDoctor
import VIPJSON
import VIPLinux

enum ReadManagers {
    /// Programs that float addresses, too: the name in /proc, and that of the service.
    private static let floaters = ["keepalived", "ucarp", "vrrpd", "kube-vip", "uvrrpd"]

    static func facts(of link: String, index: Int) -> ManagerFacts {
        let programs = RunningProgram.all()
        func runs(_ name: String) -> Bool { programs.contains { $0.name == String(name.prefix(15)) } }
        let hasNetworkManager =
            runs("NetworkManager")
            && SystemFile.text("/run/NetworkManager/devices/\(index)")?.split(separator: "\n").contains("managed=true")
                ?? false
        let clients = programs.filter { $0.name == "dhclient" }
        return ManagerFacts(
            link: link, networkd: runs("systemd-networkd") ? networkd(index: index) : nil,
            networkManager: hasNetworkManager, hasDhclient: clients.contains { $0.arguments.contains(link) },
            isInInterfaces: isInInterfaces(link), otherDaemons: floaters.filter(runs))
    }

    // systemd-networkd.

    /// - Parameter top: where the file system begins; tests put a tree of their own there.
    static func networkd(index: Int, top: String = "") -> NetworkdLink? {
        guard
            let state = SystemFile.text("\(top)/run/systemd/netif/links/\(index)"),
            let file = NetworkdLink.file(inState: state)
        else { return nil }
        let name = file.split(separator: "/").last.map { String($0) } ?? file
        let general = ["\(top)/etc/systemd/networkd.conf"] + dropIns(of: "systemd/networkd.conf", top)
        let paths = general + [top + file] + dropIns(of: "systemd/network/\(name)", top)
        return NetworkdLink(file: file, keeps: NetworkdLink.keepConfiguration(in: paths.compactMap(SystemFile.text)))
    }

    /// Drop-ins in the order in which they count: by name, whatever their directory; of one name, that of the first
    /// directory alone.
    private static func dropIns(of file: String, _ top: String) -> [String] {
        var paths: [String: String] = [:]
        for root in ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"] {
            let directory = "\(top)\(root)/\(file).d"
            for name in SystemFile.names(in: directory) where name.hasSuffix(".conf") && paths[name] == nil {
                paths[name] = "\(directory)/\(name)"
            }
        }
        return paths.sorted { $0.key < $1.key }.map(\.value)
    }

    // ifupdown.

    private static func isInInterfaces(_ link: String) -> Bool {
        let directory = "/etc/network/interfaces.d"
        let files = ["/etc/network/interfaces"] + SystemFile.names(in: directory).map { "\(directory)/\($0)" }
        return files.compactMap(SystemFile.text).contains { text in
            text.split(separator: "\n").contains { line in
                let words = line.split { $0 == " " || $0 == "\t" }
                return words.count > 2 && words[0] == "iface" && words[1] == link && words[2] == "inet"
            }
        }
    }

    // Rules.

    static func filters() -> FilterFacts {
        let tables = SystemFile.text("/proc/net/arp_tables_names")?.split(separator: "\n").map { String($0) } ?? []
        return FilterFacts(chains: chains(), arpTables: tables)
    }

    private static func chains() -> [FilterChain]? {
        guard
            let output = ToolOutput.of(["nft", "-j", "list", "chains"]), let json = try? JSONValue(parsing: output),
            let fields = try? JSONFields(json, at: ""), case .array(let entries) = fields["nftables"]
        else { return nil }
        return entries.compactMap { entry in
            guard let chain = try? JSONFields(entry, at: "").object("chain"), let family = try? chain.string("family"),
                let table = try? chain.string("table"), let name = try? chain.string("name")
            else { return nil }
            return FilterChain(
                family: family, table: table, name: name, hook: try? chain.optionalString("hook"),
                policy: try? chain.optionalString("policy"), device: try? chain.optionalString("dev"))
        }
    }
}
