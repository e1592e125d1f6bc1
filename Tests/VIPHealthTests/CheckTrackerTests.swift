import Testing
import VIPHealth

struct CheckTrackerTests {
    private static let specification = CheckSpecification(
        name: "apiserver", probe: .tcp(host: "127.0.0.1", port: 6443), rise: 2, fall: 3)

    /// A tracker to which results came, a second after each other from second 1 on: `+` passed, `-` failed.
    private func tracker(after results: String) -> CheckTracker {
        var tracker = CheckTracker(Self.specification, at: .zero)
        for (index, result) in results.enumerated() {
            let passed = result == "+"
            tracker.record(passed: passed, message: passed ? "ok" : "refused", at: .seconds(index + 1))
        }
        return tracker
    }

    @Test(
        "a check fails after `fall` failures in a row and passes again after `rise` passes in a row",
        arguments: [
            ("", .unknown), ("+", .passing), ("-", .unknown), ("--", .unknown), ("---", .failing), ("--+", .passing),
            ("+--", .passing), ("+---", .failing), ("+--+--", .passing), ("+--+---", .failing), ("---+", .failing),
            ("---++", .passing), ("---+-+", .failing), ("---+-++", .passing), ("---++--", .passing),
            ("---++---", .failing),
        ] as [(String, CheckTracker.State)])
    func hysteresis(results: String, state: CheckTracker.State) {
        #expect(tracker(after: results).state == state)
    }

    @Test("the state is told with its last message and since when it lasts")
    func told() {
        var tracker = tracker(after: "+---")
        #expect(tracker.message == "refused")
        #expect(tracker.since == .seconds(4))
        let first = tracker.record(passed: true, message: "HTTP 200", at: .seconds(5))
        #expect(!first)
        #expect(tracker.message == "HTTP 200")
        #expect(tracker.since == .seconds(4))
        let second = tracker.record(passed: true, message: "HTTP 200", at: .seconds(6))
        #expect(second)
        #expect(tracker.since == .seconds(6))
    }

    @Test("a checker that dies makes its checks unknown, and failures of before count no more")
    func forgotten() {
        var tracker = tracker(after: "+--")
        let changed = tracker.forget(because: "the checker died", at: .seconds(4))
        #expect(changed)
        #expect(tracker.state == .unknown)
        #expect(tracker.message == "the checker died")
        #expect(tracker.since == .seconds(4))
        #expect(tracker.lastResultAt == nil)
        tracker.record(passed: false, message: "refused", at: .seconds(5))
        tracker.record(passed: false, message: "refused", at: .seconds(6))
        #expect(tracker.state == .unknown)
        tracker.record(passed: false, message: "refused", at: .seconds(7))
        #expect(tracker.state == .failing)
    }

    @Test("a failing check that is forgotten fails nothing any more")
    func failingForgotten() {
        var tracker = tracker(after: "---")
        let first = tracker.forget(because: "no result", at: .seconds(9))
        #expect(first)
        #expect(tracker.state == .unknown)
        let second = tracker.forget(because: "still none", at: .seconds(10))
        #expect(!second)
        #expect(tracker.since == .seconds(9))
        #expect(tracker.message == "still none")
    }

    @Test("a result is overdue when it is later than a run may last and more, and never before there was one")
    func overdue() throws {
        var tracker = CheckTracker(Self.specification, at: .seconds(7))
        #expect(tracker.since == .seconds(7))
        #expect(tracker.overdueAt == nil)
        tracker.record(passed: false, message: "refused", at: .seconds(8))
        let overdue = try #require(tracker.overdueAt)
        #expect(overdue > .seconds(8) + Self.specification.interval + Self.specification.timeout)
        #expect(overdue <= .seconds(12))
        tracker.forget(because: "no result", at: .seconds(13))
        #expect(tracker.overdueAt == nil)
    }
}
