// Octets off the wire as a frame: read or refused, and what was read is written as it came.
import VIPWire

extension Target {
    static let frames = Target(
        name: "frames", summary: "a frame off the wire, read and written again", longestInput: 1600
    ) { octets in
        let claim = Frame(claimIn: octets)
        demand(claim?.trailer == nil, "a claim has a trailer: \(octets)")
        guard let frame = try? Frame(octets) else { return }
        // What is read with a trailer claims nothing without it that it does not claim with it.
        demand(claim == nil || claim?.packet == frame.packet, "the ARP packet is read in two ways: \(octets)")
        let written = frame.serialized()
        demand((Frame.shortestSent...Frame.longest).contains(written.count), "\(written.count) octets were written")
        do {
            let again = try Frame(written)
            demand(again == frame, "written and read again, \(frame) becomes \(again)")
        } catch {
            fail("what was read is refused once it is written: \(error), \(frame)")
        }
        // Behind the last field that is written there is padding, which nobody owes us; all before it is the sender's, but
        // for a trailer's length, which a seal is part of.
        let meaning = withoutLength(written[..<(written.lastIndex { $0 != 0 } ?? 0)])
        let untagged = isTagged(octets) ? octets[..<12] + octets[16...] : octets[...]
        let isSame = withoutLength(untagged).starts(with: meaning)
        demand(isSame, "an octet that was read is not the one that is written: \(frame)")
        judgeSeal(of: frame, change: octets)
    }

    /// Seals a frame, and demands that it be read, and that its trailer be refused once any octet under the seal is another.
    private static func judgeSeal(of frame: Frame, change: [UInt8]) {
        guard frame.trailer != nil else { return }
        var sealed = frame.serialized(signedBy: SumSeal())
        demand((try? Frame(sealed, verifier: SumSeal())) == frame, "sealed, it is refused: \(frame)")
        let place = change.reduce(0) { ($0 * 31 + Int($1)) % sealed.count }
        sealed[place] ^= 1
        // Without its magic a trailer is padding, and the frame any host's.
        demand((try? Frame(sealed, verifier: SumSeal()))?.trailer == nil, "octet \(place) may be changed: \(frame)")
    }

    /// The octets with zeros for the trailer's length.
    private static func withoutLength(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var octets = Array(octets)
        for place in 47...48 where place < octets.count { octets[place] = 0 }
        return octets
    }

    /// Whether a priority tag stands between the addresses and the EtherType (IEEE 802.1Q).
    private static func isTagged(_ octets: [UInt8]) -> Bool { octets[12] == 0x81 && octets[13] == 0x00 }
}

/// A seal that anyone could make, and that tells every change of one octet.
private struct SumSeal: FrameSigner, FrameVerifier {
    let keyID = KeyID(rawValue: 0x5EA1)
    let acceptsUnsigned = false

    func tag(over covered: [UInt8]) -> [UInt8] {
        let sum = covered.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
        return (0..<FrameSeal.tagLength).map { UInt8(truncatingIfNeeded: sum >> (UInt64($0) % 8 * 8)) }
    }

    func refusal(of seal: FrameSeal, in bytes: RawSpan) -> FrameRefusal? {
        guard seal.keyID == keyID else { return .unknownKey }
        let octets = (0..<bytes.byteCount).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        return tag(over: [seal.coveredFirst, seal.coveredSecond].flatMap { octets[$0] })[...] == octets[seal.tag]
            ? nil : .badTag
    }
}

extension Frame {
    /// Reads a frame's octets, as `init(parsing:)`.
    init(_ octets: [UInt8], verifier: (any FrameVerifier)? = nil) throws(FrameRefusal) {
        try unsafe self.init(parsing: octets.span.bytes, verifiedBy: verifier)
    }

    /// Reads what a frame's octets claim, as `init(claimIn:)`.
    init?(claimIn octets: [UInt8]) { unsafe self.init(claimIn: octets.span.bytes) }
}
