// `vipd events --timings`: for each takeover and handover of the timeline, where its time went.
// Deliberately not here: finding the phases out (VIPDaemon's PhaseClock), and their names and words (VIPControl).
import VIPControl

/// One takeover or handover with all phases that this node has seen of it, in their order.
struct TimedChange: Equatable {
    /// The transition.
    let event: EventRecord
    fileprivate(set) var phases: [EventPhase]
    /// What the host said that answered first, in the words of the timeline.
    fileprivate(set) var confirmation: String?
    /// Hosts that answered after that one: they had their caches set right as well.
    fileprivate(set) var otherAnswers = 0
    /// The last of those, in milliseconds from the first announcement.
    fileprivate(set) var lastAnswerMs = 0

    /// The changes of which `events` know phases, oldest first.
    ///
    /// - Parameter events: in their order; those of several groups may alternate.
    static func changes(of events: [EventRecord]) -> [TimedChange] {
        var changes: [TimedChange] = []
        var latest: [String: Int] = [:]
        for event in events {
            guard let group = event.group else { continue }
            if event.kind == EventRecord.Kind.transition {
                latest[group] = changes.count
                changes.append(TimedChange(event: event, phases: event.phases))
            } else if let index = latest[group] {
                changes[index].add(event)
            }
        }
        return changes.filter { !$0.phases.isEmpty }
    }

    private mutating func add(_ event: EventRecord) {
        let isAnswer = event.kind == EventRecord.Kind.confirmed
        phases += event.phases
        if isAnswer && !event.phases.isEmpty {
            confirmation = event.message
        } else if isAnswer && confirmation != nil {
            otherAnswers += 1
            lastAnswerMs = max(lastAnswerMs, event.confirmedMs ?? 0)
        }
    }
}

enum TimingsTable {
    /// Columns of the bar.
    private static let barWidth = 30

    /// A table for each change: phase, time, share, and where in the whole it lies.
    static func text(of changes: [TimedChange], palette: Palette, localTime: (Timestamp) -> String) -> String {
        guard !changes.isEmpty else {
            return "no takeover is on this node's timeline yet that it was there to time\n"
        }
        return changes.map { text(of: $0, palette: palette, localTime: localTime) }.joined(separator: "\n")
    }

    private static func text(of change: TimedChange, palette: Palette, localTime: (Timestamp) -> String) -> String {
        let group = change.event.group.map { "\(escaped($0)): " } ?? ""
        let title = "\(localTime(change.event.at))  \(group)\(escaped(change.event.message))"
        let whole = change.phases.map { max(0, $0.microseconds) }.reduce(0, +)
        var rows: [(name: String, time: String, share: String, bar: String, words: String)] = []
        var begin = 0
        for phase in change.phases {
            let length = max(0, phase.microseconds)
            rows.append(
                (
                    escaped(phase.name), duration(length), share(length, of: whole),
                    bar(from: begin, length: length, of: whole), escaped(words(for: phase, of: change))
                ))
            begin += length
        }
        rows.append(("whole", duration(whole), "", "", ""))
        let nameWidth = rows.map { displayWidth($0.name) }.max() ?? 0
        let timeWidth = rows.map(\.time.count).max() ?? 0
        let lines = rows.map { row in
            let figures = "  \(padded(row.name, to: nameWidth))  \(aligned(row.time, to: timeWidth))"
            guard !row.share.isEmpty else { return figures }
            return "\(figures)  \(aligned(row.share, to: 7))  |\(padded(row.bar, to: barWidth))|  \(row.words)"
        }
        let others =
            change.otherAnswers == 0
            ? []
            : ["  \(change.otherAnswers) more hosts answered, the last after \(change.lastAnswerMs) ms"]
        return ([palette.paint(title, .heading)] + lines + others).joined(separator: "\n") + "\n"
    }

    private static func words(for phase: EventPhase, of change: TimedChange) -> String {
        let name = PhaseName(rawValue: phase.name)
        if name == .confirmation, let confirmation = change.confirmation { return confirmation }
        return name?.inWords ?? ""
    }

    /// `412 us` below a millisecond, else milliseconds with three places.
    static func duration(_ microseconds: Int) -> String {
        guard microseconds >= 1000 else { return "\(microseconds) us" }
        return "\(microseconds / 1000).\(String(String(1000 + microseconds % 1000).dropFirst())) ms"
    }

    /// In per cent with one place, rounded.
    private static func share(_ part: Int, of whole: Int) -> String {
        let permille = whole == 0 ? 0 : (part * 2000 + whole) / (whole * 2)
        return "\(permille / 10).\(permille % 10) %"
    }

    /// The phase's place in the whole: as long as its share, and never nothing.
    private static func bar(from begin: Int, length: Int, of whole: Int) -> String {
        guard whole > 0 else { return "" }
        let first = min(begin * barWidth / whole, barWidth - 1)
        let end = max((begin + length) * barWidth / whole, first + 1)
        return String(repeating: " ", count: first) + String(repeating: "#", count: end - first)
    }

    private static func aligned(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
