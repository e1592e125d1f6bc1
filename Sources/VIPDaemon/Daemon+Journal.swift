// Where a thing that happened goes: a record of the timeline and an entry of the journal, which are the same thing told
// twice, with the same number and the same time. Deliberately not here: what happened, and its words.

import VIPControl

extension Daemon {
    /// Puts `record` on the timeline and into the log.
    ///
    /// - Parameters:
    ///   - message: the line of the log; the record's own unless given.
    ///   - more: fields of the journal's entry beside those of the record.
    func enter(
        _ record: EventRecord, _ level: LogEntry.Level, saying message: String? = nil, more: [LogEntry.Field] = []
    ) {
        let record = events.append(record)
        machine.write(
            LogEntry(
                level, message ?? record.message, fields: record.journalFields + more,
                messageID: MessageID(of: record)?.rawValue))
        machine.publish(record)
    }

    /// A record of what happens now to a group on this node.
    func record(_ kind: String, of group: String, to outcome: String? = nil, _ message: String) -> EventRecord {
        EventRecord(
            id: 0, at: machine.wallClock, group: group, node: nodeName, kind: kind, to: outcome, message: message)
    }
}

extension EventRecord {
    /// The record as fields of the journal, names without the prefix `VIPD_`; what does not apply is not there.
    var journalFields: [LogEntry.Field] {
        let fields: [(name: String, value: String?)] = [
            ("EVENT_ID", String(id)), ("AT", at.rfc3339), ("EVENT", kind), ("GROUP", group), ("NODE", node),
            ("STATE", state?.rawValue), ("FROM", from), ("TO", to), ("REASON", reason), ("TERM", term.map { "\($0)" }),
            ("SILENCE_MS", silenceMs.map { "\($0)" }), ("CLAIM_MS", claimMs.map { "\($0)" }),
            ("CONFIRMED_MS", confirmedMs.map { "\($0)" }),
        ]
        return fields.compactMap { field in field.value.map { LogEntry.Field(field.name, $0) } }
    }
}
