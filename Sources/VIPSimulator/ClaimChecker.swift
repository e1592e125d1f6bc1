// Claims: whether the claimant had any right to take the address for free.

import VIPElection
import VIPWire

/// ``Property/noClaimOverAnswer`` and ``Property/noClaimOverForeigner``.
struct ClaimChecker: Checker, Hashable {
    private(set) var violations: [Violation] = []

    private let bounds: Bounds
    private let addresses: [IPv4Address]
    private var nodes: [Claimant]

    /// What a node that may claim has heard and asked.
    private struct Claimant: Hashable, Sendable {
        /// It asks because it suspects: from `probing` on, until it hears a holder or claims.
        var isSuspecting = false
        /// Probes since it began to suspect, or since the last answer.
        var probesUnanswered = 0
        /// The last holder has said that the address is free, and nobody has contradicted.
        var isFree = false
        /// When a peer's kernel first and last answered in this suspicion.
        var answeredSince: Instant?
        var answeredAt: Instant?
        var foreignerHeardAt: Instant?
    }

    init(bounds: Bounds, addresses: [IPv4Address], nodes: Int) {
        self.bounds = bounds
        self.addresses = addresses
        self.nodes = Array(repeating: Claimant(), count: nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        switch occurrence.fact {
        case .daemonStarted(let node, _): nodes[node] = Claimant()
        case .sent(let frame, _, .daemon(let node)):
            // Only a broadcast asks everybody: a dead daemon's machine does not hear the nodes' group, nor does a stranger's.
            let asks = frame.packet.isProbe && frame.packet.targetProtocolAddress == addresses[0]
            if nodes[node].isSuspecting && asks && frame.destination == .broadcast { nodes[node].probesUnanswered += 1 }
        case .received(let frame, let node): hear(frame, by: node, at: occurrence.at)
        case .reported(let node, .stateChanged(let before, let state, let reason)):
            if case .holderResigned = reason { nodes[node].isFree = true }
            // From `occupied` a node that stands for election goes on with what it has asked and heard.
            if before != .occupied || state != .probing {
                follow(node, into: state, because: reason, at: occurrence.at)
            }
        default: break
        }
    }

    mutating func finish(at end: Instant) {}

    private mutating func hear(_ frame: Frame, by node: Int, at now: Instant) {
        if let kind = frame.trailer?.kind {
            if kind == .resign && nodes[node].isSuspecting { nodes[node].isFree = true }
            return
        }
        guard addresses.contains(frame.packet.senderProtocolAddress) else { return }
        if frame.source == ForeignHost.mac { nodes[node].foreignerHeardAt = now }
        guard nodes[node].isSuspecting else { return }
        nodes[node].probesUnanswered = 0
        nodes[node].isFree = false
        guard frame.source != ForeignHost.mac else { return }
        nodes[node].answeredSince = nodes[node].answeredSince ?? now
        nodes[node].answeredAt = now
    }

    private mutating func follow(_ node: Int, into state: State, because reason: Reason, at now: Instant) {
        switch state {
        case .probing:
            nodes[node].isSuspecting = true
            nodes[node].probesUnanswered = 0
            nodes[node].answeredSince = nil
            nodes[node].answeredAt = nil
            if case .holderResigned = reason { nodes[node].isFree = true } else { nodes[node].isFree = false }
        case .occupied: break
        case .claiming:
            judge(nodes[node], node, reason, at: now)
            nodes[node].isSuspecting = false
        default: nodes[node].isSuspecting = false
        }
    }

    private mutating func judge(_ claimant: Claimant, _ node: Int, _ reason: Reason, at now: Instant) {
        switch reason {
        // The votes were asked for because nobody answered, or because a kernel has answered for too long.
        case .votesGranted where hasOutlasted(claimant, at: now): break
        case .probesUnanswered, .votesGranted:
            if claimant.probesUnanswered < 3 && !claimant.isFree {
                report(.noClaimOverAnswer, node, "claims after \(claimant.probesUnanswered) unanswered probes", at: now)
            }
        case .leaseOutlasted:
            if !hasOutlasted(claimant, at: now) {
                report(.noClaimOverAnswer, node, "claims over answers that a lease may still explain", at: now)
            }
        default: break
        }
        if let heardAt = claimant.foreignerHeardAt, now - heardAt < Self.foreignHold(bounds) {
            let milliseconds = (now - heardAt).milliseconds
            report(.noClaimOverForeigner, node, "claims \(milliseconds) ms after a foreign host's claim", at: now)
        }
    }

    /// Whether a peer's kernel has answered for longer than any lease, and did so until now; a hundredth may lie between
    /// the clocks.
    private func hasOutlasted(_ claimant: Claimant, at now: Instant) -> Bool {
        guard let since = claimant.answeredSince, let last = claimant.answeredAt else { return false }
        return now - since >= bounds.lease + .seconds(1) && now - last <= bounds.suspectAfter + .seconds(1)
    }

    /// How long a foreign host's claim keeps others away, less a hundredth between the clocks, twice.
    private static func foreignHold(_ bounds: Bounds) -> Duration {
        min(bounds.lease, .seconds(10)) * 49 / 50
    }

    private mutating func report(_ property: Property, _ node: Int, _ detail: String, at now: Instant) {
        violations.append(Violation(property: property, at: now, detail: "node-\(node + 1) \(detail)"))
    }
}
