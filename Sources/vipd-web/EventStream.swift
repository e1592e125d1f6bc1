// What one client of the event stream is sent, in the form of server-sent events (WHATWG HTML, 9.2). Deliberately not
// here: the connection (WebServer.swift).
import VIPControl
import VIPJSON

/// What streams tell of.
struct StreamSource {
    var ring = EventRing()
    /// The last status, as a line of JSON; grows its version with each.
    private(set) var status: (line: String, version: UInt64) = ("", 0)
    /// Whether the daemon is there, as a line of JSON.
    private(set) var link: (line: String, version: UInt64) = ("", 0)

    mutating func tell(_ report: StatusReport) {
        status = (report.json.text(.asciiLine), status.version + 1)
    }

    /// Tells that the daemon is there, or, with the problem in a line, that it is not; again as a sign of life.
    mutating func tellLink(problem: String?) {
        let json = JSONValue.object(["connected": .bool(problem == nil), "problem": .optional(problem)])
        link = (json.text(.asciiLine), link.version + 1)
    }
}

/// One client's place in it. Its queue is the ring that all share: a client that falls behind it is dropped, and costs
/// nothing beside the one message that is being sent.
struct EventStream {
    private var cursor: UInt64
    private var statusVersion: UInt64 = 0
    private var linkVersion: UInt64 = 0
    /// What is left of a message that was sent in part.
    private var rest: ArraySlice<UInt8>

    enum Chunk: Equatable {
        case bytes(ArraySlice<UInt8>)
        /// There is nothing to send now.
        case nothing
        /// The client has fallen behind what is kept.
        case behind
    }

    /// A client that had the event `lastEventID`, of the field of that name, if any. First of all it is told how long to
    /// wait before it connects again, and what time it is here, since its own clock may be wrong.
    init(resuming lastEventID: String?, in source: StreamSource, at time: Timestamp) {
        let clock = JSONValue.object(["at": .string(time.rfc3339)]).text(.asciiLine)
        rest = ArraySlice("retry: 1000\n\nevent: clock\ndata: \(clock)\n\n".utf8)
        cursor = source.ring.cursor(after: lastEventID)
    }

    /// True where `next` has something to send.
    func hasNews(in source: StreamSource) -> Bool {
        !rest.isEmpty || linkVersion < source.link.version || cursor < source.ring.lastSequence
            || statusVersion < source.status.version
    }

    /// The next bytes, at most `capacity`.
    mutating func next(_ capacity: Int, from source: StreamSource) -> Chunk {
        if rest.isEmpty {
            guard cursor >= source.ring.floor else { return .behind }
            guard let message = message(from: source) else { return .nothing }
            rest = ArraySlice(message.utf8)
        }
        let chunk = rest.prefix(capacity)
        rest = rest.dropFirst(capacity)
        return .bytes(chunk)
    }

    /// Events before the status that came after them, so that what a page shows together belongs together.
    private mutating func message(from source: StreamSource) -> String? {
        if linkVersion < source.link.version {
            linkVersion = source.link.version
            return "event: link\ndata: \(source.link.line)\n\n"
        }
        if let entry = source.ring.entry(after: cursor) {
            cursor = entry.sequence
            return "id: \(entry.name)\nevent: entry\ndata: \(entry.line)\n\n"
        }
        if statusVersion < source.status.version {
            statusVersion = source.status.version
            return "event: status\ndata: \(source.status.line)\n\n"
        }
        return nil
    }
}
