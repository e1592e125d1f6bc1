// What the control server asks of the loop that drives it. Deliberately not here: the loop (the daemon's epoll thread).

/// What may be done with a file descriptor without waiting.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bytes, a connection or the end of the stream can be read (POLLIN, EPOLLIN).
    public static let readable = Readiness(rawValue: 1)
    /// Bytes can be written (POLLOUT, EPOLLOUT).
    public static let writable = Readiness(rawValue: 2)
    /// The other side is gone for good, or the socket is in error (POLLHUP or POLLERR, EPOLLHUP or EPOLLERR).
    public static let hangup = Readiness(rawValue: 4)
}

/// A loop that waits for file descriptors, on one thread.
///
/// Readiness is level-triggered: as long as a watched condition holds, each turn of the loop reports it, once.
public protocol Reactor: AnyObject {
    /// Calls `handler` from the loop when `fd` is ready in one of the ways asked for, or hung up, which is always
    /// reported. Watching an `fd` again replaces what was asked for before.
    ///
    /// - Throws: what the loop has to say, for example that the kernel lacks memory; nothing is watched then.
    func watch(
        _ fd: Int32, readable: Bool, writable: Bool, handler: @escaping (Readiness) -> Void
    ) throws

    /// Reports nothing of a watched `fd`, but its hanging up, until ``nowNs`` is `untilNs`; from then on all again.
    ///
    /// - Throws: as `watch`.
    func rest(_ fd: Int32, untilNs: UInt64) throws

    /// Nanoseconds of a clock that never goes back.
    var nowNs: UInt64 { get }

    /// Forgets `fd`. After it returns the handler is not called again, not even for readiness that the loop has already
    /// found in this turn. Forgetting what is not watched does nothing.
    func unwatch(_ fd: Int32)
}
