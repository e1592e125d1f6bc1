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

    @Test("the median of an even number of runs lies between the middle two")
    func median() {
        let spread = Spread([40, 10, 30, 20].map { Duration.milliseconds($0) })
        #expect(spread?.median == .milliseconds(25))
        #expect(spread?.least == .milliseconds(10))
        #expect(spread?.greatest == .milliseconds(40))
        #expect(Spread([]) == nil)
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

    @Test("what lasted as long as the bench watches is told as at least that")
    func benchRows() {
        func series(_ measure: Measure, _ daemon: String, _ samples: [Sample]) -> Series {
            Series(measure: measure, daemon: daemon, interval: .milliseconds(100), samples: samples)
        }
        var sample = Sample(time: Bench.patience, failed: 1, attempts: 5000, stalled: .zero)
        sample.slowest = .milliseconds(4)
        sample.beside = .milliseconds(210)
        var good = sample
        good.failed = 0
        let report = BenchReport(
            series: [
                series(.deaf, "keepalived", [sample]), series(.stop, "vipd", [good]),
                series(.stop, "vipd", [good, sample]),
            ], runs: 1
        ).markdown.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: "\n")
        #expect(report.contains("| keepalived | 100 ms | > 6.00 s |"))
        #expect(report.contains("a default client beside it | keepalived | 100 ms | 210 ms"))
        #expect(report.contains("none failed, 20 ms met"))
        #expect(report.contains("none failed, 20 ms MISSED"))
        #expect(report.contains("1 of 10000 | 4.0 ms"))
    }

    @Test("the nearest word is the one with the fewest edits")
    func nearestWord() {
        #expect(nearest(to: "--run", among: ["--runs", "--json", "--only"]) == "--runs")
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
