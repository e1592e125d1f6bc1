// The manual pages vipd(8) and vipd.yaml(5), written from the tables that the parsers go by: man(7).
// Deliberately not here: the tables.
import VIPConfiguration
import VIPControl
import VIPText

enum Manual {
    /// The pages by name.
    static let pages = ["vipd", "vipd.yaml"]

    /// When this version was made, as debian/changelog has it.
    private static let date = "2026-11-20"

    /// The page called `name`, as roff; `vipd` for any other.
    static func page(_ name: String) -> String { name == "vipd.yaml" ? configuration : program }

    // vipd(8)

    private static var program: String {
        var page = Page(title: "VIPD", section: 8, manual: "System Administration")
        page.section("NAME", ["vipd - float a virtual IP between Linux machines, with nothing but ARP"])
        page.raw(".SH SYNOPSIS")
        for command in Command.all {
            page.raw(".HP\n.B vipd \(escapedText(command.name))")
            page.raw(synopsis(of: command))
        }
        page.section(
            "DESCRIPTION",
            [
                "vipd keeps a virtual IP address on exactly one of a few machines of an Ethernet segment. The holder "
                    + "announces it by ARP (RFC 5227); when it falls silent, another machine takes over. The kernel holds "
                    + "the address on a lease of a few seconds only: a vipd that was killed or hangs leaves no second "
                    + "holder behind. Each machine runs the same program with the same addresses; there is nothing else "
                    + "to set up.",
                "vipd run is the daemon; the other commands ask a running one, or check a configuration.",
            ])
        page.raw(".SH COMMANDS")
        for command in Command.all { describe(command, in: &page) }
        page.section(
            "EXIT STATUS",
            [
                "0 on success, 1 on failure, 2 if the command line or the configuration is wrong; more where a command says so."
            ])
        page.raw(".SH FILES")
        page.item(Limits.defaultPath, "the configuration, vipd.yaml(5)")
        page.item(
            ControlClient.defaultPath, "the control socket: everyone may look, root and the group vipd may change")
        page.item("/var/lib/vipd/maintenance", "is there while the machine is in maintenance")
        page.raw(".SH SIGNALS")
        page.item("SIGTERM, SIGINT", "hand the addresses over, and end; a second one does not wait for a successor")
        page.item("SIGHUP", "read the configuration again; one with a mistake is refused, and the old one goes on")
        page.raw(".SH ENVIRONMENT")
        page.item("NO_COLOR", "if set, no colours on a terminal")
        page.item("NOTIFY_SOCKET, WATCHDOG_USEC", "set by systemd(1): vipd tells that it is ready, and that it lives")
        page.item("STATE_DIRECTORY", "where vipd remembers maintenance, instead of /var/lib/vipd")
        page.section("SEE ALSO", ["vipd.yaml(5), tcpdump(8), ip-neighbour(8), systemctl(1)"])
        return page.text
    }

    private static func synopsis(of command: Command) -> String {
        var parts = command.operand.map { [escapedText($0.synopsis)] } ?? []
        parts += command.options.map { option in
            let value = option.value.map { " \\fI\($0.placeholder)\\fR" } ?? ""
            return "[\\fB\(escapedText(option.name))\\fR\(value)]" + (option.repeats ? "..." : "")
        }
        return parts.joined(separator: " ")
    }

    private static func describe(_ command: Command, in page: inout Page) {
        page.raw(".SS vipd \(escapedText(command.name))")
        page.raw(escapedText(sentence(command.summary)))
        for lines in command.details.split(separator: "") { page.paragraph(lines.joined(separator: " ")) }
        for option in command.allOptions {
            let name = ([option.short] + [option.name]).compactMap(\.self).joined(separator: ", ")
            let label = name + (option.value.map { " \($0.placeholder)" } ?? "")
            page.item(label, option.summary + (option.standard.map { " (default: \($0))" } ?? ""))
        }
        for exit in command.exitCodes { page.item("exit status \(exit.code)", exit.meaning) }
    }

    // vipd.yaml(5)

