// How long a takeover takes in a world of many nodes: from a power cut to the new holder's first announcement.
// Deliberately not here: medians and tables (vipsim scale).

import VIPElection
import VIPWire

/// Cuts the power of simulated holders.
public enum TakeoverMeter {
    /// The group's only address: none of the machines' own.
    static let address = IPv4Address(10, 0, 0, 1)

    /// From a power cut of the holder, at a moment that `seed` decides, to the first announcement of its successor.
    ///
    /// - Parameters:
    ///   - nodes: as many as a ``World`` takes.
    ///   - heirs: so many of those who would take over next lose their power at the same moment.
    /// - Returns: nil if nobody took over within 100 intervals.
    public static func outage(nodes: Int, interval: Duration, heirs: Int = 0, seed: UInt64) -> Duration? {
        precondition(heirs <= nodes - 2, "somebody is to take over")
        let settings = GroupSettings(name: "default", addresses: [address], interval: interval)
        var world = world(of: nodes, settings, seed: seed, observer: FirstAnnouncement())
        var random = RandomSource(seed: seed)
        // Every candidate has spoken several times; the moment falls anywhere in their rhythm.
        let cut = Instant(nanoseconds: 0) + interval * 20 + random.duration(in: .zero...(interval * 5))
        world.run(until: cut)
        guard let holder = world.machines.firstIndex(where: { $0.kernel.held != 0 }) else { return nil }
        // Equal priorities: the lower id comes first.
        let ranked = world.machines.indices.filter { $0 != holder }.sorted {
            world.machines[$0].identity.id < world.machines[$1].identity.id
        }
        for index in [holder] + ranked.prefix(heirs) { world.schedule(.powerCut(index), at: cut) }
        world.run(until: cut)
        world.observer = FirstAnnouncement()
        for step in 1...1000 {
            world.run(until: cut + interval * step / 10)
            if let announced = world.observer.at { return announced - cut }
        }
        return nil
    }

    /// A world of machines that were all switched on at its beginning.
    static func world<Observer: Watcher>(
        of nodes: Int, _ settings: GroupSettings, seed: UInt64, observer: Observer
    ) -> World<Observer> {
        var world = World(
            plans: Array(repeating: MachinePlan(settings: settings), count: nodes), quality: .good, seed: seed,
            observer: observer)
        for machine in 0..<nodes {
            world.schedule(.booted(machine, clockWentBack: false), at: Instant(nanoseconds: 0))
            world.schedule(.daemonStarted(machine), at: Instant(nanoseconds: 0))
        }
        return world
    }

    /// When the address was first announced to everybody.
    private struct FirstAnnouncement: Watcher {
        var at: Instant?
        mutating func observe(_ occurrence: Occurrence) {
            guard at == nil, case .sent(let frame, _, .daemon) = occurrence.fact else { return }
            if frame.trailer == nil && frame.packet.isAnnouncement { at = occurrence.at }
        }
    }
}
