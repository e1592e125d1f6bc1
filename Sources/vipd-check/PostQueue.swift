// Posts to web servers: in order, one at a time, with a few attempts each. Deliberately not here: sending (Transfers.swift).
import VIPHealth

/// A queue of posts. It belongs to one thread.
final class PostQueue {
    /// Called with how a post ended, and whose it was: a daemon that has gone is told nothing.
    typealias Reporter = (CheckerReport, _ daemon: Int) -> Void

    private struct Waiting {
        let call: WebhookCall
        let daemon: Int
        var attempts = 0
    }

    private enum State {
        case idle
        case posting(Waiting, transfer: UInt64)
        case pausing(Waiting, until: Int64)
    }

    /// Posts that wait, beside the one that is tried.
    private static let mostWaiting = 64
    /// Between the attempts; there is one more than there are pauses.
    private static let pausesMs: [Int64] = [1000, 3000]

    private let transfers: Transfers
    private let user: String
    private let clock: () -> Int64
    private let report: Reporter
    private var waiting: [Waiting] = []
    private var state = State.idle

    init(transfers: Transfers, user: String, clock: @escaping () -> Int64, report: @escaping Reporter) {
        self.transfers = transfers
        self.user = user
        self.clock = clock
        self.report = report
    }

    var isEmpty: Bool {
        if case .idle = state { waiting.isEmpty } else { false }
    }

    /// When `act` is due.
    var deadline: Int64? {
        if case .pausing(_, let until) = state { until } else { nil }
    }

    /// Posts when the posts before have ended; where too many wait, it is dropped and that is told.
    func add(_ call: WebhookCall, daemon: Int) {
        let post = Waiting(call: call, daemon: daemon)
        guard waiting.count < Self.mostWaiting else {
            return ended(post, "not posted: \(Self.mostWaiting) posts wait already", failed: true)
        }
        waiting.append(post)
        startNext()
    }

    /// Ends and forgets what daemons before that one asked for.
    func abandon(daemonsBefore daemon: Int) {
        waiting.removeAll { $0.daemon < daemon }
        switch state {
        case .posting(let post, let transfer) where post.daemon < daemon: transfers.cancel(transfer)
        case .pausing(let post, _) where post.daemon < daemon: break
        default: return
        }
        state = .idle
        startNext()
    }

    func act(now: Int64) {
        guard case .pausing(let post, let until) = state, until <= now else { return }
        state = .idle
        attempt(post)
        startNext()
    }

    private func startNext() {
        while case .idle = state, !waiting.isEmpty { attempt(waiting.removeFirst()) }
    }

    private func attempt(_ post: Waiting) {
        var post = post
        post.attempts += 1
        let timeout = milliseconds(post.call.timeout)
        let request = TransferRequest(
            url: post.call.url, post: Array(post.call.facts.utf8), mostBody: 4096, timeoutMs: timeout)
        let transfer = transfers.begin(request) { [weak self, post] in self?.take($0, of: post) }
        if let transfer {
            state = .posting(post, transfer: transfer)
        } else {
            ended(post, "libcurl has no memory left for a request", failed: true)
        }
    }

    private func take(_ result: TransferResult, of post: Waiting) {
        state = .idle
        let words = TransferWords(timeoutMs: milliseconds(post.call.timeout), user: user)
        let problem = words.problem(result, nil)
        if problem == nil, (200...299).contains(result.status) {
            ended(post, "HTTP \(result.status)", failed: false)
        } else if post.attempts <= Self.pausesMs.count, problem != nil || isPassing(result.status) {
            state = .pausing(post, until: clock() + Self.pausesMs[post.attempts - 1])
        } else {
            let outcome = problem ?? WebVerdict.status(result)
            ended(
                post, post.attempts > 1 ? "\(outcome), at the last of \(post.attempts) attempts" : outcome, failed: true
            )
        }
        startNext()
    }

    /// Whether another attempt may meet with something else: the server is overloaded, or broken for now.
    private func isPassing(_ status: Int) -> Bool { status == 408 || status == 429 || status >= 500 }

    private func ended(_ post: Waiting, _ outcome: String, failed: Bool) {
        report(
            .ended(id: post.call.id, group: post.call.group, event: nil, outcome: outcome, failed: failed), post.daemon)
    }
}
