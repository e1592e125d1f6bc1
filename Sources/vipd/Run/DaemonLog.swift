// The daemon's log: to the journal with fields where stderr is the journal, else to stderr, a line an event.

import Glibc
import VIPControl
import VIPDaemon
import VIPLinux

/// Writes log entries, without ever waiting for a reader.
final class DaemonLog {
    private let journal = JournalWriter.hasStandardError ? JournalWriter() : nil
    /// Lines that could not be written: for want of a reader, of journald, or of room on the disk.
    private(set) var dropped: UInt64 = 0
    /// Of these, as many as was told.
    private var told: UInt64 = 0

    func write(_ entry: LogEntry) {
        if dropped > told {
            let lost = "\(dropped - told) lines were not written: nobody read them, or the disk was full"
            if put(LogEntry(.warning, lost)) { told = dropped }
        }
        if !put(entry) { dropped += 1 }
    }

    /// Writes an entry if that needs no waiting: a hung journald, a stopped terminal, or a pipe that nobody reads must
    /// not stop the election.
    private func put(_ entry: LogEntry) -> Bool {
        if let journal {
            var fields = [
                (name: "MESSAGE", value: entry.message), (name: "PRIORITY", value: String(entry.level.rawValue)),
                (name: "SYSLOG_IDENTIFIER", value: "vipd"),
            ]
            if let id = entry.messageID { fields.append((name: "MESSAGE_ID", value: id)) }
            return journal.write(fields + entry.fields.map { (name: "VIPD_" + $0.name, value: $0.value) }) == 0
        }
        guard Self.hasRoom else { return false }
        let time = Timestamp.now().local(withMilliseconds: true)
        return Self.put("\(time) \(Self.name(of: entry.level)) \(entry.message)")
    }

    /// Tells why the program ends, in one line.
    static func complain(_ message: String) {
        put("vipd: \(message)")
    }

    private static var hasRoom: Bool {
        var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&descriptor, 1, 0) == 1 && descriptor.revents & Int16(POLLOUT) != 0
    }

    /// Whether the whole line was written: a disk may be full.
    @discardableResult
    private static func put(_ line: String) -> Bool {
        // A pipe that has room takes so much without waiting (pipe(7)).
        let bytes = Array(line.utf8.prefix(Int(PIPE_BUF) - 1)) + [UInt8(ascii: "\n")]
        return unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count) == bytes.count
    }

    private static func name(of level: LogEntry.Level) -> String {
        switch level {
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        }
    }
}
