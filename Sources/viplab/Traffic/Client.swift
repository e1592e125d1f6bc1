// The client: a process that starts a connection to the VIP at a steady beat, whatever became of the earlier ones, and
// reports each. It runs in the client's namespace and judges nothing.
import CVIPLab
import Foundation

/// The work of `viplab client`, until its reader goes away.
struct Client {
    /// No attempt waits longer; a lost SYN is repeated by Linux after a second, which no user would call an answer.
    static let timeLimit = Duration.seconds(1)
    /// Lateness of its own beat from which the client reports a stall.
    static let stallThreshold = Duration.milliseconds(10)

    let address: String
    let port: UInt16
    let every: Duration
    private var pending: [Pending] = []

    private struct Pending {
        let socket: Int32
        let start: Instant
        var isConnected = false
        var reply: [UInt8] = []
    }

    init(address: String, port: UInt16, every: Duration) {
        (self.address, self.port, self.every) = (address, port, every)
    }

    /// Starts an attempt every beat of an absolute schedule, and writes reports to standard output. Beats that a stall
    /// of this machine swallowed are skipped and reported, not caught up.
    mutating func run() throws {
        let mostPending = Int(Self.timeLimit.inNanoseconds / every.inNanoseconds) + 2
        var beat = Instant.now
        while true {
            var reports: [ClientReport] = []
            let now = Instant.now
            if now - beat > Self.stallThreshold {
                reports.append(.stall(Stall(start: beat, end: now)))
                beat = now
            }
            while beat <= now {
                if pending.count < mostPending { try start(&reports) }
                beat = beat + every
            }
            try attend(until: beat, &reports)
            guard ReportLines.write(reports.map(\.line)) else { return }
        }
    }

    private mutating func start(_ reports: inout [ClientReport]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw LabError("the client cannot open a socket", code: errno) }
        // Closing resets the connection, so that its port is free again at once: 500 a second would use them up.
        var atOnce = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = unsafe inet_addr(address)
        let start = Instant.now
        let result = unsafe withUnsafePointer(to: &target) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let code = errno
        if result == 0 || code == EINPROGRESS {
            pending.append(Pending(socket: descriptor, start: start))
        } else {
            close(descriptor)
            reports.append(.attempt(Attempt(start: start, end: .now, outcome: .failed(code))))
        }
    }

    /// Attends to the attempts under way until the next beat.
    private mutating func attend(until beat: Instant, _ reports: inout [ClientReport]) throws {
        while true {
            let left = beat - Instant.now
            guard left > .zero else { return }
            var waiting = pending.map {
                pollfd(fd: $0.socket, events: Int16($0.isConnected ? POLLIN : POLLOUT), revents: 0)
            }
            try check(unsafe viplab_poll(&waiting, waiting.count, left.inNanoseconds), "the client cannot poll")
            let now = Instant.now
            var remaining: [Pending] = []
            for (attempt, ready) in zip(pending, waiting) {
                var attempt = attempt
                var outcome = ready.revents == 0 ? nil : Self.advance(&attempt)
                if outcome == nil && now - attempt.start > Self.timeLimit { outcome = .timedOut }
                if let outcome {
                    close(attempt.socket)
                    reports.append(.attempt(Attempt(start: attempt.start, end: now, outcome: outcome)))
                } else {
                    remaining.append(attempt)
                }
            }
            pending = remaining
        }
    }

    /// Takes an attempt as far as it goes without waiting: its outcome, or nil while it is under way.
    private static func advance(_ attempt: inout Pending) -> AttemptOutcome? {
        if !attempt.isConnected {
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(attempt.socket, SOL_SOCKET, SO_ERROR, &code, &size)
            if code != 0 { return .failed(code) }
            attempt.isConnected = true
        }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(attempt.socket, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : .failed(errno) }
        attempt.reply += buffer.prefix(count)
        guard let end = attempt.reply.firstIndex(of: UInt8(ascii: "\n")) else {
            // Closed before the name was complete.
            return count == 0 ? .failed(ECONNRESET) : nil
        }
        return .answered(by: String(decoding: attempt.reply[..<end], as: UTF8.self))
    }
}
