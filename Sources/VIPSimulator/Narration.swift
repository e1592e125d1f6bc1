// A run in words: who, when, what and why, a line each.
// Deliberately not here: judgement, and where the lines go.

public import VIPElection
import VIPWire

/// Turns what happens into lines that a person can follow.
public struct Narration: Watcher, Sendable {
    /// What has been told so far, in order.
    public private(set) var lines: [String] = []
    /// Every frame is told, the regular signs of life too.
    private let tellsEveryFrame: Bool
    /// What each node's daemon said last: a sign of life that says the same again is not news.
    private var lastSign: [Int: Sign] = [:]

    private struct Sign: Hashable, Sendable {
        var kind: Trailer.Kind
        var flags: Trailer.Flags
        var term: UInt64
        var subject: UInt64
    }

    /// - Parameter tellsEveryFrame: the regular signs of life, which are most of the frames, are told too.
    public init(tellsEveryFrame: Bool = false) { self.tellsEveryFrame = tellsEveryFrame }

    public mutating func observe(_ occurrence: Occurrence) {
        guard let words = words(for: occurrence.fact) else { return }
        lines.append("\(Self.time(occurrence.at))  \(words)")
    }

    /// Seconds and microseconds of the world's time, in a fixed width.
    public static func time(_ instant: Instant) -> String {
        let microseconds = instant.nanoseconds / 1000
        let seconds = String(microseconds / 1_000_000)
        let fraction = String(microseconds % 1_000_000)
        return padded(seconds, to: 5) + "." + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    }

    private static func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    private mutating func words(for fact: Occurrence.Fact) -> String? {
        switch fact {
        case .fault(let fault): return "*** \(fault)"
        case .daemonStarted(let node, let hasLeftover):
            lastSign[node] = nil
            return "\(name(node)) daemon starts" + (hasLeftover ? "; the addresses of an earlier life still stand" : "")
        case .daemonFinished(let node): return "\(name(node)) daemon has ended"
        case .addressesChanged(let node, let held, let cause):
            return "\(name(node)) kernel has \(Self.list(held)) (\(cause))"
        case .installAsked(let node): return tellsEveryFrame ? "\(name(node)) asks its kernel for the addresses" : nil
        case .removalAsked(let node): return "\(name(node)) asks its kernel to remove the addresses"
        case .installAnswered(let node, let refused):
            if refused != 0 { return "\(name(node)) hears that its kernel refuses \(Self.list(refused))" }
            return tellsEveryFrame ? "\(name(node)) hears that its kernel has the addresses" : nil
        case .removalAnswered(let node, let refused):
            return "\(name(node)) hears that its kernel "
                + (refused == 0 ? "has removed the addresses" : "keeps \(Self.list(refused))")
        case .sent(let frame, _, let origin): return words(for: frame, from: origin)
        case .lost(let frame, let from, let to):
            guard tellsEveryFrame || frame.trailer == nil else { return nil }
            return "\(name(from)) ~~> \(name(to)): lost: \(frame.words)"
        case .received(let frame, let node):
            return tellsEveryFrame ? "\(name(node)) reads: \(frame.words)" : nil
        case .sendFailed(let node): return "\(name(node)) cannot send"
        case .reported(let node, let report): return "\(name(node)) \(report.words)"
        case .connectionsClosed(let node): return "\(name(node)) resets the connections to the addresses"
        case .spun(let node): return "\(name(node)) is woken again and again"
        case .attentionChanged, .actionChanged, .reachChanged, .delaysChanged: return nil
        }
    }

    private mutating func words(for frame: Frame, from origin: Occurrence.Origin) -> String? {
        switch origin {
        case .daemon(let node):
            if let trailer = frame.trailer {
                let sign = Sign(
                    kind: trailer.kind, flags: trailer.flags, term: trailer.term, subject: trailer.subject)
                let isNews = lastSign.updateValue(sign, forKey: node) != sign || trailer.kind == .resign
                guard isNews || tellsEveryFrame else { return nil }
            }
            return "\(name(node)) --> \(frame.words)"
        case .kernel(let node): return tellsEveryFrame ? "\(name(node)) kernel --> \(frame.words)" : nil
        case .foreignHost: return "foreign host --> \(frame.words)"
        }
    }

