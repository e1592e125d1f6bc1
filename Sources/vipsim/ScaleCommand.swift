// vipsim scale: what a segment of many nodes and addresses costs, on paper and counted.
// Deliberately not here: the model and the simulated worlds (VIPSimulator), and columns (ScaleTable).

import Foundation
import VIPSimulator

/// Which cells are shown.
struct ScaleOptions {
    /// A peer table has 256 places, for all nodes but one; a ``World`` is as large.
    static let nodeRange = 2...256
    static let addressRange = 1...100_000

    var nodes: [Int] = []
    var addresses: [Int] = []
    var intervals: [Duration] = []
    /// Power cuts whose median is told.
    var cuts = 15
    var jobs: Int?

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var words = arguments
        while let flag = words.popFirst() {
            switch flag {
            case "--nodes": nodes.append(try number(try value(of: flag, in: &words), of: flag, in: Self.nodeRange))
            case "--addresses":
                addresses.append(try number(try value(of: flag, in: &words), of: flag, in: Self.addressRange))
            case "--interval": intervals.append(try interval(try value(of: flag, in: &words)))
            case "--cuts": cuts = try number(try value(of: flag, in: &words), of: flag, in: 1...10_000)
            case "--jobs": jobs = try number(try value(of: flag, in: &words), of: flag, in: 1...1024)
            default: throw UsageError(message: "unknown argument \(flag)")
            }
        }
        if nodes.isEmpty { nodes = [3, 5, 16, 50, 100] }
        if addresses.isEmpty { addresses = [1, 256, 1024, 10_000] }
        if intervals.isEmpty { intervals = [.milliseconds(10), .milliseconds(100), .seconds(1)] }
    }
}

/// An interval as the configuration takes it: `10ms` to `10s`.
private func interval(_ text: String) throws(UsageError) -> Duration {
    let isMilliseconds = text.hasSuffix("ms")
    if isMilliseconds || text.hasSuffix("s"), let count = Int(text.dropLast(isMilliseconds ? 2 : 1)),
        (1...10_000).contains(count)
    {
        let duration: Duration = isMilliseconds ? .milliseconds(count) : .seconds(count)
        if duration >= .milliseconds(10) && duration <= .seconds(10) { return duration }
    }
    throw UsageError(message: "--interval takes 10ms to 10s, as in 100ms, not \(text)")
}

/// Prints the tables, each when it is worked out. Returns whether what was counted is what the model says.
struct ScaleCommand {
    let options: ScaleOptions

    /// How far counts may be from the model.
    static let tolerance = 0.05
    /// A gigabit a second, and the share of it that a quiet segment may have.
    static let link = 1e9
    static let share = 0.001

    func perform() async -> Bool {
        say(assumptions)
        say(traffic)
        say(smallestIntervals)
        let (claims, claimsAgree) = claims()
        say(claims)
        say(costs)
        let (counts, countsAgree) = await counts()
        say(counts)
        say(await takeovers())
        return claimsAgree && countsAgree
    }

    private var assumptions: [String] {
        let plain = SegmentModel.signLength(isSealed: false)
        let sealed = SegmentModel.signLength(isSealed: true)
        return [
            "All nodes serve all addresses, in as few groups as hold them (\(SegmentModel.addressesInGroup) each). A sign of life is",
            "\(plain) octets, \(sealed) with a key (names of \(SegmentModel.nameLength) octets); an announcement is 60; Ethernet adds \(SegmentModel.ethernetOverhead).",
            "Frames are counted once, as they load a listener's port; answers of the holder's kernel, to one candidate each,",
            "on their own; k is 1000.",
        ]
    }

