// The command's side of the control socket: asks, and waits for the answer. Deliberately not here: anything for the
// daemon's loop, which never waits.
import Glibc
import VIPJSON

/// Why the daemon could not be asked, in one line with the way out.
public struct ControlClientError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
    /// Somebody listens there, and does not answer or take connections: a daemon that hangs, most likely.
    public let looksHung: Bool

    init(description: String, looksHung: Bool = false) {
        self.description = description
        self.looksHung = looksHung
    }
}

/// A connection to the daemon that waits, with a bound.
public final class ControlClient {
    /// Where the daemon listens unless told otherwise.
    public static let defaultPath = defaultDirectory + "/vipd.sock"
    /// The directory of ``defaultPath``, which is vipd's own.
    public static let defaultDirectory = "/run/vipd"

    private let path: String
    private let fd: Int32
    private let timeout: Duration
    private var input: [UInt8] = []

    /// An answer longer than this is no answer of vipd's, whose own bound is a quarter of it.
    static let longestLine = 4 << 20

    /// Connects to the daemon at `path`. `timeout` bounds connecting and each `ask`.
    public init(path: String = defaultPath, timeout: Duration = .seconds(2)) throws(ControlClientError) {
        if let objection = UnixSocket.objection(to: path) { throw ControlClientError(description: objection) }
        let (seconds, attoseconds) = timeout.components
        var bound = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        var made: Int32 = -1
        do throws(SystemError) {
            made = try UnixSocket.make()
            unsafe setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
            try UnixSocket.connect(made, to: path)
        } catch {
            if made >= 0 { close(made) }
            throw error.code == EAGAIN ? Self.silent(path, timeout) : Self.unreachable(path, error)
        }
        self.path = path
        self.timeout = timeout
        fd = made
    }

    deinit { close(fd) }

    /// Sends `request` and waits for its answer, a refusal included.
    ///
    /// - Throws: where there is none within the timeout, or none that can be understood.
    public func ask(_ request: ControlRequest) throws(ControlClientError) -> ControlResponse {
        let deadline = ContinuousClock.now + timeout
        try send(request, by: deadline)
        return try receiveAnswer(by: deadline)
    }

    /// Waits, however long it takes, for the next event after `ask(.events(since:follow: true))`.
    ///
    /// - Throws: where the daemon ends the connection.
    public func nextEvent() throws(ControlClientError) -> EventRecord {
        let line = try receiveLine(by: nil)
        do throws(JSONError) {
            return try EventRecord(parsingLine: line)
        } catch {
            throw Self.garbled(path, "\(error)")
        }
    }

    /// Waits until `nextEvent` has something to read, or until nobody reads `output` any more: the other end of a pipe
    /// is closed, a terminal is gone. A file or a terminal that is there is read for ever.
    ///
    /// - Returns: false where nobody does.
    public func awaitEvent(whileRead output: Int32) -> Bool {
        if input.contains(UInt8(ascii: "\n")) { return true }
        while true {
            // POLLERR and POLLHUP come unasked for: poll(2).
            var entries = [
                pollfd(fd: fd, events: Int16(POLLIN), revents: 0), pollfd(fd: output, events: 0, revents: 0),
            ]
            guard unsafe poll(&entries, 2, -1) > 0 else { continue }
            if entries[1].revents != 0 { return false }
            if entries[0].revents != 0 { return true }
        }
    }

    func send(_ request: ControlRequest, by deadline: ContinuousClock.Instant) throws(ControlClientError) {
        var rest = ArraySlice(request.line.utf8)
        while !rest.isEmpty {
            do throws(SystemError) {
                rest = rest.dropFirst(try UnixSocket.send(fd, rest))
            } catch {
                // A daemon that turned us away has said why before it closed.
                return
            }
            if !rest.isEmpty { try wait(for: POLLOUT, by: deadline) }
        }
    }

    func receiveAnswer(by deadline: ContinuousClock.Instant) throws(ControlClientError) -> ControlResponse {
        let line = try receiveLine(by: deadline)
        do throws(JSONError) {
            return try ControlResponse(parsing: line)
        } catch {
            throw Self.garbled(path, "\(error)")
        }
    }

    private func receiveLine(by deadline: ContinuousClock.Instant?) throws(ControlClientError) -> [UInt8] {
        var searched = 0
        while true {
            if let newline = input[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(input[..<newline])
                input.removeSubrange(...newline)
                return line
            }
            searched = input.count
            guard searched <= Self.longestLine else { throw Self.garbled(path, "an answer without an end") }
            try wait(for: POLLIN, by: deadline)
            do throws(SystemError) {
                guard let bytes = try UnixSocket.receive(fd, limit: 65_536) else { continue }
                guard !bytes.isEmpty else { throw SystemError(code: ECONNRESET) }
                input += bytes
            } catch {
                throw Self.closed(path)
            }
        }
    }

    /// Waits until the socket is ready for `events`; nil waits for ever.
    private func wait(for events: Int32, by deadline: ContinuousClock.Instant?) throws(ControlClientError) {
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let left = (deadline - .now).components
                // Rounded up, so that the last part of a millisecond is not spent spinning.
                let exact = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
                guard left.seconds >= 0, left.attoseconds >= 0 else { throw Self.silent(path, timeout) }
                milliseconds = Int32(clamping: exact)
            }
            var entry = pollfd(fd: fd, events: Int16(events), revents: 0)
            if unsafe poll(&entry, 1, milliseconds) > 0 { return }
        }
    }

    static func garbled(_ path: String, _ problem: String) -> ControlClientError {
        ControlClientError(
            description: "cannot understand what answers at \(path): \(problem); is it a vipd of another release? "
                + "this is \(vipdVersion)")
    }

    static func closed(_ path: String) -> ControlClientError {
        ControlClientError(
            description: "vipd at \(path) closed the connection; was it stopped? systemctl status vipd")
    }

    static func silent(_ path: String, _ timeout: Duration) -> ControlClientError {
        ControlClientError(
            description: "vipd at \(path) did not answer within \(timeout); does it hang? systemctl status vipd",
            looksHung: true)
    }

    static func unreachable(_ path: String, _ error: SystemError) -> ControlClientError {
        let way =
            switch error.code {
            case EACCES, EPERM: "use sudo"
            default: "is it running? systemctl status vipd"
            }
        return ControlClientError(description: "cannot reach vipd at \(path): \(error.text); \(way)")
    }
}
