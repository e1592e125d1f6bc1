// The timeline: the last things that happened, numbered, for `vipd events`.

import VIPControl

/// A bounded list of events; the oldest give way.
struct EventLog {
    static let capacity = 1000

    private var records: [EventRecord] = []
    private var nextID: UInt64 = 1

    /// The number of the last event; 0 before the first.
    var lastID: UInt64 { nextID - 1 }

    /// Numbers a record and keeps it.
    mutating func append(_ record: EventRecord) -> EventRecord {
        var record = record
        record.id = nextID
        nextID += 1
        // In blocks, so that a full log does not move a thousand records for each event.
        if records.count >= 2 * Self.capacity { records.removeFirst(Self.capacity) }
        records.append(record)
        return record
    }

    /// The last ``capacity`` events with a greater id than `id`, oldest first.
    func after(_ id: UInt64) -> [EventRecord] {
        Array(records.suffix(Self.capacity).drop { $0.id <= id })
    }
}
