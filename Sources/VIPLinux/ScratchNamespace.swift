// Trying the kernel out where nothing is at stake: in a network namespace of its own.
// Deliberately not here: what is tried.

internal import CVIPLinux

/// A network namespace that nobody else is in: network_namespaces(7).
public enum ScratchNamespace {
    /// Does `body` with the calling thread in a new namespace, which has a loopback interface (index 1) and nothing else.
    /// Sockets that `body` opens stay in it; the thread does not.
    ///
    /// Needs CAP_SYS_ADMIN. Throws EPERM without. Where the thread cannot come back, which no kernel is known for, the
    /// process ends: it must not go on elsewhere.
    public static func run<Result>(_ body: () -> Result) throws(SystemError) -> Result {
        let before = try check(cvip_scratch_enter(), "make a network namespace") { _ in "it takes root" }
        let result = body()
        let back = cvip_scratch_leave(before)
        precondition(back == 0, "the thread's network namespace is lost: \(SystemError.text(of: 0 &- back))")
        return result
    }
}
