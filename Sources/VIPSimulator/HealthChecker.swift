// Moves for the sake of health: not one right after the other.

import VIPElection
import VIPWire

/// ``Property/movesForHealthApart``. It goes by what nodes say: a naming tells whether its sender is sick.
struct HealthChecker: Checker {
    private(set) var violations: [Violation] = []

    private let holdDown: Duration
    /// The ids of the nodes, as their frames tell.
    private var ids: [UInt64]
    /// Whether the last naming of the node that it has read came from a sick holder.
    private var isNamedBySick: [Bool]
    /// When it took over from a sick holder, while it holds since.
    private var tookOverAt: [Instant?]
    /// An operator has asked it to hand over, sick or not.
    private var isAsked: [Bool]
    /// The handover that it is at has been judged by its first naming: it goes on whatever becomes of its cause.
    private var isJudged: [Bool]

    init(bounds: Bounds, nodes: Int) {
        holdDown = bounds.shortestHoldDown
        ids = Array(repeating: 0, count: nodes)
        isNamedBySick = Array(repeating: false, count: nodes)
        tookOverAt = Array(repeating: nil, count: nodes)
        isAsked = isNamedBySick
        isJudged = isNamedBySick
    }

    mutating func observe(_ occurrence: Occurrence) {
        switch occurrence.fact {
        case .fault(.moveRequested(let node, _)): isAsked[node] = true
        case .sent(let frame, _, .daemon(let node)):
            guard let trailer = frame.trailer else { return }
            ids[node] = trailer.node
            judge(trailer, by: node, at: occurrence.at)
        case .received(let frame, let node):
            guard frame.trailer?.kind == .handover, let trailer = frame.trailer, trailer.subject == ids[node] else {
                return
            }
            isNamedBySick[node] = trailer.flags.contains(.sick)
        case .reported(let node, .stateChanged(let before, let state, let reason)):
            note(state, of: node, from: before, because: reason, at: occurrence.at)
        case .daemonStarted(let node, _): forget(node)
        default: break
        }
    }

    mutating func finish(at end: Instant) {}

    private mutating func note(
        _ state: State, of node: Int, from before: State, because reason: Reason, at now: Instant
    ) {
        switch state {
        case .claiming:
            if case .namedSuccessor = reason {} else { isNamedBySick[node] = false }
        case .holder where before == .claiming: tookOverAt[node] = isNamedBySick[node] ? now : nil
        case .handingOver: isJudged[node] = false
        case .holder: break
        case .listening, .candidate, .probing, .occupied, .releasing, .ineligible: forget(node)
        }
    }

    private mutating func forget(_ node: Int) {
        isNamedBySick[node] = false
        tookOverAt[node] = nil
        isAsked[node] = false
        isJudged[node] = false
    }

    private mutating func judge(_ trailer: Trailer, by node: Int, at now: Instant) {
        guard trailer.kind == .handover, !isJudged[node] else { return }
        isJudged[node] = true
        guard trailer.flags.contains(.sick), !isAsked[node], let tookOver = tookOverAt[node], now - tookOver < holdDown
        else { return }
        violations.append(
            Violation(
                property: .movesForHealthApart, at: now,
                detail: "node-\(node + 1), sick, hands over \((now - tookOver).milliseconds) ms after it took over"))
    }
}
