import Testing
import VIPElection

@testable import VIPSimulator
@testable import vipsim

/// What the model says on paper is what elections do.
struct ScaleTests {
    private func model(
        _ nodes: Int, _ addresses: Int = 1, _ interval: Duration = .milliseconds(100), hasMembers: Bool = false,
        isSealed: Bool = false
    ) -> SegmentModel {
        SegmentModel(
            nodes: nodes, addresses: addresses, interval: interval, hasMembers: hasMembers, isSealed: isSealed)
    }

    @Test("Nodes and kernels say to each other what the model says, within 5 percent", arguments: [2, 3, 5, 16])
    func signs(nodes: Int) {
        let counted = SegmentMeter.count(nodes: nodes, interval: .milliseconds(100), hasMembers: false)
        #expect(abs(counted.signs / model(nodes).signsInInterval - 1) <= ScaleCommand.tolerance)
        #expect(abs(counted.answers / model(nodes).answersInInterval - 1) <= ScaleCommand.tolerance)
    }

    @Test("So they do with members, where candidates acknowledge", arguments: [3, 5, 9])
    func votes(nodes: Int) {
        let counted = SegmentMeter.count(nodes: nodes, interval: .seconds(1), hasMembers: true)
        let model = model(nodes, hasMembers: true)
        #expect(abs(counted.signs / model.signsInInterval - 1) <= ScaleCommand.tolerance)
        #expect(abs(counted.answers / model.answersInInterval - 1) <= ScaleCommand.tolerance)
    }

    @Test("A claim broadcasts what the model says, and a refresh a minute", arguments: [1, 2, 64])
    func claim(addresses: Int) {
        let meter = ClaimMeter(addresses: addresses)
        let model = model(2, addresses)
        #expect(meter.atOnce == model.framesAtOnce && meter.atOnce == 2 * addresses)
        #expect(meter.ofClaim == model.framesOfClaim && meter.ofClaim == 6 * addresses)
        let refreshes = Double(meter.refreshes) / Double(ClaimMeter.refreshedSeconds)
        #expect(abs(refreshes / model.refreshesPerSecond - 1) <= ScaleCommand.tolerance)
    }

    @Test("Signs of life cost by group and not by address; groups have 4096 addresses at most")
    func groups() {
        #expect(model(3, 4096).signsPerSecond == model(3).signsPerSecond)
        #expect(model(3, 4096).groups == 1 && model(3, 4097).groups == 2 && model(3, 10_000).groups == 3)
        #expect(model(3, 10_000).signsPerSecond == 3 * model(3).signsPerSecond)
    }

    @Test("The smallest interval is the first within the budget, and 10 ms where that is")
    func smallest() throws {
        let found = try #require(model(100, isSealed: true).smallestInterval(within: 1e6))
        #expect(found > 10)
        func bits(_ milliseconds: Int) -> Double {
            model(100, 1, .milliseconds(milliseconds), isSealed: true).bitsPerSecond
        }
        #expect(bits(found) <= 1e6 && bits(found - 1) > 1e6)
        #expect(model(2).smallestInterval(within: 1e6) == 10)
        // The refreshes alone are more.
        #expect(model(2, 100_000).smallestInterval(within: 1e6) == nil)
    }

    @Test("The number of nodes does not slow a takeover down")
    func takeover() throws {
        let few = try #require(TakeoverMeter.outage(nodes: 3, interval: .milliseconds(100), seed: 1))
        let many = try #require(TakeoverMeter.outage(nodes: 32, interval: .milliseconds(100), seed: 1))
        // Silence of two intervals, three fifths of one for probes, less the interval in which the cut fell.
        for outage in [few, many] { #expect(outage > .milliseconds(155) && outage < .milliseconds(265)) }
    }

    @Test("Each heir that goes with the holder costs three probes more")
    func heirs() throws {
        let alone = try #require(TakeoverMeter.outage(nodes: 7, interval: .milliseconds(100), seed: 4))
        let three = try #require(TakeoverMeter.outage(nodes: 7, interval: .milliseconds(100), heirs: 3, seed: 4))
        let more = three - alone
        #expect(more > .milliseconds(175) && more < .milliseconds(185))
    }

    @Test("scale takes nodes, addresses and intervals, each as often as wanted")
    func invocation() throws {
        let words = [
            "scale", "--nodes", "3", "--nodes", "256", "--addresses", "7", "--interval", "20ms", "--cuts", "2",
        ]
        guard case .scale(let options) = try Invocation(arguments: words) else {
            Issue.record("scale is not understood")
            return
        }
        #expect(options.nodes == [3, 256] && options.addresses == [7] && options.intervals == [.milliseconds(20)])
        #expect(options.cuts == 2)
    }

    @Test(
        "What makes no sense to scale is an error",
        arguments: [
            ["--nodes", "1"], ["--nodes", "257"], ["--addresses", "0"], ["--interval", "9ms"], ["--interval", "11s"],
            ["--interval", "100"], ["--cuts", "0"], ["--fast"],
        ])
    func nonsense(words: [String]) {
        #expect(throws: UsageError.self) { try Invocation(arguments: ["scale"] + words) }
    }
}
