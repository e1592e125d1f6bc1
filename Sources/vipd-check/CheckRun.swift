// One run of one check: what both kinds have in common. Deliberately not here: the kinds (WebRun.swift, ProgramRun.swift).

/// What a run came to, in words for an operator.
struct Verdict: Equatable {
    var passed: Bool
    var message: String

    static func pass(_ message: String) -> Verdict { Verdict(passed: true, message: message) }
    static func fail(_ message: String) -> Verdict { Verdict(passed: false, message: message) }
}

/// A run that goes on. It tells its verdict once, through the closure it was made with.
protocol CheckRun: AnyObject {
    /// True while something of it is left, also after the verdict: the next run has to wait.
    var isBusy: Bool { get }
    /// True from the verdict on.
    var hasTold: Bool { get }
    /// When `expire` is due, in milliseconds of the clock; nil: not at all.
    var deadline: Int64? { get }
    /// Called at the deadline.
    func expire(now: Int64)
    /// Ends it without a verdict, if it was not told yet.
    func cancel()
}