    private func name(_ node: Int) -> String { "node-\(node + 1)" }

    /// Addresses by number: {1, 2}.
    private static func list(_ mask: AddressMask) -> String {
        guard mask != 0 else { return "no address" }
        let numbers = (0..<32).filter { mask & (1 << $0) != 0 }.map { "\($0 + 1)" }
        return numbers.count == 1 ? "address \(numbers[0])" : "addresses \(numbers.joined(separator: ", "))"
    }
}

extension Frame {
    /// The frame in words, as an ARP line of a packet analyzer says it.
    var words: String {
        let tail =
            trailer.map { trailer in
                var text = ", \(trailer.kind) of term \(trailer.term), #\(trailer.sequence)"
                if trailer.acknowledgedSequence != 0 { text += ", hears #\(trailer.acknowledgedSequence)" }
                if trailer.subject != 0 { text += ", names \(hexadecimal(trailer.subject))" }
                return text + trailer.flags.standingInWords
            } ?? ""
        if packet.operation == .reply && !packet.isAnnouncement {
            return "\(packet.senderProtocolAddress) is at \(packet.senderHardwareAddress)" + tail
        }
        if packet.isProbe { return "who has \(packet.targetProtocolAddress)?" + tail }
        if packet.isAnnouncement {
            let form = packet.operation == .reply ? " (reply form)" : ""
            return "I have \(packet.senderProtocolAddress)\(form)" + tail
        }
        return "who has \(packet.targetProtocolAddress)? tell \(packet.senderProtocolAddress)" + tail
    }

    private func hexadecimal(_ number: UInt64) -> String { String(number, radix: 16) }
}

extension Trailer.Flags {
    /// What a sender says that may not hold, or not yet: the end of a sentence, empty for one that is eligible.
    var standingInWords: String {
        if contains(.eligible) { return "" }
        if contains(.maintenance) { return ", in maintenance" }
        return contains(.lastResort) ? ", sick, a last resort" : contains(.sick) ? ", sick" : ", ineligible"
    }
}

extension Report {
    /// The report in words.
    var words: String {
        switch self {
        case .stateChanged(let from, let to, let reason): "\(from) -> \(to): \(reason.description)"
        case .holderChanged(let change):
            "sees the holder change from \(change.from?.name ?? "nobody") to \(change.to?.name ?? "nobody") "
                + "(\(change.reason), term \(change.term))"
        case .peerAppeared(let peer): "meets \(peer.name)"
        case .peerLost(let peer): "has lost \(peer.name)"
        case .peerConfigurationDiffers(let peer): "finds \(peer.name) configured differently"
        case .peerGroupDiffers(let peer): "finds \(peer.name) in another group"
        case .duplicateNode(_, let name): "hears its own id from \(name)"
        case .conflictBegan(let conflict): "sees \(conflict.name ?? "a foreign host") claim \(conflict.address) too"
        case .conflictEnded(let conflict):
            "no longer sees \(conflict.name ?? "a foreign host") claim \(conflict.address)"
        case .addressesRestored(let addresses): "has \(addresses.map(\.description).joined(separator: ", ")) back"
        case .confirmed(let host, _, let after): "is confirmed by \(host) after \(after.milliseconds) ms"
        case .unconfirmed(let hosts):
            "is not confirmed by \(hosts.map(\.description).joined(separator: ", "))"
        case .handoverBegan(let successor): "hands over to \(successor.name)"
        case .handoverRefused(let refusal): "refuses a handover: \(refusal)"
        case .handoverFailed(let tried): "is not followed by \(tried.map(\.name).joined(separator: ", "))"
        case .tooManyMembers(let heard): "hears \(heard) members"
        case .addressRefused(let refusal): "reports \(refusal.address) refused, errno \(refusal.errno)"
        }
    }
}
