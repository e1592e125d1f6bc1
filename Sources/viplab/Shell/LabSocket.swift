// One question, one answer, over a Unix socket in the run's directory: how `viplab fault` reaches a standing lab.
import CVIPLab
import Foundation

/// The standing lab's end.
final class LabSocket {
    private let listener: Int32
    /// A request is one line and an answer some; nobody has more to say.
    private static let mostBytes = 4096

    init(path: String) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        guard unsafe Self.with(path, { unsafe bind(listener, $0, $1) }) == 0, listen(listener, 8) == 0 else {
            throw LabError("cannot listen on \(path)", code: errno)
        }
        chmodOwnerOnly(path)
    }

    deinit { close(listener) }

    /// Waits for a request until `limit`, and answers it with what `handle` makes of it.
    func serve(waitingUpTo limit: Duration, _ handle: (String) throws -> String) throws {
        var ready = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard unsafe viplab_poll(&ready, 1, limit.inNanoseconds) > 0 else { return }
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        var asked = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        guard unsafe viplab_poll(&asked, 1, Duration.seconds(1).inNanoseconds) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: Self.mostBytes)
        let count = unsafe read(connection, &buffer, buffer.count)
        let request = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        let answer = Array(try handle(request.trimmingCharacters(in: .whitespacesAndNewlines)).utf8)
        _ = unsafe send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
    }

    /// Asks a standing lab and waits for its answer.
    static func ask(_ path: String, _ request: String) throws -> String {
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        guard unsafe with(path, { unsafe connect(connection, $0, $1) }) == 0 else {
            throw LabError("cannot reach the lab at \(path)", code: errno)
        }
        let line = Array("\(request)\n".utf8)
        _ = unsafe send(connection, line, line.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: mostBytes)
        while true {
            try Interrupt.check()
            var ready = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            guard unsafe viplab_poll(&ready, 1, Duration.milliseconds(50).inNanoseconds) > 0 else { continue }
            let count = unsafe read(connection, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += buffer.prefix(count)
        }
    }

    private func chmodOwnerOnly(_ path: String) { unsafe chmod(path, 0o600) }

    /// Calls with the socket address of a path. The run's directory is short enough for it (108 bytes).
    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        precondition(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
