// Measuring a fault: what the client went through, who took over, and how long two machines held the VIP.
import Foundation

/// What one fault did.
struct Measurement {
    let holder: Node
    /// Who came to hold the VIP next, and how long after the fault; nil: nobody in the time limit.
    let takeover: (node: Node, after: Duration)?
    let outage: Outage
    /// Time with two holders who could hear each other.
    let overlap: Duration
    /// Whether there were two holders even at the end.
    let isOverlapLasting: Bool
    /// How much of the time the host kept a thread from running.
    let stalled: Duration
    let window: (start: Instant, end: Instant)
}

extension Lab {
    /// Inflicts a fault on the holder and watches until another machine has answered the client, or the limit has passed,
    /// and for a `rest` after that.
    func measure(
        _ fault: Fault, on holder: Node, limit: Duration, rest: Duration = .milliseconds(500)
    ) throws -> Measurement {
        let start = try inflict(fault, on: holder)
        return try measure(since: start, holder: holder, limit: limit, rest: rest)
    }

    /// Watches what follows from a fault of `start`.
    /// - Parameter look: called every 2 ms meanwhile
    func measure(
        since start: Instant, holder: Node, limit: Duration, rest: Duration = .milliseconds(500),
        look: () throws -> Void = {}
    ) throws -> Measurement {
        guard let client else { throw LabError("there is no client to measure with") }
        var answer: Attempt?
        _ = try Interrupt.wait(upTo: limit) {
            if client.hasEnded { throw LabError("the client died: see \(directory)/client.log") }
            try look()
            answer = client.firstAnswer(since: start, otherThan: holder.name)
            return answer != nil
        }
        try look()
        let recovered = answer?.end ?? start + limit
        return try measurement(from: start, to: recovered + rest, holder: holder)
    }

    /// What another client went through in the window of a measurement, and how long it was kept from running.
    func outage(of log: ClientLog, in measured: Measurement) -> (outage: Outage, stalled: Duration) {
        let (start, end) = measured.window
        let attempts = log.attempts(since: start - .milliseconds(500))
        let all = stalls + log.stalls
        return (Outage(of: attempts, from: start, to: end, stalls: all), all.total(from: start, to: end))
    }

    /// What happened in a window that has begun; waits for its end, and for the attempts begun in it to have ended.
    func measurement(from start: Instant, to end: Instant, holder: Node) throws -> Measurement {
        guard let client else { throw LabError("there is no client to measure with") }
        try Interrupt.sleep(end + Client.timeLimit + .milliseconds(50) - .now)
        let timeline = try holderWatch.timeline
        let claim = timeline.firstClaim(since: start, otherThan: holder.index)
        let attempts = client.attempts(since: start - .milliseconds(500))
        let stalls = stalls
        return Measurement(
            holder: holder,
            takeover: claim.map { (nodes[$0.node], $0.at - start) },
            outage: Outage(of: attempts, from: start, to: end, stalls: stalls),
            overlap: timeline.overlap(from: start, to: end),
            isOverlapLasting: timeline.isDouble,
            stalled: stalls.total(from: start, to: end),
            window: (start, end))
    }
}
