// Ctrl-C and its kin. Signals do not run code of ours in their handlers: one thread waits for them and raises a flag,
// and every wait of the lab looks at that flag and throws, so that cleaning up is ordinary unwinding.
import Foundation
import Synchronization

/// Thrown by the lab's waits once SIGINT, SIGTERM or SIGHUP has arrived.
struct Interrupted: Error {
    let signal: Int32
}

enum Interrupt {
    private static let arrived = Atomic<Int32>(0)

    /// Blocks the signals in this thread and all later ones, and starts the thread that waits for them. To be called
    /// first thing, before any other thread exists. Children get an empty signal mask again when they are spawned.
    static func watch() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread {
            while true {
                var waited = sigset_t()
                unsafe sigemptyset(&waited)
                for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&waited, signal) }
                var number: Int32 = 0
                if unsafe sigwait(&waited, &number) == 0 { arrived.store(number, ordering: .relaxed) }
            }
        }
    }

    /// Throws when a signal has arrived.
    static func check() throws {
        let signal = arrived.load(ordering: .relaxed)
        if signal != 0 { throw Interrupted(signal: signal) }
    }

    /// Sleeps, and throws as soon as a signal arrives.
    static func sleep(_ duration: Duration) throws {
        let end = Instant.now + duration
        while true {
            try check()
            let now = Instant.now
            if now >= end { return }
            min(end, now + .milliseconds(20)).sleepUntil()
        }
    }

    /// Looks at `condition` every 2 ms until it holds or the time is up: whether it held.
    static func wait(upTo limit: Duration, for condition: () throws -> Bool) throws -> Bool {
        let end = Instant.now + limit
        while true {
            try check()
            if try condition() { return true }
            if Instant.now >= end { return false }
            (Instant.now + .milliseconds(2)).sleepUntil()
        }
    }
}
