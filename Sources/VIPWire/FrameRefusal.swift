// Why a received frame is refused. Every refused frame has exactly one of these names, in code, counters and docs.

/// The reason a frame was not accepted: of those that apply, the first in the order they stand here. A refused
/// frame is counted under its name, and is nothing but the plain ARP that other hosts take it for
/// (``Frame/init(claimIn:)``).
public enum FrameRefusal: String, Error, Sendable, CaseIterable {
    /// Shorter than an Ethernet header and an ARP packet: 42 octets, or 46 with a priority tag.
    case truncated
    /// Longer than ``Frame/longest`` octets: no ARP frame has a reason to be.
    case oversized
    /// The EtherType is not 0x0806, be it before or after a priority tag. Frames of a tagged VLAN belong here.
    case notARP
    /// `ar$hrd` is not Ethernet, `ar$pro` not IPv4, or their lengths not 6 and 4.
    case notIPv4OverEthernet
    /// `ar$op` is neither request nor reply.
    case unknownOperation
    /// A trailer of a version that this program does not speak.
    case unknownVersion
    /// The trailer's length field is not what its fields add up to.
    case trailerLengthWrong
    /// The trailer ends before its version, before its fixed fields or before its own length says.
    case trailerTruncated
    /// A kind of frame that this version does not have.
    case unknownKind
    /// The name is empty, too long, not UTF-8, or has control characters.
    case badName
    /// The Ethernet source or the sender hardware address is a group address or zero: nobody is to believe such an
    /// ARP packet (RFC 1812, section 3.3.2).
    case badSender
    /// The Ethernet source is not the sender hardware address: a frame with a trailer comes from its own speaker.
    case senderContradictsSource
    /// The kind of the trailer and the form of the ARP packet disagree.
    case kindContradictsARP
    /// The priority is outside 1...254.
    case badPriority
    /// The interval is outside 10 ms...10 s.
    case badInterval
    /// The node id is 0.
    case badNode
    /// The node's own address is neither 0.0.0.0 nor one a machine can have.
    case badAddress
    /// The trailer has no key id and tag, and this node's keys are to be insisted on.
    case unsigned
    /// The trailer's key id is that of no key this node has.
    case unknownKey
    /// The tag is not what the key makes of the frame.
    case badTag
}
