// Counts what simulated nodes say to each other while nothing happens. Deliberately not here: what they should say
// (SegmentModel), and what they broadcast for caches, which needs more addresses than a simulated kernel has (ClaimMeter).

import VIPElection
import VIPWire

/// What is sent in an interval, of one group.
public struct SegmentCount: Hashable, Sendable {
    /// Signs of life, of all nodes.
    public var signs: Double
    /// What kernels answer.
    public var answers: Double
}

/// Counts signs of life, and what kernels answer to them, in a world of nodes that were all switched on at once.
public enum SegmentMeter {
    /// Intervals until the holder is settled, and intervals that are counted.
    static let settling = 20
    static let counted = 200

    /// What is sent in an interval, counted over ``counted`` of them on a switched Ethernet that works.
    ///
    /// - Parameter nodes: as many as a ``World`` takes.
    public static func count(
        nodes: Int, interval: Duration, hasMembers: Bool, seed: UInt64 = 1
    ) -> SegmentCount {
        let settings = GroupSettings(
            name: "default", addresses: [TakeoverMeter.address], interval: interval, members: hasMembers ? nodes : nil)
        var world = TakeoverMeter.world(of: nodes, settings, seed: seed, observer: Count())
        // A node with quorum gives no vote before its pause after the start is over.
        let pause: Duration = hasMembers ? .seconds(settings.leaseSeconds) + settings.suspectAfter : .zero
        let begin = Instant(nanoseconds: 0) + pause + interval * settling
        world.run(until: begin)
        let before = world.observer
        world.run(until: begin + interval * counted)
        let (signs, answers) = (world.observer.signs - before.signs, world.observer.answers - before.answers)
        return SegmentCount(signs: Double(signs) / Double(counted), answers: Double(answers) / Double(counted))
    }

    private struct Count: Watcher {
        var signs = 0
        var answers = 0
        mutating func observe(_ occurrence: Occurrence) {
            switch occurrence.fact {
            case .sent(let frame, _, .daemon) where frame.trailer != nil: signs += 1
            case .sent(_, _, .kernel): answers += 1
            default: break
            }
        }
    }
}
