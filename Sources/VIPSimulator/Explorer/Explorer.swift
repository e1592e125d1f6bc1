// Walks through every situation that a few machines and a few faults can get into, within a horizon of time.
// Deliberately not here: what a step does (Situation) and how a trace reads (Trace).

public import VIPElection
import VIPWire

/// What is to be explored.
public struct Exploration: Hashable, Sendable {
    /// Where every path begins.
    public enum Beginning: String, Hashable, Sendable, CaseIterable {
        /// All machines are on, and all daemons start at once.
        case boot
        /// One node has held for long enough that every plan of announcements has settled.
        case settled
    }

    /// 2 or 3.
    public var nodes: Int
    /// How far in time, in probe spacings.
    public var depth: Int
    /// How many faults a path may have.
    public var faults: Int
    public var members: Int?
    public var strict: Bool
    public var beginning: Beginning

    public init(
        nodes: Int, depth: Int, faults: Int, members: Int? = nil, strict: Bool = false, beginning: Beginning
    ) {
        precondition((2...3).contains(nodes), "the explorer knows 2 or 3 machines")
        self.nodes = nodes
        self.depth = depth
        self.faults = faults
        self.members = members
        self.strict = strict
        self.beginning = beginning
    }

    /// What belongs to every test run: some thirty million situations, meant for two minutes of two processors.
    public static let standard: [Exploration] =
        Beginning.allCases.flatMap { beginning in
            [
                Exploration(nodes: 2, depth: 60, faults: 1, beginning: beginning),
                Exploration(nodes: 2, depth: 24, faults: 2, beginning: beginning),
                Exploration(nodes: 3, depth: 50, faults: 1, beginning: beginning),
                Exploration(nodes: 2, depth: 45, faults: 1, members: 2, beginning: beginning),
            ]
        } + [
            Exploration(nodes: 3, depth: 60, faults: 0, members: 3, beginning: .boot),
            Exploration(nodes: 3, depth: 18, faults: 1, members: 3, beginning: .settled),
            Exploration(nodes: 3, depth: 18, faults: 1, members: 3, strict: true, beginning: .settled),
        ]

    /// Farther in time, and with more faults, than a test run has the time for.
    public static let exhaustive: [Exploration] =
        Beginning.allCases.flatMap { beginning in
            [
                Exploration(nodes: 2, depth: 120, faults: 1, beginning: beginning),
                Exploration(nodes: 2, depth: 40, faults: 2, beginning: beginning),
                Exploration(nodes: 3, depth: 80, faults: 1, beginning: beginning),
                Exploration(nodes: 3, depth: 80, faults: 1, members: 3, beginning: beginning),
                Exploration(nodes: 3, depth: 80, faults: 1, members: 3, strict: true, beginning: beginning),
            ]
        }

    /// What is explored, in words.
    public var description: String {
        let quorum = members.map { ", \($0) members" + (strict ? ", strict" : "") } ?? ""
        return "\(nodes) nodes\(quorum), from \(beginning.rawValue), \(faults) faults, \(depth) probe spacings"
    }

    /// The group's settings: the shortest lease and a long interval, so that few instants make up a lease; with quorum
    /// the shortest suspicion that outlasts a lost acknowledgement.
    public var settings: GroupSettings {
        let interval = Duration.milliseconds(500)
        return GroupSettings(
            name: "default", addresses: [IPv4Address(192, 168, 1, 221)], interval: interval,
            suspectAfter: members.map { _ in interval * 3 }, leaseSeconds: 2, members: members, strict: strict)
    }

    var bounds: Bounds { Bounds(settings) }

    /// Where every path begins.
    var beginningSituation: (situation: Situation, steps: [Situation.Step]) {
        var situation = Situation(settings: settings, machines: nodes)
        var transitions = Transitions()
        var steps: [Situation.Step] = []
        for machine in 0..<nodes { steps.append(situation.take(.start(machine: machine), &transitions)) }
        guard beginning == .settled else { return (situation, steps) }
        let pauses = members == nil ? Duration.zero : settings.suspectAfter * 2 + bounds.lease + .seconds(1)
        let end = situation.now + settings.suspectAfter + bounds.probeSpacing * 8 + .seconds(4) + pauses
        while situation.now < end {
            transitions.forget()
            while let next = situation.dueChoices.first { steps.append(situation.take(next, &transitions)) }
            steps.append(situation.take(.advance, &transitions))
        }
        return (situation, steps)
    }
}

/// What an exploration has seen so far, or in all.
public struct Coverage: Hashable, Sendable {
    /// Different situations.
    public var states = 0
    /// Steps from one to the next.
    public var steps = 0
    /// Of those, steps of one machine that its election worked out; the others were known from another situation.
    public var transitions = 0
    /// Situations beyond the horizon, which were not looked at.
    public var leaves = 0
    /// How far in time all is seen, in probe spacings.
    public var depth = 0
}

