// A frame as `vipd monitor` understands it: what a vipd would make of its bytes, and of its tag with the keys at hand.
// Deliberately not here: what it means among others (FrameNarrator).
import VIPLinux
import VIPWire

struct ObservedFrame {
    /// How a frame stands with its tag.
    enum Seal: Equatable {
        /// No trailer, hence nothing to sign.
        case none
        case unsigned
        /// There is no key to check it with.
        case unchecked(KeyID)
        case genuine(KeyID)
        /// ``FrameRefusal/unknownKey`` or ``FrameRefusal/badTag``.
        case refused(KeyID, FrameRefusal)

        /// One word for the line.
        var word: String {
            switch self {
            case .none: "-"
            case .unsigned: "unsigned"
            case .unchecked: "unchecked"
            case .genuine: "ok"
            case .refused(_, let refusal): refusal.rawValue
            }
        }

        var keyID: KeyID? {
            switch self {
            case .none, .unsigned: nil
            case .unchecked(let id), .genuine(let id), .refused(let id, _): id
            }
        }
    }

    let seen: SeenFrame
    /// Nil for one that is not well-formed.
    let frame: Frame?
    let seal: Seal
    /// Why a vipd with these keys refuses it; nil for one that it takes in.
    let refusal: FrameRefusal?

    /// - Parameter keys: nil where there are none: then tags are not checked, and none is missed.
    init(_ seen: SeenFrame, keys: FrameKeyring?) {
        self.init(whole: seen, keys: keys)
        guard !seen.hasKnownDestination, case .refused(_, .badTag) = seal else { return }
        // The tag is of the destination, too: where that is a guess, the other guess may be the right one.
        let other = ObservedFrame(whole: seen.toAllHosts, keys: keys)
        if case .genuine = other.seal { self = other }
    }

    private init(whole seen: SeenFrame, keys: FrameKeyring?) {
        self.seen = seen
        let inspector = SealInspector(keys: keys)
        do throws(FrameRefusal) {
            let frame = try unsafe Frame(parsing: seen.bytes.span.bytes, verifiedBy: inspector)
            self.frame = frame
            seal = inspector.seal ?? (frame.trailer == nil ? .none : .unsigned)
            switch seal {
            case .refused(_, let reason): refusal = reason
            case .unsigned where keys?.acceptsUnsigned == false: refusal = .unsigned
            default: refusal = nil
            }
        } catch {
            frame = nil
            seal = .none
            refusal = error
        }
    }

    /// The Ethernet source, as far as there is one.
    var source: MACAddress? {
        guard seen.bytes.count >= 12 else { return nil }
        return MACAddress(bits: seen.bytes[6..<12].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// True where the capture has less of the frame than there was.
    var isCut: Bool { seen.bytes.count < seen.originalLength }
}

/// Lets every frame with a seal pass, and keeps what it thinks of the seal.
private final class SealInspector: FrameVerifier {
    private let keys: FrameKeyring?
    private(set) var seal: ObservedFrame.Seal?

    init(keys: FrameKeyring?) { self.keys = keys }

    var acceptsUnsigned: Bool { true }

    func refusal(of seal: FrameSeal, in bytes: RawSpan) -> FrameRefusal? {
        if let keys {
            let refusal = keys.refusal(of: seal, in: bytes)
            self.seal = refusal.map { .refused(seal.keyID, $0) } ?? .genuine(seal.keyID)
        } else {
            self.seal = .unchecked(seal.keyID)
        }
        return nil
    }
}
