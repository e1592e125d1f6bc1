// The command's side of the control socket for programs with a loop of their own: it never waits. Deliberately not here:
// waiting (ControlClient.swift does, for commands), and what the answers are for.
import Glibc
import VIPJSON

/// A connection to the daemon that never waits: the owner's loop tells when there is something to be read or written.
///
/// Requests are answered in their order; events that are followed come in between. After an error the channel is of no
/// more use. It belongs to one thread.
public final class ControlChannel {
    /// What the daemon says.
    public enum Message: Equatable, Sendable {
        case answer(ControlResponse)
        case event(EventRecord)
    }

    /// The socket, to be waited for; the channel closes it at its end.
    public let fd: Int32
    private let path: String
    private var input: [UInt8] = []
    private var searched = 0
    private var output: [UInt8] = []

    /// One read of the socket.
    private static let mostAtOnce = 65_536

    /// Connects to the daemon at `path`.
    public init(path: String) throws(ControlClientError) {
        if let objection = UnixSocket.objection(to: path) { throw ControlClientError(description: objection) }
        var made: Int32 = -1
        do throws(SystemError) {
            made = try UnixSocket.make()
            _ = fcntl(made, F_SETFL, O_NONBLOCK)
            try UnixSocket.connect(made, to: path)
        } catch {
            if made >= 0 { close(made) }
            // Its queue of connections is full: it has not taken one for a long time.
            throw error.code == EAGAIN
                ? ControlClientError(
                    description: "vipd at \(path) takes no connections; does it hang? systemctl status vipd")
                : ControlClient.unreachable(path, error)
        }
        self.path = path
        fd = made
    }

    deinit { close(fd) }

    /// True where bytes wait for room: wait for the socket to be writable, then `flush`.
    public var wantsWriting: Bool { !output.isEmpty }

    /// Sends `request`, as far as there is room now.
    public func send(_ request: ControlRequest) {
        output += request.line.utf8
        flush()
    }

    /// Sends what waited. A daemon that has gone, or turned this caller away, is found out by `receive`.
    public func flush() {
        guard !output.isEmpty else { return }
        do throws(SystemError) {
            output.removeFirst(try UnixSocket.send(fd, output[...]))
        } catch {
            output = []
        }
    }

    /// What has arrived, oldest first; empty where nothing has.
    ///
    /// - Throws: where the daemon has closed the connection, or says what cannot be understood. What came whole before is
    ///   lost then: a caller that connects again asks again.
    public func receive() throws(ControlClientError) -> [Message] {
        do throws(SystemError) {
            guard let bytes = try UnixSocket.receive(fd, limit: Self.mostAtOnce) else { return [] }
            guard !bytes.isEmpty else { throw SystemError(code: ECONNRESET) }
            input += bytes
        } catch {
            throw ControlClient.closed(path)
        }
        var messages: [Message] = []
        var begin = 0
        while let newline = input[max(begin, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
            messages.append(try parse(input[begin..<newline]))
            begin = newline + 1
        }
        input.removeSubrange(..<begin)
        searched = input.count
        guard searched <= ControlClient.longestLine else {
            throw ControlClient.garbled(path, "an answer without an end")
        }
        return messages
    }

    private func parse(_ line: ArraySlice<UInt8>) throws(ControlClientError) -> Message {
        do throws(JSONError) {
            let json = try JSONValue(parsing: line)
            if let event = try EventRecord(followed: json) { return .event(event) }
            return .answer(try ControlResponse(json: json))
        } catch {
            throw ControlClient.garbled(path, "\(error)")
        }
    }
}
