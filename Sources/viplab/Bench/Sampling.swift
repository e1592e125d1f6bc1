// One run of the bench: a fault of a settled lab with all that is read from it, the repair, and the daemons at rest.
import Foundation

/// What reads a lab for the bench, beside what every lab has.
struct Instruments {
    let witness: Witness
    let announcements: AnnouncementWatch
}

extension Lab {
    /// Starts the daemons, without a client. Where there is much to carry, one machine starts first and gets all of it: of
    /// many groups, too, so that a fault of the holder is one of all groups.
    func bootDaemons() throws {
        guard daemon.load != .single else {
            for node in nodes { try powerOn(node) }
            return
        }
        try powerOn(nodes[0])
        try settle(limit: Bench.bootLimit)
        for node in nodes.dropFirst() { try powerOn(node) }
    }

    /// Keeps the machines' kernels from speaking of IPv6, which is none of the daemons' doing. Before the daemons start.
    func silenceIPv6() throws {
        for node in nodes {
            let setting = "net.ipv6.conf.\(Plan.interface).disable_ipv6=1"
            try Tool.need(node.machine.namespace.inside(["sysctl", "--quiet", "--ignore", "--write", setting]))
        }
    }

    /// A fault of the holder of a settled lab, and its repair: the lab is settled again.
    /// - Parameters:
    ///   - beat: the fault comes at any point of such a time, as in life
    ///   - rest: how long the client is watched after it is served again
    func sample(_ measure: Measure, rest: Duration, with instruments: Instruments) throws -> Sample {
        guard let client, let (fault, repair) = measure.fault else { throw LabError("there is nothing to sample") }
        try instruments.witness.prepare()
        // It was settled, but a daemon may have changed its mind since.
        let holder = try holder() ?? settle(limit: Bench.bootLimit)
        let beat = measure.beat(of: daemon)
        try Interrupt.sleep(.nanoseconds(Int64.random(in: 0..<beat.inNanoseconds)))
        let before = nodes.map(cpu)
        instruments.announcements.reset()
        let start = try inflict(fault, on: holder)
        _ = try Interrupt.wait(upTo: Bench.patience) {
            if client.hasEnded { throw LabError("the client died: see \(directory)/client.log") }
            return client.firstAnswer(since: start, otherThan: holder.name) != nil
        }
        // The client asks for the first address only.
        let count = daemon.load.addresses
        _ = try Interrupt.wait(upTo: start + Bench.patience - .now) {
            try holderWatch.arrivals(since: start, otherThan: holder.index).count == count
        }
        let rested = Instant.now + rest
        try instruments.witness.wait(since: start, holder: holder)
        try Interrupt.sleep(rested - .now)
        if !measure.leavesHolder {
            // Of two that took over, one may yet let go.
            _ = try Interrupt.wait(upTo: start + Bench.patience - .now) { try !holderWatch.timeline.isDouble }
        }
        let end = Instant.now
        let parts = SampleParts(
            isOverlapLasting: try holderWatch.timeline.isDouble,
            kernel: Moved(try holderWatch.arrivals(since: start, otherThan: holder.index), since: start, of: count),
            wire: Moved(
                try instruments.announcements.heard(since: start, otherThan: holder.index), since: start, of: count),
            cpu: nodes.filter { $0 !== holder }.map { cpu(of: $0) - before[$0.index] }.max())
        try daemon.load == .single ? self.repair(repair, holder) : rearm(repair, holder)
        // Attempts of the window that are under way still have had their time by now, or get it here.
        return parts.whole(try measurement(from: start, to: end, holder: holder), instruments.witness)
    }

    private func cpu(of node: Node) -> Duration { Usage.cpu(of: node.daemon?.identity.family ?? []) }

    private func repair(_ repair: Fault?, _ holder: Node) throws {
        if repair == .start {
            // A planned stop may take its time; the next start must not meet it.
            _ = try holder.daemon?.waitForExit(upTo: .seconds(5))
            // What a killed daemon left on the machine, an administrator removes.
            try holder.machine.namespace.ip(Plan.forgetting)
        }
        if let repair { try inflict(repair, on: holder) }
        try settle(limit: Bench.bootLimit)
    }

