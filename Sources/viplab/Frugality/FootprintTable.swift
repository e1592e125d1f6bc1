// `viplab footprint`: what the daemon of an idle holder has in memory, by mapping, beside another's.
import Foundation

struct FootprintTable {
    let daemons: [any Daemon]

    func run() throws {
        var columns: [(name: String, mappings: Mappings)] = []
        for daemon in daemons {
            let mappings = try Lab.with(LabOptions(daemon: daemon)) { lab in try lab.memoryOfHolder() }
            columns.append((daemon.name, mappings))
        }
        for line in Self.lines(columns) { Console.line(line) }
    }

    /// A Markdown table, proportional set sizes in KB.
    static func lines(_ columns: [(name: String, mappings: Mappings)]) -> [String] {
        func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        var lines = [
            row(["PSS of one node, KB"] + columns.map(\.name)), row(["---"] + columns.map { _ in "---:" }),
        ]
        for kind in MemoryKind.allCases where columns.contains(where: { $0.mappings.pssKB[kind, default: 0] > 0 }) {
            lines.append(row([kind.title] + columns.map { "\($0.mappings.pssKB[kind, default: 0])" }))
        }
        return lines + [row(["**all**"] + columns.map { "**\($0.mappings.total)**" })]
    }
}

extension Lab {
    /// Of the holder's daemon, with all its processes, once it has held for longer than a start takes.
    fileprivate func memoryOfHolder() throws -> Mappings {
        for node in nodes { try powerOn(node) }
        let holder = try settle()
        guard let daemon = holder.daemon else { throw LabError("\(holder.name) runs no daemon") }
        try Interrupt.sleep(.seconds(15))
        // The pages of the program are shared out among all that run it: on a machine of its own it has them alone.
        for other in nodes where other !== holder { other.daemon?.end() }
        return Mappings(of: daemon.identity.family)
    }
}
