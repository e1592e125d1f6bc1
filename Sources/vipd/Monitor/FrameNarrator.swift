// What a frame means, in words, after the frames before it. Deliberately not here: how a line is laid out (MonitorLine).
import VIPConfiguration
import VIPLinux
import VIPWire

/// What there is to say about a frame.
struct Narration: Equatable {
    /// The sender: a node's name, or a MAC.
    var node: String
    var kind: String
    /// The group's name, or its digest in hexadecimal; nil where there is none.
    var group: String?
    /// Nanoseconds since the sender's last frame of the kind.
    var gap: Int64?
    var meaning: String
    var weight = Weight.usual

    /// How much a line is to stand out.
    enum Weight: Equatable { case usual, change, trouble }
}

struct FrameNarrator {
    private var memory: FrameMemory
    /// When the first frame was seen.
    private var start: Int64?
    /// Nanoseconds after which every node has been heard that lives.
    private let warmUp: Int64

    /// A candidate speaks every five intervals; that is so long at the usual one, and as much again.
    private static let shortestWarmUp: Int64 = 1_000_000_000

    /// `groups`: those whose names and addresses are known beforehand.
    init(groups: [GroupConfiguration]) {
        memory = FrameMemory(groups: groups)
        let longest = groups.map(\.interval).max() ?? .zero
        warmUp = max(Self.shortestWarmUp, Int64((longest * 10) / .nanoseconds(1)))
    }

    /// What there is to say; nil for a frame that is neither vipd's nor about an address of vipd's.
    mutating func tell(_ observed: ObservedFrame) -> Narration? {
        if start == nil { start = observed.seen.time }
        guard let frame = observed.frame else { return tellBroken(observed) }
        if let trailer = frame.trailer { return tell(trailer, of: frame, observed) }
        let (sender, target) = (frame.packet.senderProtocolAddress, frame.packet.targetProtocolAddress)
        guard let address = memory.addresses[sender] != nil ? sender : memory.addresses[target] != nil ? target : nil
        else { return nil }
        return tellPlain(frame, about: address, at: observed.seen.time)
    }

    // Frames that nobody reads.

    private mutating func tellBroken(_ observed: ObservedFrame) -> Narration? {
        // Other protocols' frames are in a capture, too.
        guard let refusal = observed.refusal, refusal != .notARP, let source = observed.source else { return nil }
        let node = memory.node(at: source)?.name ?? source.description
        let cut = observed.isCut ? "; the capture has \(observed.seen.bytes.count) of its octets only" : ""
        return Narration(
            node: node, kind: "broken", group: nil, gap: gap(source, "broken", 0, observed.seen.time),
            meaning: "refused: \(refusal.rawValue), \(refusal.inWords)\(cut)", weight: .trouble)
    }

    private mutating func gap(_ source: MACAddress, _ kind: String, _ group: UInt64, _ time: Int64) -> Int64? {
        memory.gap(in: FrameMemory.Stream(source: source, kind: kind, group: group), at: time)
    }

    // Frames with a trailer.

    private mutating func tell(_ trailer: Trailer, of frame: Frame, _ observed: ObservedFrame) -> Narration {
        var narration = Narration(
            node: trailer.name, kind: trailer.kind.word,
            group: memory.groups[trailer.group]?.name ?? hexadecimal(trailer.group),
            // Forged frames do not come between genuine ones.
            gap: gap(
                frame.source, (observed.refusal == nil ? "" : "refused ") + trailer.kind.word, trailer.group,
                observed.seen.time), meaning: "")
        let words = words(for: trailer, of: frame, at: observed.seen.time)
        (narration.meaning, narration.weight) = words
        if let refusal = observed.refusal {
            // What it says is told, but nobody believes it.
            narration.meaning = "refused: \(refusal.rawValue), \(refusal.inWords); it says: \(words.meaning)"
            narration.weight = .trouble
        } else {
            memory.learn(trailer, of: frame, at: observed.seen.time)
        }
        return narration
    }

    private func words(
        for trailer: Trailer, of frame: Frame, at time: Int64
    ) -> (meaning: String, weight: Narration.Weight) {
        let address = frame.packet.targetProtocolAddress
        switch trailer.kind {
        case .probe: return (probe(trailer), .usual)
        case .announcement:
            return announcement(trailer, address, toAll: frame.destination == .broadcast, at: time)
        case .resign:
            let isFree = [0, trailer.node].contains(trailer.subject)
            let next = isFree ? "it is free" : "\(name(of: trailer.subject)) is to have it"
            return ("has dropped \(address), or leaves; \(next)", .change)
        case .handover:
            return (
                "hands \(address) over to \(name(of: trailer.subject)), who is to claim term \(trailer.term)", .change
            )
        }
    }

