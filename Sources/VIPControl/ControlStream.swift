// The command's side of the control socket for those who wait for other things too: never waits by itself.
// Deliberately not here: when to ask, and when to connect again.
import Glibc
import VIPJSON

/// A connection to the daemon that is read and written when its descriptor is ready.
public final class ControlStream {
    /// A line from the daemon.
    public enum Message: Equatable, Sendable {
        /// To the requests, in their order.
        case answer(ControlResponse)
        /// After `events` with `follow`, between the answers.
        case event(EventRecord)
    }

    private let path: String
    private let fd: Int32
    private var input: [UInt8] = []
    private var output: ArraySlice<UInt8> = []

    /// Connects to the daemon at `path`, at once or not at all.
    public init(path: String) throws(ControlClientError) {
        if let objection = UnixSocket.objection(to: path) { throw ControlClientError(description: objection) }
        var made: Int32 = -1
        do throws(SystemError) {
            made = try UnixSocket.make()
            guard fcntl(made, F_SETFL, O_NONBLOCK) == 0 else { throw SystemError.last }
            try UnixSocket.connect(made, to: path)
        } catch {
            if made >= 0 { close(made) }
            // Its queue of connections is full: it has not taken one for a long time.
            throw error.code == EAGAIN
                ? ControlClientError(
                    description: "vipd at \(path) takes no connections; does it hang? systemctl status vipd",
                    looksHung: true)
                : ControlClient.unreachable(path, error)
        }
        self.path = path
        fd = made
    }

    deinit { close(fd) }

    /// The descriptor to wait on until it is readable, and writable where ``wantsRoom``; stays ours.
    public var fileDescriptor: Int32 { fd }

    /// True while a request has not gone out whole.
    public var wantsRoom: Bool { !output.isEmpty }

    /// Sends `request`, now or with the next ``exchange()``.
    public func ask(_ request: ControlRequest) {
        output += Array(request.line.utf8)
        flush()
    }

    /// Sends what waits to be sent, and returns what has come.
    ///
    /// - Throws: where the daemon has ended the connection, or says something that cannot be understood; what came before
    ///   is lost with it.
    public func exchange() throws(ControlClientError) -> [Message] {
        flush()
        try fill()
        var messages: [Message] = []
        while let newline = input.firstIndex(of: UInt8(ascii: "\n")) {
            do throws(JSONError) {
                messages.append(try Message(parsing: input[..<newline]))
            } catch {
                throw ControlClient.garbled(path, "\(error)")
            }
            input.removeSubrange(...newline)
        }
        guard input.count <= ControlClient.longestLine else {
            throw ControlClient.garbled(path, "an answer without an end")
        }
        return messages
    }

    private func flush() {
        while !output.isEmpty {
            // A daemon that turned us away has said why before it closed: what it said is still to be read.
            guard let count = try? UnixSocket.send(fd, output) else { return output = [] }
            guard count > 0 else { return }
            output = output.dropFirst(count)
        }
    }

    /// Reads what is there, up to one long answer; the rest stays in the socket for the next time.
    private func fill() throws(ControlClientError) {
        while input.count <= ControlClient.longestLine {
            do throws(SystemError) {
                guard let bytes = try UnixSocket.receive(fd, limit: 65_536) else { return }
                guard !bytes.isEmpty else { throw SystemError(code: ECONNRESET) }
                input += bytes
            } catch {
                // What was said last is why it hung up.
                guard !input.contains(UInt8(ascii: "\n")) else { return }
                throw ControlClient.closed(path)
            }
        }
    }
}

extension ControlStream.Message {
    /// Parses one line, without its newline.
    fileprivate init(parsing line: some Collection<UInt8>) throws(JSONError) {
        let fields = try JSONFields(JSONValue(parsing: line), at: "")
        if fields["event"] != .null {
            self = .event(try EventRecord(fields.object("event")))
        } else {
            self = .answer(try ControlResponse(fields))
        }
    }
}
