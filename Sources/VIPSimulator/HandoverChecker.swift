// Handovers: they end.

import VIPElection

/// ``Property/handoverEnds``. The time in which a daemon does not act counts for nothing.
struct HandoverChecker: Checker {
    private(set) var violations: [Violation] = []

    private let longest: Duration
    private var acts: [Bool]
    private var isHandingOver: [Bool]
    private var deadlines: [Instant?]
    private var kernelDelay = Lag()

    init(bounds: Bounds, nodes: Int) {
        longest = bounds.handover(nodes: nodes)
        acts = Array(repeating: false, count: nodes)
        isHandingOver = acts
        deadlines = Array(repeating: nil, count: nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        switch occurrence.fact {
        case .actionChanged(let node, let acts):
            judge(node, at: occurrence.at)
            self.acts[node] = acts
            review(node, at: occurrence.at)
        case .daemonStarted(let node, _):
            isHandingOver[node] = false
            deadlines[node] = nil
        case .reported(let node, .stateChanged(_, let state, _)):
            judge(node, at: occurrence.at)
            isHandingOver[node] = state == .handingOver
            review(node, at: occurrence.at)
        case .delaysChanged(_, let kernel): kernelDelay.change(to: kernel, at: occurrence.at)
        default: break
        }
    }

    mutating func finish(at end: Instant) {
        for node in deadlines.indices { judge(node, at: end) }
    }

    private mutating func review(_ node: Int, at now: Instant) {
        guard isHandingOver[node] && acts[node] else {
            deadlines[node] = nil
            return
        }
        if deadlines[node] == nil { deadlines[node] = now + longest + kernelDelay.longest(at: now) * 5 }
    }

    private mutating func judge(_ node: Int, at now: Instant) {
        guard let deadline = deadlines[node], deadline < now else { return }
        deadlines[node] = Instant(nanoseconds: .max)
        violations.append(
            Violation(property: .handoverEnds, at: deadline, detail: "node-\(node + 1) is still handing over"))
    }
}
