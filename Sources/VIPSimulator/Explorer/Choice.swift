// What may come next in a situation: one thing at a time, each a choice of the explorer's.
// Deliberately not here: which choices there are (Situation+Choices), and what follows (Situation).

/// One step. A flight is named by its place among the situation's flights, a machine by its number.
enum Choice: Hashable, Sendable {
    /// Things that must happen before time goes on, in any order.
    case deliver(flight: Int)
    case operation(machine: Int)
    case timer(machine: Int)
    case leaseEnd(machine: Int)
    /// Timers and answers of the machine whose turn it is wait for the next round.
    case pass
    /// Nothing is left to happen now.
    case advance
    /// Faults.
    case drop(flight: Int)
    case duplicate(flight: Int)
    case delay(flight: Int)
    case kill(machine: Int)
    case hang(machine: Int)
    case powerCut(machine: Int)
    case isolate(machine: Int)
    case mute(machine: Int)
    /// Acts of an operator, which count as faults.
    case stop(machine: Int)
    case handOver(machine: Int)
    /// The machine's services sicken, or recover.
    case sicken(machine: Int)
    case recover(machine: Int)
    /// Repairs.
    case start(machine: Int)
    case resume(machine: Int)
    case boot(machine: Int)
    case heal
}

extension Choice {
    /// Whether it takes something from the fault budget.
    var isFault: Bool {
        switch self {
        case .drop, .duplicate, .delay, .kill, .hang, .powerCut, .isolate, .mute, .stop, .handOver, .sicken: true
        case .deliver, .operation, .timer, .leaseEnd, .pass, .advance, .start, .resume, .boot, .heal, .recover: false
        }
    }

    /// What happens to one machine, if it is that kind of choice.
    var eventOfMachine: (machine: Int, event: ExploredMachine.Event)? {
        switch self {
        case .operation(let machine): (machine, .operation)
        case .timer(let machine): (machine, .timer)
        case .leaseEnd(let machine): (machine, .leaseEnd)
        case .kill(let machine): (machine, .daemonKilled)
        case .hang(let machine): (machine, .daemonHung)
        case .powerCut(let machine): (machine, .powerCut)
        case .stop(let machine): (machine, .daemonStopped)
        case .handOver(let machine): (machine, .handoverRequested)
        case .sicken(let machine): (machine, .healthSet(false))
        case .recover(let machine): (machine, .healthSet(true))
        case .start(let machine): (machine, .daemonStarted)
        case .resume(let machine): (machine, .daemonResumed)
        case .boot(let machine): (machine, .booted)
        case .deliver, .pass, .advance, .drop, .duplicate, .delay, .isolate, .mute, .heal: nil
        }
    }
}

// Many millions of choices are remembered.
extension Choice {
    /// The choice in two octets.
    var code: UInt16 {
        switch self {
        case .advance: Self.code(0, 0)
        case .heal: Self.code(1, 0)
        case .pass: Self.code(20, 0)
        case .deliver(let number): Self.code(2, number)
        case .operation(let number): Self.code(3, number)
        case .timer(let number): Self.code(4, number)
        case .leaseEnd(let number): Self.code(5, number)
        case .drop(let number): Self.code(6, number)
        case .duplicate(let number): Self.code(7, number)
        case .delay(let number): Self.code(8, number)
        case .kill(let number): Self.code(9, number)
        case .hang(let number): Self.code(10, number)
        case .powerCut(let number): Self.code(11, number)
        case .isolate(let number): Self.code(12, number)
        case .mute(let number): Self.code(13, number)
        case .stop(let number): Self.code(14, number)
        case .handOver(let number): Self.code(15, number)
        case .sicken(let number): Self.code(19, number)
        case .recover(let number): Self.code(21, number)
        case .start(let number): Self.code(16, number)
        case .resume(let number): Self.code(17, number)
        case .boot(let number): Self.code(18, number)
        }
    }

    private static func code(_ kind: UInt16, _ number: Int) -> UInt16 { kind << 8 | UInt16(number) }

    /// The choice with that code.
    init(code: UInt16) {
        let number = Int(code & 0xFF)
        self =
            switch code >> 8 {
            case 0: .advance
            case 1: .heal
            case 2: .deliver(flight: number)
            case 3: .operation(machine: number)
            case 4: .timer(machine: number)
            case 5: .leaseEnd(machine: number)
            case 6: .drop(flight: number)
            case 7: .duplicate(flight: number)
            case 8: .delay(flight: number)
            case 9: .kill(machine: number)
            case 10: .hang(machine: number)
            case 11: .powerCut(machine: number)
            case 12: .isolate(machine: number)
            case 13: .mute(machine: number)
            case 14: .stop(machine: number)
            case 15: .handOver(machine: number)
            case 19: .sicken(machine: number)
            case 21: .recover(machine: number)
            case 16: .start(machine: number)
            case 17: .resume(machine: number)
            case 18: .boot(machine: number)
            case 20: .pass
            default: preconditionFailure("no choice has the code \(code)")
            }
    }
}
