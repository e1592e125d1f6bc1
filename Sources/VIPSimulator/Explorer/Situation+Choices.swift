// Which steps a situation allows: what must happen before time goes on, and what may.

import VIPElection

extension Situation {
    /// What may happen next to the machine whose turn it is, for it must happen before time goes on.
    var dueChoices: [Choice] {
        let index = Int(turn)
        let sketch = sketch(index)
        var choices: [Choice] = []
        var heads: UInt8 = 0
        for (place, flight) in flights.enumerated() where flight.to == turn && !flight.isNext {
            if let until = flight.lateUntil {
                if until <= now { choices.append(.deliver(flight: place)) }
                continue
            }
            guard heads & (1 << flight.from) == 0 else { continue }
            heads |= 1 << flight.from
            choices.append(.deliver(flight: place))
        }
        let hasArrivals = !choices.isEmpty
        if !sketch.isHung && sketch.hasOperations { choices.append(.operation(machine: index)) }
        if let deadline = sketch.deadline, deadline <= now { choices.append(.timer(machine: index)) }
        if let lease = sketch.lease, lease.endsBy <= now { choices.append(.leaseEnd(machine: index)) }
        if !hasArrivals && !choices.isEmpty { choices.append(.pass) }
        return choices
    }

    /// Every step that may be taken, if so many faults may have happened after it.
    ///
    /// What strikes a machine strikes it right before something else happens to it: whether it did so earlier, nobody
    /// can tell. What strikes the network or comes from an operator does so at the end of a cell.
    func choices(faults limit: Int) -> [Choice] {
        let due = dueChoices
        var choices = due
        for (place, flight) in flights.enumerated() where due.isEmpty || flight.to == turn {
            if let until = flight.lateUntil, until > now { choices.append(.deliver(flight: place)) }
        }
        for index in nodes.indices where due.isEmpty || index == turn {
            guard let lease = sketch(index).lease, lease.endsFrom <= now, lease.endsBy > now else { continue }
            choices.append(.leaseEnd(machine: index))
        }
        if faults < limit {
            for case .deliver(let flight) in due where flights[flight].lateUntil == nil {
                choices += [.drop(flight: flight), .duplicate(flight: flight), .delay(flight: flight)]
            }
            if !due.isEmpty { choices += faultsOfMachine }
        }
        guard due.isEmpty else { return choices }
        if faults < limit {
            for index in nodes.indices { choices += faultsAround(index) }
        }
        return choices + repairs + [.advance]
    }

    /// What may strike the machine whose turn it is.
    private var faultsOfMachine: [Choice] {
        let index = Int(turn)
        let sketch = sketch(index)
        var choices: [Choice] = sketch.isPowered ? [.powerCut(machine: index)] : []
        if sketch.hasDaemon { choices.append(.kill(machine: index)) }
        if sketch.isAttentive { choices.append(.hang(machine: index)) }
        return choices
    }

    private func faultsAround(_ index: Int) -> [Choice] {
        let sketch = sketch(index)
        guard sketch.isAttentive else { return [] }
        var choices: [Choice] = [.stop(machine: index)]
        if sketch.isHolder { choices.append(.handOver(machine: index)) }
        if !sketch.isSick { choices.append(.sicken(machine: index)) }
        if isolated == 0 && (nodes.count > 2 || index == 0) { choices.append(.isolate(machine: index)) }
        if muted & (1 << UInt8(index)) == 0 { choices.append(.mute(machine: index)) }
        return choices
    }

    private var repairs: [Choice] {
        var choices: [Choice] = isolated | muted == 0 ? [] : [.heal]
        for index in nodes.indices {
            let sketch = sketch(index)
            if sketch.isSick && sketch.isAttentive { choices.append(.recover(machine: index)) }
            if !sketch.isPowered {
                choices.append(.boot(machine: index))
            } else if !sketch.hasDaemon {
                choices.append(.start(machine: index))
            } else if sketch.isHung {
                choices.append(.resume(machine: index))
            }
        }
        return choices
    }
}
