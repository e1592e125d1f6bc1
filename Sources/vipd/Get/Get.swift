// `vipd get addresses`: this machine's addresses as `talosctl get addresses` prints a Talos node's, so that what was
// learnt there shows the holder here. Deliberately not here: the kernel's answers (VIPLinux), and the daemon, which is
// not asked: a hung one must not keep anybody from seeing where the address is.
import Glibc
import VIPJSON
import VIPLinux

extension Command {
    static let get = Command(
        name: "get",
        summary: "list this machine's addresses in the columns of talosctl",
        details: [
            "vipd get addresses prints what talosctl get addresses prints of a Talos node: all",
            "addresses that the kernel has now, the virtual ones on the holder alone. It asks no",
            "daemon. NODE is the address of the default route's link, else the host name. VERSION",
            "is always 1: the kernel does not count an address's changes, as Talos does.",
        ],
        operand: .choice(["addresses"]),
        options: [
            Option(
                name: "--output", short: "-o", value: .words(["table", "json"]),
                summary: "a table, or JSON objects", standard: "table")
        ])
}

struct GetCommand {
    let invocation: Invocation
    let output: Output

    /// Prints the addresses, and returns the exit code.
    func run() throws(CommandFailure) -> Int32 {
        let list: AddressList
        do throws(SystemError) {
            list = try AddressList(reading: RouteSocket())
        } catch {
            throw CommandFailure(message: "\(error)")
        }
        output.write(invocation.value("--output") == "json" ? list.json : list.table)
        return ExitCode.success
    }
}

/// The addresses of a machine, ready to be shown.
struct AddressList {
    /// One address and the name of the link it is on.
    struct Row: Equatable {
        let address: HostAddress
        let link: String

        /// With its prefix length: 192.168.1.210/32.
        var prefix: String { "\(address.text)/\(address.prefixLength)" }
        /// What tells it from all others of the node.
        var id: String { "\(link)/\(prefix)" }
    }

    /// What the node is called in every row.
    let node: String
    /// Sorted by their ids.
    let rows: [Row]

    init(node: String, rows: [Row]) {
        self.node = node
        self.rows = rows.sorted { $0.id < $1.id }
    }

    init(reading route: RouteSocket) throws(SystemError) {
        var names: [Int32: String] = [:]
        for link in try route.links() { names[link.index] = link.name }
        // A link that went away between the two lists took its addresses along.
        let rows = try route.hostAddresses().compactMap { address in
            names[address.interfaceIndex].map { Row(address: address, link: $0) }
        }
        self.init(node: try Self.nodeAddress(among: rows.map(\.address), route) ?? Self.hostName, rows: rows)
    }

    /// The address by which others know this machine: of those that it may use as source, the first on a link with a
    /// gateway, or else the first.
    private static func nodeAddress(
        among addresses: [HostAddress], _ route: RouteSocket
    ) throws(SystemError) -> String? {
        let candidates = addresses.filter { $0.family == .inet4 && $0.scope == 0 && $0.isPreferred }
        for candidate in candidates where try !route.gateways(interfaceIndex: candidate.interfaceIndex).isEmpty {
            return candidate.text
        }
        return candidates.first?.text
    }

    private static var hostName: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "localhost" }
        return unsafe withUnsafeBytes(of: &name.nodename) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// The words that Talos uses.
extension AddressList {
    private static let namespace = "network"
    private static let version = 1
    /// Between two columns.
    private static let gap = "   "

    /// As talosctl draws it, a newline at its end.
    var table: String {
        let heading = ["NODE", "NAMESPACE", "TYPE", "ID", "VERSION", "ADDRESS", "LINK"]
        let cells = rows.map { row in
            [
                node, Self.namespace, "AddressStatus", escaped(row.id), "\(Self.version)", row.prefix,
                escaped(row.link),
            ]
        }
        var widths = heading.map(\.count)
        for row in cells { widths = zip(widths, row).map { max($0, $1.count) } }
        func line(_ row: [String]) -> String {
            let padding = zip(row, widths).dropLast().map { padded($0, to: $1) + Self.gap }
            return padding.joined() + row[row.count - 1] + "\n"
        }
        return ([heading] + cells).map(line).joined()
    }

    /// As talosctl writes it: one object after the other.
    var json: String {
        rows.map { row in
            JSONValue.object([
                "node": .string(node),
                "metadata": .object([
                    "namespace": .string(Self.namespace), "type": .string("AddressStatuses.net.talos.dev"),
                    "id": .string(row.id), "version": .integer(Int64(Self.version)), "phase": .string("running"),
                ]),
                "spec": .object([
                    "address": .string(row.prefix), "local": .string(row.address.text),
                    "linkIndex": .integer(Int64(row.address.interfaceIndex)), "linkName": .string(row.link),
                    "family": .string(row.address.family.rawValue), "scope": .string(Self.word(for: row.address.scope)),
                    "flags": .string(Self.words(for: row.address.flags).joined(separator: ",")),
                ]),
            ]).text(.indented) + "\n"
        }.joined()
    }

    /// RT_SCOPE_* (rtnetlink(7)).
    private static func word(for scope: UInt8) -> String {
        switch scope {
        case 0: "global"
        case 200: "site"
        case 253: "link"
        case 254: "host"
        case 255: "nowhere"
        default: "\(scope)"
        }
    }

    /// IFA_F_* from the lowest bit up (linux/if_addr.h).
    private static let flagWords = [
        "temporary", "nodad", "optimistic", "dadfailed", "homeaddress", "deprecated", "tentative", "permanent",
        "managementtemp", "noprefixroute", "mcautojoin", "stableprivacy",
    ]

    private static func words(for flags: UInt32) -> [String] {
        flagWords.enumerated().filter { flags >> UInt32($0.offset) & 1 == 1 }.map(\.element)
    }
}
