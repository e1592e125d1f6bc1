// The text of the new configuration: what is to be known at the top, then node and groups.
// Deliberately not here: quoting and indenting (YAMLWriter).

import VIPConfiguration
import VIPWire

/// What is written, in the order in which it is written.
struct ConfigurationText {
    let path: String
    let node: String?
    let groups: [OutputGroup]
    let notes: [ConversionNote]
    let omittedNotes: Int
    let hasAuthentication: Bool

    /// So many notes stand in the file itself.
    private static let mostNotes = 100

    var yaml: String {
        var writer = YAMLWriter()
        writeHead(&writer)
        writer.blank()
        if let node { writer.key("node", string: node) }
        if hasAuthentication {
            writer.comment("keyFile: /etc/vipd/key   (after 'vipd key --write /etc/vipd/key', and a copy on each node)")
        }
        writer.block("groups") { writer in
            for (index, group) in groups.enumerated() {
                if index > 0 { writer.blank() }
                write(group, &writer)
            }
        }
        return writer.text
    }

    private func writeHead(_ writer: inout YAMLWriter) {
        writer.comment("Written by vipd convert from \(path).")
        writer.comment("")
        writer.comment(
            "vipd does not speak VRRP: stop keepalived on every machine before vipd starts on the first. A group needs the "
                + "same name and the same addresses on all machines, and all of them on one Ethernet segment.")
        guard !notes.isEmpty else { return }
        writer.comment("")
        writer.comment("Not carried over, or not as it was:")
        for note in notes.prefix(Self.mostNotes) { writer.comment(note.description, hanging: 4) }
        let more = notes.count - Self.mostNotes + omittedNotes
        if more > 0 { writer.comment("and \(more) more") }
    }

    private func write(_ group: OutputGroup, _ writer: inout YAMLWriter) {
        writer.comment(group.origin)
        writer.entry("name", string: group.name) { writer in
            writer.key("addresses", list: group.addresses.map(\.description))
            if let interface = group.interface { writer.key("interface", string: interface) }
            if let priority = group.priority { writer.key("priority", "\(priority)") }
            writer.key("preempt", group.preempts ? "true" : "false")
            if let delay = group.preemptDelay {
                writer.key("preemptDelay", delay.text)
            } else if group.preempts {
                writer.comment(
                    "preemptDelay is \(Seconds(Limits.defaultPreemptDelay).text) unless it is set; keepalived's was 0s")
            }
            if let interval = group.interval {
                if interval > Seconds(Limits.defaultInterval) {
                    writer.comment(
                        "as slow as keepalived was: without the next line it is \(Seconds(Limits.defaultInterval).text)"
                    )
                }
                writer.key("interval", interval.text)
            }
            if let suspectAfter = group.suspectAfter { writer.key("suspectAfter", suspectAfter.text) }
            if let pace = group.pace { writer.key("pace", "\(pace)") }
            write(group.checks, &writer)
            writeHooks(of: group, &writer)
        }
    }

    private func write(_ checks: [OutputCheck], _ writer: inout YAMLWriter) {
        guard !checks.isEmpty else { return }
        writer.block("checks") { writer in
            for check in checks {
                writer.entry("name", string: check.name) { writer in
                    switch check.probe {
                    case .exec(let words): writer.key("exec", list: words)
                    case .tcp(let endpoint): writer.key("tcp", string: endpoint)
                    }
                    writer.key("interval", check.interval.text)
                    writer.key("timeout", check.timeout.text)
                    writer.key("rise", "\(check.rise)")
                    writer.key("fall", "\(check.fall)")
                }
            }
        }
    }

    private func writeHooks(of group: OutputGroup, _ writer: inout YAMLWriter) {
        let hooks = [("acquired", group.acquired), ("released", group.released), ("fault", group.fault)]
        guard hooks.contains(where: { $0.1 != nil }) else { return }
        writer.block("hooks") { writer in
            for case (let name, let command?) in hooks { writer.key(name, list: command) }
        }
    }
}