    private static var configuration: String {
        var page = Page(title: "VIPD.YAML", section: 5, manual: "File Formats")
        page.section("NAME", ["vipd.yaml - configuration of vipd(8)"])
        page.section(
            "DESCRIPTION",
            [
                "\(Limits.defaultPath) is YAML. One key is enough: vip, with the virtual IP. It should be the same on all "
                    + "machines that share the address. Unknown keys, keys that stand twice and values out of their range are "
                    + "errors, each with its line and what would be right: vipd check shows them.",
                "Durations are a number and a unit: 250ms, 1.5s, 2m. Anchors, aliases and tags of YAML are not known.",
                "The file may instead be a machine configuration or a machine patch of Talos Linux, or its Layer2VIPConfig "
                    + "documents: the virtual IPs are taken from it, and the rest is skipped.",
            ])
        page.keys("TOP OF THE FILE", ConfigurationKey.ofFile)
        page.paragraph("Without groups, these keys of a group may stand there as well, beside vip:")
        page.paragraph(ConfigurationKey.besideVIP.map(\.name).joined(separator: ", ") + ".")
        page.keys("GROUPS", ConfigurationKey.ofGroup)
        page.keys("DEVICE SELECTOR", ConfigurationKey.ofDeviceSelector)
        page.paragraph("In patterns * stands for anything.")
        page.keys("CHECKS", ConfigurationKey.ofCheck)
        page.keys("KEYS OF HTTP, HTTPS, KUBERNETES AND ETCD", ConfigurationKey.ofProbe)
        page.keys("HOOKS", ConfigurationKey.ofHooks)
        page.paragraph(
            "A hook finds VIPD_EVENT, VIPD_GROUP, VIPD_ADDRESSES, VIPD_INTERFACE, VIPD_NODE, VIPD_STATE, VIPD_HOLDER, "
                + "VIPD_REASON and VIPD_TERM in its environment, and the same as JSON on its standard input.")
        page.raw(".SH EXAMPLE\n.nf")
        page.raw(
            escapedText(
                """
                groups:
                  - name: api
                    addresses: [192.168.1.210]
                    members: 3
                    checks:
                      - kubernetes: {}
                """))
        page.raw(".fi")
        page.section("SEE ALSO", ["vipd(8)"])
        return page.text
    }

    // roff

    /// A page in the making.
    private struct Page {
        private(set) var text: String

        init(title: String, section: Int, manual: String) {
            text = ".TH \(title) \(section) \"\(Manual.date)\" \"vipd \(vipdVersion)\" \"\(manual)\"\n"
        }

        mutating func raw(_ lines: String) { text += lines + "\n" }

        mutating func section(_ title: String, _ paragraphs: [String]) {
            raw(".SH \(title)")
            // The first stands right behind its heading: whatis(1) reads that of NAME.
            for (index, paragraph) in paragraphs.enumerated() {
                if index == 0 { raw(escapedText(paragraph)) } else { self.paragraph(paragraph) }
            }
        }

        mutating func paragraph(_ words: String) { raw(".PP\n" + escapedText(words)) }

        mutating func item(_ label: String, _ words: String) {
            raw(".TP\n.B \(escapedText(label))\n\(escapedText(sentence(words)))")
        }

        mutating func keys(_ title: String, _ keys: [ConfigurationKey]) {
            raw(".SH \(title)")
            for key in keys {
                var words = sentence(key.summary) + " Takes: \(key.type)"
                if let range = key.range { words += ", \(range)" }
                words += "."
                if let standard = key.defaultValue { words += " Default: \(standard)." }
                item(key.name, words)
            }
        }
    }

    /// A sentence of a summary: a capital in front, a full stop behind.
    private static func sentence(_ summary: String) -> String {
        let text = summary.prefix(1).uppercased() + summary.dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }

    /// `text` so that roff takes it as it is (man(7), "Portability"): backslashes and hyphens, and lines that would begin
    /// a request.
    private static func escapedText(_ text: String) -> String {
        let escaped = text.replacing(text: "\\", with: "\\e").replacing(text: "-", with: "\\-")
        let lines = escaped.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : String($0) }.joined(separator: "\n")
    }
}