    /// Rows of nodes and addresses, columns of intervals.
    private var traffic: [String] {
        var table = ScaleTable(
            title: "Quiet segment, without a key: frames/s, kbit/s and answers/s (with members: frames/s)",
            heads: ["nodes", "addresses"]
                + options.intervals.flatMap { ["\(text($0))", "kbit/s", "answers", "members"] })
        for nodes in options.nodes {
            for addresses in options.addresses {
                let cells = options.intervals.flatMap { interval in
                    let model = SegmentModel(nodes: nodes, addresses: addresses, interval: interval)
                    let voting = SegmentModel(nodes: nodes, addresses: addresses, interval: interval, hasMembers: true)
                    return [
                        text(model.framesPerSecond), text(model.bitsPerSecond / 1000), text(model.answersPerSecond),
                        text(voting.framesPerSecond),
                    ]
                }
                table.add(["\(nodes)", "\(addresses)"] + cells)
            }
        }
        return table.lines
    }

    private var smallestIntervals: [String] {
        var table = ScaleTable(
            title: "Smallest interval at which a quiet segment, with a key, has less than 0.1 % of 1 Gbit/s",
            heads: ["nodes", "addresses", "interval", "with members"])
        for nodes in options.nodes {
            for addresses in options.addresses {
                let cells = [false, true].map { hasMembers in
                    let model = SegmentModel(
                        nodes: nodes, addresses: addresses, interval: .seconds(1), hasMembers: hasMembers,
                        isSealed: true)
                    return model.smallestInterval(within: Self.link * Self.share).map { "\($0) ms" } ?? "none"
                }
                table.add(["\(nodes)", "\(addresses)"] + cells)
            }
        }
        return table.lines
    }

    /// The broadcasts of a claim, by model and by a real election's directives.
    private func claims() -> (lines: [String], agree: Bool) {
        var table = ScaleTable(
            title: "A claim's broadcasts, model / counted: at once, in its first 4 s, and as a refresh, frames/s",
            heads: ["addresses", "at once", "at 1 Gbit/s", "in 4 s", "refresh"])
        var agree = true
        for addresses in options.addresses {
            let model = SegmentModel(nodes: 2, addresses: addresses, interval: .seconds(1))
            var counted = (atOnce: 0, ofClaim: 0, refresh: 0.0)
            var left = addresses
            while left > 0 {
                let meter = ClaimMeter(addresses: min(left, SegmentModel.addressesInGroup))
                counted.atOnce += meter.atOnce
                counted.ofClaim += meter.ofClaim
                counted.refresh += Double(meter.refreshes) / Double(ClaimMeter.refreshedSeconds)
                left -= SegmentModel.addressesInGroup
            }
            agree =
                agree && counted.atOnce == model.framesAtOnce && counted.ofClaim == model.framesOfClaim
                && isNear(counted.refresh, model.refreshesPerSecond)
            table.add([
                "\(addresses)", "\(model.framesAtOnce) / \(counted.atOnce)",
                "\(text(model.burstSeconds(on: Self.link) * 1000)) ms",
                "\(model.framesOfClaim) / \(counted.ofClaim)",
                "\(text(model.refreshesPerSecond)) / \(text(counted.refresh))",
            ])
        }
        return (table.lines + [verdict(agree)], agree)
    }

    private var costs: [String] {
        var table = ScaleTable(
            title: "CPU of a listener, measured here: reading and handling a frame, and its share of one processor",
            heads: ["nodes", "a frame"] + options.intervals.map(text))
        for nodes in options.nodes {
            let cost = ScaleCost.nanosecondsPerFrame(nodes: nodes)
            let shares = options.intervals.map { interval in
                let model = SegmentModel(nodes: nodes, addresses: 1, interval: interval)
                return "\(text(model.signsPerSecond * cost / 1e9 * 100)) %"
            }
            table.add(["\(nodes)", "\(text(cost / 1000)) us"] + shares)
        }
        return table.lines
    }

    private func verdict(_ agree: Bool) -> String {
        let percent = Int((Self.tolerance * 100).rounded())
        return agree
            ? "counts and model agree within \(percent) %" : "COUNTS AND MODEL DIFFER by more than \(percent) %"
    }

    func isNear(_ counted: Double, _ model: Double) -> Bool { abs(counted - model) <= model * Self.tolerance }
}

