// Writing entries with fields to systemd's journal. Which fields, and what in them, is the caller's.

internal import CVIPLinux
internal import Glibc

/// The journal of systemd.
public final class JournalWriter {
    /// Where journald takes entries.
    private static let path = "/run/systemd/journal/socket"

    /// Looks at journald's queue, where there is a journal.
    private let queue: OwnedDescriptor
    private let hasJournal: Bool

    public convenience init() { self.init(watching: Self.path) }

    /// Looks at the queue of the socket at `path`.
    init(watching path: String) {
        let descriptor = unsafe cvip_journal_watch(path)
        hasJournal = descriptor >= 0
        queue = OwnedDescriptor(descriptor)
    }

    /// False while journald reads nothing and its queue of some hundred entries is full: writing would wait.
    var hasRoom: Bool { !hasJournal || cvip_journal_has_room(queue.number) != 0 }

    /// True if what is written to stderr goes to the journal, so that entries belong there too ($JOURNAL_STREAM).
    public static var hasStandardError: Bool { cvip_journal_has_stderr() != 0 }

    /// Writes one entry. Names are upper-case letters, digits and underscores, not beginning with an underscore
    /// (systemd.journal-fields(7)): `MESSAGE`, `PRIORITY`. Values may be any text.
    ///
    /// Never waits. Returns 0, or the errno: ENOENT or ECONNREFUSED where there is no journal, EAGAIN where journald
    /// reads nothing and its queue is full.
    @discardableResult
    public func write(_ fields: [(name: String, value: String)]) -> Int32 {
        guard hasRoom else { return EAGAIN }
        let assignments = fields.map { [UInt8]($0.name.utf8) + [UInt8(ascii: "=")] + [UInt8]($0.value.utf8) }
        let status = unsafe withVectors(of: assignments) { vectors in
            unsafe cvip_journal_send(vectors.baseAddress, Int32(vectors.count))
        }
        return 0 &- status
    }
}
