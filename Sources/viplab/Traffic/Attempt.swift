// One connection attempt of the client, and the line by which the client's process tells the lab of it.
import Glibc

/// What came of a connection attempt.
enum AttemptOutcome: Hashable, Sendable, CustomStringConvertible {
    /// Connected, and this machine's service told its name.
    case answered(by: String)
    /// Nobody answered in the client's time limit.
    case timedOut
    /// Ended by an errno: ECONNREFUSED, ECONNRESET, EHOSTUNREACH…
    case failed(Int32)

    var isSuccess: Bool { if case .answered = self { true } else { false } }

    var description: String {
        switch self {
        case .answered(let node): "answered by \(node)"
        case .timedOut: "no answer"
        case .failed(let code): errorText(code)
        }
    }
}

/// A connection attempt, from the call of connect(2) to its end.
struct Attempt: Try, Hashable, Sendable {
    let start: Instant
    let end: Instant
    let outcome: AttemptOutcome

    var isSuccess: Bool { outcome.isSuccess }
    var account: String { outcome.description }
}

/// What the client's process writes, a line each:
///
///     attempt 5120000000 5120400000 answered k8s-controller1
///     attempt 5122000000 6122000000 timeout
///     attempt 5124000000 5124100000 errno 111
///     stall 5126000000 5141000000
enum ClientReport: Hashable, Sendable {
    case attempt(Attempt)
    /// The client itself was kept from running: no attempt began in this time, through no fault of the network.
    case stall(Stall)

    var line: String {
        switch self {
        case .stall(let stall): return "stall \(stall.start.nanoseconds) \(stall.end.nanoseconds)"
        case .attempt(let attempt):
            let times = "attempt \(attempt.start.nanoseconds) \(attempt.end.nanoseconds)"
            switch attempt.outcome {
            case .answered(let node): return "\(times) answered \(node)"
            case .timedOut: return "\(times) timeout"
            case .failed(let code): return "\(times) errno \(code)"
            }
        }
    }

    init?(line: String) {
        let words = line.split(separator: " ")
        guard words.count >= 3, let start = Int64(words[1]), let end = Int64(words[2]) else { return nil }
        let (from, to) = (Instant(nanoseconds: start), Instant(nanoseconds: end))
        let outcome: AttemptOutcome
        switch (words[0], words.dropFirst(3).first, words.dropFirst(4).first) {
        case ("stall", nil, nil):
            self = .stall(Stall(start: from, end: to))
            return
        case ("attempt", "answered", let node?): outcome = .answered(by: String(node))
        case ("attempt", "timeout", nil): outcome = .timedOut
        case ("attempt", "errno", let code?):
            guard let code = Int32(code) else { return nil }
            outcome = .failed(code)
        default: return nil
        }
        self = .attempt(Attempt(start: from, end: to, outcome: outcome))
    }
}
