// From a seed to all that a run is made of: nodes, settings, clocks, boots and troubles.
// Deliberately not here: the run itself.

public import VIPElection
import VIPWire

/// One run, planned. The same seed, profile and number of nodes give the same scenario.
public struct Scenario: Sendable {
    public private(set) var plans: [MachinePlan] = []
    var quality: LinkQuality
    var worldSeed: UInt64
    var boots: [(machine: Int, at: Instant)] = []
    var troubles: [(trouble: Trouble, at: Instant)] = []
    /// The machines whose services are sick from the healing on.
    var sickToTheEnd: [Int] = []
    /// When everything is repaired, and when the run ends.
    public private(set) var healsAt: Instant
    public private(set) var endsAt: Instant

    /// - Parameter nodes: 2...7; nil for a number drawn by lot.
    public init(seed: UInt64, profile: Profile, nodes: Int? = nil) {
        var digest = Digest()
        digest.add(seed)
        digest.add(profile.name)
        var lots = Lots(seed: digest.value)
        let count = nodes ?? lots.pick([2, 3, 3, 3, 4, 5, 5, 6, 7])
        worldSeed = lots.number()
        quality = profile.quality ?? lots.quality()
        let settings = lots.settings(for: profile, nodes: count)
        if profile.endsSick { sickToTheEnd = lots.someOrAll(of: count) }
        let hasPriorities = lots.chance(oneIn: 2)
        for _ in 0..<count {
            var own = settings
            if hasPriorities { own.priority = lots.pick([50, 100, 100, 200]) }
            plans.append(MachinePlan(settings: own, clockRate: lots.number(in: profile.clockRates)))
        }

        // All at once, as after a power failure, or one after the other.
        let bootsTogether = lots.chance(oneIn: 3)
        for machine in 0..<count {
            let at: Duration = bootsTogether ? .milliseconds(10) : lots.duration(in: .zero ... .seconds(2))
            boots.append((machine, Instant(nanoseconds: 0) + at))
        }
        healsAt = Instant(nanoseconds: 0) + lots.duration(in: .seconds(8) ... .seconds(25))
        if !profile.kinds.isEmpty {
            var at = Instant(nanoseconds: 0) + lots.duration(in: .milliseconds(100) ... .seconds(4))
            while at < healsAt {
                let trouble = Trouble(
                    kind: lots.pick(profile.kinds), strikesHolder: lots.chance(oneIn: 2),
                    duration: lots.skewedDuration(in: profile.durations))
                troubles.append((trouble, at))
                at = at + lots.skewedDuration(in: profile.spacing)
            }
        }
        let recovery = sickToTheEnd.isEmpty ? .zero : Bounds(settings).recovery(nodes: count)
        // Long enough to see a settled holder renew its lease several times; now and then its minute's announcement.
        let healing = Bounds(settings).healing(nodes: count)
        endsAt =
            healsAt + healing + recovery
            + (lots.chance(oneIn: 20) ? .seconds(70) : settings.interval * 30 + .seconds(3))
    }
}

extension Scenario {
    /// What the run is made of, a line each.
    public var description: [String] {
        let settings = plans[0].settings
        let addresses = settings.addresses.map(\.description).joined(separator: ", ")
        let first =
            "\(plans.count) nodes share \(addresses); interval \(settings.interval.milliseconds) ms, "
            + "suspected after \(settings.suspectAfter.milliseconds) ms, lease \(settings.leaseSeconds) s"
        let nodes = plans.enumerated().map { index, plan in
            "node-\(index + 1): priority \(plan.settings.priority), clock \(plan.clockRate) ppm"
        }
        let sick = sickToTheEnd.map { "node-\($0 + 1)" }.joined(separator: ", ")
        return [first] + nodes + (sick.isEmpty ? [] : ["sick to the end: \(sick)"]) + [
            "everything is repaired at \(Narration.time(healsAt))"
        ]
    }
}

/// Draws by lot.
private struct Lots {
    private var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func number() -> UInt64 { random.next() }
    mutating func number(in range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(random.next() % UInt64(range.upperBound - range.lowerBound + 1))
    }
    mutating func chance(oneIn count: UInt64) -> Bool { random.next() % count == 0 }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
    mutating func duration(in range: ClosedRange<Duration>) -> Duration { random.duration(in: range) }

    /// None, one, all, or each or not, of so many machines.
    mutating func someOrAll(of count: Int) -> [Int] {
        let all = Array(0..<count)
        switch random.next() % 4 {
        case 0: return []
        case 1: return [pick(all)]
        case 2: return all
        default: return all.filter { _ in chance(oneIn: 2) }
        }
    }

    /// As many short ones as long ones: every halving is as likely.
    mutating func skewedDuration(in range: ClosedRange<Duration>) -> Duration {
        var upper = range.upperBound
        while upper / 2 > range.lowerBound, chance(oneIn: 4) == false { upper = upper / 2 }
        return random.duration(in: range.lowerBound...max(range.lowerBound, upper))
    }

    mutating func quality() -> LinkQuality {
        LinkQuality(
            lossPerMille: pick([0, 5, 20, 100, 250]), duplicatesPerMille: pick([0, 10, 100]),
            delay: .microseconds(50) ... .microseconds(pick([300, 300, 2000, 10_000, 40_000]))
        )
    }

    mutating func settings(for profile: Profile, nodes: Int) -> GroupSettings {
        let interval: Duration = .milliseconds(pick([10, 50, 100, 100, 100, 100, 100, 100, 200, 500]))
        let addresses = (0..<pick([1, 1, 1, 2, 3])).map { IPv4Address(192, 168, 1, UInt8(221 + $0)) }
        let members: Int? =
            switch profile.quorum {
            case .never: nil
            case .sometimes: chance(oneIn: 3) ? nodes : nil
            case .plain, .strict: nodes
            }
        let holdDown: Duration = profile.endsSick ? pick([.zero, .milliseconds(500), .seconds(5)]) : .seconds(5)
        let isStrict = members != nil && (profile.quorum == .strict || profile.quorum == .sometimes && chance(oneIn: 2))
        var settings = GroupSettings(
            name: "default", addresses: addresses, interval: interval,
            suspectAfter: pick([nil, nil, nil, interval * 3, interval * 5]), leaseSeconds: pick([2, 3, 3, 3, 5, 10]),
            broadcast: chance(oneIn: 8), preempt: chance(oneIn: 4),
            preemptDelay: pick([.milliseconds(200), .seconds(1), .seconds(5)]), members: members, strict: isStrict,
            holdsWhenAllUnhealthy: chance(oneIn: 2), holdDown: holdDown,
            pace: chance(oneIn: 10) ? 10 : nil
        )
        // So that two or three addresses come to what thousands come to.
        settings.slice = max(1, addresses.count - 1)
        return settings
    }
}
