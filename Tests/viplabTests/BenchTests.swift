import Foundation
import Testing

@testable import viplab

@Suite struct BenchTests {
    private static func series(
        _ cell: Cell, _ daemon: String, interval: Duration = .milliseconds(100), times: [Int] = [], runs: Int = 2
    ) -> Series {
        var series = Series(cell: cell, daemon: daemon, interval: interval, runs: runs)
        series.samples = times.map { Sample(time: .milliseconds($0), attempts: 100, stalled: .zero) }
        return series
    }

    private static func results(_ series: [Series]) -> BenchResults {
        let header = BenchHeader(
            command: "viplab bench", started: Date(timeIntervalSince1970: 0), facts: [("cpu", "two")])
        return BenchResults(header: header, series: series, isComplete: true)
    }

    /// A table's cells, without the blanks that align them.
    private static func text(_ results: BenchResults) -> String {
        let lines = BenchTables(results).lines(withPictures: false)
        return lines.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: "\n")
    }

    @Test("the median of an even number of runs lies between the middle two")
    func median() {
        let spread = Spread([40, 10, 30, 20].map { Duration.milliseconds($0) })
        #expect(spread?.median == .milliseconds(25))
        #expect(spread?.least == .milliseconds(10))
        #expect(spread?.greatest == .milliseconds(40))
        #expect(Spread([]) == nil)
    }

    @Test("quartiles lie on the line between the values beside them")
    func quartiles() {
        let five = Spread([10, 20, 30, 40, 50].map { Duration.milliseconds($0) })
        #expect(five?.lowerQuartile == .milliseconds(20))
        #expect(five?.upperQuartile == .milliseconds(40))
        let four = Spread([10, 20, 30, 40].map { Duration.milliseconds($0) })
        #expect(four?.lowerQuartile == .microseconds(17_500))
        #expect(four?.upperQuartile == .microseconds(32_500))
        #expect(Spread([.seconds(1)])?.upperQuartile == .seconds(1))
    }

    @Test("addresses have moved when the last has come to a machine other than the old holder")
    func moved() {
        let start = Instant(nanoseconds: 1_000_000)
        func at(_ milliseconds: Int) -> Instant { start + .milliseconds(milliseconds) }
        let arrivals: [[UInt32: Instant]] = [[1: at(0), 2: at(3)], [1: at(1), 3: at(-1)], [1: at(9), 2: at(4)]]
        let others = arrivals.earliest(since: start, otherThan: 0)
        #expect(others == [at(1), at(4)])
        #expect(
            Moved(others, since: start, of: 2) == Moved(first: .milliseconds(1), last: .milliseconds(4)))
        #expect(Moved(others, since: start, of: 3) == nil)
    }

    @Test("the groups of a load share its addresses out, and the VIP is the first of the first")
    func loads() {
        let groups = Load(groups: 4, addresses: 64).byGroup
        #expect(groups.map(\.count) == [16, 16, 16, 16])
        #expect(groups[0][0] == Plan.vip)
        #expect(Set(groups.joined()).count == 64)
        let most = Load(groups: 1, addresses: 4096).all
        #expect(Set(most).count == 4096)
        #expect(most[4095] == "192.168.31.255")
        #expect(Load.single.all == [Plan.vip])
    }

    @Test("daemons say what they cannot do")
    func inabilities() {
        func keepalived(_ load: Load) -> KeepalivedDaemon {
            KeepalivedDaemon(binary: "keepalived", interval: .milliseconds(10), load: load)
        }
        func ucarp(_ interval: Duration, _ load: Load) -> UcarpDaemon {
            UcarpDaemon(binary: "ucarp", interval: interval, load: load)
        }
        #expect(keepalived(Load(groups: 1, addresses: 4096)).inability == nil)
        #expect(keepalived(Load(groups: 255, addresses: 255)).inability == nil)
        #expect(keepalived(Load(groups: 256, addresses: 256)).inability != nil)
        #expect(ucarp(.seconds(1), Load(groups: 1, addresses: 64)).inability == nil)
        #expect(ucarp(.seconds(1), Load(groups: 1, addresses: 256)).inability != nil)
        #expect(ucarp(.milliseconds(100), .single).inability != nil)
    }

    @Test("all daemons take turns at each cell, and one without short intervals at its own")
    func plan() {
        let makers: [(Duration) -> any Daemon] = [
            { VipdDaemon(binary: "vipd", chosenInterval: $0) },
            { KeepalivedDaemon(binary: "keepalived", interval: $0) }, { UcarpDaemon(binary: "ucarp", interval: $0) },
        ]
        let plan = BenchPlan(BenchOptions(suites: [.outage, .groups], sizeRuns: 3), daemons: makers)
        let outage = plan.contests[0]
        #expect(outage.cell == Cell(.outage, .powerCut))
        #expect(outage.contenders.map(\.name).filter { $0 == "vipd" }.count == 3)
        #expect(outage.runs == 10)
        let groups = plan.contests.filter { $0.cell.suite == .groups }
        #expect(groups.map(\.cell.size) == [1, 16, 64, 256])
        #expect(groups[1].contenders.map(\.interval) == [.milliseconds(100), .milliseconds(100), .seconds(1)])
        #expect(groups[1].contenders.allSatisfy { $0.load == Load(groups: 16, addresses: 16) })
        #expect(groups[3].series.map { $0.inability == nil } == [true, false, false])
        #expect(groups[1].runs == 3)
        let one = BenchPlan(BenchOptions(suites: [.outage, .nodes], measures: [.stop]), daemons: makers)
        #expect(one.contests.map(\.cell) == [Cell(.outage, .stop)])
    }

    @Test("a goal is met at its ratio and missed above it")
    func goals() {
        let cut = Cell(.outage, .powerCut)
        func goals(_ ours: Int, _ theirs: Int) -> [Goal] {
            Self.results([Self.series(cut, "vipd", times: [ours]), Self.series(cut, "keepalived", times: [theirs])])
                .goals
        }
        #expect(goals(210, 300).map(\.isMet) == [true])
        #expect(goals(211, 300).map(\.isMet) == [false])
        #expect(goals(210, 300).first?.ratio == 0.7)
        #expect(Self.results([Self.series(cut, "vipd", times: [210])]).goals == [])
    }

    @Test("a planned stop has its goal met only where no attempt failed and no run was lost")
    func stopGoal() {
        let stop = Cell(.outage, .stop)
        var lost = Self.series(stop, "vipd", times: [4])
        #expect(Self.results([lost]).goals.map(\.isMet) == [true])
        lost.errors = ["the machines did not settle"]
        #expect(Self.results([lost]).goals.map(\.isMet) == [false])
    }

    @Test("what lasted as long as the bench watches is told as at least that")
    func beyondPatience() {
        var series = Self.series(Cell(.more, .deaf), "keepalived", times: [6000])
        series.samples[0].beside = .milliseconds(210)
        let text = Self.text(Self.results([series]))
        #expect(text.contains("| 100 ms | keepalived | 1 | > 6.00 s |"))
        #expect(text.contains("a default client beside it | 100 ms | keepalived | | 210 ms"))
    }

    @Test("what a daemon cannot do is a dash, with a footnote that says why")
    func footnotes() {
        var series = Self.series(Cell(.groups, .powerCut, size: 256), "ucarp")
        series.inability = "UCARP: too many"
        let text = Self.text(Self.results([series]))
        #expect(text.contains("| 256 | 100 ms | ucarp | - (1) | - |"))
        #expect(text.contains("\n- (1) UCARP: too many"))
    }

    @Test("runs in which the host stalled are counted, and the maximum without them is told")
    func stalledRuns() {
        var series = Self.series(Cell(.outage, .powerCut), "vipd", times: [200, 230])
        series.samples.append(Sample(time: .milliseconds(900), attempts: 1, stalled: .milliseconds(700)))
        #expect(Self.text(Self.results([series])).contains("1 of 3, else to 230 ms"))
    }

    @Test("the JSON has every run, and says whether it is complete")
    func json() throws {
        var series = Self.series(Cell(.addresses, .powerCut, size: 64), "vipd", times: [200, 230])
        series.samples[0].wire = Moved(first: .milliseconds(201), last: .milliseconds(207))
        let whole = try JSONSerialization.jsonObject(with: Self.results([series]).json()) as? [String: Any]
        #expect(whole?["complete"] as? Bool == true)
        let first = try #require((whole?["series"] as? [[String: Any]])?.first)
        #expect(first["addresses"] as? Int == 64)
        let runs = try #require(first["runs"] as? [[String: Any]])
        #expect(runs.map { $0["timeMs"] as? Double } == [200, 230])
        #expect(runs[0]["wireLastMs"] as? Double == 207)
        #expect(runs[1]["wireLastMs"] == nil)
    }

    @Test("the time left follows experience, and ends with what is dropped")
    func clock() {
        let series = [Self.series(Cell(.outage, .stop), "vipd", runs: 10), Self.series(Cell(.outage, .stop), "ucarp")]
        var clock = BenchClock(series)
        let guess = clock.secondsLeft
        clock.drop(1)
        #expect(clock.secondsLeft < guess)
        for _ in 0..<5 { clock.finished(.lab, of: 0, in: .seconds(1)) }
        for _ in 0..<8 { clock.finished(.sample, of: 0, in: .seconds(3)) }
        #expect(clock.secondsLeft == 6)
        clock.drop(0)
        #expect(clock.secondsLeft == 0)
    }
}
