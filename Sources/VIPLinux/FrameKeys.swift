// The keys that frames are signed with and verified by: HMAC-SHA256, cut to 16 octets.
// Deliberately not here: the files that keys come from (KeyFile), and where in a frame a tag stands (VIPWire).

internal import CVIPLinux
public import VIPWire

/// A key that the nodes of a group share.
///
/// Not for two threads at once. Safe because: the one pointer is made, used and freed here alone.
@safe public final class FrameKey: FrameSigner {
    /// Octets of a secret.
    static let secretLength = 32
    /// What the key id is the tag of.
    private static let idMessage = Array("vipd key id".utf8)

    public let keyID: KeyID
    private let key: OpaquePointer

    /// - Parameter secret: ``secretLength`` octets; the caller's to wipe.
    init(secret: borrowing [UInt8]) throws(SystemError) {
        var made: OpaquePointer?
        let result = unsafe cvip_hmac_key_create(secret, secret.count, &made)
        guard let made = unsafe made else {
            throw SystemError(operation: "make a key", errno: result)
        }
        unsafe key = made
        let tag = unsafe Self.tag(made, over: Self.idMessage)
        keyID = KeyID(rawValue: tag.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    }

    deinit { unsafe cvip_hmac_key_destroy(key) }

    public func tag(over covered: [UInt8]) -> [UInt8] {
        unsafe Array(Self.tag(key, over: covered).prefix(FrameSeal.tagLength))
    }

    public func seal(_ octets: inout [UInt8], upTo end: Int) {
        precondition(end + FrameSeal.tagLength <= octets.count, "a frame has room for its tag")
        // Made on the stack: this is done for each frame that is sent.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(CVIP_HMAC_LENGTH)) { tag in
            unsafe cvip_hmac_tag(key, octets, end, nil, 0, tag.baseAddress)
            for index in 0..<FrameSeal.tagLength { octets[end + index] = unsafe tag[index] }
        }
    }

    private static func tag(_ key: OpaquePointer, over message: [UInt8]) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: Int(CVIP_HMAC_LENGTH))
        unsafe cvip_hmac_tag(key, message, message.count, nil, 0, &tag)
        return tag
    }

    /// Whether the seal of a frame is this key's.
    func isGenuine(_ seal: FrameSeal, in bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { raw in
            guard let base = unsafe raw.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
            let (first, second) = (seal.coveredFirst, seal.coveredSecond)
            precondition(
                max(first.upperBound, second.upperBound, seal.tag.upperBound) <= raw.count, "a seal is its frame's")
            return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(CVIP_HMAC_LENGTH)) { tag in
                unsafe cvip_hmac_tag(
                    key, base + first.lowerBound, first.count, base + second.lowerBound, second.count,
                    tag.baseAddress)
                return unsafe cvip_is_equal(tag.baseAddress, base + seal.tag.lowerBound, FrameSeal.tagLength)
            }
        }
    }
}

/// The keys of a node: one that it signs with, and those whose seals it accepts.
public struct FrameKeyring: FrameVerifier {
    public let signing: FrameKey
    private let accepted: [KeyID: FrameKey]
    public let acceptsUnsigned: Bool

    /// - Parameters:
    ///   - signing: is accepted as well.
    ///   - accepted: old keys, and keys to come.
    ///   - acceptsUnsigned: frames without a seal are believed too, for the time in which keys are handed out.
    public init(signing: FrameKey, accepted: [FrameKey] = [], acceptsUnsigned: Bool = false) {
        self.signing = signing
        self.accepted = Dictionary(([signing] + accepted).map { ($0.keyID, $0) }) { first, _ in first }
        self.acceptsUnsigned = acceptsUnsigned
    }

    public func refusal(of seal: FrameSeal, in bytes: RawSpan) -> FrameRefusal? {
        guard let key = accepted[seal.keyID] else { return .unknownKey }
        return key.isGenuine(seal, in: bytes) ? nil : .badTag
    }
}
