// Scenarios: what others do to the holder's addresses and links, and how vipd gets over it.
import Foundation

extension Scenario {
    static let healing: [Scenario] = [
        Scenario(
            name: "heal-delete", promise: "an address deleted from outside is back within 10 ms, and the holder stays"
        ) { try removed($0, by: "address delete \(Plan.vip)/32 dev \(Plan.interface)") },
        Scenario(
            name: "heal-flush", promise: "an address flushed from outside is back within 10 ms, and the holder stays"
        ) { try removed($0, by: "address flush dev \(Plan.interface) to \(Plan.vip)") },
        Scenario(
            name: "link-storm", promise: "500 pairs of other links made and deleted on the holder cost nothing",
            body: linkStorm),
        Scenario(
            name: "link-reports-lost", promise: "a candidate that missed the kernel's reports asks anew, and says so",
            body: reportsLost),
        Scenario(name: "link-renamed", promise: "a renamed link is served on, and events say so", body: linkRenamed),
        Scenario(
            name: "link-recreated", promise: "a deleted link moves the VIP, and the node is back with the link",
            body: linkRecreated),
        Scenario(name: "mac-changed", promise: "clients follow a holder whose MAC address changes") {
            try macChanged($0, keys: "")
        },
        Scenario(name: "mac-changed-quorum", promise: "with quorum, too: its voters know it for the node that it was") {
            try macChanged($0, keys: "members: 3")
        },
        Scenario(
            name: "arp-off", promise: "a holder whose link answers no ARP any more lets the VIP go", body: arpOff),
        Scenario(
            name: "ipv4-disabled",
            promise: "a holder whose link lost its own addresses, and so its routes, hands the VIP over",
            body: ipv4Disabled),
    ]

    private static let removals = 15

