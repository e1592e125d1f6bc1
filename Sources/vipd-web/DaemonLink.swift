// The one connection to the daemon: asks for its status, follows its events, and comes back when it was lost. Deliberately
// not here: what clients are told (Site.swift, EventStream.swift).
import Glibc
import VIPControl

/// The daemon as vipd-web sees it. It never waits; its owner's loop calls it.
final class DaemonLink {
    enum State: Equatable {
        case live
        /// Why the daemon cannot be asked, in one line with the way out.
        case lost(problem: String)
    }

    /// How long the daemon may owe an answer.
    static let patience = Duration.seconds(2)
    /// Between attempts to reach it: doubled from the first to the last.
    private static let retries = (first: Duration.milliseconds(250), last: Duration.seconds(1))
    /// While it is gone, streams are told so again as a sign of life.
    private static let lossTellingSpacing = Duration.seconds(5)

    private(set) var state = State.lost(problem: "vipd has not been asked yet")
    /// The last status; nil before the first, and while the daemon is gone.
    private(set) var report: StatusReport?
    private(set) var source = StreamSource()
    private(set) var demand = StatusDemand()
    /// Statuses that have come.
    private(set) var answers: UInt64 = 0
    /// Times that the connection stood.
    private var connections: UInt64 = 0

    private let path: String
    private let log: (String) -> Void
    private var stream: ControlStream?
    /// When the requests were made that are not answered yet, oldest first.
    private var owed: [Instant] = []
    private var retryAt: Instant?
    private var retryAfter = retries.first
    private var tellLossAt: Instant?

    /// Uses the daemon at `path`; `log` takes lines for the operator.
    init(path: String, log: @escaping (String) -> Void) {
        self.path = path
        self.log = log
    }

    /// What to wait for, while there is a connection.
    var descriptor: Int32? { stream?.fileDescriptor }
    var wantsWriting: Bool { stream?.wantsRoom ?? false }

    /// When `tick` has something to do, whatever arrives.
    func nextDeadline(at now: Instant) -> Instant? {
        let times =
            stream == nil
            ? [retryAt ?? now, tellLossAt]
            : [owed.first.map { $0 + Self.patience }, state == .live ? demand.dueAt(now: now) : nil, tellLossAt]
        return times.compactMap(\.self).min()
    }

    /// A client wants a status that is fresh.
    func wantStatus() { demand.want() }

    /// Somebody follows events, or nobody does.
    func setWatched(_ isWatched: Bool) { demand.isWatched = isWatched }

    /// Reads and writes what can be without waiting.
    func serve(at now: Instant) {
        guard let stream else { return }
        do throws(ControlClientError) {
            for message in try stream.exchange() {
                switch message {
                case .event(let event): note(event)
                case .answer(let response):
                    if !owed.isEmpty { owed.removeFirst() }
                    take(response, at: now)
                }
            }
        } catch {
            lose(error.description, at: now)
        }
    }

    /// Does what is due.
    func tick(at now: Instant) {
        if let since = owed.first, since + Self.patience <= now {
            lose("vipd at \(path) did not answer within \(Self.patience); does it hang? systemctl status vipd", at: now)
        }
        if stream == nil, retryAt.map({ $0 <= now }) ?? true { connect(at: now) }
        if state == .live, let due = demand.dueAt(now: now), due <= now { ask(.status, at: now) }
        if let tellLossAt, tellLossAt <= now, case .lost(let problem) = state {
            self.tellLossAt = now + Self.lossTellingSpacing
            source.tellLink(problem: problem)
        }
    }

    private func connect(at now: Instant) {
        do throws(ControlClientError) {
            stream = try ControlStream(path: path)
            retryAt = nil
            // The status first: it tells whose life the events are of.
            ask(.status, at: now)
            ask(.events(since: 0, follow: true), at: now)
        } catch {
            lose(error.description, at: now)
        }
    }

    private func ask(_ request: ControlRequest, at now: Instant) {
        if request == .status { demand.noteAsked(at: now) }
        owed.append(now)
        stream?.ask(request)
    }

    private func take(_ response: ControlResponse, at now: Instant) {
        switch response {
        case .status(let report):
            demand.noteAnswered(at: now)
            answers += 1
            self.report = report
            source.ring.begin(life: report.node.startedAt.map { String($0.milliseconds) } ?? "\(connections)")
            source.tell(report)
        case .events(let events):
            for event in events { source.ring.append(event) }
            find()
        case .failure(let error): lose("vipd at \(path) refuses: \(error)", at: now)
        case .maintenance, .move, .reloaded: lose("vipd at \(path) answers what it was not asked", at: now)
        }
    }

    private func note(_ event: EventRecord) {
        source.ring.append(event)
        demand.noteEvent()
    }

    private func find() {
        guard state != .live else { return }
        state = .live
        connections += 1
        retryAfter = Self.retries.first
        tellLossAt = nil
        source.tellLink(problem: nil)
        log("follows vipd at \(path)")
    }

    private func lose(_ problem: String, at now: Instant) {
        stream = nil
        owed = []
        report = nil
        demand.forget()
        retryAt = now + retryAfter
        retryAfter = min(retryAfter * 2, Self.retries.last)
        guard state != .lost(problem: problem) else { return }
        state = .lost(problem: problem)
        source.tellLink(problem: problem)
        tellLossAt = now + Self.lossTellingSpacing
        log(problem)
    }
}
