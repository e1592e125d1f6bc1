// Realtime is for the daemon alone, and leaves time to others. Each test has a process of its own to change.

import CVIPLinux
import Glibc
import Testing

@testable import VIPLinux

/// Whether this process may run in realtime; asked of a child, which is gone afterwards.
private let mayRunInRealtime: Bool = {
    var lowest = sched_param()
    lowest.sched_priority = 1
    let isAllowed = sched_setscheduler(0, SCHED_RR, &lowest) == 0
    lowest.sched_priority = 0
    _ = sched_setscheduler(0, SCHED_OTHER, &lowest)
    return isAllowed
}()

@Suite struct RealtimeTests {
    @Test(
        "A daemon in realtime has the lowest of its priorities, and its children are no part of it",
        .enabled(if: mayRunInRealtime, "this machine gives nobody realtime"))
    func children() async {
        await #expect(processExitsWith: .success) {
            try onFreshThread {
                #expect(!Realtime.isScheduled)
                try Realtime.schedule()
                #expect(Realtime.isScheduled)
                var own = sched_param()
                #expect(sched_getparam(0, &own) == 0 && own.sched_priority == 1)
                // What a service manager arranged stays as it is.
                try Realtime.schedule()
                #expect(sched_getparam(0, &own) == 0 && own.sched_priority == 1)
                #expect(try succeeds("chrt -p $$ | grep -q SCHED_OTHER"), "a child is scheduled in realtime")
            }
        }
    }

    @Test(
        "A thread in realtime that hangs is ended by the kernel",
        .enabled(if: mayRunInRealtime, "this machine gives nobody realtime"))
    func hang() async {
        await #expect(processExitsWith: .signal(SIGXCPU)) {
            try Realtime.schedule()
            // Some seconds of a processor, and no sleep in them.
            while true {}
        }
    }

    @Test("A finite limit of locked memory is no memory to lock, and the way out is told")
    func finiteLimit() async {
        await #expect(processExitsWith: .success) {
            // Whoever may raise a limit has none.
            try Capabilities([]).keepOnly()
            var limit = rlimit(rlim_cur: 65536, rlim_max: 65536)
            #expect(setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0)
            let error = #expect(throws: SystemError.self) { try Realtime.lockMemory() }
            #expect(
                error?.description == "cannot lock the program in memory: Operation not permitted; it needs an "
                    + "unlimited RLIMIT_MEMLOCK: the drop-in realtime.conf for systemd sets it, and ulimit -l")
        }
    }

    @Test("A loop that always has something to do rests now and then, if it is to leave time to others")
    func rests() throws {
        try onFreshThread {
            let loop = try EventLoop()
            loop.leavesTimeToOthers = true
            let event = OwnedDescriptor(cvip_event_open())
            cvip_event_signal(event.number)
            let end = EventLoop.now + 100_000_000
            // Readable for ever: nobody clears it.
            try loop.watch(event.number, for: .readable) { [unowned loop] _ in
                if EventLoop.now >= end { loop.stop() }
            }
            let before = voluntarySleeps()
            loop.run()
            #expect(voluntarySleeps() > before, "the loop never slept")
        }
    }
}

/// Whether a shell that is a child of the calling thread ends well.
private func succeeds(_ command: String) throws -> Bool {
    let words: [String] = ["sh", "-c", command]
    var pointers = words.map { strdup($0) }
    pointers.append(nil)
    defer { pointers.forEach { free($0) } }
    var child = pid_t()
    try #require(posix_spawnp(&child, "sh", nil, nil, pointers, nil) == 0)
    var status: Int32 = 0
    try #require(waitpid(child, &status, 0) == child)
    return status == 0
}

/// How often the calling thread has gone to sleep by itself: ru_nvcsw of getrusage(2).
private func voluntarySleeps() -> Int {
    var usage = rusage()
    // RUSAGE_THREAD, which <sys/resource.h> shows to GNU sources only.
    getrusage(1, &usage)
    return usage.ru_nvcsw
}
