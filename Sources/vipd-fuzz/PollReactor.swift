// A reactor of poll(2) that turns when it is told to and never waits: both ends of what it watches are in this process.
import Glibc
import VIPControl

final class PollReactor: Reactor {
    private struct Watch {
        let events: Int16
        let handler: (Readiness) -> Void
    }

    /// Turns after which a server that still has something to do is one that spins.
    private static let mostTurns = 100_000

    private var watches: [Int32: Watch] = [:]
    private var rests: [Int32: UInt64] = [:]
    /// Goes on by a millisecond a turn.
    private(set) var nowNs: UInt64 = 0

    func watch(_ fd: Int32, readable: Bool, writable: Bool, handler: @escaping (Readiness) -> Void) {
        rests[fd] = nil
        watches[fd] = Watch(events: Int16((readable ? POLLIN : 0) | (writable ? POLLOUT : 0)), handler: handler)
    }

    func rest(_ fd: Int32, untilNs: UInt64) { rests[fd] = untilNs }

    func unwatch(_ fd: Int32) { (watches[fd], rests[fd]) = (nil, nil) }

    /// Turns until nothing is ready; false where that does not come about.
    func settle() -> Bool {
        for _ in 0..<Self.mostTurns where !turn() { return true }
        return false
    }

    /// Calls the handlers of all that is ready; false where nothing was.
    private func turn() -> Bool {
        nowNs += 1_000_000
        rests = rests.filter { $0.value > nowNs }
        var entries = watches.map { pollfd(fd: $0.key, events: rests[$0.key] == nil ? $0.value.events : 0, revents: 0) }
        guard unsafe poll(&entries, nfds_t(entries.count), 0) > 0 else { return false }
        for entry in entries where entry.revents != 0 {
            guard let watch = watches[entry.fd] else { continue }
            var readiness: Readiness = []
            if Int32(entry.revents) & POLLIN != 0 { readiness.insert(.readable) }
            if Int32(entry.revents) & POLLOUT != 0 { readiness.insert(.writable) }
            if Int32(entry.revents) & (POLLHUP | POLLERR) != 0 { readiness.insert(.hangup) }
            watch.handler(readiness)
        }
        return true
    }
}
