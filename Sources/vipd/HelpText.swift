// The help of vipd, written from the table of commands. Deliberately not here: the table.

enum HelpText {
    /// The list of commands.
    static var overview: String {
        let width = Command.all.map(\.name.count).max() ?? 0
        let lines = Command.all.map { "  \(padded($0.name, to: width))  \($0.summary)" }
        return """
            vipd floats a virtual IP between Linux machines, with nothing but ARP.

            Usage: vipd COMMAND [OPTION]...

            \(lines.joined(separator: "\n"))

            'vipd help COMMAND' tells more. First steps: sudo vipd run --vip 192.168.1.210

            """
    }

    /// The help of one command.
    static func text(of command: Command) -> String {
        var lines = ["vipd \(command.name): \(command.summary)", ""] + usage(of: command)
        if !command.details.isEmpty { lines += [""] + command.details }
        lines += ["", "Options:"]
        let width = command.allOptions.map { label(of: $0).count }.max() ?? 0
        for option in command.allOptions {
            let standard = option.standard.map { " (default: \($0))" } ?? ""
            lines.append("  \(padded(label(of: option), to: width))  \(option.summary)\(standard)")
        }
        if !command.exitCodes.isEmpty {
            lines += ["", "Exit codes:"] + command.exitCodes.map { "  \($0.code)  \($0.meaning)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func usage(of command: Command) -> [String] {
        let options = command.options.map { option in
            let value = option.value.map { " \($0.placeholder)" } ?? ""
            return "[\(option.name)\(value)]" + (option.repeats ? "..." : "")
        }
        let indent = "Usage: vipd "
        let lines = wrapped(
            [command.name] + (command.operand.map { [$0.synopsis] } ?? []) + options, to: 78 - indent.count)
        return lines.enumerated().map { index, line in
            (index == 0 ? indent : String(repeating: " ", count: indent.count)) + line
        }
    }

    private static func label(of option: Option) -> String {
        (option.short.map { "\($0), " } ?? "") + option.name + (option.value.map { " \($0.placeholder)" } ?? "")
    }
}
