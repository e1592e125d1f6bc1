// What a segment of vipd nodes sends, on paper: from docs/DESIGN.md's rules and the codec's frames, without running
// anything. Deliberately not here: counting what elections send (SegmentMeter, ClaimMeter).

import VIPElection
import VIPWire

/// The frames that the nodes of one segment send while nothing happens, and at a takeover.
///
/// A frame is counted once, as it loads the port of a listener: Ethernet floods it to all of them. Answers go to one node
/// alone, and are counted on their own.
public struct SegmentModel: Hashable, Sendable {
    public var nodes: Int
    public var addresses: Int
    public var interval: Duration
    /// With `members`: candidates acknowledge every announcement.
    public var hasMembers: Bool
    /// Frames have the seal of a key.
    public var isSealed: Bool

    /// - Parameters:
    ///   - nodes: 1 or more, all of which serve all addresses.
    ///   - addresses: 1 or more, in as few groups as hold them.
    public init(nodes: Int, addresses: Int, interval: Duration, hasMembers: Bool = false, isSealed: Bool = false) {
        precondition(nodes >= 1 && addresses >= 1, "a segment has nodes and addresses")
        self.nodes = nodes
        self.addresses = addresses
        self.interval = interval
        self.hasMembers = hasMembers
        self.isSealed = isSealed
    }

    /// The most addresses that the configuration takes in one group.
    public static let addressesInGroup = 4096
    /// The octets of a node's name: those of `k8s-controller1`.
    public static let nameLength = 15
    /// Ethernet's octets beside the frame: preamble and delimiter 8, checksum 4, gap 12 (IEEE 802.3).
    public static let ethernetOverhead = 24
    /// A candidate's signs of life are so many intervals apart, unless there are `members`.
    static let candidateIntervals = 5.0
    /// With `members` a candidate acknowledges every announcement. Its own sign of life is due an interval after that, as
    /// the next announcement is: every second time that one takes longer than the last, and the sign goes out before it.
    static let votingSigns = 1.5
    /// From one refresh of the switches' tables to the next, in seconds: a minute, give or take a tenth.
    static let refreshSeconds = 60.0
    /// Announcements of an address at a takeover: two forms at once, then four repeats of the request.
    public static let announcementsAtOnce = 2
    public static let repeats = 4

    public var groups: Int { (addresses + Self.addressesInGroup - 1) / Self.addressesInGroup }

    /// Signs of life in an interval, of one group: the holder's and the candidates'.
    public var signsInInterval: Double { 1 + answersInInterval }
    /// A candidate's sign of life asks for the address (an ARP probe), and the holder's kernel answers each, to the
    /// candidate alone.
    public var answersInInterval: Double {
        Double(nodes - 1) * (hasMembers ? Self.votingSigns : 1 / Self.candidateIntervals)
    }
    public var signsPerSecond: Double { Double(groups) * signsInInterval / seconds(interval) }
    public var answersPerSecond: Double { Double(groups) * answersInInterval / seconds(interval) }
    public var refreshesPerSecond: Double { Double(addresses) / Self.refreshSeconds }
    public var framesPerSecond: Double { signsPerSecond + refreshesPerSecond }
    public var bitsPerSecond: Double { signsPerSecond * signBits + refreshesPerSecond * Self.announcementBits }

    /// What the candidates send while the holder is suspected: a probe each, five to an interval and 2 ms apart at least.
    public var suspicionFramesPerSecond: Double {
        Double(groups * (nodes - 1)) / max(seconds(interval) / 5, 0.002)
    }

    /// Broadcasts at once when a holder claims, and all of them until the repeats are over.
    public var framesAtOnce: Int { Self.announcementsAtOnce * addresses }
    public var framesOfClaim: Int { framesAtOnce + Self.repeats * addresses }
    /// How long the announcements at once take on a link of so many bits a second, in seconds.
    public func burstSeconds(on bitsPerSecond: Double) -> Double {
        Double(framesAtOnce) * Self.announcementBits / bitsPerSecond
    }

    /// The smallest interval, in whole milliseconds from 10 up, at which the segment sends no more than so many bits a
    /// second; nil where there is none up to 10 s.
    public func smallestInterval(within budget: Double) -> Int? {
        let left = budget - refreshesPerSecond * Self.announcementBits
        guard left > 0 else { return nil }
        let milliseconds = Double(groups) * signsInInterval * signBits / left * 1000
        guard milliseconds <= 10_000 else { return nil }
        return max(10, Int(milliseconds.rounded(.up)))
    }

    /// A sign of life on the wire, in bits.
    public var signBits: Double { Double((Self.signLength(isSealed: isSealed) + Self.ethernetOverhead) * 8) }
    /// A plain announcement on the wire, in bits.
    public static var announcementBits: Double {
        let frame = Frame(destination: .broadcast, source: mac, packet: .announcement(of: address, from: mac))
        return Double((frame.serialized().count + ethernetOverhead) * 8)
    }

    /// The octets of a sign of life from the destination to its end, as the codec writes it.
    public static func signLength(isSealed: Bool) -> Int {
        let trailer = Trailer(
            kind: .probe, flags: .eligible, group: 1, configuration: 1, priority: 100, node: 1, epoch: 1, sequence: 1,
            term: 1, intervalMicroseconds: 100_000, address: address, name: String(repeating: "n", count: nameLength))
        let frame = Frame(
            destination: Frame.multicast, source: mac, packet: .probe(for: address, from: mac), trailer: trailer)
        return frame.serialized(signedBy: isSealed ? BlankSeal() : nil).count
    }

    private static let mac = MACAddress(bits: 0x0200_0000_0001)
    private static let address = IPv4Address(192, 168, 1, 211)

    private func seconds(_ duration: Duration) -> Double { Double(duration.nanoseconds) / 1e9 }
}

/// As long as a seal is.
private struct BlankSeal: FrameSigner {
    var keyID: KeyID { KeyID(rawValue: 1) }
    func tag(over covered: [UInt8]) -> [UInt8] { Array(repeating: 0, count: FrameSeal.tagLength) }
}
