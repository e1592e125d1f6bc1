// Seals: where they stand, what they cover, and what is refused with and without one. The seal here is a sum, for what
// matters is which octets reach it; the real one is an HMAC (VIPLinuxTests).

import Testing
import VIPWire

/// Seals with the octets' own digest: whoever changes one changes the tag.
private struct SumSeal: FrameSigner, FrameVerifier {
    var keyID = KeyID(rawValue: 0x0102_0304)
    var acceptsUnsigned = false

    static func tag(of octets: some Sequence<UInt8>) -> [UInt8] {
        var digest = Digest()
        for octet in octets { digest.add(octet) }
        let value = digest.value
        return (0..<16).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * ($0 % 8))) }
    }

    func tag(over covered: [UInt8]) -> [UInt8] { Self.tag(of: covered) }

    func refusal(of seal: FrameSeal, in bytes: RawSpan) -> FrameRefusal? {
        guard seal.keyID == keyID else { return .unknownKey }
        let covered = [seal.coveredFirst, seal.coveredSecond].flatMap { range in range.map { bytes[$0] } }
        return Self.tag(of: covered) == seal.tag.map { bytes[$0] } ? nil : .badTag
    }
}

extension RawSpan {
    fileprivate subscript(offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}

@Suite struct FrameSealTests {
    private let seal = SumSeal()

    private func refusal(of octets: [UInt8], by verifier: SumSeal? = nil) -> FrameRefusal? {
        do {
            _ = try Frame(parsing: octets.span.bytes, verifiedBy: verifier ?? seal)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a seal is a key id and a tag behind the name, and the length counts them", arguments: GoldenFrame.withTrailer)
    func layout(golden: GoldenFrame) throws {
        var covered = golden.octets
        covered[48] += 20
        covered += [1, 2, 3, 4]
        let octets = golden.frame.serialized(signedBy: seal)
        #expect(octets == covered + SumSeal.tag(of: covered))
        #expect(try Frame(parsing: octets.span.bytes, verifiedBy: seal) == golden.frame)
    }

    @Test("who has no key reads a sealed frame as any other", arguments: GoldenFrame.withTrailer)
    func withoutKey(golden: GoldenFrame) throws {
        #expect(try parse(golden.frame.serialized(signedBy: seal)) == golden.frame)
    }

    @Test("ARP without a trailer has no seal and needs none", arguments: [GoldenFrame.plainProbe, .announcementReply])
    func plainARP(golden: GoldenFrame) {
        #expect(golden.frame.serialized(signedBy: seal) == golden.octets)
        #expect(refusal(of: golden.octets) == nil)
    }

    @Test(
        "a trailer without a seal is refused, unless unsigned frames are accepted", arguments: GoldenFrame.withTrailer)
    func unsigned(golden: GoldenFrame) {
        #expect(refusal(of: golden.octets) == .unsigned)
        #expect(refusal(of: golden.octets, by: SumSeal(acceptsUnsigned: true)) == nil)
    }

    @Test("accepting unsigned frames is not accepting wrong seals")
    func rolloutRefusesWrongSeals() {
        let rollout = SumSeal(acceptsUnsigned: true)
        var octets = GoldenFrame.probe.frame.serialized(signedBy: seal)
        octets[60] ^= 1
        #expect(refusal(of: octets, by: rollout) == .badTag)
        let other = SumSeal(keyID: KeyID(rawValue: 5))
        #expect(refusal(of: GoldenFrame.probe.frame.serialized(signedBy: other), by: rollout) == .unknownKey)
    }

    @Test("a frame of another key is refused as that")
    func otherKey() {
        let other = SumSeal(keyID: KeyID(rawValue: 5))
        #expect(refusal(of: GoldenFrame.announcement.frame.serialized(signedBy: other)) == .unknownKey)
    }

    @Test(
        "no bit of a sealed frame can be another without its being refused or bare ARP",
        arguments: GoldenFrame.withTrailer)
    func everyBit(golden: GoldenFrame) {
        let octets = golden.frame.serialized(signedBy: seal)
        for offset in octets.indices {
            for bit in 0..<8 {
                var changed = octets
                changed[offset] ^= 1 << bit
                let frame = try? Frame(parsing: changed.span.bytes, verifiedBy: seal)
                #expect(frame == nil || frame?.trailer == nil, "octet \(offset), bit \(bit)")
                // Without its magic a trailer is padding, and what is left is what any host may say.
                if frame != nil { #expect((42..<46).contains(offset)) }
            }
        }
    }

    @Test("the tag is that of the frame without a priority tag", arguments: GoldenFrame.withTrailer)
    func priorityTag(golden: GoldenFrame) {
        let octets = golden.frame.serialized(signedBy: seal)
        #expect(refusal(of: octets.tagged(control: 0xE000)) == nil)
        var changed = octets.tagged(control: 0xE000)
        changed[100] ^= 1
        #expect(refusal(of: changed) == .badTag)
    }

    @Test("padding behind a seal is not covered by it")
    func padding() {
        let octets = GoldenFrame.announcement.frame.serialized(signedBy: seal)
        #expect(refusal(of: octets + [1, 2, 3, 4]) == nil)
    }

    @Test("a seal cut short is refused", arguments: 1...20)
    func cut(missing: Int) {
        let octets = GoldenFrame.announcement.frame.serialized(signedBy: seal)
        #expect(refusal(of: octets.dropLast(missing)) == .trailerTruncated)
    }

    @Test("a key id is written as eight hexadecimal digits")
    func keyID() {
        #expect(KeyID(rawValue: 0x1F).description == "0000001f")
        #expect(KeyID(rawValue: .max).description == "ffffffff")
    }
}
