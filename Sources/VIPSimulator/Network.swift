// The segment between the machines: what gets lost, doubled, late or cut, on each directed link.
// Deliberately not here: the machines' own state (power, carrier), and the frames.

import VIPElection

/// What a directed link does to frames.
public struct LinkQuality: Hashable, Sendable {
    /// Frames lost, in thousandths.
    public var lossPerMille: Int
    /// Frames that arrive twice, in thousandths.
    public var duplicatesPerMille: Int
    /// How long a frame takes; a range of more than the spacing of frames lets them overtake each other.
    public var delay: ClosedRange<Duration> { .nanoseconds(shortest) ... .nanoseconds(longest) }
    private let shortest: Int64
    private let longest: Int64

    public init(lossPerMille: Int, duplicatesPerMille: Int, delay: ClosedRange<Duration>) {
        self.lossPerMille = lossPerMille
        self.duplicatesPerMille = duplicatesPerMille
        shortest = delay.lowerBound.nanoseconds
        longest = delay.upperBound.nanoseconds
    }

    /// When a frame that is sent at `now` arrives.
    func arrival(after now: Instant, random: inout RandomSource) -> Instant {
        let lot = Int64(random.next() % UInt64(longest - shortest + 1))
        return Instant(nanoseconds: now.nanoseconds + shortest + lot)
    }

    /// A switched Ethernet that works.
    public static let good = LinkQuality(
        lossPerMille: 0, duplicatesPerMille: 0, delay: .microseconds(50) ... .microseconds(300))
}

/// The links between ports. A port's number is its machine's; the foreign host's comes after the last machine's.
struct Network: Hashable, Sendable {
    let portCount: Int
    /// By `from * portCount + to`.
    private var qualities: [LinkQuality]
    private var cuts: [Bool]
    /// The side of a partition that each port is on.
    private var sides: [Int]

    init(portCount: Int, quality: LinkQuality) {
        self.portCount = portCount
        qualities = Array(repeating: quality, count: portCount * portCount)
        cuts = Array(repeating: false, count: portCount * portCount)
        sides = Array(repeating: 0, count: portCount)
    }

    func quality(from: Int, to: Int) -> LinkQuality { qualities[from * portCount + to] }

    func isOpen(from: Int, to: Int) -> Bool { sides[from] == sides[to] && !cuts[from * portCount + to] }

    mutating func setQuality(_ quality: LinkQuality) {
        for index in qualities.indices { qualities[index] = quality }
    }

    mutating func setQuality(_ quality: LinkQuality, from: Int, to: Int) { qualities[from * portCount + to] = quality }

    mutating func setCut(_ isCut: Bool, from: Int, to: Int) { cuts[from * portCount + to] = isCut }

    /// Moves the ports of `members` (bit i stands for port i) to side 1, the others to side 0.
    mutating func split(_ members: UInt32) {
        for port in sides.indices { sides[port] = Int(members >> UInt32(port) & 1) }
    }

    mutating func heal() {
        setQuality(.good)
        for index in cuts.indices { cuts[index] = false }
        split(0)
    }

    /// The longest that a frame between any two ports may take.
    var longestDelay: Duration { qualities.lazy.map(\.delay.upperBound).max() ?? .zero }
}
