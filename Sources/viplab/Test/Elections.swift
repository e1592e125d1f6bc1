// Scenarios: who holds to begin with, and what a user sees of it.
import Foundation

extension Scenario {
    static let elections: [Scenario] = [
        Scenario(name: "first-node", promise: "a first node alone holds the VIP within a second", body: firstNode),
        Scenario(
            name: "three-nodes", promise: "of three nodes one holds, and status says the same on all", body: threeNodes),
        Scenario(name: "announcement", promise: "tcpdump on a client shows plain announcements", body: announcement),
        Scenario(name: "late-link", promise: "a link that appears after the start is waited for", body: lateLink),
    ]

    private static func firstNode(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            let node = lab.nodes[0]
            let start = Instant.now
            try lab.powerOn(node)
            let held = try Interrupt.wait(upTo: Bounds.patience) { try lab.holderWatch.timeline.holds(node.index) }
            guard held, let claim = try lab.holderWatch.timeline.firstClaim(since: start, otherThan: -1) else {
                throw LabError("nobody holds: \(try lab.situation())")
            }
            let time = claim.at - start
            let stalled = lab.stalls.total(from: start, to: claim.at)
            stage.judge.expect(time, atMost: Bounds.firstHolder, "from the start to the VIP it took", stalled: stalled)
            return time.short
        }
    }

    private static func threeNodes(_ stage: Stage) throws -> String {
        let start = Instant.now
        return try stage.settledLab { lab, holder in
            // Settled is: each node's own status names this holder, and the others as live.
            let timeline = try lab.holderWatch.timeline
            stage.judge.expect(
                timeline.overlap(from: start, to: .now) == .zero, "two machines held the VIP at the start")
            for node in lab.nodes {
                let status = try stage.daemon.status(of: node.machine)
                stage.judge.expect(
                    status?.node == node.name, "status on \(node.name) calls it \(status?.node ?? "nothing")")
                stage.judge.expect(
                    status?.exitCode == 0, "status on \(node.name) exits \(status?.exitCode ?? -1), not 0")
                let asked = try Tool.run(
                    [stage.vipd, "is-holder", "--socket", VipdDaemon.socket(of: node.machine)])
                let expected = ExitStatus.exited(node === holder ? 0 : 1)
                stage.judge.expect(asked.status == expected, "is-holder on \(node.name): \(asked.status)")
            }
            return "\(holder.name) holds"
        }
    }

    private static func announcement(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            guard let sniffer = try Sniffer.start(in: lab) else {
                throw Skipped(reason: "tcpdump is not installed")
            }
            try lab.boot()
            let isSeen = try Interrupt.wait(upTo: .seconds(2)) { !sniffer.announcements.isEmpty }
            stage.judge.expect(isSeen, "no announcement among: \(sniffer.lines.suffix(3).joined(separator: " / "))")
            return sniffer.announcements.first ?? ""
        }
    }

    /// The machine boots without its link, which is then put in, addresses and all. With a configuration file, as at
    /// boot: on a bare command line a link that is not there is a mistake.
    private static func lateLink(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        daemon.configuration = "vip: \(Plan.vip)\ninterface: \(Plan.interface)\n"
        return try stage.lab(of: daemon) { lab in
            let node = lab.nodes[0]
            let namespace = node.machine.namespace
            let away = lab.network.gateway
            try namespace.ip(["link set eth0 netns \(away.name) name late"])
            try lab.powerOn(node)
            let waits = try Interrupt.wait(upTo: .seconds(5)) { try stage.daemon.status(of: node.machine) != nil }
            stage.judge.expect(waits, "no status without the link: \(node.daemon?.reap()?.description ?? "it runs")")
            let status = try stage.daemon.status(of: node.machine)
            stage.judge.expect(
                status?.reason.contains(Plan.interface) == true,
                "status does not say that it waits for \(Plan.interface): \(status?.reason ?? "nothing")")
            let start = Instant.now
            try away.ip(["link set late netns \(namespace.name) name eth0"])
            try namespace.ip(["address add \(node.machine.address)/24 dev eth0", "link set eth0 up"])
            let held = try Interrupt.wait(upTo: Bounds.patience) { try lab.holderWatch.timeline.holds(node.index) }
            stage.judge.expect(held, "the link is there, and nobody holds")
            return "\((.now - start).short) after the link came"
        }
    }
}
