// Named sets of faults with their rates: what a run is about.

import VIPElection

/// What may go wrong in a run, and how often.
public struct Profile: Hashable, Sendable {
    public let name: String
    /// One line for people.
    public let summary: String
    /// Kinds of trouble, each as likely as often as it stands here.
    let kinds: [TroubleKind]
    /// From one trouble to the next.
    let spacing: ClosedRange<Duration>
    /// From a fault to its repair.
    let durations: ClosedRange<Duration>
    /// Links from the beginning on; nil for ones drawn by lot.
    let quality: LinkQuality?
    /// How far clocks may run from the world's time, in parts per million.
    let clockRates: ClosedRange<Int64>

    /// Whether groups have `members`.
    let quorum: Quorum
    /// Whether services may still be sick when everything else is repaired.
    let endsSick: Bool

    enum Quorum: Hashable, Sendable { case never, sometimes, plain, strict }

    private init(
        _ name: String, _ summary: String, _ kinds: [TroubleKind],
        spacing: ClosedRange<Duration> = .milliseconds(50) ... .seconds(6),
        durations: ClosedRange<Duration> = .milliseconds(5) ... .seconds(9),
        quality: LinkQuality? = .good, clockRates: ClosedRange<Int64> = -100...100,
        quorum: Quorum = .never, endsSick: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.kinds = kinds
        self.spacing = spacing
        self.durations = durations
        self.quality = quality
        self.clockRates = clockRates
        self.quorum = quorum
        self.endsSick = endsSick
    }

    /// Every profile, the gentlest first.
    public static let all = [
        Profile("calm", "nothing but the boot of all nodes", []),
        Profile(
            "loss", "frames lost, doubled, late and overtaking each other", [.badLinks, .badLinks, .daemonStopped],
            quality: nil),
        Profile("partition", "full and one-way partitions", [.split, .isolation, .oneWay, .silence, .badLinks]),
        Profile(
            "crash", "power cuts, carrier loss, daemons killed, stopped and started again",
            [
                .powerCut, .daemonKilled, .daemonStopped, .carrierLost,
            ]),
        Profile("hang", "daemons that hang and go on", [.daemonHung, .daemonHung, .daemonKilled, .badLinks]),
        Profile("pause", "whole machines that stand still and go on", [.machinePaused, .machinePaused, .daemonHung]),
        Profile(
            "kernel", "kernels that refuse, keep, delay or lose addresses",
            [
                .kernelRefuses, .kernelKeeps, .kernelSlow, .addressRemoved, .addressRemoved, .daemonStopped,
                .daemonHung,
            ]),
        Profile("mute", "links that refuse frames", [.sendsFail, .sendsFail, .daemonHung, .badLinks, .split]),
        Profile("foreign", "a foreign host claims an address", [.foreignHost, .foreignHost, .daemonKilled, .powerCut]),
        Profile(
            "clocks", "clocks that run apart by up to one percent",
            [
                .daemonHung, .daemonKilled, .machinePaused, .powerCut, .isolation,
            ], clockRates: -5000...5000),
        Profile(
            "handover", "operators, service managers and sick services",
            [
                .maintenance, .maintenance, .daemonStopped, .sickness, .sickness, .move, .move, .move, .daemonKilled,
                .daemonHung, .badLinks, .kernelSlow,
            ], quorum: .sometimes),
        Profile(
            "quorum", "members, and everything that tries their promises", votingTroubles, clockRates: -5000...5000,
            quorum: .plain),
        Profile(
            "strict", "members that wait for every lease", votingTroubles, clockRates: -5000...5000, quorum: .strict),
        Profile(
            "sick", "services that sicken, one or all at once, come and go, and may stay sick",
            [
                .sickness, .sickness, .sickness, .epidemic, .epidemic, .healthFlaps, .healthFlaps, .powerCut,
                .daemonKilled, .daemonStopped, .carrierLost, .isolation, .maintenance, .badLinks,
            ], spacing: .milliseconds(20) ... .seconds(4), durations: .milliseconds(5) ... .seconds(12),
            quorum: .sometimes, endsSick: true),
        everything,
    ]

    private static let votingTroubles: [TroubleKind] = [
        .split, .split, .isolation, .oneWay, .silence, .badLinks, .powerCut, .daemonKilled, .daemonStopped,
        .daemonHung, .daemonHung, .machinePaused, .carrierLost, .move, .kernelKeeps,
    ]

    /// The profile with every kind of trouble, but for those of many services at once, which have a profile of their own:
    /// one kind more would make another run of each seed.
    public static let everything = Profile(
        "everything", "all of it at once", TroubleKind.allCases.filter { $0 != .epidemic && $0 != .healthFlaps },
        spacing: .milliseconds(10) ... .seconds(3),
        quality: nil, clockRates: -5000...5000, quorum: .sometimes)

    /// The profile of that name.
    public static func named(_ name: String) -> Profile? { all.first { $0.name == name } }
}
