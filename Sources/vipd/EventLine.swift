// One event as a line for people. Deliberately not here: the JSON (VIPControl).
import VIPControl
import VIPText

enum EventLine {
    /// Local time with milliseconds, the group, what happened, and the milliseconds it took.
    static func text(of event: EventRecord, localTime: (Timestamp) -> String) -> String {
        let group = event.group.map { "\(escaped($0)): " } ?? ""
        var figures: [String] = []
        if let term = event.term, !names(term, event.message) { figures.append("term \(term)") }
        if let silence = event.silenceMs { figures.append("silence \(silence) ms") }
        if let claim = event.claimMs { figures.append("claim \(claim) ms") }
        let details = figures.isEmpty ? "" : " (\(figures.joined(separator: ", ")))"
        return "\(localTime(event.at))  \(group)\(escaped(event.message))\(details)\n"
    }

    /// Whether a message ends its sentence, or a part of it, with this term: it need not stand there twice.
    private static func names(_ term: UInt64, _ message: String) -> Bool {
        message.parts(separatedBy: "; ").contains { $0.hasSuffix("term \(term)") }
    }
}
