// The connections: who is let in, what becomes of a request, and which streams have something to be sent. Deliberately
// not here: what is answered (Site.swift), the bounds (VisitorTable.swift), and HTTP itself (CVIPWeb).
import CVIPWeb
import Glibc
import VIPControl

/// The HTTP server. It belongs to one thread, whose loop calls it; libmicrohttpd calls back from within. It lives until
/// the end of the process.
@safe final class WebServer {
    private(set) var visitors: VisitorTable
    private var figures = WebFigures()
    private let site: Site
    private var server: OpaquePointer?
    private var exchanges: [UInt64: Exchange] = [:]
    /// Connections to an address of the loopback.
    private var locals: Set<UInt64> = []
    /// Exchanges that wait for the daemon.
    private var waiting: Set<UInt64> = []
    /// Requests that were put off, and are to be answered now with what there is.
    private var repeated: Set<UInt64> = []
    private var streams: [UInt64: EventStream] = [:]
    /// Streams that have nothing to send, and are put aside by the library.
    private var quiet: Set<UInt64> = []
    private var lastNumber: UInt64 = 0
    private var now: Instant = .now

    /// For the head of a request and of its answer: more than any browser sends.
    private static let memory = 16 << 10

    /// Few, so that who has come in with a request has it read before the next can make it give way.
    private static let acceptsPerTurn = 8

    /// Nil where there is no memory or descriptor for it.
    init?(site: Site, limits: VisitorTable.Limits = .init()) {
        self.site = site
        visitors = VisitorTable(limits: limits)
        var calls = unsafe cvip_server_calls(
            context: Unmanaged.passUnretained(self).toOpaque(), request: Self.onRequest, completed: Self.onCompleted,
            closed: Self.onClosed, read: Self.onRead)
        // Twice as many, since one that is ended gives its place back a moment later.
        let status = unsafe cvip_server_open(UInt32(2 * limits.visitors), Self.memory, &calls, &server)
        guard status == 0 else { return nil }
    }

    /// Readable while there is something to be done by `run`.
    var descriptor: Int32 { unsafe cvip_server_descriptor(server) }

    /// How long `run` need not be called, in milliseconds; nil for ever.
    var patience: Duration? {
        let milliseconds = unsafe cvip_server_patience_ms(server)
        return milliseconds < 0 ? nil : .milliseconds(milliseconds)
    }

    var nextDeadline: Instant? { visitors.nextDeadline }

    /// Lets in those who wait at `listener`, as many as a turn of the loop bears.
    func accept(at listener: Int32, now: Instant) {
        self.now = now
        for _ in 0..<Self.acceptsPerTurn {
            var peer = cvip_peer()
            let fd = unsafe cvip_listener_accept(listener, &peer)
            guard fd >= 0 else { return }
            admit(fd, peer)
        }
    }

