// Running before all that is not realtime, with the whole program in memory. Whether that is wanted, and what is said
// where it is refused, is the program's; how the loop leaves time to others is EventLoop's.

internal import CVIPLinux
internal import Glibc

/// Realtime for the calling thread, sched(7), and locked memory for the process, mlockall(2).
public enum Realtime {
    /// Whether the calling thread is scheduled in realtime, be it because the service manager arranged it.
    public static var isScheduled: Bool { cvip_realtime_is_scheduled() != 0 }

    /// A thread in realtime that has not slept for so long hangs: the kernel then ends the process, before the machine
    /// suffers. Far longer than the loop goes without a rest, shorter than a service manager's watchdog.
    private static let longestRunMicroseconds: UInt64 = 1_000_000

    /// Has the calling thread scheduled by SCHED_RR, at the lowest of the realtime priorities: above everything that is
    /// not realtime, below everything that is. Children are not. One that is in realtime already stays as it is.
    ///
    /// Needs CAP_SYS_NICE or an RLIMIT_RTPRIO of 1; call it before root's rights are given up.
    public static func schedule() throws(SystemError) {
        let operation = "run in realtime (SCHED_RR)"
        // First: a thread without this limit could take a processor for good.
        _ = try check(cvip_realtime_limit(longestRunMicroseconds), operation)
        _ = try check(cvip_realtime_schedule(), operation) { errno in
            errno == EPERM
                ? "under systemd the drop-in realtime.conf allows it, without it starting as root does" : nil
        }
    }

    /// Keeps the whole program in memory: what it consists of now is read in at once, what it takes later stays once it
    /// was used.
    ///
    /// Needs an RLIMIT_MEMLOCK without a limit, or CAP_SYS_RESOURCE to make it so; call it before root's rights are given
    /// up. Under a finite limit it refuses: a page that the kernel refuses later would end the process.
    public static func lockMemory() throws(SystemError) {
        _ = try check(cvip_realtime_lock_memory(), "lock the program in memory") { errno in
            errno == EPERM
                ? "it needs an unlimited RLIMIT_MEMLOCK: the drop-in realtime.conf for systemd sets it, and ulimit -l"
                : nil
        }
    }
}