    /// Repairs, and begins anew with the same holder: groups may have come to different machines, where they would stay.
    private func rearm(_ repair: Fault?, _ holder: Node) throws {
        let others = nodes.filter { $0 !== holder }
        for node in others {
            node.daemon?.end()
            try node.machine.namespace.ip(Plan.forgetting)
        }
        try self.repair(repair, holder)
        for node in others { try startDaemon(on: node) }
        try settle(limit: Bench.bootLimit)
    }

    /// What a first node takes from its start to the VIP, alone.
    func sampleFirstNode() throws -> Sample {
        let node = nodes[0]
        let start = Instant.now
        try startDaemon(on: node)
        let held = try Interrupt.wait(upTo: Bench.patience) { try holderWatch.timeline.holds(node.index) }
        guard held, let claim = try holderWatch.timeline.firstClaim(since: start, otherThan: -1) else {
            throw LabError("a first node alone does not hold after \(Bench.patience.short): \(try situation())")
        }
        node.daemon?.end()
        try node.machine.namespace.ip(Plan.forgetting)
        _ = try Interrupt.wait(upTo: .seconds(1)) { try !holderWatch.timeline.holds(node.index) }
        return Sample(time: claim.at - start, stalled: stalls.total(from: start, to: claim.at))
    }

    /// What the daemons cost while nothing happens and no client connects; the lab is settled and the same after it.
    func measureIdleness() throws -> Idle {
        let holder = try settle(limit: Bench.bootLimit)
        // Until the announcements of a fresh claim have been repeated for the last time.
        try Interrupt.sleep(Bench.calmDown)
        let machines = nodes.map(\.machine.namespace)
        let (sentBefore, cpuBefore) = (try PortCounters(of: machines, at: network.switch), nodes.map(cpu))
        let start = Instant.now
        try Interrupt.sleep(Bench.idleWindow)
        let (cpuAfter, sentAfter, end) = (
            nodes.map(cpu), try PortCounters(of: machines, at: network.switch), Instant.now
        )
        let seconds = (end - start).inSeconds
        let used = zip(cpuBefore, cpuAfter).map { ($1 - $0).inMilliseconds / seconds }
        let standbys = nodes.filter { $0 !== holder }
        // The pages of the program are shared out among all that run it: on a machine of its own it has them alone.
        for node in standbys { node.daemon?.end() }
        // The shell that starts many processes is not one of the daemon's.
        let family = (holder.daemon?.identity.family ?? []).filter { ProcessStat.read($0.pid)?.isShell == false }
        let pss = Usage.pss(of: family)
        for node in standbys { try startDaemon(on: node) }
        return Idle(
            holderCPU: used[holder.index],
            standbyCPU: standbys.map { used[$0.index] }.reduce(0, +) / Double(max(standbys.count, 1)),
            pss: pss / 1_000_000, framesPerSecond: Double(sentAfter.frames - sentBefore.frames) / seconds,
            bytesPerSecond: Double(sentAfter.bytes - sentBefore.bytes) / seconds,
            stalled: stalls.total(from: start, to: end))
    }
}

/// What is read at the end of a run, before the repair; the rest is known only after it.
private struct SampleParts {
    let isOverlapLasting: Bool
    let kernel: Moved?
    let wire: Moved?
    let cpu: Duration?

    func whole(_ measured: Measurement, _ witness: Witness) -> Sample {
        var sample = Sample(
            time: witness.time(of: measured), overlap: measured.overlap, isOverlapLasting: isOverlapLasting,
            failed: measured.outage.failed, attempts: measured.outage.attempts, slowest: measured.outage.slowest,
            kernel: kernel, wire: wire, cpu: cpu, stalled: measured.stalled)
        if case .deaf = witness { sample.beside = measured.outage.gap }
        return sample
    }
}
