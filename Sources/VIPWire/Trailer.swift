// vipd's fields after the 28 ARP bytes: who speaks, for which group, in which term, and how well.
// Deliberately not here: their bytes (TrailerCodec) and what they mean to the election.

/// What one vipd tells the others beside the ARP packet. docs/PROTOCOL.md fixes the bytes.
public struct Trailer: Hashable, Sendable {
    /// What the frame says. The ARP form it rides on must agree (``FrameRefusal/kindContradictsARP``).
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// The sender is alive and does not hold the addresses. Rides on an ARP Probe.
        case probe = 1
        /// The holder has the addresses. Rides on an ARP Announcement.
        case announcement = 2
        /// The sender has dropped the addresses, or leaves. Rides on an ARP Probe: it must touch no cache.
        case resign = 3
        /// The holder names its successor in ``Trailer/subject``, which is to claim ``Trailer/term``. Rides on an ARP Announcement.
        case handover = 4
    }

    /// Sixteen flags; those not named here are carried and ignored.
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// The sender may become the holder.
        public static let eligible = Flags(rawValue: 1 << 0)
        /// The sender's group has `members`: claims need a quorum.
        public static let quorum = Flags(rawValue: 1 << 1)
        /// The sender becomes the holder only where no eligible node does: nothing but its sick services stands against
        /// it.
        public static let lastResort = Flags(rawValue: 1 << 2)
        /// Why the sender is not eligible: its services are sick.
        public static let sick = Flags(rawValue: 1 << 3)
        /// Why the sender is not eligible: an operator has taken it out.
        public static let maintenance = Flags(rawValue: 1 << 4)
        /// The sender does not know for sure that the node in ``Trailer/echoedNode`` lives: it is to answer at once,
        /// with a frame that echoes this one.
        public static let asks = Flags(rawValue: 1 << 5)
    }

    public var kind: Kind
    public var flags: Flags
    /// ``Digest`` of the group's name and addresses: frames of another group are not ours.
    public var group: UInt64
    /// ``Digest`` of the settings that nodes of a group must share.
    public var configuration: UInt64
    /// 1...254; high first.
    public var priority: UInt8
    /// Never 0.
    public var node: UInt64
    /// Grows with each start of the sender's daemon.
    public var epoch: UInt64
    /// Grows with each frame of an epoch.
    public var sequence: UInt64
    /// Number of the sender's claim, or the highest it has heard of.
    public var term: UInt64
    /// The sender's announcement interval in microseconds, 10,000...10,000,000.
    public var intervalMicroseconds: UInt32
    /// The node that the frame is about; 0 for none. In a holder's frames and in a resignation: the successor. In a
    /// probe: the node whose frame is acknowledged, or the sender itself, which then asks for votes.
    public var subject: UInt64
    /// ``sequence`` of the frame of ``subject`` that this one acknowledges (probe), or that was heard last (handover);
    /// 0 for none.
    public var acknowledgedSequence: UInt64
    /// A node that the sender has heard lately, and ``sequence`` of the last frame that it has heard of it: proof, to
    /// that node, that the sender's word is no recording. 0 for none.
    public var echoedNode: UInt64
    public var echoedSequence: UInt64
    /// The sender's own address on the link; ``IPv4Address/unspecified`` if it has none, or none that
    /// ``IPv4Address/isUnicast``.
    public var address: IPv4Address
    /// The sender's name, one that ``isName(_:)``.
    public var name: String

    public init(
        kind: Kind, flags: Flags, group: UInt64, configuration: UInt64, priority: UInt8, node: UInt64, epoch: UInt64,
        sequence: UInt64, term: UInt64, intervalMicroseconds: UInt32, subject: UInt64 = 0,
        acknowledgedSequence: UInt64 = 0, echoedNode: UInt64 = 0, echoedSequence: UInt64 = 0, address: IPv4Address,
        name: String
    ) {
        self.kind = kind
        self.flags = flags
        self.group = group
        self.configuration = configuration
        self.priority = priority
        self.node = node
        self.epoch = epoch
        self.sequence = sequence
        self.term = term
        self.intervalMicroseconds = intervalMicroseconds
        self.subject = subject
        self.acknowledgedSequence = acknowledgedSequence
        self.echoedNode = echoedNode
        self.echoedSequence = echoedSequence
        self.address = address
        self.name = name
    }

    /// Octets of the longest name.
    public static let longestName = 63
    /// What ``priority`` may be.
    public static let priorities: ClosedRange<UInt8> = 1...254
    /// What ``intervalMicroseconds`` may be: 10 ms...10 s.
    public static let intervals: ClosedRange<UInt32> = 10_000...10_000_000

    /// Whether `text` may be a node's name: 1...63 octets of UTF-8, no C0 or C1 control character and no DEL, so that
    /// what a stranger sends cannot steer a terminal or break a log's lines.
    public static func isName(_ text: String) -> Bool {
        guard (1...longestName).contains(text.utf8.count) else { return false }
        // Nearly all names are plain ASCII, and every frame's is looked at.
        return isPrintableASCII(text) || text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    private static func isPrintableASCII(_ text: String) -> Bool {
        let octets = text.utf8Span.span
        for index in octets.indices where !(0x20...0x7E).contains(octets[index]) { return false }
        return true
    }

    /// Why every reader refuses a trailer of these numbers; nil for one that may be sent.
    var refusal: FrameRefusal? {
        guard Self.priorities.contains(priority) else { return .badPriority }
        guard Self.intervals.contains(intervalMicroseconds) else { return .badInterval }
        guard node != 0 else { return .badNode }
        guard address == .unspecified || address.isUnicast else { return .badAddress }
        return nil
    }
}
