// One client of the control server: its bytes in and out, and their bounds. Deliberately not here: what the lines mean
// (ControlServer.swift).
import Glibc

/// A connected client. It holds one answer at a time: the next request is served when the last answer is written, and read
/// no further than the size of one, so a client that does not read costs no more than that. Only followed events add up,
/// to a bound the server keeps.
final class Connection {
    let fd: Int32
    let credentials: PeerCredentials?
    /// True from `"follow":true` on.
    var follows = false
    /// True once nothing more is read: what is queued goes out, then the connection ends.
    var isFinishing = false
    /// When it last did anything, as of the server's ticks; nil where it did something since the last one.
    var idleSinceNs: UInt64?
    private(set) var isOpen = true
    private let requestBytes: Int
    private var input: [UInt8] = []
    private var inputEnded = false
    private var output: [UInt8] = []

    /// Takes over `fd`; a request may have `requestBytes`, newline included.
    init(fd: Int32, credentials: PeerCredentials?, requestBytes: Int) {
        self.fd = fd
        self.credentials = credentials
        self.requestBytes = requestBytes
    }

    /// Closes the descriptor; the server has told the reactor before.
    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(fd)
    }

    // Input.

    /// True where more is to be read: there is no whole request yet.
    var wantsInput: Bool { !inputEnded && !isFinishing && !hasRequest }

    /// True where a whole request is there, or one too long to become whole.
    var hasRequest: Bool {
        if isFinishing || input.isEmpty { return false }
        // At the end of the stream the last line may lack its newline.
        return inputEnded || input.count >= requestBytes || input.contains(UInt8(ascii: "\n"))
    }

    /// Reads what is there, up to the size of a request.
    func fill() throws(SystemError) {
        guard let bytes = try UnixSocket.receive(fd, limit: requestBytes - input.count) else { return }
        idleSinceNs = nil
        if bytes.isEmpty { inputEnded = true }
        input += bytes
    }

    /// Takes the next request from the input, without its newline; nil where it is longer than allowed.
    /// `hasRequest` must be true.
    func takeRequest() -> [UInt8]? {
        guard let newline = input.firstIndex(of: UInt8(ascii: "\n")) else {
            let rest = input
            input = []
            return rest.count >= requestBytes ? nil : rest
        }
        let line = Array(input[..<newline])
        input.removeSubrange(...newline)
        return line
    }

    // Output.

    /// Bytes that wait to be written.
    var queuedBytes: Int { output.count }

    /// Puts `line` behind what waits.
    func enqueue(_ line: String) {
        output += line.utf8
    }

    /// Writes as much as the socket takes. What is written takes no room while the rest waits.
    func flush() throws(SystemError) {
        var written = 0
        while written < output.count {
            let count = try UnixSocket.send(fd, output[written...])
            guard count > 0 else { break }
            idleSinceNs = nil
            written += count
        }
        if written > 0 { output = Array(output[written...]) }
    }

    /// True where nothing is left to do for the client.
    var isDone: Bool {
        queuedBytes == 0 && (isFinishing || (inputEnded && !hasRequest && !follows))
    }

    /// True where it waits for the client, which a follower with nothing to be written does not.
    var isWaiting: Bool { !follows || queuedBytes > 0 }
}
