// Reboots of the holder under the writing client, and what came of them.
import Foundation

/// How the holder goes down.
enum RebootManner: String, CaseIterable {
    /// As by `systemctl reboot`: vipd and etcd are asked to stop, at the same time.
    case orderly
    /// Of a holder that does not lead etcd.
    case powerCut = "power cut"
    /// Of one that does: etcd has to find another leader, too.
    case leaderPowerCut = "power cut, leading etcd"

    func deed(_ name: String) -> String {
        switch self {
        case .orderly: "orderly reboot of \(name)"
        case .powerCut: "power cut of \(name)"
        case .leaderPowerCut: "power cut of \(name), which leads etcd"
        }
    }
}

/// One reboot.
struct Reboot {
    let manner: RebootManner
    let holder: String
    /// Who held when writes went on.
    let successor: String
    /// Until another machine had the VIP: vipd's part of what the client was without.
    let takeover: Duration
    /// What the writing client went through, from the order to reboot until the machine was back in both clusters.
    let outage: Outage
}

extension EtcdCluster {
    /// Switches the holder off, in a manner, waits until writes go on without it, switches it on again, and waits until
    /// it is back in both clusters.
    func reboot(_ manner: RebootManner, in lab: Lab, _ ledger: EtcdLedger) throws -> Reboot {
        let holder = try lab.settle()
        let others = lab.nodes.filter { $0 !== holder }
        switch manner {
        case .orderly: break
        case .powerCut: try giveLeadership(to: others[0].machine)
        case .leaderPowerCut: try giveLeadership(to: holder.machine)
        }
        let start = Instant.now
        if manner == .orderly { try shutDown(holder) }
        try lab.inflict(.cut, on: holder)
        guard try ledger.waitForAcknowledgement(since: start, upTo: Bounds.patience) != nil,
            try Interrupt.wait(upTo: Bounds.patience, for: { try lab.holder() != nil })
        else {
            throw LabError(
                "no write went on after \(holder.name) was gone: \(ledger.lastProblem ?? ""); \(try lab.situation())")
        }
        let claim = try lab.holderWatch.timeline.firstClaim(since: start, otherThan: holder.index)
        // Long enough for a machine to be missed by everyone.
        try Interrupt.sleep(.seconds(1))
        try comeBack(holder, in: lab)
        let end = Instant.now
        // A write that was under way at the end tells how it went within its limit.
        try Interrupt.sleep(.milliseconds(200))
        return Reboot(
            manner: manner, holder: holder.name, successor: claim.map { lab.nodes[$0.node].name } ?? "nobody",
            takeover: claim.map { $0.at - start } ?? .zero, outage: ledger.outage(from: start, to: end))
    }

    /// Switches a machine on and waits until it is back in both clusters, with its vote: vipd gives none for the first
    /// S + L of its life (docs/DESIGN.md, section 8), so that a fault within that time is another one than this story's.
    func comeBack(_ node: Node, in lab: Lab) throws {
        let start = try lab.inflict(.powerOn, on: node)
        try waitUntilHealthy([node.machine])
        try Interrupt.sleep(start + Self.votelessTime - .now)
        try lab.settle()
    }

    /// 0.5 s and 3 s with the settings of `EtcdStory.daemon`, and the start of a process.
    private static let votelessTime = Duration.milliseconds(3_700)

    /// SIGTERM to all at once, as at a shutdown without an order among the services, and some time to obey.
    private func shutDown(_ node: Node) throws {
        let processes = [node.daemon, node.workloads[name]].compactMap { $0 }
        for process in processes { process.signal(SIGTERM) }
        for process in processes { _ = try process.waitForExit(upTo: .seconds(5)) }
    }
}

/// What several reboots came to, by their manner.
struct RebootSummary {
    let reboots: [Reboot]

    var table: Table {
        var table = Table(header: [
            "reboot of the holder", "times", "VIP moved: median", "worst", "client without: median", "worst",
            "failed writes",
        ])
        for manner in RebootManner.allCases {
            let those = reboots.filter { $0.manner == manner }
            guard let gaps = Spread(those.map(\.outage.gap)), let moves = Spread(those.map(\.takeover)) else {
                continue
            }
            let failed = those.map(\.outage.failed).reduce(0, +)
            let attempts = those.map(\.outage.attempts).reduce(0, +)
            table.rows.append([
                manner.rawValue, "\(those.count)", moves.median.short, moves.greatest.short, gaps.median.short,
                gaps.greatest.short,
                "\(failed) of \(attempts)",
            ])
        }
        return table
    }
}
