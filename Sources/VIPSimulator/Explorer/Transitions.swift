// What an event does to one machine, worked out by the election that ships and remembered: the same machine meets the
// same event in a great many situations.

import VIPElection
import VIPWire

/// A machine that situations share.
final class Node: Sendable {
    let machine: ExploredMachine
    /// What every step asks of a machine: to copy the whole of it each time costs more than all else.
    let sketch: Sketch
    /// Stands for the machine's value. 64 bits: among a hundred million values two are alike by chance once in 3700 runs.
    let fingerprint: UInt64

    struct Sketch: Sendable {
        var isPowered: Bool
        var hasDaemon: Bool
        var isHung: Bool
        var isHolder: Bool
        var isListening: Bool
        var isSick: Bool
        var hasOperations: Bool
        var deadline: Instant?
        var lease: ExploredMachine.Lease?
        var consented: UInt8

        /// Its daemon reads and decides.
        var isAttentive: Bool { hasDaemon && !isHung }
    }

    init(_ machine: ExploredMachine) {
        self.machine = machine
        sketch = Sketch(
            isPowered: machine.isPowered, hasDaemon: machine.election != nil, isHung: machine.isHung,
            isHolder: machine.isHolder, isListening: machine.election?.currentState == .listening,
            isSick: machine.isSick,
            hasOperations: !machine.operations.isEmpty, deadline: machine.deadline, lease: machine.lease,
            consented: machine.consented)
        fingerprint = UInt64(bitPattern: Int64(machine.hashValue))
    }
}

/// A frame that situations share.
final class Parcel: Sendable {
    let frame: Frame
    let fingerprint: UInt64

    init(_ frame: Frame) {
        self.frame = frame
        fingerprint = UInt64(bitPattern: Int64(frame.hashValue))
    }
}

/// The transitions of machines at one instant.
struct Transitions {
    private var known: [Key: Result] = [:]
    /// How many were worked out by the election.
    private(set) var worked = 0

    private struct Key: Hashable {
        var node: UInt64
        var event: UInt64
    }

    struct Result: Sendable {
        var node: Node
        var sent: [Parcel]
        var outcome: ExploredMachine.Outcome
    }

    /// What `event` does to `node` at `now`. All calls between two of ``forget()`` have the same `now`.
    mutating func result(of event: ExploredMachine.Event, on node: Node, at now: Instant) -> Result {
        let key = Key(node: node.fingerprint, event: UInt64(bitPattern: Int64(event.hashValue)))
        if let result = known[key] { return result }
        var machine = node.machine
        let outcome = machine.handle(event, at: now)
        worked += 1
        let result = Result(node: Node(machine), sent: outcome.sent.map { Parcel($0.frame) }, outcome: outcome)
        known[key] = result
        return result
    }

    /// Time goes on.
    mutating func forget() { known.removeAll(keepingCapacity: true) }
}
