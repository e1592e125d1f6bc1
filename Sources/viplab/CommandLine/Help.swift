// The help text, made from the table of commands.

enum Help {
    static func overview() -> [String] {
        let commands = Command.allCases.filter { !$0.isHidden }
        return [
            "viplab drives real daemons in network namespaces of its own: three controllers at \(Plan.address(ofNode: 1))",
            "and up, a switch, a gateway and a client that connects through \(Plan.vip). It needs root.", "",
        ] + columns(commands.map { ("viplab \($0.rawValue)", $0.summary) }) + [
            "", "viplab help COMMAND tells its options.",
        ]
    }

    static func of(_ command: Command) -> [String] {
        var lines = ["usage: \(command.synopsis)", "", "  \(command.summary)"]
        if !command.options.isEmpty {
            lines += [""] + columns(command.options.map { ($0.usage, $0.help) })
        }
        switch command {
        case .fault: lines += ["", "WHAT is one of"] + columns(Fault.allCases.map { ($0.rawValue, $0.summary) })
        case .test: lines += ["", "scenarios:"] + columns(Scenario.all.map { ($0.name, $0.promise) })
        case .bench:
            lines += ["", "suites:"] + columns(Suite.allCases.map { ($0.rawValue, $0.summary) })
            lines += ["", "measures:"] + columns(Measure.allCases.map { ($0.rawValue, $0.title) })
        default: break
        }
        return lines
    }

    private static func columns(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  \($0)\(String(repeating: " ", count: width - $0.count))  \($1)" }
    }
}
