// All machines and what is under way between them, at one instant: a node of the graph that the explorer walks.
// Deliberately not here: the walk (Explorer).

import VIPElection
import VIPWire

/// The whole segment between two steps.
///
/// Time goes in cells of a quarter of a probe's spacing. A timer fires at the first cell that begins at or after its
/// deadline. Within a cell things go in rounds: all frames of a round arrive before those that were sent in it, at each
/// machine in every order, but for frames on one link, which do not overtake each other. Timers that are due and the
/// kernel's answers come at any place among them, and in any round. What one machine does in a round is nothing to the
/// others before the next, so that the machines take their turns. Clocks run alike.
struct Situation: Sendable {
    private(set) var now: Instant
    private(set) var nodes: [Node]
    private(set) var flights: [Flight] = []
    private(set) var faults = 0
    /// The machines that are cut off, and those whose frames reach nobody, one bit each.
    private(set) var isolated: UInt8 = 0
    private(set) var muted: UInt8 = 0
    /// The machine to which things happen now.
    private(set) var turn: UInt8 = 0
    private(set) var judge: SituationJudge
    let cell: Duration

    /// One copy of a frame on its way.
    struct Flight: Sendable {
        var from: UInt8
        var to: UInt8
        var parcel: Parcel
        /// A fault delays it: it arrives at any time until then. Nil for one that arrives before time goes on.
        var lateUntil: Instant?
        /// It arrives in the next round.
        var isNext = false
    }

    /// All machines are on, and no daemon runs.
    init(settings: GroupSettings, machines: Int) {
        now = Instant(nanoseconds: 1_000_000_000)
        cell = max(settings.interval / 20, .milliseconds(1))
        nodes = (0..<machines).map { Node(ExploredMachine(index: $0, machines: machines, settings: settings)) }
        judge = SituationJudge(settings: settings, machines: machines, cell: cell)
    }

    var settings: GroupSettings { nodes[0].machine.settings }
    func sketch(_ index: Int) -> Node.Sketch { nodes[index].sketch }

    /// The machine's frames reach others, and theirs it.
    func isConnected(_ one: Int, _ other: Int) -> Bool {
        isOpen(from: one, to: other) && isOpen(from: other, to: one)
    }

    private func isOpen(from: Int, to: Int) -> Bool {
        muted & (1 << from) == 0 && (isolated >> from) & 1 == (isolated >> to) & 1
    }

    /// Whether there is nothing to repair.
    var isInRepair: Bool {
        isolated == 0 && muted == 0 && nodes.allSatisfy { $0.sketch.isAttentive }
    }

    /// What a step led to, beside the situation.
    struct Step: Sendable {
        var facts: [Occurrence.Fact] = []
        var violation: Violation?
    }

    /// Takes a step.
    mutating func take(_ choice: Choice, _ transitions: inout Transitions) -> Step {
        if choice.isFault { faults += 1 }
        let step = perform(choice, &transitions)
        findTurn()
        return step
    }

    private mutating func perform(_ choice: Choice, _ transitions: inout Transitions) -> Step {
        if let (machine, event) = choice.eventOfMachine { return meet(event, on: machine, &transitions) }
        switch choice {
        case .deliver(let index):
            let flight = flights.remove(at: index)
            return meet(.arrival(flight.parcel.frame), on: Int(flight.to), &transitions)
        case .duplicate(let index):
            var flight = flights.remove(at: index)
            let frame = flight.parcel.frame
            flight.lateUntil = now + settings.interval
            flights.append(flight)
            return meet(.arrival(frame), on: Int(flight.to), &transitions)
        case .drop(let index):
            let flight = flights.remove(at: index)
            judge.noteLoss(of: flight, at: now)
            return Step(facts: [.lost(flight.parcel.frame, from: Int(flight.from), to: Int(flight.to))])
        case .delay(let index):
            var flight = flights.remove(at: index)
            flight.lateUntil = now + settings.interval
            judge.noteLoss(of: flight, at: now + settings.interval)
            flights.append(flight)
            return Step()
        case .isolate(let machine):
            isolated = 1 << UInt8(machine)
            return Step(facts: [.fault(.split(UInt32(isolated)))])
        case .mute(let machine):
            muted |= 1 << UInt8(machine)
            let others = nodes.indices.filter { $0 != machine }
            return Step(facts: others.map { .fault(.linkCut(from: machine, to: $0)) })
        case .heal:
            isolated = 0
            muted = 0
            for machine in nodes.indices { judge.noteChange(of: machine, machines: nodes.count) }
            return Step(facts: [.fault(.split(0))])
        case .pass:
            turn += 1
            return Step()
        default: return advance()
        }
    }