    private func announcement(
        _ trailer: Trailer, _ address: IPv4Address, toAll: Bool, at time: Int64
    ) -> (meaning: String, weight: Narration.Weight) {
        let holder = memory.groups[trailer.group]?.holder
        var meaning = "announces \(address)\(toAll ? " to all hosts" : ""), holder of term \(trailer.term)"
        var weight = Narration.Weight.usual
        if holder != trailer.node {
            weight = .change
            if let holder {
                let isOutranked = memory.isOutranked(trailer, at: time)
                let deed = isOutranked ? "is to give way to" : "takes over from"
                meaning = "\(deed) \(name(of: holder)): " + meaning
            }
        }
        if trailer.subject != 0 { meaning += ", handing over to \(name(of: trailer.subject))" }
        return (meaning, weight)
    }

    private func probe(_ trailer: Trailer) -> String {
        let condition = Self.condition(of: trailer)
        var meaning: String
        switch trailer.subject {
        case 0: meaning = condition
        case trailer.node: meaning = "asks for votes in term \(trailer.term)"
        default:
            let other = name(of: trailer.subject)
            // Without having heard the question one cannot tell a vote from an acknowledgement.
            let isVote = memory.nodes[trailer.subject]?.question == trailer.acknowledgedSequence
            meaning =
                isVote
                ? "votes for \(other) in term \(trailer.term)"
                : "acknowledges frame \(trailer.acknowledgedSequence) of \(other)"
            if !trailer.flags.contains(.eligible) { meaning += "; \(condition)" }
        }
        if trailer.flags.contains(.asks), trailer.echoedNode != 0 {
            meaning += "; asks \(name(of: trailer.echoedNode)) for proof that it lives"
        }
        return meaning
    }

    private static func condition(of trailer: Trailer) -> String {
        if trailer.flags.contains(.eligible) { return "candidate: it would take over" }
        let rescue = trailer.flags.contains(.lastResort) ? ", and takes over only where no other can" : ""
        if trailer.flags.contains(.maintenance) { return "in maintenance: it stays out" }
        if trailer.flags.contains(.sick) {
            return "its services are sick" + (rescue.isEmpty ? ": it stays out" : rescue)
        }
        return "not eligible" + (rescue.isEmpty ? ": it stays out" : rescue)
    }

    /// A node's name, or its id where it has not been heard.
    private func name(of node: UInt64) -> String { memory.nodes[node]?.name ?? "node \(hexadecimal(node))" }

    // Plain ARP about an address.

    private mutating func tellPlain(_ frame: Frame, about address: IPv4Address, at time: Int64) -> Narration {
        let sender = memory.node(at: frame.source)
        let digest = memory.addresses[address] ?? 0
        let story = PlainStory(
            packet: frame.packet, address: address, time: time, sender: sender, senderMAC: frame.source,
            holder: memory.groups[digest]?.holder.flatMap { memory.nodes[$0] },
            target: memory.node(at: frame.packet.targetHardwareAddress)?.name,
            isEarly: memory.groups[digest]?.holder == nil && time - (start ?? time) < warmUp)
        let (meaning, weight) = story.words
        return Narration(
            node: sender?.name ?? frame.source.description, kind: story.kind,
            group: memory.groups[digest]?.name ?? hexadecimal(digest),
            gap: gap(frame.source, story.kind, digest, time), meaning: meaning, weight: weight)
    }
}

/// A 64-bit id as `status --json` shows it.
func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

extension Trailer.Kind {
    /// The kind's word in docs/PROTOCOL.md.
    var word: String {
        switch self {
        case .probe: "probe"
        case .announcement: "announcement"
        case .resign: "resign"
        case .handover: "handover"
        }
    }
}

extension FrameRefusal {
    /// The reason for people, behind its name; the rest is in docs/PROTOCOL.md.
    var inWords: String {
        switch self {
        case .truncated: "it is too short for ARP"
        case .oversized: "it is longer than any ARP"
        case .notARP: "it is no ARP"
        case .notIPv4OverEthernet: "it is no ARP for IPv4 over Ethernet"
        case .unknownOperation: "it is neither request nor reply"
        case .unknownVersion: "its sender speaks another version of the protocol"
        case .trailerLengthWrong: "the trailer's length is not what its fields add up to"
        case .trailerTruncated: "the trailer ends too early"
        case .unknownKind: "there is no such kind of frame"
        case .badName: "no node can have its name"
        case .badSender: "it comes from no machine's MAC"
        case .senderContradictsSource: "it comes from another MAC than it says"
        case .kindContradictsARP: "its kind does not ride on such ARP"
        case .badPriority: "its priority is not 1 to 254"
        case .badInterval: "its interval is not 10 ms to 10 s"
        case .badNode: "its node id is 0"
        case .badAddress: "no machine can have its address"
        case .unsigned: "it is not signed"
        case .unknownKey: "it is signed with another key"
        case .badTag: "its tag is not the key's: it was changed, or made by somebody else"
        }
    }
}
