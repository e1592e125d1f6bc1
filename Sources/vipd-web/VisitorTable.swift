// Who is connected and for how long each may take: the bounds that hostile clients run into. Pure: numbers and times go
// in, verdicts come out. Deliberately not here: the connections (WebServer.swift).

typealias Instant = ContinuousClock.Instant

/// Where a connection comes from.
struct PeerAddress: Hashable {
    /// The IP address; of IPv4 four bytes. Of IPv6 the first eight, since whoever has one has 2^64.
    let bytes: [UInt8]
}

/// The connections and their bounds. A full table refuses nobody while somebody has a place and does nothing with it.
struct VisitorTable {
    struct Limits: Equatable {
        /// Connections at a time, and of one address.
        var visitors = 128
        var visitorsOfAddress = 64
        /// Of these, streams of events.
        var streams = 48
        var streamsOfAddress = 24
        /// How long the head of a request may take to come whole.
        var head = Duration.seconds(5)
        /// How long a connection may wait for its next request.
        var idle = Duration.seconds(75)
        /// How long a client may take to read an answer.
        var answer = Duration.seconds(15)
        /// How long a client of a stream may read nothing while there is something for it.
        var stuckStream = Duration.seconds(10)
        /// Bytes of answers that are not read yet, all together; those of at most `smallAnswer` do not count.
        var unread = 16 << 20
        var smallAnswer = 64 << 10
        /// How long everybody may read in peace, though others find no memory.
        var peace = Duration.seconds(1)
    }

    /// What a connection is doing.
    enum Phase: Equatable {
        /// Its first request is not whole yet.
        case asking(since: Instant)
        /// Between requests.
        case idle(since: Instant)
        /// It waits for the daemon, which is given its own time.
        case waiting
        case answered(since: Instant)
        /// It follows events; since when there is something to be sent, if there is.
        case streaming(busySince: Instant?)
    }

    enum Admission: Equatable {
        case welcome
        /// There is room once this connection was ended.
        case welcomeInstead(of: UInt64)
        case refused
    }

    let limits: Limits
    private var visitors: [UInt64: (address: PeerAddress, phase: Phase)] = [:]
    /// The answers that count, until they are out of memory: for a moment longer than their visitors may be here.
    private var unread: [UInt64: Int] = [:]
    private(set) var evictions: UInt64 = 0
    private(set) var refusals: UInt64 = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    var count: Int { visitors.count }
    var streamCount: Int { visitors.values.count { $0.phase.isStream } }
    var isWatched: Bool { visitors.values.contains { $0.phase.isStream } }

    func phase(of id: UInt64) -> Phase? { visitors[id]?.phase }

    /// Whether a connection from `address` is let in. The caller ends the connection it is told to, then calls `enter`.
    mutating func admit(from address: PeerAddress) -> Admission {
        let ofAddress = visitors.filter { $0.value.address == address }
        let rivals: [UInt64: (address: PeerAddress, phase: Phase)]
        if ofAddress.count >= limits.visitorsOfAddress {
            rivals = ofAddress
        } else if visitors.count >= limits.visitors {
            // Whoever takes most of the room gives way.
            var counts: [PeerAddress: Int] = [:]
            for visitor in visitors.values { counts[visitor.address, default: 0] += 1 }
            let most = counts.values.max() ?? 0
            rivals = visitors.filter { counts[$0.value.address] == most }
        } else {
            return .welcome
        }
        // Who has moved least gives way, whatever it was doing: a newcomer that means it has asked long before it is the one.
        let leaving = rivals.compactMap { id, visitor in visitor.phase.lastMove.map { (id: id, lastMove: $0) } }
        guard let leaving = leaving.min(by: { ($0.lastMove, $0.id) < ($1.lastMove, $1.id) }) else {
            refusals += 1
            return .refused
        }
        evictions += 1
        visitors[leaving.id] = nil
        return .welcomeInstead(of: leaving.id)
    }

    mutating func enter(_ id: UInt64, from address: PeerAddress, at now: Instant) {
        visitors[id] = (address, .asking(since: now))
    }

    mutating func move(_ id: UInt64, to phase: Phase) { visitors[id]?.phase = phase }

    mutating func leave(_ id: UInt64) { visitors[id] = nil }

    /// Whether there is memory for an answer of that size; if so it counts until `noteRead`.
    mutating func mayAnswer(_ id: UInt64, bytes: Int) -> Bool {
        guard bytes > limits.smallAnswer else { return true }
        guard unread.values.reduce(bytes, +) <= limits.unread else { return false }
        unread[id] = bytes
        return true
    }

    /// An answer was read, or given up.
    mutating func noteRead(_ id: UInt64) { unread[id] = nil }

    /// Who has had an answer that counts for longest and not read it: the caller ends it, so that others find room.
    mutating func slowestReader(at now: Instant) -> UInt64? {
        let readers = unread.keys.compactMap { id in visitors[id]?.phase.lastMove.map { (id: id, since: $0) } }
        guard let slowest = readers.min(by: { ($0.since, $0.id) < ($1.since, $1.id) }),
            slowest.since + limits.peace <= now
        else { return nil }
        evictions += 1
        visitors[slowest.id] = nil
        return slowest.id
    }

    /// Whether the connection may follow events.
    func mayStream(_ id: UInt64) -> Bool {
        guard let address = visitors[id]?.address else { return false }
        let streams = visitors.values.filter { $0.phase.isStream }
        return streams.count < limits.streams
            && streams.count { $0.address == address } < limits.streamsOfAddress
    }

    /// When `overdue` may have somebody to name; nil for never.
    var nextDeadline: Instant? { visitors.values.lazy.compactMap { deadline(of: $0.phase) }.min() }

    /// Those that have taken too long, each named once: the caller ends them.
    mutating func overdue(at now: Instant) -> [UInt64] {
        let late = visitors.filter { deadline(of: $0.value.phase).map { $0 <= now } ?? false }.keys.sorted()
        for id in late { visitors[id] = nil }
        evictions += UInt64(late.count)
        return late
    }

    private func deadline(of phase: Phase) -> Instant? {
        switch phase {
        case .asking(let since): since + limits.head
        case .idle(let since): since + limits.idle
        case .answered(let since): since + limits.answer
        case .streaming(let since?): since + limits.stuckStream
        case .waiting, .streaming(nil): nil
        }
    }
}

extension VisitorTable.Phase {
    fileprivate var isStream: Bool { if case .streaming = self { true } else { false } }

    /// Since when nothing has come of it; nil for those who keep their place.
    fileprivate var lastMove: Instant? {
        switch self {
        case .asking(let since), .idle(let since), .answered(let since): since
        case .waiting, .streaming: nil
        }
    }
}
