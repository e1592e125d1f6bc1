// Scenarios: clients whose neighbour caches, connections or switches are not the simplest, each through a move, a planned
// stop and a power cut. In none of them is a daemon started again: each successor has been there when the client asked.
import Foundation

extension Scenario {
    static let clients: [Scenario] =
        CacheKind.allCases.map { kind in
            Scenario(name: "client-\(kind.rawValue)", promise: kind.promise) { try cached(kind, $0) }
        } + [
            Scenario(
                name: "client-open-connection", promise: "an open connection is reset at once when the VIP moves",
                body: openConnection),
            Scenario(
                name: "client-http", promise: "an HTTP client's requests all succeed, each on a connection of its own"
            ) {
                try web($0, keepsConnections: false)
            },
            Scenario(
                name: "client-http-keep-alive", promise: "an HTTP client's requests all succeed on kept connections"
            ) {
                try web($0, keepsConnections: true)
            },
        ]

    private static func cached(_ kind: CacheKind, _ stage: Stage) throws -> String {
        try stage.settledLab { lab, _ in
            let host = try lab.addHost("client2", Plan.client(2))
            let log = try kind.start(in: lab, on: host)
            if kind == .suppressed { try expectSuppression(of: host, in: lab, stage) }
            return try departures(of: lab, stage) { fault, measured in
                let (outage, stalled) = lab.outage(of: log, in: measured)
                let occasion = "\(fault.occasion), for this client,"
                if fault == .cut {
                    stage.judge.expect(
                        outage.gap, atMost: Bounds.powerCut, "after \(occasion) the VIP was away for", stalled: stalled)
                    return "\(outage.gap.short) away, others \(measured.outage.gap.short)"
                }
                stage.judge.expectNoticedByNobody(measured, outage, at: occasion)
                return "\(outage.failed) of \(outage.attempts) attempts failed, slowest \(outage.slowest.short)"
            }
        }
    }

    /// Whether the port does what it is there for: no announcement arrives behind it, and a directed request does.
    private static func expectSuppression(of host: Namespace, in lab: Lab, _ stage: Stage) throws {
        let holder = try lab.settle()
        let tap = try Wiretap(on: host)
        try lab.move(from: holder)
        let heard = try tap.listen(upTo: .milliseconds(300))
        let (vip, own) = (Plan.octets(of: Plan.vip), Plan.octets(of: Plan.client(2)))
        let announcements = heard.count { Wiretap.isRequest($0, senderIP: vip, targetIP: vip) }
        let requests = heard.count { Wiretap.isRequest($0, senderIP: vip, targetIP: own) }
        stage.judge.expect(announcements == 0, "\(announcements) announcements passed the port, so this tells nothing")
        stage.judge.expect(requests > 0, "no directed request passed the port")
    }

    private static func openConnection(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, _ in
            let host = try lab.addHost("listener", Plan.client(1))
            let silent = try ListenerLog.start(in: lab, on: host)
            // Nobody tells a client that only listens of a power cut, unless its kernel asks now and then.
            let asking = try ListenerLog.start(in: lab, on: host, keepalive: .seconds(1))
            return try departures(of: lab, stage) { fault, measured in
                let start = measured.window.start
                let log = fault == .cut ? asking : silent
                _ = try Interrupt.wait(upTo: .seconds(2)) { log.firstBreak(since: start) != nil }
                guard let end = log.firstBreak(since: start) else {
                    stage.judge.expect(false, "at \(fault.occasion) an open connection hung")
                    return "hung"
                }
                stage.judge.expect(
                    end.errno == ECONNRESET, "an open connection ended with \(errorText(end.errno)), not with a reset")
                stage.judge.expect(
                    end.at - start, atMost: fault == .cut ? Bounds.powerCut + .seconds(1) : Bounds.reset,
                    "at \(fault.occasion) an open connection was reset after",
                    stalled: lab.stalls.total(from: start, to: end.at))
                return "reset after \((end.at - start).short)"
            }
        }
    }

    private static func web(_ stage: Stage, keepsConnections: Bool) throws -> String {
        try stage.settledLab { lab, _ in
            let client = try WebClient.start(in: lab, keepsConnections: keepsConnections)
            return try departures(of: lab, stage) { fault, measured in
                let (start, end) = measured.window
                let requests = client.requests(from: start, to: end)
                let failed = requests.filter { !$0.isGood }
                let slowest = requests.filter(\.isGood).map(\.time).max() ?? .zero
                stage.judge.expect(requests.contains(where: \.isGood), "at \(fault.occasion) curl got no answer")
                let connects = requests.map(\.connects).reduce(0, +)
                if fault == .cut {
                    let back = (requests.first { $0.isGood && $0.at > start + .milliseconds(50) }?.at ?? end) - start
                    stage.judge.expect(
                        back, atMost: Bounds.powerCut + WebClient.timeLimit, "after a power cut curl was without for",
                        stalled: measured.stalled)
                    return "back after \(back.short)"
                }
                stage.judge.expect(
                    failed.isEmpty,
                    "at \(fault.occasion) \(failed.count) of \(requests.count) requests failed, "
                        + "the first with curl's exit code \(failed.first?.code ?? 0)")
                stage.judge.expect(
                    slowest, atMost: Bounds.stopAttempt, "at \(fault.occasion) the slowest request took",
                    stalled: measured.stalled)
                stage.judge.expect(
                    !keepsConnections || connects < requests.count, "curl kept no connection, so this tells nothing")
                return "\(failed.count) of \(requests.count) requests failed, \(connects) connections made"
            }
        }
    }

    /// Takes the VIP from one machine after the other, by a move, a planned stop and a power cut.
    private static func departures(
        of lab: Lab, _ stage: Stage, look: (Fault, Measurement) throws -> String
    ) throws -> String {
        try [Fault.move, .stop, .cut].map { fault in
            let holder = try lab.settle()
            let measured = try lab.measure(fault, on: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            return "\(fault.rawValue): \(try look(fault, measured))"
        }.joined(separator: "; ")
    }
}

extension Fault {
    fileprivate var occasion: String {
        switch self {
        case .move: "a move"
        case .stop: "a planned stop"
        case .cut: "a power cut"
        default: rawValue
        }
    }
}

extension CacheKind {
    fileprivate var promise: String {
        switch self {
        case .plain: "a Linux client as it is by default follows the VIP"
        case .deaf: "a client that drops gratuitous ARP follows the VIP as fast as the others"
        case .sticky: "a client whose cache trusts its entries for an hour follows the VIP"
        case .suppressed: "a client behind a port that suppresses announcements follows the VIP"
        }
    }
}
