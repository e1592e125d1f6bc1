import Testing

@testable import viplab

@Suite struct ReportTests {
    @Test("columns are aligned, words to the left and numbers to the right")
    func alignment() {
        let table = Table(header: ["fault", "ms"], rows: [["cut", "236"], ["hang", "7"]])
        #expect(table.text == ["fault    ms", "cut     236", "hang      7"])
        #expect(table.markdown == ["| fault |  ms |", "| ----- | --: |", "| cut   | 236 |", "| hang  |   7 |"])
    }

    @Test(
        "a time is told in the unit of its size",
        arguments: [
            (Duration.zero, "0 ms"), (.microseconds(740), "0.7 ms"), (.microseconds(9960), "10 ms"),
            (.milliseconds(236), "236 ms"), (.milliseconds(3077), "3.08 s"), (.seconds(63), "63.0 s"),
        ])
    func shortTimes(time: Duration, text: String) {
        #expect(time.short == text)
    }

    @Test("a time over its bound fails")
    func overTheBound() {
        var judge = Judge()
        judge.expect(.milliseconds(301), atMost: .milliseconds(300), "without for", stalled: .zero)
        #expect(judge.verdict == .failed(["without for 301 ms; the bound is 300 ms"]))
    }

    @Test("a time over its bound by no more than the host stood still has no verdict")
    func overTheBoundByAStall() {
        var judge = Judge()
        judge.expect(.milliseconds(320), atMost: .milliseconds(300), "without for", stalled: .milliseconds(20))
        #expect(judge.verdict == .stalled(.milliseconds(20)))
    }

    @Test("a stall does not excuse what it does not explain")
    func overTheBoundByMoreThanAStall() {
        var judge = Judge()
        judge.expect(.milliseconds(321), atMost: .milliseconds(300), "without for", stalled: .milliseconds(20))
        let excuse = "(of which the host stood still for 20 ms)"
        #expect(judge.verdict == .failed(["without for 321 ms \(excuse); the bound is 300 ms"]))
    }

    @Test("a broken promise stands whatever stalled beside it")
    func brokenPromiseBesideAStall() {
        var judge = Judge()
        judge.expect(.milliseconds(320), atMost: .milliseconds(300), "without for", stalled: .milliseconds(20))
        judge.expect(false, "two machines held the VIP")
        #expect(judge.verdict == .failed(["two machines held the VIP"]))
    }

    @Test("the nearest word is the one with the fewest edits")
    func nearestWord() {
        #expect(nearest(to: "--run", among: ["--runs", "--size", "--only"]) == "--runs")
    }

    @Test("status is read as documented")
    func status() throws {
        let json = """
            {"node": {"name": "k8s-controller1", "id": "9f", "version": "0.1.0"},
             "groups": [{"name": "default", "state": "candidate", "reason": "heard", "term": 17,
               "holder": {"name": "k8s-controller2"}, "conflicts": [],
               "peers": [{"name": "k8s-controller2", "state": "holder"}, {"name": "k8s-controller3", "state": "listening"}],
               "counters": {"announcementsSent": 0, "framesDropped": {"badTag": 2, "truncated": 3}}}]}
            """
        let status = try VipdStatus(json: json, exitCode: 0)
        #expect(status.node == "k8s-controller1")
        #expect(status.holder == "k8s-controller2")
        #expect(status.livePeers == ["k8s-controller2"])
        #expect(status.framesDropped == 5)
        #expect(throws: LabError.self) { try VipdStatus(json: "{}", exitCode: 0) }
    }
}