    private static func removed(_ stage: Stage, by line: String) throws -> String {
        try stage.settledLab { lab, holder in
            let start = Instant.now
            var absences: [Duration] = []
            for _ in 0..<removals {
                let begun = Instant.now
                try holder.machine.namespace.ip([line])
                _ = try Interrupt.wait(upTo: .seconds(1)) {
                    try lab.holderWatch.timeline.firstAbsence(since: begun, of: holder.index)?.end != nil
                }
                guard let absence = try lab.holderWatch.timeline.firstAbsence(since: begun, of: holder.index) else {
                    throw LabError("the VIP could not be removed from \(holder.name)")
                }
                guard let back = absence.end else {
                    stage.judge.expect(false, "the VIP did not come back within 1 s")
                    break
                }
                absences.append(back.at - absence.loss.at)
                // More often than once in P it is not put back: that would be a race with whoever removes it.
                try Interrupt.sleep(.milliseconds(50))
            }
            let measured = try lab.measurement(from: start, to: .now + .milliseconds(300), holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            guard let spread = Spread(absences) else { return "" }
            // A single one may wait for a machine that stands still: the median tells what vipd does.
            stage.judge.expect(
                spread.median, atMost: Bounds.healed, "the median time without the VIP was", stalled: .zero)
            try stage.expectEvent("is back", of: holder)
            return "median \(precise(spread.median)), longest \(precise(spread.greatest)) of \(absences.count)"
        }
    }

    private static func precise(_ duration: Duration) -> String { "\(rounded(duration.inMilliseconds, to: 2)) ms" }

    private static func linkStorm(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = Instant.now
            let storm = try ChaosStage.storm(of: 500, on: holder)
            let made = try storm.finish(limit: .seconds(120))
            stage.judge.expect(made.status == .exited(0), "the links could not be made: \(made.said)")
            let length = Instant.now - start
            let measured = try lab.measurement(from: start, to: .now + .milliseconds(500), holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the storm")
            return "\(length.short) of storm, the client's longest wait \(measured.outage.gap.short)"
        }
    }

    private static func reportsLost(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let candidate = lab.nodes.first { $0 !== holder } ?? holder
            let start = Instant.now
            try lab.inflict(.hang, on: candidate)
            // Each a report of some 2 KB, as the kernel counts them, for a buffer of 16 MB.
            let host = candidate.machine.namespace
            try host.ip(["link add storm type veth peer name gale"])
            for _ in 0..<4 {
                try host.ip((0..<6000).map { "link set storm mtu \(1400 + $0 % 2)" })
            }
            try host.ip(["link delete storm"])
            try lab.inflict(.resume, on: candidate)
            try lab.settle()
            try stage.expectEvent("reported more changes of links than could be read", of: candidate)
            let status = try stage.daemon.status(of: candidate.machine)
            let lost = status?.counters["linkReportsLost"] ?? 0
            stage.judge.expect(lost > 0, "status counts no lost report")
            let measured = try lab.measurement(from: start, to: .now + .milliseconds(100), holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expectNoOverlap(measured)
            return "lost \(lost == 1 ? "once" : "\(lost) times")"
        }
    }

    private static func linkRenamed(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let host = holder.machine.namespace
            let start = Instant.now
            let renamed = try Tool.run(["ip", "-n", host.name, "link", "set", Plan.interface, "name", "lan7"])
            guard renamed.status == .exited(0) else {
                throw Skipped(reason: "this kernel renames no link that is up: \(renamed.errors)")
            }
            let measured = try lab.measurement(from: start, to: .now + .seconds(4), holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the new name")
            try stage.expectEvent("is called lan7 now", of: holder)
            let shown = try stage.daemon.ask(["status"], on: holder.machine)
            stage.judge.expect(shown.output.contains("on lan7"), "status does not show the new name: \(shown.said)")
            // The lease has been renewed under the new name, and a removal is healed there, too.
            let removal = Instant.now
            try host.ip(["address delete \(Plan.vip)/32 dev lan7"])
            let isBack = try Interrupt.wait(upTo: .seconds(1)) {
                try lab.holderWatch.timeline.firstAbsence(since: removal, of: holder.index)?.end != nil
            }
            stage.judge.expect(isBack, "deleted under the new name, the VIP did not come back")
            return ""
        }
    }

    private static func linkRecreated(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        // Who names the interface on the command line is told at once that it is missing; a file's is waited for.
        daemon.configuration = VipdDaemon.group("")
        return try stage.settledLab(of: daemon) { lab, holder in
            let start = Instant.now
            try lab.network.switch.removeCable(of: holder.machine.namespace)
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            stage.judge.expect(
                measured.outage.gap, atMost: Bounds.powerCut, "the client was without for", stalled: measured.stalled)
            let heir = try lab.holder()
            try stage.expectEvent("is gone", of: holder)
            try lab.network.switch.plugIn(holder.machine.namespace, holder.machine.address)
            try lab.network.configure(holder.machine.namespace, holder.machine.address)
            let now = try lab.settle()
            stage.judge.expect(now === heir, "\(now.name) holds, not \(heir?.name ?? "anybody")")
            try stage.expectEvent("begins on \(Plan.interface)", of: holder)
            return "client without for \(measured.outage.gap.short)"
        }
    }

    private static func macChanged(_ stage: Stage, keys: String) throws -> String {
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group(keys)
        return try stage.settledLab(of: daemon) { lab, holder in
            let other = "06" + Plan.mac(of: holder.machine.address).dropFirst(2)
            let start = Instant.now
            try holder.machine.namespace.ip(["link set \(Plan.interface) address \(other)"])
            let measured = try lab.measurement(from: start, to: .now + .seconds(2), holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expect(
                measured.outage.gap, atMost: Bounds.deadDaemon, "the client was without for", stalled: measured.stalled)
            try stage.expectEvent("has the MAC address \(other) now", of: holder)
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            return "client without for \(measured.outage.gap.short)"
        }
    }

    private static func arpOff(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = Instant.now
            try holder.machine.namespace.ip(["link set \(Plan.interface) arp off"])
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            stage.judge.expect(
                measured.outage.gap, atMost: Bounds.powerCut, "the client was without for", stalled: measured.stalled)
            stage.judge.expectNoOverlap(measured)
            try stage.expectEvent("does not answer ARP any more", of: holder)
            let heir = try lab.holder()
            try holder.machine.namespace.ip(["link set \(Plan.interface) arp on"])
            let now = try lab.settle()
            stage.judge.expect(now === heir, "\(now.name) holds, not \(heir?.name ?? "anybody")")
            return "client without for \(measured.outage.gap.short)"
        }
    }

    private static func ipv4Disabled(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let host = holder.machine.namespace
            let start = Instant.now
            // Linux has no other switch for it: network managers that disable IPv4 on a link do just this.
            try host.ip(["address flush dev \(Plan.interface)"])
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            stage.judge.expect(
                measured.outage.gap, atMost: Bounds.stranded, "the client was without for", stalled: measured.stalled)
            try stage.expectEvent("has no address in the group's subnet any more", of: holder)
            let heir = try lab.holder()
            try lab.network.configure(host, holder.machine.address)
            let now = try lab.settle()
            stage.judge.expect(now === heir, "\(now.name) holds, not \(heir?.name ?? "anybody")")
            try stage.expectEvent("has its subnet back", of: holder)
            return "client without for \(measured.outage.gap.short)"
        }
    }
}

extension Stage {
    /// Nothing moved, and no client noticed: no attempt failed, and none waited longer than for a dead daemon.
    func expectUndisturbed(_ measured: Measurement, in lab: Lab, by what: String) throws {
        judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
        judge.expectNoOverlap(measured)
        judge.expect(
            measured.outage.failed == 0 || measured.stalled > .zero,
            "\(measured.outage.failed) of \(measured.outage.attempts) attempts failed")
        judge.expect(
            measured.outage.gap, atMost: Bounds.deadDaemon, "with \(what) the client was without for",
            stalled: measured.stalled)
        let now = try lab.settle()
        judge.expect(now === measured.holder, "\(now.name) holds, not \(measured.holder.name)")
    }

    /// Whether `vipd events` on a node shows a line with these words. Waits for it a moment.
    func expectEvent(_ words: String, of node: Node) throws {
        var shown = ""
        let isShown = try Interrupt.wait(upTo: .seconds(3)) {
            shown = try daemon.ask(["events"], on: node.machine).output
            if shown.contains(words) { return true }
            try Interrupt.sleep(.milliseconds(50))
            return false
        }
        let last = shown.split(separator: "\n").suffix(3).joined(separator: " | ")
        judge.expect(isShown, "vipd events on \(node.name) does not tell \"\(words)\"; its last lines: \(last)")
    }
}
