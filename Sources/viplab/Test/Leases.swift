// Scenarios: the address itself, when daemon and kernel disagree about it.
import Foundation

extension Scenario {
    static let leases: [Scenario] = [
        Scenario(
            name: "restart-within-lease", promise: "a daemon restarted within its lease keeps serving",
            body: restartWithinLease),
        Scenario(
            name: "dead-daemon-unjoined",
            promise: "a dead daemon's machine is asked, though its card does not take multicast: never two holders",
            body: deadDaemonUnjoined),
        Scenario(
            name: "address-removed", promise: "an address that someone removes from the holder is put back",
            body: addressRemoved),
        Scenario(
            name: "many-addresses", promise: "4096 addresses stay with one holder of a busy machine, and move as one",
            body: manyAddresses),
        Scenario(name: "reload-refused", promise: "a reload with an invalid file is refused, and nothing changes") {
            try reloadRefused($0)
        },
    ]

    private static func restartWithinLease(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = try lab.inflict(.kill, on: holder)
            try lab.inflict(.start, on: holder)
            // Longer than the lease of the first life and the grain of the kernel's timer.
            let measured = try lab.measurement(from: start, to: start + .seconds(5), holder: holder)
            stage.judge.expectNoOverlap(measured)
            stage.judge.expect(
                measured.takeover == nil, "\(measured.takeover?.node.name ?? "") took over from a holder that served on"
            )
            stage.judge.expect(
                measured.outage.gap, atMost: Bounds.deadDaemon, "the client was without for", stalled: measured.stalled)
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            return "longest wait of the client \(measured.outage.gap.short)"
        }
    }

    /// A virtual Ethernet card takes everything; a real one what goes to a group for as long as a socket has joined it.
    private static func deadDaemonUnjoined(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = try lab.inflict(.kill, on: holder)
            try lab.network.switch.trouble(holder.machine.namespace, with: .unjoined)
            let measured = try lab.measurement(from: start, to: start + .seconds(6), holder: holder)
            stage.judge.expectNoOverlap(measured)
            guard let takeover = measured.takeover else {
                stage.judge.expect(false, "nobody took over from the dead daemon's machine")
                return ""
            }
            return "taken over after \(takeover.after.short)"
        }
    }

    /// Three leases, and a bit.
    private static let held = Duration.seconds(10)
    /// Installing so many is work, and there is nobody to do it but the processors that the scenario keeps busy.
    private static let bootOfMany = Duration.seconds(60)

    private static func manyAddresses(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        daemon.load = Load(groups: 1, addresses: 4096)
        return try stage.lab(of: daemon) { lab in
            for number in 0..<ProcessInfo.processInfo.activeProcessorCount {
                _ = try lab.spawnCompanion(
                    ["sh", "-c", "while :; do :; done"], in: lab.network.client, name: "busy-\(number)")
            }
            let holder = try lab.boot(limit: bootOfMany)
            var fewest = daemon.load.addresses
            _ = try Interrupt.wait(upTo: held) {
                fewest = min(fewest, try lab.holderWatch.counts[holder.index])
                return fewest < daemon.load.addresses
            }
            var situation = try lab.situation()
            stage.judge.expect(
                fewest == daemon.load.addresses,
                "\(holder.name) had \(fewest) of \(daemon.load.addresses) addresses: \(situation)")
            let holders = try lab.holderWatch.timeline.holders
            stage.judge.expect(holders == [holder.index], "held for a while, and then: \(situation)")

            let start = try lab.inflict(.cut, on: holder)
            func arrivals() throws -> [Instant] {
                try lab.holderWatch.arrivals(since: start, otherThan: holder.index)
            }
            _ = try Interrupt.wait(upTo: bootOfMany) { try arrivals().count == daemon.load.addresses }
            let moved = try arrivals()
            situation = try lab.situation()
            stage.judge.expect(
                moved.count == daemon.load.addresses, "\(moved.count) addresses moved: \(situation)")
            let heir = try lab.settle(limit: bootOfMany)
            stage.judge.expect(heir !== holder, "\(holder.name) holds without power")
            guard let first = moved.first, let last = moved.last else { return "" }
            return "first after \((first - start).short), all within \((last - first).short)"
        }
    }

    private static func addressRemoved(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = Instant.now
            try holder.machine.namespace.ip(["address delete \(Plan.vip)/32 dev \(Plan.interface)"])
            let measured = try lab.measurement(from: start, to: start + .seconds(2), holder: holder)
            let timeline = try lab.holderWatch.timeline
            guard let (loss, back) = timeline.firstAbsence(since: start, of: holder.index) else {
                throw LabError("the VIP could not be removed from \(holder.name)")
            }
            stage.judge.expect(back != nil, "the VIP did not come back to \(holder.name)")
            stage.judge.expect(measured.takeover == nil, "another machine claimed the VIP")
            guard let back else { return "" }
            stage.judge.expect(
                back.at - loss.at, atMost: Bounds.reinstall, "the VIP was away for", stalled: measured.stalled)
            return "back after \((back.at - loss.at).short)"
        }
    }

    private static func reloadRefused(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        daemon.configuration = "vip: \(Plan.vip)\ninterface: \(Plan.interface)\n"
        return try stage.lab(of: daemon) { lab in
            let holder = try lab.boot()
            let start = Instant.now
            let file = VipdDaemon.configurationFile(of: holder.machine)
            try "vip: 192.168.1.300\ninterface: \(Plan.interface)\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            holder.daemon?.signal(SIGHUP)
            var complaint: Substring?
            _ = try Interrupt.wait(upTo: .seconds(2)) {
                let log = try String(contentsOfFile: holder.machine.log, encoding: .utf8)
                complaint = log.split(separator: "\n").first { $0.contains("192.168.1.300") }
                return complaint != nil
            }
            stage.judge.expect(complaint != nil, "the log does not name the wrong address")
            let measured = try lab.measurement(from: start, to: start + .seconds(2), holder: holder)
            stage.judge.expect(holder.daemon?.isRunning == true, "the daemon ended")
            stage.judge.expect(measured.takeover == nil, "another machine claimed the VIP")
            stage.judge.expectNoOverlap(measured)
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            return complaint.map(String.init) ?? ""
        }
    }
}
