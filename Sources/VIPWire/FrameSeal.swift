// Where a frame's seal stands, and which octets it covers: the key id and the tag at the end of a trailer.
// Deliberately not here: keys, and how a tag is made of one (VIPLinux).

/// Which of the keys that machines share a tag was made with: a number that tells keys apart and nothing about them.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Eight hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}

/// The seal of a frame that was read: a key id, and where in the frame's octets the rest is.
public struct FrameSeal: Hashable, Sendable {
    public let keyID: KeyID
    /// What the tag covers, one after the other: from the destination to the end of the key id, without a priority tag,
    /// which a switch may put in or take out.
    public let coveredFirst: Range<Int>
    public let coveredSecond: Range<Int>
    /// The tag itself.
    public let tag: Range<Int>

    static let keyIDLength = 4
    /// Octets of a tag.
    public static let tagLength = 16
    /// Octets of a key id and a tag.
    static let length = keyIDLength + tagLength

    /// The seal at `start` of a frame that was found to be long enough, with a priority tag of `priorityTagLength` octets.
    init(readFrom bytes: RawSpan, at start: Int, tagLength priorityTagLength: Int) {
        keyID = KeyID(rawValue: bytes.uint32(at: start))
        let end = start + Self.keyIDLength
        coveredFirst = Frame.Offset.destination..<Frame.Offset.etherType
        coveredSecond = Frame.Offset.etherType + priorityTagLength..<end
        tag = end..<end + Self.tagLength
    }
}

/// Seals frames.
public protocol FrameSigner {
    /// The key that it signs with.
    var keyID: KeyID { get }
    /// The tag, of ``FrameSeal/tagLength`` octets, over a frame's octets from the destination to the end of the key id.
    func tag(over covered: [UInt8]) -> [UInt8]
    /// Writes the tag over a frame's octets before `end` to where it belongs, from `end` on. There is room for it.
    func seal(_ octets: inout [UInt8], upTo end: Int)
}

extension FrameSigner {
    public func seal(_ octets: inout [UInt8], upTo end: Int) {
        let tag = tag(over: Array(octets[..<end]))
        precondition(tag.count == FrameSeal.tagLength, "a tag has \(FrameSeal.tagLength) octets")
        octets.replaceSubrange(end..<end + FrameSeal.tagLength, with: tag)
    }
}

/// Tells genuine seals from others.
public protocol FrameVerifier {
    /// Whether frames without a seal are taken in all the same.
    var acceptsUnsigned: Bool { get }
    /// Why a frame with this seal is refused, ``FrameRefusal/unknownKey`` or ``FrameRefusal/badTag``; nil if it is
    /// genuine. `bytes` are the frame's.
    func refusal(of seal: FrameSeal, in bytes: RawSpan) -> FrameRefusal?
}
