// Two kernels of one segment with the same address: for how long, and whether the rules allow it.

import VIPElection
import VIPWire

/// ``Property/oneHolderPerSegment``.
///
/// A pair counts while both kernels have an address in common, frames pass both ways between them, both daemons read,
/// decide and are heard, and neither kernel has refused to remove addresses. What is outside of that ends with a lease.
struct OverlapChecker: Checker {
    private(set) var violations: [Violation] = []

    private let bounds: Bounds
    private let nodes: Int
    private var held: [AddressMask]
    private var isAttentive: [Bool]
    private var keeps: [Bool]
    private var isListening: [Bool]
    private var isOpen: [Bool]
    /// The ids of the nodes, as their frames tell, and the last frame of each that each has read; by from * nodes + to.
    private var ids: [UInt64]
    private var lastRead: [Reading]
    private var frameDelay = Lag()
    private var kernelDelay = Lag()
    /// Until when each pair must be one; by lower * nodes + higher.
    private var deadlines: [Instant?]
    private var earliest: Instant?

    /// The deadline of a pair that has been reported: once a meeting is enough.
    private static let told = Instant(nanoseconds: .max)

    private struct Reading: Hashable {
        var epoch: UInt64 = 0
        var sequence: UInt64 = 0
    }

    init(bounds: Bounds, nodes: Int) {
        self.bounds = bounds
        self.nodes = nodes
        held = Array(repeating: 0, count: nodes)
        isAttentive = Array(repeating: false, count: nodes)
        keeps = isAttentive
        isListening = isAttentive
        isOpen = Array(repeating: false, count: nodes * nodes)
        deadlines = Array(repeating: nil, count: nodes * nodes)
        ids = Array(repeating: 0, count: nodes)
        lastRead = Array(repeating: Reading(), count: nodes * nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        if let earliest, earliest < occurrence.at { judge(at: occurrence.at) }
        switch occurrence.fact {
        case .addressesChanged(let node, let held, _):
            self.held[node] = held
            if held == 0 { keeps[node] = false }
        case .attentionChanged(let node, let isAttentive): self.isAttentive[node] = isAttentive
        case .reachChanged(let from, let to, let isOpen): self.isOpen[from * nodes + to] = isOpen
        case .removalAnswered(let node, let refused): if refused != 0 { keeps[node] = true }
        case .installAnswered(let node, let refused): if refused == 0 { keeps[node] = false }
        case .daemonStarted(let node, _):
            isListening[node] = true
            keeps[node] = false
        case .reported(let node, .stateChanged(_, let state, _)): isListening[node] = state == .listening
        case .delaysChanged(let frame, let kernel):
            let before = bound(at: occurrence.at)
            frameDelay.change(to: frame, at: occurrence.at)
            kernelDelay.change(to: kernel, at: occurrence.at)
            extend(by: bound(at: occurrence.at) - before)
            return
        case .sent(let frame, _, .daemon(let node)):
            if let trailer = frame.trailer { ids[node] = trailer.node }
            return
        case .received(let frame, let node):
            if let trailer = frame.trailer { noteRead(trailer, by: node, at: occurrence.at) }
            return
        case .lost(let frame, let from, let to):
            if frame.packet.isAnnouncement && frame.trailer != nil { prolong(from, to, at: occurrence.at) }
            return
        default: return
        }
        review(at: occurrence.at)
    }

    mutating func finish(at end: Instant) { judge(at: end) }

    /// Looks at which pairs count now.
    private mutating func review(at now: Instant) {
        earliest = nil
        for low in 0..<nodes where held[low] != 0 {
            for high in low + 1..<max(low + 1, nodes) {
                let pair = low * nodes + high
                guard counts(low, high) else {
                    deadlines[pair] = nil
                    continue
                }
                if deadlines[pair] == nil {
                    let isLate = isListening[low] || isListening[high]
                    deadlines[pair] = now + bound(at: now) + (isLate ? bounds.listening : .zero)
                }
                earliest = [earliest, deadlines[pair]].compactMap(\.self).min()
            }
        }
        for low in 0..<nodes where held[low] == 0 {
            for high in low + 1..<max(low + 1, nodes) { deadlines[low * nodes + high] = nil }
        }
    }

    private func counts(_ low: Int, _ high: Int) -> Bool {
        held[low] & held[high] != 0 && isAttentive[low] && isAttentive[high] && !keeps[low] && !keeps[high]
            && isOpen[low * nodes + high] && isOpen[high * nodes + low]
    }

    private func bound(at now: Instant) -> Duration {
        bounds.conflict(frame: frameDelay.longest(at: now), kernel: kernelDelay.longest(at: now))
    }

    /// An announcement that a later frame of its sender has overtaken is stale: as good as lost.
    private mutating func noteRead(_ trailer: Trailer, by node: Int, at now: Instant) {
        guard let sender = ids.firstIndex(of: trailer.node) else { return }
        let last = lastRead[sender * nodes + node]
        if (last.epoch, last.sequence) < (trailer.epoch, trailer.sequence) {
            lastRead[sender * nodes + node] = Reading(epoch: trailer.epoch, sequence: trailer.sequence)
        } else if trailer.kind == .announcement {
            prolong(sender, node, at: now)
        }
    }

    /// What is sent from now on takes longer than when the pairs met.
    private mutating func extend(by growth: Duration) {
        guard growth > .zero else { return }
        for pair in deadlines.indices {
            guard let deadline = deadlines[pair], deadline != Self.told else { continue }
            deadlines[pair] = deadline + growth
        }
        earliest = deadlines.compactMap(\.self).min()
    }

    /// An announcement between the two was lost: the next one comes an interval later.
    private mutating func prolong(_ from: Int, _ to: Int, at now: Instant) {
        let pair = min(from, to) * nodes + max(from, to)
        guard let deadline = deadlines[pair] else { return }
        deadlines[pair] = max(deadline, now + bound(at: now))
        earliest = deadlines.compactMap(\.self).min()
    }

    private mutating func judge(at now: Instant) {
        for pair in deadlines.indices {
            guard let deadline = deadlines[pair], deadline < now else { continue }
            violations.append(
                Violation(
                    property: .oneHolderPerSegment, at: now,
                    detail:
                        "node-\(pair / nodes + 1) and node-\(pair % nodes + 1) both have the address and hear each other"
                ))
            deadlines[pair] = Self.told
        }
        earliest = deadlines.compactMap(\.self).min()
    }
}

/// A delay that may change while what it delays is still under way.
struct Lag: Hashable, Sendable {
    private var current: Duration = .zero
    private var before: Duration = .zero
    private var beforeUntil = Instant(nanoseconds: 0)

    mutating func change(to delay: Duration, at now: Instant) {
        guard delay != current else { return }
        before = longest(at: now)
        // Several operations may wait in a row, each for so long.
        beforeUntil = now + before * 4
        current = delay
    }

    /// The longest delay of anything that is under way.
    func longest(at now: Instant) -> Duration { now < beforeUntil ? max(before, current) : current }
}