    private func admit(_ fd: Int32, _ peer: cvip_peer) {
        var peer = peer
        let bytes = unsafe withUnsafeBytes(of: &peer.address) { unsafe Array($0.prefix(peer.is_ipv6 != 0 ? 8 : 4)) }
        let address = PeerAddress(bytes: bytes)
        switch visitors.admit(from: address) {
        case .refused:
            close(fd)
            return
        case .welcomeInstead(let id): end(id)
        case .welcome: break
        }
        lastNumber += 1
        let number = lastNumber
        visitors.enter(number, from: address, at: now)
        if peer.is_loopback != 0 { locals.insert(number) }
        var exchange: OpaquePointer?
        let status = unsafe withUnsafePointer(to: &peer.socket_address) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe cvip_server_add(server, fd, $0, peer.length, number, &exchange)
            }
        }
        // Where it failed, the end was told, or there was no beginning.
        if status == 0, let exchange = unsafe exchange, visitors.phase(of: number) != nil {
            exchanges[number] = unsafe Exchange(exchange)
        } else {
            forget(number)
        }
    }

    /// Does what can be done without waiting.
    func run(now: Instant) {
        self.now = now
        for id in visitors.overdue(at: now) { end(id) }
        unsafe cvip_server_run(server)
    }

    /// Ends a connection, which the library tells of later.
    private func end(_ id: UInt64) {
        // One that is put aside notices nothing before it goes on.
        if waiting.remove(id) != nil || quiet.remove(id) != nil { exchanges[id]?.resume() }
        exchanges[id]?.abort()
    }

    /// Puts those requests again that waited for the daemon: it has answered, or was lost.
    func wakeWaiting() {
        let woken = waiting
        waiting = []
        repeated.formUnion(woken)
        for id in woken { exchanges[id]?.resume() }
    }

    /// Lets streams go on that have something to send.
    func wakeStreams(now: Instant) {
        for id in quiet {
            guard let stream = streams[id], stream.hasNews(in: site.link.source) else { continue }
            quiet.remove(id)
            visitors.move(id, to: .streaming(busySince: now))
            exchanges[id]?.resume()
        }
    }

    // What the library tells.

    private static func server(_ context: UnsafeMutableRawPointer?) -> WebServer? {
        unsafe context.map { unsafe Unmanaged<WebServer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let onRequest:
        @convention(c) (
            UnsafeMutableRawPointer?, UInt64, OpaquePointer?, UnsafePointer<cvip_request>?
        ) -> Int32 = { context, id, exchange, request in
            guard let server = unsafe WebServer.server(context), let exchange = unsafe exchange,
                let request = unsafe request
            else { return -1 }
            return unsafe server.answer(id, Exchange(exchange), request.pointee)
        }

    private static let onCompleted: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Void = { context, id in
        unsafe WebServer.server(context)?.complete(id)
    }

    private static let onClosed: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Void = { context, id in
        unsafe WebServer.server(context)?.forget(id)
    }

    private static let onRead:
        @convention(c) (UnsafeMutableRawPointer?, UInt64, UnsafeMutablePointer<CChar>?, Int) -> Int = {
            context, id, buffer, capacity in
            guard let server = unsafe WebServer.server(context), let buffer = unsafe buffer else { return -1 }
            return unsafe server.read(id, UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
        }

    private func answer(_ id: UInt64, _ exchange: Exchange, _ raw: cvip_request) -> Int32 {
        // Whoever was ended meanwhile gets nothing any more.
        guard visitors.phase(of: id) != nil else { return -1 }
        let request = unsafe request(raw, of: exchange, id)
        let isRepeated = repeated.remove(id) != nil
        if !isRepeated { figures.requests += 1 }
        figures.connections = visitors.count
        figures.streams = visitors.streamCount
        figures.evictions = visitors.evictions
        figures.refusals = visitors.refusals
        switch site.reply(to: request, isRepeated: isRepeated, figures: figures, at: now) {
        case .later:
            waiting.insert(id)
            visitors.move(id, to: .waiting)
            exchange.suspend()
            return 0
        case .answer(let answer):
            return send(answer, id, exchange)
        case .stream:
            guard visitors.mayStream(id) else {
                return send(.busy("too many follow events already; close another page"), id, exchange)
            }
            // Without a body nothing follows.
            guard request.method == "GET" else { return send(Answer(.events, []), id, exchange) }
            streams[id] = EventStream(
                resuming: request.lastEventID, in: site.link.source, at: .now())
            visitors.move(id, to: .streaming(busySince: now))
            return exchange.beginStream()
        }
    }

    private func request(_ raw: cvip_request, of exchange: Exchange, _ id: UInt64) -> WebRequest {
        let host = exchange.field("Host")
        let fields = HostFields(
            count: exchange.count(ofField: "Host"), isWellFormed: host.map(HostCheck.isWellFormed) ?? true)
        let target = unsafe RequestTarget(String(cString: raw.path))
        return unsafe WebRequest(
            method: String(cString: raw.method), path: target.path, host: target.host ?? host,
            hostFields: fields, lastEventID: exchange.field("Last-Event-ID"), hasBody: raw.has_body != 0,
            isLocal: locals.contains(id))
    }

    private func send(_ answer: Answer, _ id: UInt64, _ exchange: Exchange) -> Int32 {
        var answer = answer
        if !visitors.mayAnswer(id, bytes: answer.body.count) {
            // The room comes a moment later than the end of who had it: too late for this one.
            if let slowest = visitors.slowestReader(at: now) { end(slowest) }
            answer = .busy("too many read slowly what they have asked for; ask again")
        }
        if answer.status != .ok { figures.refused += 1 }
        visitors.move(id, to: .answered(since: now))
        return exchange.send(answer)
    }

    private func complete(_ id: UInt64) {
        visitors.noteRead(id)
        streams[id] = nil
        quiet.remove(id)
        waiting.remove(id)
        repeated.remove(id)
        if visitors.phase(of: id) != nil { visitors.move(id, to: .idle(since: now)) }
    }

    private func forget(_ id: UInt64) {
        complete(id)
        visitors.leave(id)
        locals.remove(id)
        exchanges[id] = nil
    }

    private func read(_ id: UInt64, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard visitors.phase(of: id) != nil, var stream = streams[id] else { return -1 }
        defer { streams[id] = stream }
        switch stream.next(buffer.count, from: site.link.source) {
        case .bytes(let bytes):
            visitors.move(id, to: .streaming(busySince: now))
            unsafe buffer.copyBytes(from: bytes)
            return bytes.count
        case .nothing:
            visitors.move(id, to: .streaming(busySince: nil))
            quiet.insert(id)
            return 0
        case .behind:
            figures.streamsBehind += 1
            return -1
        }
    }
}
