// After the repair of everything: one holder in time, who then stays.

import VIPElection
import VIPWire

/// ``Property/oneHolderAfterHealing``, ``Property/noFlapping`` and ``Property/deadlinesMoveOn``.
struct LivenessChecker: Checker {
    private(set) var violations: [Violation] = []

    private let healing: Duration
    private let all: AddressMask
    private var held: [AddressMask]
    private var states: [State]
    /// When there must be one holder.
    private var dueAt: Instant?
    /// The holder that must stay.
    private var settled: Int?

    init(bounds: Bounds, addressCount: Int, nodes: Int) {
        healing = bounds.healing(nodes: nodes)
        all = addressCount == 32 ? .max : 1 << UInt32(addressCount) - 1
        held = Array(repeating: 0, count: nodes)
        states = Array(repeating: .ineligible, count: nodes)
    }

    mutating func observe(_ occurrence: Occurrence) {
        if let dueAt, dueAt < occurrence.at { judgeHealing(at: dueAt) }
        switch occurrence.fact {
        case .fault(.healed): dueAt = occurrence.at + healing
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

    /// The one node that holds, if there is exactly one and it has everything.
    private var holder: Int? {
        let holders = held.indices.filter { held[$0] != 0 || states[$0] == .holder }
        guard holders.count == 1, held[holders[0]] == all, states[holders[0]] == .holder else { return nil }
        return holders[0]
    }

    private mutating func judgeHealing(at due: Instant) {
        dueAt = nil
        settled = holder
        guard settled == nil else { return }
        let told = held.indices.map { "node-\($0 + 1) is \(states[$0].rawValue)\(held[$0] != 0 ? " with" : "")" }
        violations.append(
            Violation(
                property: .oneHolderAfterHealing, at: due,
                detail: "\(healing.milliseconds) ms after everything was repaired \(told.joined(separator: ", "))"))
    }

    private mutating func judgeStability(at now: Instant) {
        guard let settled, holder != settled else { return }
        self.settled = nil
        violations.append(
            Violation(property: .noFlapping, at: now, detail: "node-\(settled + 1) holds no more, without a fault"))
    }
}
