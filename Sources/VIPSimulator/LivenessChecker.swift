// After the repair of everything: one holder in time, who then stays.

import VIPElection
import VIPWire

/// ``Property/oneHolderAfterHealing``, ``Property/noFlapping`` and ``Property/deadlinesMoveOn``.
struct LivenessChecker: Checker {
    private(set) var violations: [Violation] = []

    private let healing: Duration
    private let recovery: Duration
    private let holdsWhenAllUnhealthy: Bool
    private let all: AddressMask
    private var held: [AddressMask]
    private var states: [State]
    /// When there must be one holder.
    private var dueAt: Instant?
    private var isHealthy: [Bool]
    /// What must stay as it is.
    private var settled: Outcome?

    private enum Outcome: Hashable { case holder(Int), nobody }

    init(bounds: Bounds, addressCount: Int, nodes: Int) {
        healing = bounds.healing(nodes: nodes)
        recovery = bounds.recovery(nodes: nodes)
        holdsWhenAllUnhealthy = bounds.holdsWhenAllUnhealthy
        isHealthy = Array(repeating: true, count: nodes)
        all = addressCount == 32 ? .max : 1 << UInt32(addressCount) - 1
        held = Array(repeating: 0, count: nodes)
        states = Array(repeating: .ineligible, count: nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        if let dueAt, dueAt < occurrence.at { judgeHealing(at: dueAt) }
        switch occurrence.fact {
        case .fault(.healed):
            isHealthy = isHealthy.map { _ in true }
            dueAt = occurrence.at + healing
        case .fault(.healthSet(let node, let isHealthy)):
            self.isHealthy[node] = isHealthy
            if dueAt != nil { dueAt = occurrence.at + healing + recovery }
        case .daemonStarted(let node, _): states[node] = .listening
        case .addressesChanged(let node, let held, _):
            self.held[node] = held
            judgeStability(at: occurrence.at)
        case .reported(let node, .stateChanged(_, let state, _)):
            states[node] = state
            judgeStability(at: occurrence.at)
        case .spun(let node):
            violations.append(
                Violation(
                    property: .deadlinesMoveOn, at: occurrence.at,
                    detail: "node-\(node + 1) is woken again and again at one moment"))
        default: break
        }
    }

    mutating func finish(at end: Instant) {
        if let dueAt, dueAt <= end { judgeHealing(at: dueAt) }
    }

    /// The one node that holds, if there is exactly one, it has everything, and it is well if any is; nobody, if all are
    /// sick and are to let go. Nil for anything else.
    private var outcome: Outcome? {
        let holders = held.indices.filter { held[$0] != 0 || states[$0] == .holder }
        let mayBeSick = !isHealthy.contains(true)
        if mayBeSick && !holdsWhenAllUnhealthy { return holders.isEmpty ? .nobody : nil }
        guard holders.count == 1, held[holders[0]] == all, states[holders[0]] == .holder,
            isHealthy[holders[0]] || mayBeSick
        else { return nil }
        return .holder(holders[0])
    }

    private mutating func judgeHealing(at due: Instant) {
        dueAt = nil
        settled = outcome
        guard settled == nil else { return }
        let told = held.indices.map { node in
            "node-\(node + 1) is \(states[node].rawValue)\(held[node] != 0 ? " with" : "")"
                + (isHealthy[node] ? "" : " and sick")
        }
        violations.append(
            Violation(
                property: .oneHolderAfterHealing, at: due,
                detail: "\(healing.milliseconds) ms after everything was repaired \(told.joined(separator: ", "))"))
    }

    private mutating func judgeStability(at now: Instant) {
        guard let settled, outcome != settled else { return }
        self.settled = nil
        let detail =
            switch settled {
            case .holder(let node): "node-\(node + 1) holds no more, without a fault"
            case .nobody: "somebody holds though all are sick and are to let go"
            }
        violations.append(Violation(property: .noFlapping, at: now, detail: detail))
    }
}