// What is simulated.
extension ScaleCommand {
    /// Signs of life that simulated nodes send, and what kernels answer to them, against the model.
    private func counts() async -> (lines: [String], agree: Bool) {
        // The number in an interval does not depend on it; a world costs least at a long one.
        let interval = options.intervals.max() ?? .seconds(1)
        let counted = await onAllProcessors(options.nodes) { nodes in
            [false, true].flatMap {
                let count = SegmentMeter.count(nodes: nodes, interval: interval, hasMembers: $0)
                return [count.signs, count.answers]
            }
        }
        var table = ScaleTable(
            title: "Signs of life in an interval of one group, and answers to them, model / counted in the simulator",
            heads: ["nodes", "frames", "answers", "with members", "answers"])
        var agree = true
        for (nodes, counted) in zip(options.nodes, counted) {
            let models = [false, true].flatMap {
                let model = SegmentModel(nodes: nodes, addresses: 1, interval: interval, hasMembers: $0)
                return [model.signsInInterval, model.answersInInterval]
            }
            agree = agree && zip(counted, models).allSatisfy { isNear($0, $1) }
            table.add(["\(nodes)"] + zip(models, counted).map { "\(text($0)) / \(text($1))" })
        }
        return (table.lines + [verdict(agree)], agree)
    }

    private struct Cell: Sendable {
        var nodes: Int
        var interval: Duration
        var heirs: Int
    }

    private func takeovers() async -> [String] {
        let cells = options.nodes.flatMap { nodes in
            options.intervals.flatMap { interval in
                [0, (nodes - 1) / 2].map { Cell(nodes: nodes, interval: interval, heirs: $0) }
            }
        }
        let cuts = UInt64(options.cuts)
        let medians = await onAllProcessors(cells) { cell in
            let outages = (1...cuts).compactMap { seed in
                TakeoverMeter.outage(nodes: cell.nodes, interval: cell.interval, heirs: cell.heirs, seed: seed)
            }
            return outages.sorted()[safely: outages.count / 2]
        }
        var table = ScaleTable(
            title: "From a power cut to the announcement, median of \(cuts): the holder's alone / with the better half "
                + "of its heirs",
            heads: ["nodes"] + options.intervals.map(text) + ["suspecting"])
        let columns = options.intervals.count * 2
        for (row, nodes) in options.nodes.enumerated() {
            let own = medians[(row * columns)..<((row + 1) * columns)].map { $0.map(milliseconds) ?? "none" }
            let pairs = stride(from: 0, to: columns, by: 2).map { "\(own[$0]) / \(own[$0 + 1])" }
            let shortest = options.intervals.min() ?? .seconds(1)
            let model = SegmentModel(nodes: nodes, addresses: 1, interval: shortest)
            table.add(["\(nodes)"] + pairs + ["\(text(model.suspicionFramesPerSecond)) /s"])
        }
        return table.lines + [
            "suspecting: frames/s of the candidates of one group from the silence to the claim, at the shortest interval"
        ]
    }

    /// `body` of each of `inputs`, in their order, as many at a time as there are processors.
    private func onAllProcessors<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], _ body: @escaping @Sendable (Input) -> Output
    ) async -> [Output] {
        let jobs = options.jobs ?? ProcessInfo.processInfo.activeProcessorCount
        return await withTaskGroup(of: (Int, Output).self) { group in
            // The last ones are the largest.
            var waiting = inputs.enumerated().reversed().makeIterator()
            for _ in 0..<jobs {
                if let (index, input) = waiting.next() { group.addTask { (index, body(input)) } }
            }
            var outputs: [Int: Output] = [:]
            while let (index, output) = await group.next() {
                outputs[index] = output
                if let (index, input) = waiting.next() { group.addTask { (index, body(input)) } }
            }
            return inputs.indices.compactMap { outputs[$0] }
        }
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

private func text(_ interval: Duration) -> String {
    interval >= .seconds(1) ? "\(text(interval / .seconds(1))) s" : milliseconds(interval)
}

private func milliseconds(_ duration: Duration) -> String { "\(text(duration / .milliseconds(1))) ms" }

/// Three digits or so, and no more than the number has.
private func text(_ value: Double) -> String {
    if value >= 100 || value == value.rounded() { return String(Int(value.rounded())) }
    return String(format: value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.4f", value)
}
