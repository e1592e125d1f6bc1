// Writing entries with fields to systemd's journal. Which fields, and what in them, is the caller's.

internal import CVIPLinux

/// The journal of systemd.
public struct JournalWriter: Sendable {
    public init() {}

    /// True if what is written to stderr goes to the journal, so that entries belong there too ($JOURNAL_STREAM).
    public static var hasStandardError: Bool { cvip_journal_has_stderr() != 0 }

    /// Writes one entry. Names are upper-case letters, digits and underscores, not beginning with an underscore
    /// (systemd.journal-fields(7)): `MESSAGE`, `PRIORITY`. Values may be any text.
    ///
    /// Returns 0, or the errno: ENOENT or ECONNREFUSED where there is no journal. Waits while journald reads nothing and
    /// its queue of some hundred entries is full.
    @discardableResult
    public func write(_ fields: [(name: String, value: String)]) -> Int32 {
        let assignments = fields.map { [UInt8]($0.name.utf8) + [UInt8(ascii: "=")] + [UInt8]($0.value.utf8) }
        let status = unsafe withVectors(of: assignments) { vectors in
            unsafe cvip_journal_send(vectors.baseAddress, Int32(vectors.count))
        }
        return 0 &- status
    }
}
