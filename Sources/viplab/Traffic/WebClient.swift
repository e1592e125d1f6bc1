// curl as a client: one request after the other at a steady rate, over kept connections or a new one each.
import Foundation
import Synchronization

/// Runs curl in the client's namespace and keeps what it says of every request.
final class WebClient: Sendable {
    /// A request, from curl's own account of it.
    struct Request: Equatable, Sendable {
        /// When the lab read of it: a moment after its end.
        let at: Instant
        /// curl's exit code for it: 0 is good.
        let code: Int
        let status: Int
        let time: Duration
        /// Connections that were made for it: 0 where a kept one did.
        let connects: Int

        var isGood: Bool { code == 0 && status == 200 }
    }

    /// No request takes longer; shorter than a lost SYN, so that one costs a request and no more.
    static let timeLimit = Duration.milliseconds(300)
    private let requests = Mutex<[Request]>([])

    /// Starts curl and waits for its first answers.
    /// - Throws: `Skipped` where there is no curl, or one older than 7.84, which cannot keep a rate
    static func start(in lab: Lab, keepsConnections: Bool) throws -> WebClient {
        guard let curl = Tool.find("curl") else { throw Skipped(reason: "curl is not installed") }
        guard try Tool.run([curl, "--help", "all"]).output.contains("--rate") else {
            throw Skipped(reason: "this curl is older than 7.84 and has no --rate")
        }
        // Standard error, since curl does not buffer it.
        let account = "%{stderr}%{exitcode} %{http_code} %{time_total} %{num_connects}\\n"
        let pipe = try LinePipe()
        _ = try lab.spawnCompanion(
            [curl, "--silent", "--output", "/dev/null", "--rate", "200/s", "--max-time", "\(timeLimit.inSeconds)"]
                + ["--write-out", account] + (keepsConnections ? [] : ["--header", "Connection: close"])
                + ["http://\(Plan.vip):\(Door.web.rawValue)/[1-1000000]"],
            in: lab.network.client, name: "curl", errors: .descriptor(pipe.writer))
        pipe.closeWriter()
        let client = WebClient(reading: pipe)
        let isServed = try Interrupt.wait(upTo: .seconds(5)) {
            client.requests.withLock { $0.count(where: \.isGood) } >= 5
        }
        guard isServed else { throw LabError("curl got no answer: \(try lab.situation())") }
        return client
    }

    private init(reading pipe: sending LinePipe) {
        LinePipe.follow(pipe) { [self] lines in
            let now = Instant.now
            let ended = (lines ?? []).compactMap { Self.parse($0, at: now) }
            requests.withLock { $0 += ended }
        }
    }

    /// The requests that ended between two moments, in their order.
    func requests(from start: Instant, to end: Instant) -> [Request] {
        requests.withLock { $0.filter { $0.at >= start && $0.at <= end } }
    }

    /// "28 000 0.300112 1": exit code, HTTP status, seconds, connections made.
    static func parse(_ line: String, at instant: Instant) -> Request? {
        let words = line.split(separator: " ")
        guard words.count == 4, let code = Int(words[0]), let status = Int(words[1]), let time = Double(words[2]),
            let connects = Int(words[3])
        else { return nil }
        let nanoseconds = Int64((time * 1e9).rounded())
        return Request(at: instant, code: code, status: status, time: .nanoseconds(nanoseconds), connects: connects)
    }
}
