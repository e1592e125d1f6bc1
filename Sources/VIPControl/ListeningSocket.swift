// The socket file of the daemon: made so that only one daemon has it, removed when it is done with.
// Deliberately not here: accepting from it (ControlServer.swift).
import Glibc

/// Why the control socket could not be made, in one line with the way out.
public struct ControlServerError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
}

/// A listening Unix socket and its file.
///
/// Two daemons started at once must not each take the other's fresh socket for a stale one, so whoever has the file
/// also has a lock on `PATH.lock`; the kernel drops the lock with the process.
final class ListeningSocket {
    let path: String
    let fd: Int32
    private let identity: FileIdentity?
    private let lock: LockFile

    /// Connections the kernel keeps until they are accepted.
    private static let backlog: Int32 = 64

    /// Makes the directory of `path` (0755) if it is missing, and a socket there that everyone may connect to (0666).
    /// It changes the umask of the process for a moment: call it before there are other threads that make files.
    init(path: String) throws(ControlServerError) {
        if let objection = UnixSocket.objection(to: path) { throw ControlServerError(description: objection) }
        try Self.makeDirectory(of: path)
        let lock = try LockFile(path: path + ".lock", socket: path)
        do throws(ControlServerError) {
            try Self.removeStale(path)
            fd = try Self.listen(at: path)
        } catch {
            lock.release()
            throw error
        }
        self.path = path
        self.lock = lock
        identity = FileIdentity(path: path)
    }

    /// Stops listening and removes the files, unless they are no longer the ones this socket made. Call it once.
    func close() {
        Glibc.close(fd)
        if let identity, FileIdentity(path: path) == identity { unsafe unlink(path) }
        lock.release()
    }

    fileprivate static func taken(_ path: String) -> ControlServerError {
        ControlServerError(
            description: "another vipd already answers on \(path); stop it or give --socket another path")
    }

    fileprivate static func failure(_ operation: String, _ error: SystemError) -> ControlServerError {
        let way =
            switch error.code {
            case EACCES, EPERM, EROFS: "run vipd under systemd or with sudo, or give --socket another path"
            default: "give --socket another path"
            }
        return ControlServerError(description: "cannot \(operation): \(error.text); \(way)")
    }

    private static func makeDirectory(of path: String) throws(ControlServerError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let directory = String(path[..<slash])
        let before = umask(0o022)
        defer { umask(before) }
        guard unsafe mkdir(directory, 0o755) != 0, errno != EEXIST else { return }
        throw failure("make the directory \(directory) for the control socket", .last)
    }

    /// Removes the socket of a daemon that is gone; a live one, or a file that is no socket, is left alone.
    private static func removeStale(_ path: String) throws(ControlServerError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ControlServerError(
                description: "\(path) exists and is no socket; move it away or give --socket another path")
        }
        do throws(SystemError) {
            let probe = try UnixSocket.make()
            defer { Glibc.close(probe) }
            // Where the queue of a live daemon is full the probe must not wait.
            _ = fcntl(probe, F_SETFL, O_NONBLOCK)
            try UnixSocket.connect(probe, to: path)
        } catch {
            switch error.code {
            case ECONNREFUSED where unsafe unlink(path) == 0: return
            case ENOENT: return
            case ECONNREFUSED: throw failure("remove the stale control socket \(path)", .last)
            case EAGAIN: throw taken(path)
            default: throw failure("find out whether a vipd answers on \(path)", error)
            }
        }
        throw taken(path)
    }

    private static func listen(at path: String) throws(ControlServerError) -> Int32 {
        do throws(SystemError) {
            let fd = try UnixSocket.make()
            do throws(SystemError) {
                try bind(fd, to: path)
            } catch {
                Glibc.close(fd)
                throw error
            }
            guard Glibc.listen(fd, backlog) == 0, fcntl(fd, F_SETFL, O_NONBLOCK) == 0 else {
                let error = SystemError.last
                Glibc.close(fd)
                unsafe unlink(path)
                throw error
            }
            return fd
        } catch {
            throw error.code == EADDRINUSE ? taken(path) : failure("make the control socket \(path)", error)
        }
    }

    /// Binds `fd` so that the file comes into being with its final mode: 0777 less the umask.
    private static func bind(_ fd: Int32, to path: String) throws(SystemError) {
        let before = umask(0o111)
        defer { umask(before) }
        try UnixSocket.bind(fd, to: path)
    }
}

/// Which file a path leads to, so that a file somebody put in its place is told apart.
private struct FileIdentity: Equatable {
    let device: UInt
    let inode: UInt

    init?(path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    init?(fd: Int32) {
        var status = stat()
        guard unsafe fstat(fd, &status) == 0 else { return nil }
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    }
}

/// An exclusive flock(2) on a file that exists as long as the lock is held.
private struct LockFile {
    private let path: String
    private let fd: Int32

    /// Takes the lock that goes with `socket`, without waiting for it.
    init(path: String, socket: String) throws(ControlServerError) {
        // The file may be removed by its last owner between opening and locking it; then another is made. Each round
        // means that another daemon just ended, so a few are plenty.
        for _ in 0..<8 {
            let fd = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard fd >= 0 else { throw ListeningSocket.failure("open the lock file \(path)", .last) }
            guard flock(fd, LOCK_EX | LOCK_NB) == 0 else {
                let error = SystemError.last
                Glibc.close(fd)
                guard error.code == EWOULDBLOCK else { throw ListeningSocket.failure("lock \(path)", error) }
                throw ListeningSocket.taken(socket)
            }
            if let opened = FileIdentity(fd: fd), opened == FileIdentity(path: path) {
                self.path = path
                self.fd = fd
                return
            }
            Glibc.close(fd)
        }
        throw ListeningSocket.taken(socket)
    }

    func release() {
        if let held = FileIdentity(fd: fd), held == FileIdentity(path: path) { unsafe unlink(path) }
        Glibc.close(fd)
    }
}
