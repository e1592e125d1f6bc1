// The daemon's last events, kept for those who follow them, so that a hundred of them cost the daemon no more than one.
// Deliberately not here: sending them (EventStream.swift).
import VIPControl
import VIPJSON

/// The last events of the daemon, across its lives; the oldest give way.
struct EventRing {
    struct Entry {
        /// Grows by one with each entry.
        let sequence: UInt64
        /// The daemon's life it is of, and its number in there: what a client resumes with.
        let name: String
        /// The line that `vipd events --json` prints for it, without its newline.
        let line: String
        fileprivate let life: String
        fileprivate let id: UInt64
    }

    /// As many as the daemon keeps itself.
    static let capacity = 1000

    private var entries: [Entry] = []
    private var nextSequence: UInt64 = 1
    private var life = ""
    private var lastID: UInt64 = 0

    /// The last entry; 0 before the first.
    var lastSequence: UInt64 { nextSequence - 1 }
    /// The one before the oldest that is kept: whoever had that misses nothing.
    var floor: UInt64 { entries.first.map { $0.sequence - 1 } ?? lastSequence }

    /// Notes which life of the daemon the events are of that come now: `startedAt` of its status.
    mutating func begin(life: String) {
        guard life != self.life else { return }
        self.life = life
        lastID = 0
    }

    /// Takes in an event, unless it is there already.
    mutating func append(_ event: EventRecord) {
        guard event.id > lastID else { return }
        lastID = event.id
        entries.append(
            Entry(
                sequence: nextSequence, name: "\(life)-\(event.id)", line: event.json.text(.asciiLine), life: life,
                id: event.id))
        nextSequence += 1
        // In blocks, so that a full ring does not move a thousand entries for each event.
        if entries.count >= 2 * Self.capacity { entries.removeFirst(Self.capacity) }
    }

    /// The next entry after a sequence.
    func entry(after sequence: UInt64) -> Entry? {
        guard let first = entries.first, sequence < lastSequence else { return nil }
        return entries[Int(max(sequence + 1, first.sequence) - first.sequence)]
    }

    /// Where a client goes on that last had the entry of that name: after it, or with the oldest that is kept.
    func cursor(after name: String?) -> UInt64 {
        guard let name, let entry = entries.last(where: { $0.name == name }) else { return floor }
        return entry.sequence
    }

    /// What `vipd events --json` prints: the events of the daemon's present life that it keeps itself.
    var text: String {
        entries.filter { $0.life == life }.suffix(Self.capacity).map { $0.line + "\n" }.joined()
    }
}
