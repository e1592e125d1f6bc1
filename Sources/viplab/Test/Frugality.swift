// Scenarios: what a daemon takes of its machine while nothing happens, and what it takes when it may.
import Foundation

extension Scenario {
    static let frugality = [
        Scenario(
            name: "no-allocation", promise: "a holder and a candidate that go on as before allocate nothing",
            body: steadyState),
        Scenario(
            name: "realtime", promise: "realtime is the daemon's alone, and a flood leaves time to others",
            body: realtime),
    ]

    private static let steadyTime = Duration.seconds(10)

    private static func steadyState(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        daemon.countsAllocations = true
        return try stage.settledLab(of: daemon) { lab, holder in
            // Gateways are asked for in the first moments, the last repeats of a claim's announcements are 3.3 s after it,
            // and memory grows to what is used again.
            try Interrupt.sleep(.seconds(6))
            let before = try lab.nodes.map { try AllocationCount(of: $0) }
            let start = Instant.now
            try Interrupt.sleep(steadyTime)
            let seconds = (Instant.now - start).inSeconds
            // Else nothing is counted at all.
            stage.judge.expect(before.allSatisfy { $0.count > 500 }, "a start was counted as \(before.map(\.count))")
            let rates = try zip(lab.nodes, before).map { node, before in
                let made = Int(try AllocationCount(of: node).count - before.count)
                let isHolder = node === holder
                stage.judge.expect(
                    made <= mostAllocations, "\(node.name) made \(made) allocations in \(rounded(seconds, to: 0)) s")
                return "\(isHolder ? "holder" : "candidate") \(made)"
            }
            let asked = before.map { "\($0.count)" }.joined(separator: ", ")
            return "in \(rounded(seconds, to: 0)) s: \(rates.joined(separator: ", ")); before: \(asked)"
        }
    }

    /// In so long a time the gateways may be asked for once, every 30 s.
    private static let mostAllocations = 60

    private static func realtime(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        daemon.configuration = "realtime: true\n" + VipdDaemon.group(QuickCheck.service.keys)
        return try stage.settledLab(of: daemon) { lab, holder in
            guard let vipd = holder.daemon, let status = try stage.daemon.status(of: holder.machine) else {
                throw LabError("\(holder.name) runs no daemon")
            }
            guard status.isScheduledInRealtime else { throw Skipped(reason: "this machine gives nobody realtime") }
            let own = try Tool.need(["chrt", "-p", "\(vipd.identity.pid)"])
            stage.judge.expect(own.contains("SCHED_RR"), "the daemon runs as: \(own)")
            for child in vipd.identity.family.dropFirst() {
                let policy = try Tool.need(["chrt", "-p", "\(child.pid)"])
                stage.judge.expect(policy.contains("SCHED_OTHER"), "its child \(child.pid) runs as: \(policy)")
            }
            let host = try lab.addHost("flood", Plan.client(3))
            let start = Instant.now
            let flood = try Flood(from: host, of: [.vip], framesPerSecond: 200_000)
            defer { flood.stop() }
            try Interrupt.sleep(.seconds(3))
            flood.stop()
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expect(vipd.isRunning, "the daemon ended: \(vipd.status?.description ?? "")")
            return status.isMemoryLocked ? "memory locked" : "memory not locked: RLIMIT_MEMLOCK is finite here"
        }
    }
}

/// What a node's daemon has allocated since it was started.
private struct AllocationCount {
    let count: UInt64

    init(of node: Node) throws {
        let path = VipdDaemon.allocationsFile(of: node.machine)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // struct viplab_allocations of CVIPAllocations, which itself is not for this program.
        guard bytes.count >= MemoryLayout<UInt64>.size else { throw LabError("nothing was counted in \(path)") }
        count = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt64.self) }
    }
}
