import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

/// The world does to machines what the world does to machines.
struct WorldTests {
    @Test("Without faults one node holds within a second of the start")
    func boot() {
        for seed in UInt64(1)...20 {
            var world = world(of: 3, seed: seed)
            #expect((try? settledHolder(of: &world)) != nil)
        }
    }

    @Test("A killed daemon's kernel answers until its lease ends, and only then does another claim")
    func kill() throws {
        var world = world(of: 3)
        let holder = try settledHolder(of: &world)
        world.schedule(.daemonKilled(holder), at: at(1500))
        world.run(until: at(3400))
        #expect(world.holders == [holder])
        world.run(until: at(6500))
        #expect(world.holders.count == 1 && world.holders != [holder])
    }

    @Test("A power cut takes the addresses at once, and another holds before the lease would have ended")
    func powerCut() throws {
        var world = world(of: 3)
        let holder = try settledHolder(of: &world)
        world.schedule(.powerCut(holder), at: at(1500))
        world.run(until: at(1500))
        #expect(world.holders.isEmpty)
        world.run(until: at(2000))
        #expect(world.holders.count == 1 && world.holders != [holder])
    }

    @Test("Each side of a split has a holder, and one is left when it heals")
    func split() throws {
        var world = world(of: 4)
        try settledHolder(of: &world)
        world.schedule(.split(0b0011), at: at(1500))
        world.run(until: at(3000))
        #expect(world.holders.count == 2)
        world.schedule(.split(0), at: at(3000))
        world.run(until: at(3300))
        #expect(world.holders.count == 1)
    }

    @Test("A cut link is cut one way only")
    func oneWay() throws {
        var world = world(of: 2)
        let holder = try settledHolder(of: &world)
        world.schedule(.linkCut(from: holder, to: 1 - holder), at: at(1500))
        world.run(until: at(4000))
        let read = world.observer.occurrences.filter { $0.at > at(1501) }.compactMap { occurrence -> Int? in
            if case .received(_, let node) = occurrence.fact { node } else { nil }
        }
        #expect(!read.isEmpty && read.allSatisfy { $0 == holder })
    }

    @Test("A hung daemon finds what arrived when it resumes: the oldest frames, as many as its ring holds")
    func hang() throws {
        var world = world(of: 3)
        let holder = try settledHolder(of: &world)
        let victim = (holder + 1) % 3
        world.schedule(.daemonHung(victim), at: at(1500))
        world.run(until: at(120_000))
        let before = world.observer.occurrences.count
        world.schedule(.daemonResumed(victim), at: at(120_000))
        world.run(until: at(120_000))
        let read = world.observer.occurrences[before...].count { occurrence in
            if case .received(_, victim) = occurrence.fact { true } else { false }
        }
        #expect(read == 400)
    }

    @Test(
        "A machine whose clock stood still has its lease left; one whose clock went on has lost it",
        arguments: [
            (Machine.Pause.clockStops, true), (.clockGoesOn, false), (.leaseStops, true),
        ])
    func pause(kind: Machine.Pause, keeps: Bool) throws {
        var world = world(of: 1)
        try settledHolder(of: &world)
        world.schedule(.machinePaused(0, kind, keepsFrames: false), at: at(1500))
        world.run(until: at(9000))
        #expect(world.holders == [0])
        let before = world.observer.occurrences.count
        world.schedule(.machineResumed(0), at: at(9000))
        world.run(until: at(9000))
        let hasEnded = world.observer.occurrences[before...].contains { occurrence in
            if case .addressesChanged(0, _, .leaseEnded) = occurrence.fact { true } else { false }
        }
        #expect(hasEnded == !keeps)
    }

    @Test("A kernel is late with what it does and with saying so, in the order in which it was asked")
    func slowKernel() throws {
        var world = world(of: 1)
        world.schedule(.kernelSlow(0, longestMicroseconds: 50_000), at: at(0))
        world.run(until: at(10_000))
        var asked: [Instant] = []
        var answered: [Instant] = []
        for occurrence in world.observer.occurrences {
            if case .installAsked = occurrence.fact { asked.append(occurrence.at) }
            if case .installAnswered = occurrence.fact { answered.append(occurrence.at) }
        }
        #expect(answered.count >= 8)
        #expect(zip(asked, answered).allSatisfy { $0 <= $1 && $1 - $0 <= .milliseconds(100) })
        #expect(zip(asked, answered).contains { $1 - $0 > .milliseconds(10) })
    }

    @Test("Lost frames do not arrive, doubled ones arrive twice")
    func links() {
        func arrivals(_ quality: LinkQuality) -> (sent: Int, read: Int) {
            var world = world(of: 2, quality: quality)
            world.run(until: at(30_000))
            var sent = 0
            var read = 0
            for occurrence in world.observer.occurrences {
                if case .sent(let frame, _, _) = occurrence.fact, frame.trailer != nil { sent += 1 }
                if case .received(let frame, _) = occurrence.fact, frame.trailer != nil { read += 1 }
            }
            return (sent, read)
        }
        let delay = LinkQuality.good.delay
        let (sent, read) = arrivals(.good)
        // What was sent at the very end is still on its way.
        #expect(sent - read <= 1)
        let (_, none) = arrivals(LinkQuality(lossPerMille: 1000, duplicatesPerMille: 0, delay: delay))
        #expect(none == 0)
        let (all, twice) = arrivals(LinkQuality(lossPerMille: 0, duplicatesPerMille: 1000, delay: delay))
        #expect(all * 2 - twice <= 2)
    }

    @Test("A stubborn foreign host goes on claiming, a polite one gives up when answered", arguments: [true, false])
    func foreignHost(isStubborn: Bool) throws {
        var world = world(of: 2)
        try settledHolder(of: &world)
        world.schedule(.foreignHostAppeared(index: 0, isStubborn: isStubborn), at: at(1500))
        world.run(until: at(5000))
        let late = world.observer.occurrences.contains { occurrence in
            if case .sent(_, _, .foreignHost) = occurrence.fact { occurrence.at > at(3000) } else { false }
        }
        #expect(late == isStubborn)
    }

    @Test("A daemon that is stopped releases, and its successor holds at once")
    func stop() throws {
        var world = world(of: 3)
        let holder = try settledHolder(of: &world)
        world.schedule(.daemonStopped(holder, isUrgent: false), at: at(1500))
        world.run(until: at(1550))
        #expect(world.machines[holder].election == nil)
        #expect(world.holders.count == 1 && world.holders != [holder])
    }
}
