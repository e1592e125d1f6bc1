// With quorum: two kernels with the same address, wherever they are, and whether that is one of the named exceptions.

import VIPElection
import VIPWire

/// ``Property/oneHolderAnywhere``.
struct QuorumChecker: Checker {
    private(set) var violations: [Violation] = []

    private let bounds: Bounds
    private let nodes: Int
    private var holders: [Holder]
    private var kernelDelay = Lag()
    /// When each pair must be one; by lower * nodes + higher.
    private var deadlines: [Instant?]
    private var hasDeadlines = false

    private struct Holder: Sendable {
        var held: AddressMask = 0
        var acts = false
        var keeps = false
        /// Its machine stood still while its kernel had addresses, and their lease with it.
        var heldThroughPause = false
        /// It left by a handover: nobody waits for its lease.
        var handedOver = false
        var isPaused = false
        var pausedUntil: Instant?
        /// By whose consent it claimed, and when.
        var consent: (predecessor: String, at: Instant)?
        /// It died or hung while it and the other of a handover both had the address: its lease holds it, with strict too.
        var fellInOverlap = false
    }

    init(bounds: Bounds, nodes: Int) {
        self.bounds = bounds
        self.nodes = nodes
        holders = Array(repeating: Holder(), count: nodes)
        deadlines = Array(repeating: nil, count: nodes * nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        let now = occurrence.at
        if hasDeadlines { judge(at: now) }
        switch occurrence.fact {
        case .addressesChanged(let node, let held, _):
            holders[node].held = held
            if held == 0 {
                holders[node].keeps = false
                holders[node].heldThroughPause = false
                holders[node].fellInOverlap = false
            }
        case .actionChanged(let node, let acts): holders[node].acts = acts
        case .removalAnswered(let node, let refused): if refused != 0 { holders[node].keeps = true }
        case .installAnswered(let node, let refused): if refused == 0 { holders[node].keeps = false }
        case .fault(.machinePaused(let node, _, _)): holders[node].isPaused = true
        case .fault(.machineResumed(let node)): endPause(of: node, at: now)
        case .fault(.healed): for node in 0..<nodes { endPause(of: node, at: now) }
        case .reported(let node, .stateChanged(.handingOver, .releasing, _)): holders[node].handedOver = true
        case .reported(let node, .stateChanged(_, .claiming, let reason)):
            holders[node].handedOver = false
            if case .namedSuccessor(let name) = reason {
                holders[node].consent = (name, now)
            } else {
                holders[node].consent = nil
            }
        case .delaysChanged(_, let kernel):
            kernelDelay.change(to: kernel, at: now)
            return
        default: return
        }
        review(at: now)
    }

    mutating func finish(at end: Instant) { judge(at: end) }

    private mutating func endPause(of node: Int, at now: Instant) {
        guard holders[node].isPaused else { return }
        holders[node].isPaused = false
        holders[node].pausedUntil = now
        holders[node].heldThroughPause = holders[node].held != 0
    }

    private mutating func review(at now: Instant) {
        hasDeadlines = false
        for low in 0..<nodes {
            for high in low + 1..<max(low + 1, nodes) {
                let pair = low * nodes + high
                noteFalls(low, high)
                guard holders[low].held & holders[high].held != 0, let allowed = allowance(low, high, at: now) else {
                    deadlines[pair] = nil
                    continue
                }
                if let deadline = deadlines[pair] {
                    deadlines[pair] = deadline.nanoseconds == .max ? deadline : max(deadline, allowed)
                } else {
                    deadlines[pair] = allowed
                }
                hasDeadlines = true
            }
        }
    }

    private mutating func noteFalls(_ low: Int, _ high: Int) {
        let isOverlap = [(low, high), (high, low)].contains { holders[$0].consent?.predecessor == "node-\($1 + 1)" }
        guard isOverlap, holders[low].held & holders[high].held != 0 else { return }
        for node in [low, high] where !holders[node].acts { holders[node].fellInOverlap = true }
    }

    /// Until when both may have an address; nil for as long as nothing changes.
    private func allowance(_ low: Int, _ high: Int, at now: Instant) -> Instant? {
        if holders[low].fellInOverlap || holders[high].fellInOverlap { return nil }
        var until = now + kernelDelay.longest(at: now) * 5
        for (holder, other) in [(holders[low], high), (holders[high], low)] {
            if holder.isPaused || holder.keeps && holder.handedOver { return nil }
            // Whoever may not act is held by its lease alone, which nobody could wait for once it has stood still.
            let isBoundByLease = !holder.acts || holder.keeps
            if isBoundByLease && (!bounds.isStrict || holder.heldThroughPause) { return nil }
            if let pausedUntil = holder.pausedUntil { until = max(until, pausedUntil + bounds.staleVotes) }
            if let consent = holder.consent, consent.predecessor == "node-\(other + 1)" {
                until = max(until, consent.at + bounds.overlap)
            }
        }
        // Two that one holder named, the second because it did not hear the first.
        if let first = holders[low].consent, let second = holders[high].consent,
            first.predecessor == second.predecessor
        {
            until = max(until, max(first.at, second.at) + bounds.overlap)
        }
        return until
    }

    private mutating func judge(at now: Instant) {
        for pair in deadlines.indices {
            guard let deadline = deadlines[pair], deadline < now else { continue }
            deadlines[pair] = Instant(nanoseconds: .max)
            violations.append(
                Violation(
                    property: .oneHolderAnywhere, at: now,
                    detail: "node-\(pair / nodes + 1) and node-\(pair % nodes + 1) both have the address"))
        }
    }
}
