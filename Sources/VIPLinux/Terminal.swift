// The terminal that a command draws on: its size, its keys, and giving it back as it was.
// Deliberately not here: what is drawn, and what the keys mean.

internal import CVIPLinux
internal import Glibc

/// The controlling terminal, through an open file of its own that never waits: a window that takes no output (Ctrl-S, a
/// connection that hangs) does not keep the process from its signals.
public final class Terminal {
    /// A window's size in cells.
    public struct Size: Equatable, Sendable {
        public var rows: Int
        public var columns: Int

        public init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
        }
    }

    /// What a terminal has that does not tell, such as a serial console.
    private static let usualSize = Size(rows: 24, columns: 80)

    private let descriptor: OwnedDescriptor
    private var modes: termios?

    /// Opens it. `stream` is the descriptor that would be written to without a terminal: that one is to be it.
    public init(of stream: Int32) throws(SystemError) {
        descriptor = OwnedDescriptor(try check(cvip_terminal_open(stream), "open the terminal"))
    }

    /// The descriptor to wait on for keys and, where `write` did not take all, for room; stays ours.
    public var fileDescriptor: Int32 { descriptor.number }

    /// The window's size as of now; at least one cell.
    public var size: Size {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        let result = unsafe cvip_terminal_size(descriptor.number, &rows, &columns)
        guard result == 0, rows > 0, columns > 0 else { return Self.usualSize }
        return Size(rows: Int(rows), columns: Int(columns))
    }

    /// Has the terminal give each key at once and show none, until ``giveBack()``. Stops the process, as any command that
    /// asks for the terminal, while it is in the background.
    public func take() throws(SystemError) {
        var before = termios()
        _ = try check(unsafe cvip_terminal_take(descriptor.number, &before), "read single keys from the terminal")
        // Taken twice, as after a stop that could not be caught, the first modes are those to go back to.
        if modes == nil { modes = before }
    }

    /// Puts the terminal's modes back as they were before ``take()``; nothing where they are already, or where it is gone.
    public func giveBack() {
        guard var before = modes else { return }
        _ = unsafe cvip_terminal_give_back(descriptor.number, &before)
        modes = nil
    }

    /// The bytes of the keys that wait to be read, at most `limit`; none where there are none, nil where the terminal is
    /// gone.
    public func read(limit: Int = 1024) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = unsafe Glibc.read(descriptor.number, &bytes, bytes.count)
            if count > 0 { return Array(bytes[..<count]) }
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == EAGAIN ? [] : nil
        }
    }

    /// Writes what the terminal takes now, and says how many bytes that were; nil where the terminal is gone.
    public func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        while true {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno == EAGAIN { return 0 }
            if errno != EINTR { return nil }
        }
    }
}

extension SignalSource {
    /// Does what `signal`, which comes through a source, does by default: ends the process, or stops it until it is
    /// continued.
    public static func obey(_ signal: Int32) throws(SystemError) {
        _ = try check(cvip_signal_obey(signal), "do what signal \(signal) asks for")
    }
}
