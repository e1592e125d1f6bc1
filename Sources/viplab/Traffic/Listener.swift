// A client that only listens: one open connection through the VIP, on which it waits and says nothing. It runs in a
// client's namespace, connects anew when the connection has ended, and judges nothing.
import CVIPLab
import Foundation

/// What the listener's process writes, a line each:
///
///     opened 5120000000 k8s-controller1
///     broken 5140000000 104
enum ListenerReport: Equatable, Sendable {
    /// Connected, and this machine's service told its name.
    case opened(Instant, by: String)
    /// The connection ended: by this errno, or by 0, an orderly end.
    case broken(Instant, errno: Int32)

    var line: String {
        switch self {
        case .opened(let at, let node): "opened \(at.nanoseconds) \(node)"
        case .broken(let at, let errno): "broken \(at.nanoseconds) \(errno)"
        }
    }

    init?(line: String) {
        let words = line.split(separator: " ")
        guard words.count == 3, let time = Int64(words[1]) else { return nil }
        let at = Instant(nanoseconds: time)
        switch (words[0], Int32(words[2])) {
        case ("opened", _): self = .opened(at, by: String(words[2]))
        case ("broken", let errno?): self = .broken(at, errno: errno)
        default: return nil
        }
    }
}

/// The work of `viplab listen`, until its reader goes away.
struct Listener {
    let address: String
    /// Between two questions of the kernel whether the other end is still there, in whole seconds; nil: it never asks.
    let keepalive: Duration?

    func run() throws {
        while true {
            let connection = try connect()
            guard connection >= 0 else {
                (Instant.now + .milliseconds(5)).sleepUntil()
                continue
            }
            defer { close(connection) }
            guard listen(on: connection) else { return }
        }
    }

    /// A connection, or -1 where there was nobody; a lost SYN costs a second, as it costs anybody.
    private func connect() throws -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard connection >= 0 else { throw LabError("the listener cannot open a socket", code: errno) }
        if let keepalive {
            let seconds = Int32(keepalive.components.seconds)
            for (level, option, value) in [
                (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, seconds),
                (Int32(IPPROTO_TCP), TCP_KEEPINTVL, seconds),
            ] {
                var value = value
                unsafe setsockopt(connection, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
            }
        }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = Door.open.rawValue.bigEndian
        target.sin_addr.s_addr = unsafe inet_addr(address)
        let result = unsafe withUnsafePointer(to: &target) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return connection }
        close(connection)
        return -1
    }

    /// Reads until the connection's end: whether there still is somebody to tell.
    private func listen(on connection: Int32) -> Bool {
        var name: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64)
        while true {
            let count = unsafe read(connection, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return Self.write(.broken(.now, errno: count == 0 ? 0 : errno)) }
            name += buffer.prefix(count)
            if name.last == UInt8(ascii: "\n") {
                let text = String(decoding: name.dropLast(), as: UTF8.self)
                guard Self.write(.opened(.now, by: text)) else { return false }
            }
        }
    }

    private static func write(_ report: ListenerReport) -> Bool {
        let bytes = Array("\(report.line)\n".utf8)
        return unsafe Glibc.write(STDOUT_FILENO, bytes, bytes.count) == bytes.count
    }
}
