// The lab's end of the client: its process, and all that it has reported.
import Foundation
import Synchronization

/// Runs the client and keeps its reports; a thread of its own reads them as they come.
final class ClientLog: Sendable {
    private struct State: Sendable {
        var attempts: [Attempt] = []
        var stalls: [Stall] = []
        var hasEnded = false
    }

    static let every = Duration.milliseconds(2)
    /// The latest attempts that are kept, some minutes' worth: a standing lab may stand for days.
    private static let capacity = 100_000
    private let state = Mutex(State())

    /// Reads the client's reports from `pipe`, which nobody else uses from then on, until the client ends.
    init(reading pipe: sending LinePipe) {
        LinePipe.follow(pipe) { [self] lines in
            let reports = lines?.compactMap(ClientReport.init)
            state.withLock { state in
                state.hasEnded = reports == nil
                for report in reports ?? [] {
                    switch report {
                    case .attempt(let attempt): state.attempts.append(attempt, keeping: Self.capacity)
                    case .stall(let stall): state.stalls.append(stall, keeping: StallWatch.capacity)
                    }
                }
            }
        }
    }

    /// The attempts that ended since `start`, in the order of their end.
    func attempts(since start: Instant) -> [Attempt] {
        state.withLock { state in
            // Reports of one turn of the client come together, so the order of ends is that of arrival, give or take a
            // turn; the second before covers it many times over.
            let first = state.attempts.lastIndex { $0.end < start - .seconds(1) } ?? 0
            return state.attempts[first...].filter { $0.end >= start }.sorted { $0.end < $1.end }
        }
    }

    /// The first answer by a node other than `node` to an attempt that began after `start`.
    func firstAnswer(since start: Instant, otherThan node: String) -> Attempt? {
        attempts(since: start).first {
            if case .answered(let by) = $0.outcome { $0.start >= start && by != node } else { false }
        }
    }

    var stalls: [Stall] { state.withLock { $0.stalls } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
}
