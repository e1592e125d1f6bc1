// Frames that say "I have the address": whether their sender does, and whether its kernel had said so.

import VIPElection
import VIPWire

/// ``Property/confirmedBeforeAnnounced`` and ``Property/senderHolds``.
struct SenderChecker: Checker, Hashable {
    private(set) var violations: [Violation] = []

    private let addresses: [IPv4Address]
    private var nodes: [Sender]

    private struct Sender: Hashable, Sendable {
        var isConfirmed = false
        var held: AddressMask = 0
        /// What an outsider removed, and when: the daemon may not know yet.
        var removed: AddressMask = 0
        var removedAt = Instant(nanoseconds: 0)
        /// What the kernel was asked and has not answered, and its last answer: it tells of what happened after an
        /// operation only after the answer to that.
        var questions = 0
        var answeredAt = Instant(nanoseconds: 0)
        var attentiveSince = Instant(nanoseconds: 0)
    }

    /// The longest that the kernel's word of a removal takes to a daemon that reads.
    private static let notice: Duration = .milliseconds(5)

    init(addresses: [IPv4Address], nodes: Int) {
        self.addresses = addresses
        self.nodes = Array(repeating: Sender(), count: nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        switch occurrence.fact {
        case .daemonStarted(let node, _):
            nodes[node].isConfirmed = false
            nodes[node].questions = 0
        case .installAsked(let node): nodes[node].questions += 1
        case .removalAsked(let node):
            nodes[node].isConfirmed = false
            nodes[node].questions += 1
        case .removalAnswered(let node, _): nodes[node].questions = max(0, nodes[node].questions - 1)
        case .installAnswered(let node, let refused):
            nodes[node].questions = max(0, nodes[node].questions - 1)
            nodes[node].answeredAt = occurrence.at
            if refused == 0 { nodes[node].isConfirmed = true }
        case .attentionChanged(let node, let isAttentive):
            if isAttentive { nodes[node].attentiveSince = occurrence.at }
        case .addressesChanged(let node, let held, let cause):
            if cause == .outsider {
                nodes[node].removed |= nodes[node].held & ~held
                nodes[node].removedAt = occurrence.at
            }
            nodes[node].held = held
            nodes[node].removed &= ~held
        case .sent(let frame, _, .daemon(let node)): judge(frame, of: node, at: occurrence.at)
        default: break
        }
    }

    mutating func finish(at end: Instant) {}

    private mutating func judge(_ frame: Frame, of node: Int, at now: Instant) {
        guard let index = addresses.firstIndex(of: frame.packet.senderProtocolAddress) else { return }
        let sender = nodes[node]
        if !sender.isConfirmed {
            report(.confirmedBeforeAnnounced, node, "announces \(addresses[index]) without its kernel's word", at: now)
        }
        guard sender.held & (1 << index) == 0 else { return }
        // A daemon that could not read learns of the removal when it can.
        let known = max(sender.removedAt, sender.answeredAt, sender.attentiveSince) + Self.notice
        if sender.removed & (1 << index) != 0, now <= known || sender.questions > 0 { return }
        report(.senderHolds, node, "sends as \(addresses[index]), which its kernel does not have", at: now)
    }

    private mutating func report(_ property: Property, _ node: Int, _ detail: String, at now: Instant) {
        violations.append(Violation(property: property, at: now, detail: "node-\(node + 1) \(detail)"))
    }
}
