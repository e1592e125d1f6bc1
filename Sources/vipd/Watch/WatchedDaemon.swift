// The daemon as `vipd status --watch` follows it: its last report and events, asked for again and again, through its end and
// its start. Deliberately not here: waiting for its socket, and drawing.
import Glibc
import VIPControl

struct WatchedDaemon {
    private let path: String
    private var stream: ControlStream?
    /// When the status was asked for that has not been answered.
    private var askedAt: ContinuousClock.Instant?
    /// When to ask, or to connect, next.
    private var nextTurn: ContinuousClock.Instant
    private var lastAsk: ContinuousClock.Instant?
    /// Grows with each change of what is known.
    private var changes = 0

    /// The last report, and when it came.
    private(set) var report: StatusReport?
    private(set) var reportedAt: Timestamp?
    /// The last events, oldest first.
    private(set) var events: [EventRecord] = []
    /// Why it is not heard, in one line; nil where it is.
    private(set) var trouble: String?

    /// Between two questions where nothing happens, and at least, whatever happens.
    private static let period = Duration.milliseconds(500)
    private static let shortestPeriod = Duration.milliseconds(200)
    /// How long an answer may take, and the next try to connect waits.
    private static let patience = Duration.seconds(2)
    private static let retryPeriod = Duration.seconds(1)
    /// More than any window has lines.
    private static let mostEvents = 500

    init(path: String, now: ContinuousClock.Instant) {
        self.path = path
        nextTurn = now
    }

    /// When ``turn(now:)`` is due, if its descriptor is not ready before.
    var deadline: ContinuousClock.Instant { askedAt.map { $0 + Self.patience } ?? nextTurn }

    /// What to wait for, of poll(2); nil while there is no connection.
    var interest: pollfd? {
        stream.map { stream in
            pollfd(fd: stream.fileDescriptor, events: Int16(POLLIN | (stream.wantsRoom ? POLLOUT : 0)), revents: 0)
        }
    }

    /// Takes what has come, and asks or connects if it is time. Returns whether what is known has changed.
    mutating func turn(now: ContinuousClock.Instant) -> Bool {
        let before = changes
        proceed(now: now)
        return changes != before
    }

    private mutating func proceed(now: ContinuousClock.Instant) {
        if let stream {
            do throws(ControlClientError) {
                for message in try stream.exchange() { take(message, now: now) }
            } catch {
                return lose(error.description, now: now)
            }
            if let askedAt, now - askedAt >= Self.patience {
                return lose("vipd at \(path) does not answer; does it hang? systemctl status vipd", now: now)
            }
        } else if now >= nextTurn {
            connect(now: now)
        }
        if let stream, askedAt == nil, now >= nextTurn { ask(stream, now: now) }
    }

    private mutating func connect(now: ContinuousClock.Instant) {
        do throws(ControlClientError) {
            let made = try ControlStream(path: path)
            made.ask(.events(since: 0, follow: true))
            stream = made
        } catch {
            lose(error.description, now: now)
        }
    }

    private mutating func ask(_ stream: ControlStream, now: ContinuousClock.Instant) {
        stream.ask(.status)
        askedAt = now
        lastAsk = now
        nextTurn = now + Self.period
    }

    private mutating func take(_ message: ControlStream.Message, now: ContinuousClock.Instant) {
        changes += 1
        switch message {
        case .answer(.status(let answer)):
            report = answer
            reportedAt = .now()
            trouble = nil
            askedAt = nil
        case .answer(.events(let answer)):
            events = answer.suffix(Self.mostEvents)
        case .answer(.failure(let error)):
            // The connection ends behind it, or goes on without what was asked: either way it is said.
            trouble = error.message
            askedAt = nil
        case .answer(.maintenance), .answer(.move), .answer(.reloaded):
            break
        case .event(let event):
            events = events.suffix(Self.mostEvents - 1) + [event]
            // Ask at once, but for a storm of events.
            nextTurn = max(now, lastAsk.map { $0 + Self.shortestPeriod } ?? now)
        }
    }

    private mutating func lose(_ reason: String, now: ContinuousClock.Instant) {
        changes += 1
        // What a daemon said before it hung up tells more than that it did.
        if stream == nil || trouble == nil { trouble = reason }
        stream = nil
        askedAt = nil
        nextTurn = now + Self.retryPeriod
    }
}
