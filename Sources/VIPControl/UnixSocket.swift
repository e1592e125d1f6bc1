// The few system calls on Unix stream sockets that server and client share. Deliberately not here: who owns a
// descriptor, and what travels over it.
import Glibc

/// A failed system call: what was tried, and errno.
struct SystemError: Error, Equatable {
    let code: Int32

    /// The kernel's word for it, as in "No such file or directory".
    var text: String { unsafe String(cString: strerror(code)) }

    static var last: SystemError { SystemError(code: errno) }
}

enum UnixSocket {
    /// The bytes a path may have: `sun_path` less the NUL that ends it (unix(7)).
    static let longestPath = MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size - 1

    /// Why `path` cannot be that of a socket, with the way out; nil if it can.
    static func objection(to path: String) -> String? {
        if path.isEmpty { return "the path of the control socket is empty; give --socket a path" }
        if path.utf8.contains(0) { return "the path of the control socket has a NUL in it; give --socket another path" }
        guard path.utf8.count > longestPath else { return nil }
        return "the path of the control socket is \(path.utf8.count) bytes long, the kernel allows \(longestPath): "
            + "\(path); give --socket a shorter path"
    }

    /// A new stream socket, closed on exec. The caller owns it.
    static func make() throws(SystemError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let fd = socket(AF_UNIX, type, 0)
        guard fd >= 0 else { throw .last }
        return fd
    }

    static func bind(_ fd: Int32, to path: String) throws(SystemError) {
        guard unsafe withAddress(path, { unsafe Glibc.bind(fd, $0, $1) }) == 0 else { throw .last }
    }

    /// Connects `fd`, waiting at most as long as its SO_SNDTIMEO while the other side's queue is full (EAGAIN then).
    static func connect(_ fd: Int32, to path: String) throws(SystemError) {
        while unsafe withAddress(path, { unsafe Glibc.connect(fd, $0, $1) }) != 0 {
            guard errno == EINTR else { throw .last }
        }
    }

    /// Sends what the socket takes without waiting and says how much: 0 where it is full.
    static func send(_ fd: Int32, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT) | noSignal)
            }
            if count >= 0 { return count }
            if errno == EAGAIN { return 0 }
            guard errno == EINTR else { throw .last }
        }
    }

    /// Reads at most `limit` bytes without waiting: nil where there is nothing yet, none at the end of the stream.
    static func receive(_ fd: Int32, limit: Int) throws(SystemError) -> [UInt8]? {
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
            var count: Int
            repeat {
                count = unsafe recv(fd, buffer.baseAddress, limit, Int32(MSG_DONTWAIT))
            } while count < 0 && errno == EINTR
            if count < 0 { failure = .last }
            initialized = max(0, count)
        }
        guard let failure else { return bytes }
        if failure.code == EAGAIN { return nil }
        throw failure
    }

    private static var noSignal: Int32 { Int32(MSG_NOSIGNAL) }

    /// Calls `body` with `path` as a socket address. `path` must be one `objection(to:)` has nothing against.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        precondition(path.utf8.count <= longestPath, "a socket path was not checked")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