    /// Finds the next machine to which something happens in this round, or in the next. If there is none, nothing is
    /// left to happen in this cell.
    private mutating func findTurn() {
        while true {
            while Int(turn) < nodes.count {
                if isDue(Int(turn)) { return }
                turn += 1
            }
            turn = 0
            var isOver = true
            for index in flights.indices where flights[index].isNext {
                flights[index].isNext = false
                isOver = false
            }
            if isOver && !nodes.indices.contains(where: isDue) { return }
        }
    }

    /// Nothing is left to happen in this cell.
    var isQuiet: Bool { !isDue(Int(turn)) }

    private func isDue(_ index: Int) -> Bool {
        hasArrivals(index) || hasOwnDue(index)
    }

    func hasArrivals(_ index: Int) -> Bool {
        flights.contains { Int($0.to) == index && !$0.isNext && ($0.lateUntil.map { $0 <= now } ?? true) }
    }

    private func hasOwnDue(_ index: Int) -> Bool {
        let sketch = sketch(index)
        if !sketch.isHung && sketch.hasOperations { return true }
        if let deadline = sketch.deadline, deadline <= now { return true }
        if let lease = sketch.lease, lease.endsBy <= now { return true }
        return false
    }

    private mutating func meet(
        _ event: ExploredMachine.Event, on index: Int, _ transitions: inout Transitions
    ) -> Step {
        let result = transitions.result(of: event, on: nodes[index], at: now)
        nodes[index] = result.node
        if event.beginsAnew { judge.noteChange(of: index, machines: nodes.count) }
        if event == .powerCut { flights.removeAll { Int($0.to) == index } }
        for parcel in result.sent { transmit(parcel, from: index) }
        return Step(facts: result.outcome.facts, violation: result.outcome.violation)
    }

    private mutating func transmit(_ parcel: Parcel, from: Int) {
        for to in nodes.indices where to != from && isOpen(from: from, to: to) {
            let destination = parcel.frame.destination
            guard destination.isGroup || destination == ExploredMachine.mac(of: to) else { continue }
            let receiver = nodes[to].sketch
            // Where neither kernel nor daemon would take it in, it need not arrive.
            guard receiver.isPowered, receiver.hasDaemon || receiver.lease != nil else { continue }
            flights.append(Flight(from: UInt8(from), to: UInt8(to), parcel: parcel, isNext: true))
        }
    }

    /// Judges the end of this instant, and goes on to the next at which something may happen.
    private mutating func advance() -> Step {
        if let violation = judge.review(self) { return Step(violation: violation) }
        now = nextInstant ?? now
        return Step()
    }

    /// The next cell at which something may happen; nil for never.
    var nextInstant: Instant? {
        var next = Int64.max
        for node in nodes {
            if let deadline = node.sketch.deadline { next = min(next, deadline.nanoseconds) }
            if let lease = node.sketch.lease {
                next = min(next, (lease.endsFrom > now ? lease.endsFrom : lease.endsBy).nanoseconds)
            }
        }
        for flight in flights { if let until = flight.lateUntil { next = min(next, until.nanoseconds) } }
        guard next < .max else { return nil }
        let length = cell.nanoseconds
        return Instant(nanoseconds: max((next + length - 1) / length, now.nanoseconds / length + 1) * length)
    }

    /// Stands for the situation, but for the faults that led to it. The order of flights counts only on one link.
    var fingerprint: UInt64 {
        var sum = Self.mix(
            UInt64(bitPattern: now.nanoseconds) ^ UInt64(isolated) << 56 ^ UInt64(muted) << 48 ^ UInt64(turn) << 44)
        for (index, node) in nodes.enumerated() { sum &+= Self.mix(node.fingerprint &+ UInt64(index)) }
        var places = InlineArray<16, UInt64>(repeating: 0)
        for flight in flights {
            var word =
                flight.parcel.fingerprint
                ^ (UInt64(flight.from) << 40 | UInt64(flight.to) << 32 | (flight.isNext ? 1 << 48 : 0))
            if let until = flight.lateUntil {
                word = word &* 31 &+ UInt64(bitPattern: until.nanoseconds)
            } else {
                let link = Int(flight.from) * 4 + Int(flight.to)
                places[link] += 1
                word &+= places[link] << 24
            }
            sum &+= Self.mix(word)
        }
        return sum &+ Self.mix(judge.fingerprint)
    }

    private static func mix(_ word: UInt64) -> UInt64 {
        var source = RandomSource(seed: word)
        return source.next()
    }
}
