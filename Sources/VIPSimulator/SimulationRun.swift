// One run from its scenario to its verdict: a phase of faults, then everything is repaired and must come right.

import VIPElection

/// What came of a run.
public struct Verdict: Sendable {
    /// What did not hold, in the order in which it was noticed.
    public var violations: [Violation]
    /// Simulated seconds times nodes.
    public var nodeSeconds: Double
}

/// Runs scenarios.
public enum SimulationRun {
    /// Runs a scenario to its end under all checkers.
    public static func verdict(on scenario: Scenario) -> Verdict {
        run(scenario, with: checkers(for: scenario)).verdict(of: scenario)
    }

    /// Runs a scenario to its end under all checkers, and gives `watcher` everything that happens beside them.
    public static func verdict<W: Watcher>(on scenario: Scenario, watchedBy watcher: inout W) -> Verdict {
        let ended = run(scenario, with: Both(first: checkers(for: scenario), second: watcher))
        watcher = ended.second
        return ended.first.verdict(of: scenario)
    }

    private static func checkers(for scenario: Scenario) -> Checkers {
        Checkers(settings: scenario.plans[0].settings, nodes: scenario.plans.count)
    }

    private static func run<W: Watcher>(_ scenario: Scenario, with watcher: W) -> W {
        var world = World(
            plans: scenario.plans, quality: scenario.quality, seed: scenario.worldSeed, observer: watcher)
        for boot in scenario.boots {
            world.schedule(.booted(boot.machine, clockWentBack: false), at: boot.at)
            world.schedule(.daemonStarted(boot.machine), at: boot.at)
        }
        for (trouble, at) in scenario.troubles { world.schedule(trouble, at: at) }
        world.schedule(.healed, at: scenario.healsAt)
        for machine in scenario.sickToTheEnd { world.schedule(.healthSet(machine, false), at: scenario.healsAt) }
        world.run(until: scenario.endsAt)
        return world.observer
    }
}

extension Checkers {
    fileprivate func verdict(of scenario: Scenario) -> Verdict {
        var judged = self
        judged.finish(at: scenario.endsAt)
        let seconds = Double(scenario.endsAt.nanoseconds) / 1e9
        return Verdict(violations: judged.violations, nodeSeconds: seconds * Double(scenario.plans.count))
    }
}

/// Two watchers of one world.
struct Both<First: Watcher, Second: Watcher>: Watcher {
    var first: First
    var second: Second

    mutating func observe(_ occurrence: Occurrence) {
        first.observe(occurrence)
        second.observe(occurrence)
    }
}
