// The epoch of the daemon's last start: a file in the state directory. Peers take what is not newer for old, so an epoch
// must grow even where the clock went back. Deliberately not here: what an epoch is for (docs/PROTOCOL.md).

import Glibc
import VIPLinux

/// The epoch that was used last.
struct EpochFile {
    private let path: String

    /// Elections that one start begins at most, each with an epoch of its own: from one start's to the next.
    static let spacing: UInt64 = 1 << 20
    /// No clock says more; a greater number is damage.
    private static let greatest: UInt64 = 1 << 62

    /// - Parameter directory: the state directory.
    init(in directory: String) { path = directory + "/epoch" }

    /// What the daemon changes at each start.
    var files: [String] { [path] }

    /// An epoch above the stored one and no lower than the clock's, in microseconds; it is stored before it is returned.
    /// - Parameter warn: told in one line if it cannot be stored or read: then the clock decides.
    func next(clock: UInt64, warn: (String) -> Void) -> UInt64 {
        var epoch = clock
        do throws(SystemError) {
            if let last = try load() { epoch = max(clock, last + Self.spacing) }
            try store(epoch)
        } catch {
            warn("\(error); should the clock go back, peers with a key take this node for an old recording")
        }
        return epoch
    }

    private func load() throws(SystemError) -> UInt64? {
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError(operation: "read \(path)", errno: errno, advice: "make it readable, or remove it")
        }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw SystemError(operation: "read \(path)", errno: errno, advice: "remove it") }
        let text = String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let epoch = UInt64(text), epoch <= Self.greatest else {
            throw SystemError(operation: "understand \(path)", errno: EINVAL, advice: "remove it")
        }
        return epoch
    }

    /// The old number stays until the new one is on the disk.
    private func store(_ epoch: UInt64) throws(SystemError) {
        let advice = "give vipd a writable state directory (StateDirectory= in the unit, or STATE_DIRECTORY)"
        let new = path + ".new"
        // Always a file of its own making: the directory is another user's than the one that may write here.
        unsafe unlink(new)
        let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw SystemError(operation: "write \(new)", errno: errno, advice: advice) }
        defer { Glibc.close(descriptor) }
        let line = Array("\(epoch)\n".utf8)
        guard unsafe write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0,
            unsafe rename(new, path) == 0
        else { throw SystemError(operation: "write \(path)", errno: errno, advice: advice) }
    }
}
