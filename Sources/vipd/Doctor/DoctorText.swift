// The doctor's report for people: the worst first, what is fine in a line each. Deliberately not here: the JSON
// (VIPDoctor), and writing it.

import VIPDoctor
import VIPWire

struct DoctorText {
    let report: DoctorReport
    let palette: Palette

    private static let width = 96
    private static let indent = "         "

    /// The whole text, a newline at its end.
    var text: String {
        var parts: [String] = [headline]
        for severity in [Severity.problem, .warning, .note] {
            let findings = report.findings(severity)
            if !findings.isEmpty { parts.append(findings.map(paragraph).joined(separator: "\n\n")) }
        }
        let fine = report.findings(.ok)
        if !fine.isEmpty { parts.append(fine.map(paragraph).joined(separator: "\n")) }
        if !report.peers.isEmpty { parts.append(table.joined(separator: "\n")) }
        parts.append(closing)
        return parts.joined(separator: "\n\n") + "\n"
    }

    private var headline: String {
        let groups = report.groups.map { group in
            let named = group.addresses.prefix(4).map(\.description).joined(separator: ", ")
            let more = group.addresses.count > 4 ? " and \(group.addresses.count - 4) more" : ""
            return named + more + (group.interface.map { " on \(escaped($0))" } ?? "")
        }
        let what = groups.isEmpty ? "no addresses" : groups.joined(separator: "; ")
        return palette.paint("vipd doctor on \(escaped(report.node)): \(what)", .heading)
    }

    /// A word, so that nothing is said by colour alone; of the same width for all.
    private func mark(_ severity: Severity) -> String {
        switch severity {
        case .ok: palette.paint("ok", .good) + "       "
        case .note: "note     "
        case .warning: palette.paint("warning", .warning) + "  "
        case .problem: palette.paint("problem", .bad) + "  "
        }
    }

    private func paragraph(_ finding: Finding) -> String {
        var lines = lines(of: finding.summary)
        lines[0] = mark(finding.severity) + lines[0].dropFirst(Self.indent.count)
        if let why = finding.why { lines += self.lines(of: why) }
        // Commands are to be copied: they are not wrapped.
        lines += finding.cure.map { Self.indent + "$ " + escaped($0) }
        return lines.joined(separator: "\n")
    }

    private func lines(of text: String) -> [String] {
        wrapped(escaped(text).split(separator: " ").map { String($0) }, to: Self.width - Self.indent.count)
            .map { Self.indent + $0 }
    }

    private var table: [String] {
        let wasProbed = report.peers.contains { $0.answers != nil }
        var rows = [
            ["NODE", "ADDRESS", "MULTICAST", "BROADCAST", "TAG"]
                + (wasProbed ? ["PROBE", "LONG", "TO GROUP", "AFTER"] : [])
        ]
        for peer in report.peers {
            var row = [
                escaped(peer.node.name), peer.node.address?.description ?? "-", "\(peer.node.byMulticast)",
                "\(peer.node.byBroadcast)", peer.tagIsGenuine.map { $0 ? "ok" : "refused" } ?? "-",
            ]
            if wasProbed {
                let answers = peer.answers
                row += [
                    Self.word(answers?.probe), Self.word(answers?.longProbe), Self.word(answers?.multicastProbe),
                    answers?.roundTripMicroseconds.map { "\($0) µs" } ?? "-",
                ]
            }
            rows.append(row)
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { padded($0, to: $1) }.joined(separator: "  ").trimmingSpaces
        }
        return [palette.paint(lines[0], .heading)] + lines.dropFirst()
    }

    private static func word(_ answered: Bool?) -> String { answered.map { $0 ? "yes" : "no" } ?? "-" }

    private var closing: String {
        func count(_ severity: Severity, _ word: String) -> String {
            let number = report.count(severity)
            return "\(number) \(word)\(number == 1 ? "" : "s")"
        }
        let counts = [count(.problem, "problem"), count(.warning, "warning"), count(.note, "note")]
        let fine = report.count(.ok)
        let text = counts.joined(separator: ", ") + "; \(fine == 1 ? "1 check is" : "\(fine) checks are") fine."
        switch report.worst {
        case .ok, .note: return palette.paint(text, .good)
        case .warning: return palette.paint(text, .warning)
        case .problem: return palette.paint(text, .bad)
        }
    }
}

extension String {
    /// The text without spaces at its end.
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
