// What the window of `vipd status --watch` shows, as lines, from what is known and the window's size alone.
// Deliberately not here: asking the daemon (WatchedDaemon), and the terminal (WatchScreen).
import VIPControl
import VIPLinux

/// One picture of the window.
struct WatchPage {
    /// What is known of the daemon; nil and empty before it has told.
    var report: StatusReport?
    var reportedAt: Timestamp?
    /// Oldest first.
    var events: [EventRecord] = []
    /// Why the daemon is not heard, in one line; nil where it is.
    var trouble: String?
    /// The moment it is.
    var now: Timestamp
    var palette: Palette
    var localTime: (Timestamp) -> String
    var eventTime: (Timestamp) -> String

    /// The lines of prose are wrapped here, or at the window's edge.
    private static let proseWidth = 100
    /// So many events are there to scroll to, where fewer fit.
    private static let fewestEvents = 5
    /// Lines of the window that do not scroll: the header and the rule below it, and the footer.
    private static let frame = 3

    /// The lines of a window of `size`, from the line `offset` of what scrolls on: as many as it has rows, none wider than
    /// its columns, no control characters in them but colours. `offset` is brought into its bounds.
    func lines(in size: Terminal.Size, from offset: inout Int) -> [String] {
        let room = max(0, size.rows - Self.frame)
        let content = content(columns: size.columns, room: room)
        offset = min(max(0, offset), max(0, content.count - room))
        let shown = content.dropFirst(offset).prefix(room)
        var lines = [header(columns: size.columns), rule] + shown
        lines += Array(repeating: "", count: max(0, room - shown.count))
        lines.append(footer(first: offset, shown: shown.count, of: content.count))
        return lines.prefix(size.rows).map { DisplayText($0).cut(to: size.columns) }
    }

    /// How far a page goes: what is seen, but for a line that leads over.
    static func page(in size: Terminal.Size) -> Int { max(1, size.rows - frame - 1) }

    // What stands still.

    private func header(columns: Int) -> String {
        let name = report.map { "vipd on \(escaped($0.node.name))" } ?? "vipd"
        let clock = localTime(now)
        // The clock gives way to the name.
        let gap = columns - displayWidth(name) - displayWidth(clock)
        return palette.paint(name, .heading) + (gap >= 2 ? String(repeating: " ", count: gap) + clock : "")
    }

    /// Empty, or that what stands below is old.
    private var rule: String {
        guard trouble != nil else { return "" }
        let age = reportedAt.map { now.milliseconds - $0.milliseconds }
        return palette.paint("NOT CONNECTED", .bad) + ", trying again"
            + (age.map { "; as it was \(durationText(milliseconds: $0)) ago" } ?? "")
    }

    private func footer(first: Int, shown: Int, of count: Int) -> String {
        let keys = "q quits"
        guard shown < count else { return keys }
        return "\(keys), arrows and PageUp/PageDown scroll: lines \(first + 1)-\(first + shown) of \(count)"
    }

    // What scrolls.

    private func content(columns: Int, room: Int) -> [String] {
        let status = reason(columns: columns) + table(columns: columns)
        guard !events.isEmpty else { return status }
        let heading = (status.isEmpty ? [] : [""]) + [palette.paint("EVENTS", .heading)]
        let fitting = max(Self.fewestEvents, room - status.count - heading.count)
        let lines = events.suffix(fitting).map { String(EventLine.text(of: $0, localTime: eventTime).dropLast()) }
        return status + heading + lines
    }

    /// Why the daemon is not heard.
    private func reason(columns: Int) -> [String] {
        guard let trouble else { return [] }
        let words = escaped(trouble).split(separator: " ").map(String.init)
        return wrapped(words, to: min(columns, Self.proseWidth)) + (report == nil ? [] : [""])
    }

    private func table(columns: Int) -> [String] {
        guard let report, let reportedAt else { return [] }
        let table = StatusTable(
            report: report, now: trouble == nil ? now : reportedAt, palette: palette, localTime: localTime,
            proseWidth: min(columns, Self.proseWidth))
        return table.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}
