// `vipd status` for people, drawn from the report alone. Deliberately not here: the JSON (VIPControl), and writing it.
import VIPControl

struct StatusTable {
    let report: StatusReport
    /// The moment it is, for how long the holder has held.
    let now: Timestamp
    let palette: Palette
    /// How a moment reads where the user is.
    let localTime: (Timestamp) -> String
    /// All prose is wrapped here; where it is nil, only what is said below the table, at the usual width.
    var proseWidth: Int?

    /// The usual width of prose.
    private static let width = 100
    /// A group may have a thousand addresses; so many are named.
    private static let namedAddresses = 4

    /// The whole text, a newline at its end.
    var text: String {
        guard !report.groups.isEmpty else { return "\(escaped(report.node.name)) has no groups.\n" }
        let groups = report.groups.map { lines(of: $0).joined(separator: "\n") + "\n" }.joined(separator: "\n")
        return groups + (realtimeLine.map { "\n\($0)\n" } ?? "")
    }

    /// The exit code that goes with `report`.
    static func exitCode(for report: StatusReport) -> Int32 {
        if report.groups.contains(where: { !$0.conflicts.isEmpty }) { return ExitCode.conflict }
        if report.groups.contains(where: { $0.holder == nil }) { return ExitCode.nobodyHolds }
        return ExitCode.success
    }

    private func lines(of group: GroupStatus) -> [String] {
        var lines = ([headline(of: group)] + remarks(on: group)).flatMap(broken) + [""] + table(of: group)
        if !group.checks.isEmpty { lines += [""] + checks(of: group) }
        let dropped = group.counters.framesDropped.filter { $0.value > 0 }
        if !dropped.isEmpty {
            lines += [""] + Self.wrapped(Self.sentence(on: dropped), to: proseWidth ?? Self.width)
        }
        if let transition = group.lastTransition {
            lines += [""] + Self.wrapped(Self.sentence(on: transition), to: proseWidth ?? Self.width)
        }
        return lines
    }

    /// A line of prose above the table, in as many as the width makes of it.
    private func broken(_ line: String) -> [String] {
        proseWidth.map { Self.wrapped(line, to: $0) } ?? [line]
    }

    /// What was lost, or refused: docs/PROTOCOL.md has the reasons.
    private static func sentence(on dropped: [GroupCounters.Count]) -> String {
        "Frames dropped: " + dropped.map { "\($0.value) \(escaped($0.name))" }.joined(separator: ", ") + "."
    }

    private static func wrapped(_ line: String, to width: Int) -> [String] {
        vipd.wrapped(line.split(separator: " ").map(String.init), to: width)
    }

    // Above the table.

    private func headline(of group: GroupStatus) -> String {
        let named = group.addresses.prefix(Self.namedAddresses).map(escaped).joined(separator: ", ")
        let more = group.addresses.count - Self.namedAddresses
        let addresses = "VIP \(named)" + (more > 0 ? " and \(more) more" : "")
        let label = report.groups.count > 1 ? "Group \(escaped(group.name)): " : ""
        let place = group.interface.map { " on \(escaped($0))" } ?? ""
        var holder = palette.paint("held by nobody", .bad)
        if let known = group.holder {
            holder = "held by " + palette.paint(escaped(known.name), .good)
            if let since = known.since {
                let age = durationText(milliseconds: now.milliseconds - since.milliseconds)
                holder += " since \(localTime(since)) (\(age))"
            }
        }
        return "\(label)\(addresses)\(place) is \(holder), term \(group.term)" + caution
    }

    /// What there is to say where frames are not known to be the nodes' own.
    private var caution: String {
        switch report.node.authentication {
        case .authenticated: ""
        case .acceptsUnsigned: ", " + palette.paint("accepts unsigned frames", .warning)
        case .unauthenticated: ", unauthenticated"
        }
    }

    private func remarks(on group: GroupStatus) -> [String] {
        var lines = group.conflicts.map { conflict in
            palette.paint("CONFLICT", .bad)
                + " since \(localTime(conflict.since)) "
                + "(\(conflict.count == 1 ? "1 frame" : "\(conflict.count) frames"), last "
                + "\(localTime(conflict.lastSeen))): \(escaped(conflict.description))"
        }
        // A holder and a candidate need no excuse; in any other state the reason is what the user wants to know.
        let needsReason = (group.state != .holder && group.state != .candidate) || group.interface == nil
        if needsReason, let reason = group.reason {
            lines.append("This node is \(palette.paint(group.state.rawValue, .warning)): \(escaped(reason))")
        }
        return lines
    }

    // The table.

    /// One row, as plain text; `state` decides its colour.
    private struct Row {
        let cells: [String]
        let state: NodeState?
    }

