// Between the control socket and the loop: the server's reactor, and the way of the daemon's events to followers.

import VIPControl
import VIPLinux

/// Owns the control server; the daemon's machine publishes through it.
// Sendable because: every member is used on the loop's own thread only. The daemon, whose executor is the loop, calls
// `publish` there, the loop's handlers call the others there, and `open` and `close` frame the loop's run on its thread.
final class ControlDoor: @unchecked Sendable {
    private var server: ControlServer?
    private var tickedAt: Int64 = 0

    /// Between two looks at idle clients.
    private static let tickSpacing: Int64 = 1_000_000_000

    /// Makes the socket and answers on it with `handler`.
    func open(
        at path: String, on loop: EventLoop, handler: @escaping (ControlRequest) -> ControlResponse
    ) throws(ControlServerError) {
        server = try ControlServer(path: path, policy: .ofThisMachine(), reactor: LoopReactor(loop), handler: handler)
    }

    /// What the server has counted of clients that it turned away or dropped.
    var counters: [GroupCounters.Count] {
        let counters = server?.counters ?? ControlServer.Counters()
        return [
            .init("clientsAccepted", counters.accepted), .init("clientsRefused", counters.refusedBusy),
            .init("clientsDroppedSlow", counters.droppedSlow), .init("clientsDroppedIdle", counters.droppedIdle),
            .init("clientAcceptsFailed", counters.acceptFailures), .init("requestsRefused", counters.refusedRequests),
            .init("requestsDenied", counters.deniedRequests), .init("requestsDelayed", counters.delayedRequests),
        ]
    }

    func publish(_ event: EventRecord) { server?.publish(event) }

    /// Lets the server look after its clients, once a second at most. `now` is the loop's.
    func tick(now: Int64) {
        guard now - tickedAt >= Self.tickSpacing else { return }
        tickedAt = now
        server?.tick(nowNs: UInt64(now))
    }

    func close() {
        server?.close()
        server = nil
    }
}

/// The event loop, as the control server wants it.
private final class LoopReactor: Reactor {
    private let loop: EventLoop
    private var watched: Set<Int32> = []

    init(_ loop: EventLoop) { self.loop = loop }

    func watch(_ fd: Int32, readable: Bool, writable: Bool, handler: @escaping (VIPControl.Readiness) -> Void) throws {
        unwatch(fd)
        var interest: EventLoop.Readiness = []
        if readable { interest.insert(.readable) }
        if writable { interest.insert(.writable) }
        try loop.watch(fd, for: interest) { readiness in
            var found: VIPControl.Readiness = []
            if readiness.contains(.readable) { found.insert(.readable) }
            if readiness.contains(.writable) { found.insert(.writable) }
            if readiness.contains(.failed) { found.insert(.hangup) }
            handler(found)
        }
        watched.insert(fd)
    }

    func rest(_ fd: Int32, untilNs: UInt64) throws { try loop.rest(fd, until: Int64(untilNs)) }

    var nowNs: UInt64 { UInt64(EventLoop.now) }

    func unwatch(_ fd: Int32) {
        guard watched.remove(fd) != nil else { return }
        loop.unwatch(fd)
    }
}
