// The loop: waits for clients and for the daemon at once, and lets each do what it can. Deliberately not here: what they do.
import Glibc

/// Everything that runs, on one thread.
final class WebLoop {
    private let listeners: [Int32]
    private let link: DaemonLink
    private let server: WebServer
    /// The answers of the daemon that those who waited have been told of.
    private var answersSeen: UInt64 = 0

    init(listeners: [Int32], link: DaemonLink, server: WebServer) {
        self.listeners = listeners
        self.link = link
        self.server = server
    }

    /// Runs until the process is ended: it has nothing to put in order before.
    func run() -> Never {
        while true { turn() }
    }

    private func turn() {
        var entries = listeners.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        entries.append(pollfd(fd: server.descriptor, events: Int16(POLLIN), revents: 0))
        if let descriptor = link.descriptor {
            let writing = link.wantsWriting ? Int16(POLLOUT) : 0
            entries.append(pollfd(fd: descriptor, events: Int16(POLLIN) | writing, revents: 0))
        }
        _ = unsafe poll(&entries, nfds_t(entries.count), timeout)
        let now = Instant.now
        if entries.count > listeners.count + 1, entries[listeners.count + 1].revents != 0 { link.serve(at: now) }
        link.setWatched(server.visitors.isWatched)
        link.tick(at: now)
        // The daemon first: whoever waited for it, and whoever follows, is served in the same turn.
        if link.state != .live || link.answers != answersSeen { server.wakeWaiting() }
        answersSeen = link.answers
        server.wakeStreams(now: now)
        for entry in entries.prefix(listeners.count) where entry.revents != 0 { server.accept(at: entry.fd, now: now) }
        server.run(now: now)
    }

    /// Milliseconds until something is due, rounded up; -1 for never.
    private var timeout: Int32 {
        let now = Instant.now
        let deadlines = [link.nextDeadline(at: now), server.nextDeadline, server.patience.map { now + $0 }]
        guard let next = deadlines.compactMap(\.self).min() else { return -1 }
        let left = (next - now).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        return Int32(clamping: left.seconds * 1000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