    private func table(of group: GroupStatus) -> [String] {
        let own = group.own
        let ownRow = Row(
            cells: [
                escaped(report.node.name) + " *", Self.text(own.address), group.state.rawValue, "\(own.priority)", "-",
                Self.text(own.health),
            ], state: group.state)
        let peerRows = group.peers.map { peer in
            Row(
                cells: [
                    escaped(peer.name), Self.text(peer.address), Self.text(peer.state?.rawValue),
                    peer.priority.map(String.init) ?? "-", peer.heardMs.map(Self.heard) ?? "-",
                    Self.text(peer.health),
                ], state: peer.state)
        }
        // By name, so that a row stays where it is while states change.
        let rows = ([ownRow] + peerRows).sorted { $0.cells[0] < $1.cells[0] }
        let heading = ["NODE", "ADDRESS", "STATE", "PRIORITY", "HEARD", "HEALTH"]
        var widths = heading.map(displayWidth)
        // Room for "99999 ms", so that the last column stands still.
        widths[4] = 8
        for row in rows { widths = zip(widths, row.cells).map { max($0, displayWidth($1)) } }
        let lines = rows.map { line($0.cells, widths, Self.meaning(of: $0.state)) }
        return [palette.paint(line(heading, widths, nil), .heading)] + lines
    }

    private func line(_ cells: [String], _ widths: [Int], _ meaning: Palette.Meaning?) -> String {
        let state = padded(cells[2], to: widths[2])
        return "\(padded(cells[0], to: widths[0]))  \(padded(cells[1], to: widths[1]))  "
            + (meaning.map { palette.paint(state, $0) } ?? state)
            // Numbers stand to the right, and leave room of their own.
            + " " + String(repeating: " ", count: widths[3] - cells[3].count) + cells[3]
            + "  \(padded(cells[4], to: widths[4]))  \(cells[5])"
    }

    private static func meaning(of state: NodeState?) -> Palette.Meaning? {
        switch state {
        case .holder, .handingOver: .good
        case .ineligible, .occupied: .warning
        default: nil
        }
    }

    private static func text(_ value: String?) -> String { value.map(escaped) ?? "-" }

    private static func heard(milliseconds: Int) -> String {
        milliseconds < 100_000 ? "\(milliseconds) ms" : durationText(milliseconds: Int64(milliseconds))
    }

    // Below the table.

    /// What came of `realtime: true`; nil where nobody asked for it.
    private var realtimeLine: String? {
        guard let realtime = report.node.realtime, realtime.isWanted else { return nil }
        let missing =
            (realtime.isScheduled ? [] : ["SCHED_RR"]) + (realtime.isMemoryLocked ? [] : ["locked memory"])
        guard !missing.isEmpty else { return "Runs in realtime." }
        let refused = palette.paint("without \(missing.joined(separator: " and "))", .warning)
        return "Realtime was refused: runs \(refused); vipd events tells why."
    }

    private func checks(of group: GroupStatus) -> [String] {
        let heading = ["CHECK", "STATE", "SINCE", "MESSAGE"]
        let rows = group.checks.map { [escaped($0.name), $0.state, localTime($0.since), escaped($0.message)] }
        var widths = heading.map(displayWidth)
        for row in rows { widths = zip(widths, row).map { max($0, displayWidth($1)) } }
        func line(_ cells: [String], _ meaning: Palette.Meaning?) -> String {
            let state = padded(cells[1], to: widths[1])
            return "\(padded(cells[0], to: widths[0]))  \(meaning.map { palette.paint(state, $0) } ?? state)  "
                + "\(padded(cells[2], to: widths[2]))  \(cells[3])"
        }
        let lines = zip(rows, group.checks).map { row, check in
            line(row, check.state == "failing" ? .bad : check.state == "unknown" ? .warning : .good)
        }
        return [palette.paint(line(heading, nil), .heading)] + lines
    }

    private static func sentence(on transition: TransitionStatus) -> String {
        let (from, to) = (transition.from.map(escaped) ?? "nobody", transition.to.map(escaped) ?? "nobody")
        var sentence = "Last change: \(from) -> \(to), \(reasonText(transition.reason))"
        switch (transition.silenceMs, transition.claimMs) {
        case (let silence?, let claim?):
            sentence += "; \(silence + claim) ms from last sign of life to announcement"
        case (nil, let claim?): sentence += "; \(claim) ms from claim to announcement"
        case (let silence?, nil): sentence += "; \(silence) ms after the last sign of life"
        case (nil, nil): break
        }
        if let confirmed = transition.confirmedMs {
            let host = transition.confirmedBy.map { " by \(escaped($0))" } ?? ""
            sentence += ", confirmed\(host) after \(confirmed) ms"
        }
        return sentence + "."
    }

    /// The reason for people; what is no known word reads as it is.
    private static func reasonText(_ reason: String) -> String {
        TransitionReason(rawValue: reason)?.inWords ?? escaped(reason)
    }
}
