// The trials that demo and test have in common: a fault of the holder, what has to come of it, and the repair.
import Foundation

/// A fault with its sequel.
enum Trial: String, CaseIterable {
    case powerCut = "power-cut"
    case kill, hang, stop, unplug, partition

    var fault: Fault {
        switch self {
        case .powerCut: .cut
        case .kill: .kill
        case .hang: .hang
        case .stop: .stop
        case .unplug: .unplug
        case .partition: .partition
        }
    }

    var repair: Fault {
        switch self {
        case .powerCut: .powerOn
        case .kill, .stop: .start
        case .hang: .resume
        case .unplug: .plug
        case .partition: .heal
        }
    }
}

/// What a trial showed: the fault, and then its repair.
struct TrialResult {
    let fault: Measurement
    let repair: Measurement
}

extension Lab {
    /// Runs a trial on the present holder of a settled lab, and leaves the lab settled again.
    /// - Parameter story: told what happens, as it happens
    func run(_ trial: Trial, judge: inout Judge, story: any Storyteller = Silence()) throws -> TrialResult {
        let holder = try settle()
        story.breaks(trial, holder: holder)
        let start = try inflict(trial.fault, on: holder)
        if trial == .stop { try expectExit(of: holder, since: start, judge: &judge) }
        let fault = try measure(since: start, holder: holder, limit: Bounds.patience) { try story.look() }
        let heir = try self.holder()
        story.measured(fault)
        judge.expectTakeover(fault)
        judgeTimes(of: trial, fault, judge: &judge)

        story.repairs(trial, holder: holder)
        let repairStart = try inflict(trial.repair, on: holder)
        let successor = try settle()
        let repair = try measurement(from: repairStart, to: .now + .milliseconds(500), holder: successor)
        try story.look()
        story.repaired(trial, repair)
        if let heir {
            judge.expect(successor === heir, "the repair moved the VIP from \(heir.name) to \(successor.name)")
        }
        if trial == .partition {
            judge.expect(
                repair.overlap, atMost: Bounds.heal, "when the partition healed there were two holders for",
                stalled: repair.stalled)
        } else {
            judge.expectNoOverlap(repair)
        }
        return TrialResult(fault: fault, repair: repair)
    }

    /// The bounds of the faults themselves.
    private func judgeTimes(of trial: Trial, _ measured: Measurement, judge: inout Judge) {
        if trial != .stop { judge.expectNoOverlap(measured) }
        func outage(atMost bound: Duration) {
            judge.expect(measured.outage.gap, atMost: bound, "the client was without for", stalled: measured.stalled)
        }
        switch trial {
        case .powerCut, .partition: outage(atMost: Bounds.powerCut)
        case .kill, .hang:
            outage(atMost: Bounds.deadDaemon)
            if let takeover = measured.takeover {
                judge.expect(takeover.after, atMost: Bounds.leaseEnd, "taken over after", stalled: measured.stalled)
            }
        case .stop: judge.expectNoticedByNobody(measured, measured.outage, at: "a planned stop")
        case .unplug:
            outage(atMost: Bounds.powerCut)
            guard let timeline = try? holderWatch.timeline,
                let loss = timeline.firstLoss(since: measured.window.start, of: measured.holder.index)
            else {
                judge.expect(false, "\(measured.holder.name) kept the VIP without a cable")
                return
            }
            judge.expect(
                loss.at - measured.window.start, atMost: Bounds.release, "without a cable the VIP was kept for",
                stalled: measured.stalled)
        }
    }

    private func expectExit(of holder: Node, since start: Instant, judge: inout Judge) throws {
        let status = try holder.daemon?.waitForExit(upTo: Bounds.patience)
        judge.expect(
            .now - start, atMost: Bounds.stop, "from SIGTERM to the exit it took",
            stalled: stalls.total(from: start, to: .now))
        judge.expect(status == .exited(0), "SIGTERM ended in \(status?.description ?? "nothing"), not in exit code 0")
        let isGone = try !holderWatch.timeline.holds(holder.index)
        judge.expect(isGone, "the VIP was still there when the daemon had exited")
    }
}

/// Who is told how a trial goes.
protocol Storyteller {
    func breaks(_ trial: Trial, holder: Node)
    /// Called often while the lab waits.
    func look() throws
    func measured(_ fault: Measurement)
    func repairs(_ trial: Trial, holder: Node)
    func repaired(_ trial: Trial, _ repair: Measurement)
}

/// Tells nothing: the tests speak when they are done.
struct Silence: Storyteller {
    func breaks(_ trial: Trial, holder: Node) {}
    func look() {}
    func measured(_ fault: Measurement) {}
    func repairs(_ trial: Trial, holder: Node) {}
    func repaired(_ trial: Trial, _ repair: Measurement) {}
}