/// An exhaustive search, instant by instant.
public struct Explorer {
    public let exploration: Exploration
    public private(set) var coverage = Coverage()
    private var transitions = Transitions()
    private var log = PathLog()
    /// Situations by the time of their instant, and there by the faults that led to them.
    private var waiting: [Instant: [[Entry]]] = [:]
    /// Those seen at the present instant, with the least faults that led to them.
    private var seen: [UInt64: UInt8] = [:]
    private let start: Instant
    private let end: Instant

    private struct Entry {
        var situation: Situation
        var fingerprint: UInt64
        /// Its place in the log.
        var place: UInt32
    }

    public init(_ exploration: Exploration) {
        self.exploration = exploration
        let situation = exploration.beginningSituation.situation
        start = situation.now
        end = start + exploration.bounds.probeSpacing * exploration.depth
        let entry = Entry(situation: situation, fingerprint: situation.fingerprint, place: log.root)
        enqueue(entry)
    }

    /// Sees everything, and tells `progress` now and then how far it is.
    /// - Returns: the earliest violation, with the least faults that lead to it at that time; nil if there is none.
    public mutating func run(progress: (Coverage) -> Void) -> Trace? {
        while let now = waiting.keys.min(), var layers = waiting.removeValue(forKey: now) {
            transitions.forget()
            seen.removeAll(keepingCapacity: true)
            for faults in layers.indices {
                for entry in layers[faults] { note(entry) }
            }
            for faults in layers.indices {
                if let trace = explore(&layers, faults, progress) { return trace }
            }
            coverage.depth = Int((now - start).nanoseconds / exploration.bounds.probeSpacing.nanoseconds)
        }
        coverage.depth = exploration.depth
        progress(coverage)
        return nil
    }

    private mutating func enqueue(_ entry: Entry) {
        waiting[entry.situation.now, default: Array(repeating: [], count: exploration.faults + 1)][
            entry.situation.faults
        ].append(entry)
    }

    /// Returns whether the situation is new, or reached with fewer faults than before.
    @discardableResult
    private mutating func note(_ entry: Entry) -> Bool {
        let faults = UInt8(entry.situation.faults)
        if let known = seen[entry.fingerprint], known <= faults { return false }
        seen[entry.fingerprint] = faults
        return true
    }

    /// Sees all situations of this instant that so many faults lead to; those that one more leads to are put aside.
    private mutating func explore(
        _ layers: inout [[Entry]], _ faults: Int, _ progress: (Coverage) -> Void
    ) -> Trace? {
        var queue = layers[faults]
        layers[faults] = []
        var next = 0
        while next < queue.count {
            let entry = queue[next]
            next += 1
            if next == 65_536 {
                queue.removeFirst(next)
                next = 0
            }
            guard seen[entry.fingerprint] == UInt8(faults) else { continue }
            coverage.states += 1
            if coverage.states.isMultiple(of: 20_000) { progress(coverage) }
            for choice in entry.situation.choices(faults: exploration.faults) {
                var situation = entry.situation
                let step = situation.take(choice, &transitions)
                coverage.steps += 1
                if let violation = step.violation { return trace(to: entry.place, choice, violation) }
                if situation.now > end {
                    coverage.leaves += 1
                    continue
                }
                if choice == .advance && situation.now == entry.situation.now { continue }
                var reached = Entry(situation: situation, fingerprint: situation.fingerprint, place: 0)
                guard choice == .advance || note(reached) else { continue }
                reached.place = log.append(choice, after: entry.place)
                if choice == .advance {
                    enqueue(reached)
                } else if situation.faults == faults {
                    queue.append(reached)
                } else {
                    layers[situation.faults].append(reached)
                }
            }
        }
        coverage.transitions = transitions.worked
        return nil
    }

    private func trace(to place: UInt32, _ last: Choice, _ violation: Violation) -> Trace {
        Trace(exploration: exploration, choices: log.path(to: place) + [last], violation: violation)
    }
}

/// How each situation was reached, in six octets.
private struct PathLog {
    private var parents: [UInt32] = [0]
    private var choices: [UInt16] = [0]

    let root: UInt32 = 0

    mutating func append(_ choice: Choice, after parent: UInt32) -> UInt32 {
        parents.append(parent)
        choices.append(choice.code)
        return UInt32(parents.count - 1)
    }

    func path(to place: UInt32) -> [Choice] {
        var path: [Choice] = []
        var place = place
        while place != root {
            path.append(Choice(code: choices[Int(place)]))
            place = parents[Int(place)]
        }
        return path.reversed()
    }
}
