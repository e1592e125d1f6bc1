// What the tests share: small worlds, a watcher that remembers, and histories written by hand.

import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

/// Remembers everything.
struct Recorder: Watcher {
    var occurrences: [Occurrence] = []
    mutating func observe(_ occurrence: Occurrence) { occurrences.append(occurrence) }
}

let vip = IPv4Address(192, 168, 1, 210)
let settings = GroupSettings(name: "default", addresses: [vip])

/// A moment of the world, in milliseconds from its beginning.
func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// A world of machines that are on, with their daemons started at once.
func world(of count: Int, quality: LinkQuality = .good, seed: UInt64 = 1, clockRate: Int64 = 0) -> World<Recorder> {
    var world = World(
        plans: Array(repeating: MachinePlan(settings: settings, clockRate: clockRate), count: count), quality: quality,
        seed: seed, observer: Recorder())
    for machine in 0..<count {
        world.schedule(.booted(machine, clockWentBack: false), at: at(0))
        world.schedule(.daemonStarted(machine), at: at(0))
    }
    return world
}

extension World {
    /// The machines whose kernel has the address.
    var holders: [Int] { machines.indices.filter { machines[$0].kernel.held != 0 } }
}

/// The machine that has settled as the holder; runs the first second of a world.
@discardableResult
func settledHolder(of world: inout World<Recorder>) throws -> Int {
    world.run(until: at(1000))
    try #require(world.holders.count == 1)
    return world.holders[0]
}

/// MAC and frames of a machine of a history written by hand.
func mac(_ node: Int) -> MACAddress { MACAddress(bits: 0x0200_0000_0001 + UInt64(node)) }

func announcement(by node: Int) -> Frame {
    let trailer = Trailer(
        kind: .announcement, flags: .eligible, group: 1, configuration: 1, priority: 100, node: UInt64(node + 1),
        epoch: 1,
        sequence: 1, term: 1, intervalMicroseconds: 100_000, address: IPv4Address(192, 168, 1, 1), name: "n")
    return Frame(
        destination: Frame.multicast, source: mac(node), packet: .announcement(of: vip, from: mac(node)),
        trailer: trailer)
}

func probe(by node: Int) -> Frame {
    Frame(destination: .broadcast, source: mac(node), packet: .probe(for: vip, from: mac(node)))
}

func answer(by source: MACAddress) -> Frame {
    Frame(
        destination: mac(0), source: source,
        packet: ARPPacket(
            operation: .reply, senderHardwareAddress: source, senderProtocolAddress: vip,
            targetHardwareAddress: mac(0), targetProtocolAddress: .unspecified))
}

func entered(_ state: State, _ node: Int, from: State = .candidate, because reason: Reason = .started)
    -> Occurrence.Fact
{
    .reported(node, .stateChanged(from: from, to: state, reason: reason))
}

/// The names of the properties that a history violates.
func violations(
    nodes: Int = 2, members: Int? = nil, strict: Bool = false, until end: Int64, _ history: [(Int64, Occurrence.Fact)]
) -> [String] {
    let settings = GroupSettings(name: "default", addresses: [vip], members: members, strict: strict)
    var checkers = Checkers(settings: settings, nodes: nodes)
    for (time, fact) in history { checkers.observe(Occurrence(at: at(time), fact: fact)) }
    checkers.finish(at: at(end))
    return checkers.violations.map(\.property.name)
}
