// Whose experience a measure is about, and how that experience is read.
import Foundation

enum Witness {
    /// The client that connects all the time.
    case client
    /// One beside it that ignores gratuitous ARP.
    case deaf(ClientLog, Namespace)
    /// One that only listens on an open connection.
    case listener(ListenerLog)

    init(of measure: Measure, in lab: Lab) throws {
        switch measure {
        case .deaf:
            let host = try lab.addHost("client2", Plan.client(2))
            self = .deaf(try CacheKind.deaf.start(in: lab, on: host), host)
        case .stopReset, .moveReset:
            self = .listener(try ListenerLog.start(in: lab, on: lab.addHost("listener", Plan.client(1))))
        default: self = .client
        }
    }

    /// Makes ready for the next fault.
    func prepare() throws {
        guard case .deaf(let log, let host) = self else { return }
        // A machine that was switched on again knows only clients that have asked since: this one does.
        try host.ip(["neighbour flush dev eth0"])
        let start = Instant.now
        _ = try Interrupt.wait(upTo: Bench.patience) { log.firstAnswer(since: start, otherThan: "") != nil }
    }

    /// Waits until it has seen the end of a fault, as far as the bench watches: before anything is repaired.
    func wait(since start: Instant, holder: Node) throws {
        _ = try Interrupt.wait(upTo: start + Bench.patience - .now) {
            switch self {
            case .client: true
            case .listener(let log): log.firstBreak(since: start) != nil
            case .deaf(let log, _): log.firstAnswer(since: start, otherThan: holder.name) != nil
            }
        }
    }

    /// How long it was without, as far as the bench watches.
    func time(of measured: Measurement) -> Duration {
        let start = measured.window.start
        let time: Duration?
        switch self {
        case .client: time = measured.outage.gap
        case .listener(let log): time = log.firstBreak(since: start).map { $0.at - start }
        case .deaf(let log, _):
            let answer = log.firstAnswer(since: start, otherThan: measured.holder.name)
            time = answer.map { Outage(of: log.attempts(since: start - .seconds(1)), from: start, to: $0.end).gap }
        }
        return min(time ?? Bench.patience, Bench.patience)
    }
}
