import Testing

@testable import viplab

/// Milliseconds since an origin of no meaning.
private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

private func answered(_ start: Int64, _ end: Int64, by node: String = "k8s-controller1") -> Attempt {
    Attempt(start: at(start), end: at(end), outcome: .answered(by: node))
}

private func timedOut(_ start: Int64) -> Attempt {
    Attempt(start: at(start), end: at(start + 1000), outcome: .timedOut)
}

@Suite struct OutageTests {
    @Test("without a fault the gap is the beat of the attempts")
    func undisturbed() {
        let attempts = (0..<100).map { answered($0 * 2, $0 * 2 + 1) }
        let outage = Outage(of: attempts, from: at(50), to: at(150))
        #expect(outage.gap == .milliseconds(2))
        #expect(outage.failed == 0)
        #expect(outage.attempts == 51)
        #expect(outage.slowest == .milliseconds(1))
    }

    @Test("an outage lasts from the last answer before it to the first after it")
    func outage() {
        let before = (0..<50).map { answered($0 * 2, $0 * 2 + 1) }
        let lost = (50..<100).map { timedOut($0 * 2) }
        let after = (100..<200).map { answered($0 * 2, $0 * 2 + 1, by: "k8s-controller2") }
        let attempts = (before + lost + after).sorted { $0.end < $1.end }
        let outage = Outage(of: attempts, from: at(100), to: at(400))
        #expect(outage.gap == .milliseconds(201 - 99))
        #expect(outage.failed == 50)
    }

    @Test("an attempt that outlived the outage counts from its answer, not from its start")
    func attemptAcrossAnOutage() {
        let attempts = [answered(0, 1), answered(2, 240), answered(242, 243)]
        #expect(Outage(of: attempts, from: at(1), to: at(300)).gap == .milliseconds(239))
        #expect(Outage(of: attempts, from: at(1), to: at(300)).slowest == .milliseconds(238))
    }

    @Test("where nobody answers again the outage lasts to the end of the window")
    func lastingOutage() {
        let attempts = [answered(0, 1)] + (1..<100).map { timedOut($0 * 2) }
        let outage = Outage(of: attempts, from: at(10), to: at(6000))
        #expect(outage.gap == .milliseconds(5999))
        #expect(outage.failed == 95)
    }

    /// Attempts of which one, begun at 100 ms, was reset after a time.
    private func verdict(resetAfter time: Int64, stalled: (from: Int64, to: Int64)?) -> Verdict {
        let reset = Attempt(start: at(100), end: at(100 + time), outcome: .failed(104))
        let stalls = stalled.map { [Stall(start: at($0.from), end: at($0.to))] } ?? []
        var judge = Judge()
        let attempts = [answered(90, 91), reset, answered(200, 201)]
        let outage = Outage(of: attempts, from: at(80), to: at(300), stalls: stalls)
        judge.expectNoFailures(outage, at: "a move")
        return judge.verdict
    }

    @Test("a connection that is reset fails a move, and the account says when it was")
    func resetByAMove() {
        let words = "1 of 3 connection attempts failed at a move: Connection reset by peer after 7.0 ms, begun 20 ms in"
        guard case .failed(let failures) = verdict(resetAfter: 7, stalled: nil) else { Issue.record("passed"); return }
        #expect(failures == [words])
    }

    @Test("of a connection that was reset while the host stood still there is no verdict, unless it had time enough")
    func resetInAStall() {
        #expect(verdict(resetAfter: 30, stalled: (103, 128)) == .stalled(.milliseconds(25)))
        guard case .failed = verdict(resetAfter: 60, stalled: (103, 128)) else { Issue.record("excused"); return }
        guard case .failed = verdict(resetAfter: 30, stalled: (60, 99)) else { Issue.record("excused"); return }
    }

    @Test("where nobody ever answered the outage begins with the window")
    func neverAnswered() {
        #expect(Outage(of: [Attempt](), from: at(10), to: at(60)).gap == .milliseconds(50))
    }

    @Test(
        "a report survives being a line",
        arguments: [
            ClientReport.attempt(answered(5, 6)), .attempt(timedOut(7)),
            .attempt(Attempt(start: at(8), end: at(9), outcome: .failed(111))),
            .stall(Stall(start: at(1), end: at(20))),
        ])
    func reportLines(report: ClientReport) {
        #expect(ClientReport(line: report.line) == report)
    }

    @Test(
        "a line cut short is no report",
        arguments: [
            "", "attempt 1 2", "attempt 1 2 answered", "attempt x 2 timeout", "attempt 1 2 errno x", "stall 1",
        ])
    func reportLineCutShort(line: String) {
        #expect(ClientReport(line: line) == nil)
    }
}

@Suite struct OtherClientsTests {
    @Test(
        "a listener's report survives being a line",
        arguments: [
            ListenerReport.opened(at(5), by: "k8s-controller1"), .broken(at(6), errno: 104), .broken(at(7), errno: 0),
        ])
    func listenerLines(report: ListenerReport) {
        #expect(ListenerReport(line: report.line) == report)
    }

    @Test(
        "a listener's line cut short is no report", arguments: ["", "opened 5", "broken 5", "broken 5 x", "open 5 a"])
    func listenerLineCutShort(line: String) {
        #expect(ListenerReport(line: line) == nil)
    }

    @Test("curl's account of a request is read")
    func curlLines() {
        let good = WebClient.parse("0 200 0.000412 1", at: at(9))
        #expect(good?.isGood == true)
        #expect(good?.time == .microseconds(412))
        #expect(good?.connects == 1)
        #expect(WebClient.parse("28 000 0.300112 0", at: at(9))?.isGood == false)
        #expect(WebClient.parse("0 503 0.000412 1", at: at(9))?.isGood == false)
        #expect(WebClient.parse("curl: (28) Connection timed out", at: at(9)) == nil)
    }
}

@Suite struct StallTests {
    @Test("stalls of two CPUs at once count once, and only in the window")
    func stallsOfTwoCPUs() {
        let stalls = [
            Stall(start: at(90), end: at(110)), Stall(start: at(100), end: at(130)),
            Stall(start: at(105), end: at(120)),
            Stall(start: at(190), end: at(260)), Stall(start: at(300), end: at(320)),
        ]
        #expect(stalls.total(from: at(100), to: at(200)) == .milliseconds(30 + 10))
        #expect(stalls.total(from: at(131), to: at(189)) == .zero)
    }
}
