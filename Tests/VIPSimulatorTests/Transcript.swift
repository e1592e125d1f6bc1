// A run of a few seconds as a dialogue that a person can follow: when, who holds, who, what it heard, what it decided and
// why, and the frames in words.

import VIPElection
import VIPWire

@testable import VIPSimulator

/// Writes down what is worth a line, from a moment on. A frame that was heard is told when something came of it; what
/// says the same as before is counted, and so is what a kernel answers to those who do not suspect.
struct Transcript: Watcher {
    private(set) var lines: [String] = []
    private var held: [Bool]
    /// What each node read last, until it is told.
    private var heard: [(frame: Frame, at: Instant)?]
    /// What each node's daemon said last.
    private var lastSaid: [Said?]
    private var states: [State]
    /// Whether the node's present suspicion has been answered by a kernel.
    private var isAnswered: [Bool]
    private var uneventful = 0
    private let beginning: Instant

    private struct Said: Hashable {
        var kind: Trailer.Kind
        var flags: Trailer.Flags
        var term: UInt64
        var subject: UInt64
    }

    init(nodes: Int, from beginning: Instant) {
        self.beginning = beginning
        states = Array(repeating: .ineligible, count: nodes)
        isAnswered = Array(repeating: false, count: nodes)
        held = Array(repeating: false, count: nodes)
        heard = Array(repeating: nil, count: nodes)
        lastSaid = Array(repeating: nil, count: nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        let at = occurrence.at
        switch occurrence.fact {
        case .fault(let fault): if let words = fault.words { tell(at, "***", words) }
        case .daemonStarted(let node, let hasLeftover):
            heard[node] = nil
            lastSaid[node] = nil
            tell(at, node, "starts" + (hasLeftover ? "; the address of its last run still stands" : ""))
        case .daemonFinished(let node): tell(at, node, "ends")
        case .addressesChanged(let node, let held, let cause):
            self.held[node] = held != 0
            tell(at, node, "kernel: the address is \(held == 0 ? "gone" : "there") (\(cause.words))")
        case .removalAsked(let node): tell(at, node, "asks its kernel to remove the address")
        case .sendFailed(let node): tell(at, node, "cannot send")
        case .received(let frame, let node): heard[node] = (frame, at)
        case .sent(let frame, _, let origin): tell(frame, from: origin, at)
        case .reported(let node, let report):
            if case .stateChanged(_, let state, _) = report {
                if state != .occupied { isAnswered[node] = false }
                states[node] = state
            }
            tellWhatWasHeard(by: node, at)
            tell(at, node, report.words)
        default: break
        }
    }

    private mutating func tellWhatWasHeard(by node: Int, _ at: Instant) {
        guard let (frame, heardAt) = heard[node] else { return }
        heard[node] = nil
        if heardAt == at { tell(at, node, "hears \(name(frame.source)): \(plain(frame))") }
    }

    private mutating func tell(_ frame: Frame, from origin: Occurrence.Origin, _ at: Instant) {
        switch origin {
        case .daemon(let node):
            // What was heard before led to nothing but this, if to anything.
            defer { heard[node] = nil }
            if let trailer = frame.trailer {
                let said = Said(
                    kind: trailer.kind, flags: trailer.flags, term: trailer.term, subject: trailer.subject)
                guard lastSaid[node] != said || trailer.kind == .resign else {
                    return count(at)
                }
                lastSaid[node] = said
            }
            tell(at, node, "says: \(plain(frame))")
        case .kernel(let node):
            guard let asker = held.indices.first(where: { mac(of: $0) == frame.destination }) else { return count(at) }
            guard isNews(to: asker) else { return count(at) }
            tell(at, node, "kernel answers node-\(asker + 1): \(plain(frame))")
        case .foreignHost:
            guard let asker = held.indices.first(where: { mac(of: $0) == frame.destination }) else {
                return tell(at, "stranger", "says: \(plain(frame))")
            }
            guard isNews(to: asker) else { return count(at) }
            tell(at, "stranger", "answers node-\(asker + 1): \(plain(frame))")
        }
    }

    private mutating func tell(_ at: Instant, _ node: Int, _ words: String) { tell(at, "node-\(node + 1)", words) }

    /// Whether it is the first answer to a node that suspects.
    private mutating func isNews(to asker: Int) -> Bool {
        guard states[asker] == .probing || states[asker] == .occupied, !isAnswered[asker] else { return false }
        isAnswered[asker] = true
        return true
    }

    private mutating func count(_ at: Instant) { if at >= beginning { uneventful += 1 } }

    private mutating func tell(_ at: Instant, _ who: String, _ words: String) {
        guard at >= beginning else { return }
        if uneventful > 0 {
            let frames = uneventful == 1 ? "1 frame that says" : "\(uneventful) frames that say"
            lines.append("                   ... \(frames) nothing new")
            uneventful = 0
        }
        let holders = held.indices.map { held[$0] ? "\($0 + 1)" : "." }.joined()
        lines.append("\(milliseconds(at)) [\(holders)]  \(padded(who, to: 9)) \(words)")
    }

    private func milliseconds(_ at: Instant) -> String {
        let tenths = at.nanoseconds / 100_000
        let text = "\(tenths / 10).\(tenths % 10)"
        return String(repeating: " ", count: max(0, 9 - text.utf8.count)) + text
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    private func mac(of node: Int) -> MACAddress { MACAddress(bits: 0x0200_0000_0001 + UInt64(node)) }

    private func name(_ mac: MACAddress) -> String {
        if let node = held.indices.first(where: { self.mac(of: $0) == mac }) { return "node-\(node + 1)" }
        return mac == ForeignHost.mac ? "the stranger" : "\(mac)"
    }

    /// The frame in words, with names for ids and MACs.
    private func plain(_ frame: Frame) -> String {
        let packet = frame.packet
        guard let trailer = frame.trailer else {
            if packet.isAnnouncement {
                return "to all: \(packet.senderProtocolAddress) is mine"
                    + (packet.operation == .reply ? " (reply form)" : "")
            }
            if packet.operation == .reply { return "\(packet.senderProtocolAddress) is mine" }
            return packet.isProbe
                ? "who has \(packet.targetProtocolAddress)?"
                : "who has \(packet.targetProtocolAddress)? tell \(packet.senderProtocolAddress)"
        }
        var words = "\(trailer.kind) #\(trailer.sequence), term \(trailer.term)"
        words += trailer.flags.standingInWords
        if trailer.subject == 0 { return words }
        let subject = held.indices.first { Digest.node(machineID: "vipsim", mac: mac(of: $0)) == trailer.subject }
        words += ", about \(subject.map { "node-\($0 + 1)" } ?? "somebody")"
        return trailer.acknowledgedSequence == 0 ? words : words + "'s #\(trailer.acknowledgedSequence)"
    }
}

extension Occurrence.Cause {
    fileprivate var words: String {
        switch self {
        case .asked: "as asked"
        case .leaseEnded: "its lease has ended"
        case .outsider: "somebody removed it"
        case .powerCut: "power cut"
        case .cleanup: "cleaned up"
        }
    }
}

extension Fault {
    /// What happens, in words; nil for what goes without saying.
    fileprivate var words: String? {
        switch self {
        case .powerCut(let node): "node-\(node + 1) loses power"
        case .booted(let node, _): "node-\(node + 1) is switched on"
        case .daemonKilled(let node): "node-\(node + 1)'s daemon is killed"
        case .daemonStarted: nil
        case .daemonStopped(let node, _): "node-\(node + 1)'s daemon is told to stop"
        case .daemonHung(let node): "node-\(node + 1)'s daemon hangs"
        case .daemonResumed(let node): "node-\(node + 1)'s daemon goes on"
        case .machinePaused(let node, _, _): "node-\(node + 1), all of it, stands still"
        case .machineResumed(let node): "node-\(node + 1) goes on"
        case .split(let side): side == 0 ? "the segment is whole again" : "the segment is cut: \(Self.list(side)) alone"
        case .moveRequested(let node, _): "an operator asks node-\(node + 1) to hand over"
        case .healthSet(let node, let isHealthy): "node-\(node + 1)'s services \(isHealthy ? "are well" : "sicken")"
        case .foreignHostAppeared: "a stranger configures the address, and defends it"
        case .foreignHostLeft: "the stranger goes"
        default: "\(self)"
        }
    }

    private static func list(_ side: UInt32) -> String {
        (0..<30).filter { side & (1 << $0) != 0 }.map { "node-\($0 + 1)" }.joined(separator: ", ")
    }
}
