import Testing
import VIPControl
import VIPJSON

@testable import vipd_web

struct EventStreamTests {
    /// What a source with these events of one life of the daemon has.
    private func source(_ ids: ClosedRange<UInt64>, life: String = "7") -> StreamSource {
        var source = StreamSource()
        source.ring.begin(life: life)
        for id in ids { source.ring.append(Sample.event(id)) }
        return source
    }

    /// Everything that a stream has to say now.
    private func drain(_ stream: inout EventStream, _ source: StreamSource, by capacity: Int = 4096) -> String {
        var bytes: [UInt8] = []
        while case .bytes(let chunk) = stream.next(capacity, from: source) {
            #expect(chunk.count <= capacity && !chunk.isEmpty)
            bytes += chunk
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func stream(_ lastEventID: String?, _ source: StreamSource) -> EventStream {
        EventStream(resuming: lastEventID, in: source, at: Timestamp(milliseconds: 1_700_000_000_123))
    }

    private func names(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }

    @Test("a new client gets how to come back, the time, the link, every event with its id, and the status last")
    func framing() {
        var source = source(1...2)
        source.tellLink(problem: nil)
        source.tell(Sample.report)
        var stream = stream(nil, source)
        let event = { (id: UInt64) in "id: 7-\(id)\nevent: entry\ndata: \(Sample.event(id).json.text(.asciiLine))\n\n" }
        #expect(
            drain(&stream, source)
                == "retry: 1000\n\nevent: clock\ndata: {\"at\":\"2023-11-14T22:13:20.123Z\"}\n\n"
                + "event: link\ndata: {\"connected\":true,\"problem\":null}\n\n" + event(1) + event(2)
                + "event: status\ndata: \(Sample.report.json.text(.asciiLine))\n\n")
        #expect(!stream.hasNews(in: source))
        #expect(stream.next(10, from: source) == .nothing)
    }

    @Test("messages have no line in them but their own, whatever a name is made of")
    func hostileText() {
        var source = StreamSource()
        source.ring.append(Sample.event(1, "a\n\ndata: evil\r\n\u{2028}id: 9"))
        var stream = stream(nil, source)
        let lines = drain(&stream, source).split(separator: "\n", omittingEmptySubsequences: false)
        // The clock's and the event's.
        #expect(lines.count { $0.hasPrefix("data:") } == 2)
        #expect(lines.count { $0.hasPrefix("id:") } == 1)
        #expect(!lines.contains { $0.contains("\r") })
    }

    @Test("a client goes on after the event that it had last")
    func resume() {
        let source = source(1...5)
        var stream = stream("7-3", source)
        #expect(names(drain(&stream, source)) == ["7-4", "7-5"])
    }

    @Test(
        "a client that had an event that is not kept any more, or of nobody's, gets all there is",
        arguments: ["7-9", "8-1", "x", ""])
    func resumeFromNowhere(last: String) {
        let source = source(1...3)
        var stream = stream(last, source)
        #expect(names(drain(&stream, source)) == ["7-1", "7-2", "7-3"])
    }

    @Test("after the daemon was restarted its events count from one again, and are new all the same")
    func restart() {
        var source = source(1...3)
        var stream = stream(nil, source)
        _ = drain(&stream, source)
        source.ring.begin(life: "8")
        source.ring.append(Sample.event(1))
        #expect(names(drain(&stream, source)) == ["8-1"])
        #expect(source.ring.text == Sample.event(1).json.text(.asciiLine) + "\n")
    }

    @Test("events that come again when the connection to the daemon was lost are not told twice")
    func reconnect() {
        var source = source(1...3)
        var stream = stream(nil, source)
        _ = drain(&stream, source)
        source.ring.begin(life: "7")
        for id in 1...4 as ClosedRange<UInt64> { source.ring.append(Sample.event(id)) }
        #expect(names(drain(&stream, source)) == ["7-4"])
    }

    @Test("however little room there is, the bytes are the same")
    func smallChunks() {
        let source = source(1...3)
        var whole = stream(nil, source)
        var pieces = stream(nil, source)
        #expect(drain(&whole, source) == drain(&pieces, source, by: 7))
    }

    @Test("a client that falls behind what is kept is dropped, and has cost nothing beside")
    func slow() {
        var source = source(1...1)
        var stream = stream(nil, source)
        _ = drain(&stream, source)
        for id in 2...UInt64(2 * EventRing.capacity + 1) { source.ring.append(Sample.event(id)) }
        #expect(stream.next(4096, from: source) == .behind)
    }

    @Test("what is kept is bounded, and never less than the daemon keeps")
    func bounded() {
        let last = UInt64(5 * EventRing.capacity + 17)
        let source = source(1...last)
        let kept = source.ring.lastSequence - source.ring.floor
        #expect((UInt64(EventRing.capacity)...UInt64(2 * EventRing.capacity)).contains(kept))
        #expect(source.ring.text.split(separator: "\n").count == EventRing.capacity)
        #expect(source.ring.entry(after: source.ring.floor)?.sequence == source.ring.floor + 1)
        #expect(source.ring.entry(after: last) == nil)
    }

    @Test("of many statuses a slow client gets the last one only")
    func coalesced() {
        var source = StreamSource()
        var stream = stream(nil, source)
        for term in 1...100 as ClosedRange<UInt64> {
            var report = Sample.report
            report.groups[0].term = term
            source.tell(report)
        }
        let text = drain(&stream, source)
        #expect(text.contains("\"term\":100"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("event: status") } == 1)
    }
}
