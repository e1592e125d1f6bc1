// Writing to the standard streams, at once and whole. Deliberately not here: what is written.
import Glibc

/// A stream of the process. After the first failure it takes everything and writes nothing, so that a reader who has
/// gone away (`vipd events | head`) ends the command and not with noise.
final class Output {
    private let fd: Int32
    /// What it writes to, to wait for room.
    var descriptor: Int32 { fd }
    /// The error of the first write that failed.
    private(set) var failure: Int32?

    init(fd: Int32) { self.fd = fd }

    /// True where the reader is still there.
    var isOpen: Bool { failure == nil }

    /// True where something went wrong that the user should hear of: not just a reader that had enough.
    var isBroken: Bool { failure != nil && failure != EPIPE }

    /// True where colours belong: a terminal that has them, and a user who wants them (no-color.org).
    var isColoured: Bool {
        func setting(_ name: String) -> String {
            guard let value = unsafe getenv(name) else { return "" }
            return unsafe String(cString: value)
        }
        return isatty(fd) == 1 && setting("NO_COLOR").isEmpty && setting("TERM") != "dumb"
    }

    func write(_ text: String) {
        var rest = ArraySlice(text.utf8)
        while isOpen, !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(fd, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                failure = errno
            }
        }
    }
}
