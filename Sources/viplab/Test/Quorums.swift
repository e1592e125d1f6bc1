// Scenarios: a cluster with `members`: whoever is in the minority lets go before the majority claims.
import Foundation

extension Scenario {
    static let quorums: [Scenario] = [
        Scenario(
            name: "quorum-partition", promise: "with quorum a cut-off holder lets go before the majority claims",
            body: quorumPartition),
        Scenario(
            name: "quorum-lost", promise: "with quorum the last of three lets go, and holds again once two are back",
            body: quorumLost),
    ]

    private static func daemon(_ stage: Stage) -> VipdDaemon {
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group("members: 3")
        return daemon
    }

    private static func quorumPartition(_ stage: Stage) throws -> String {
        try stage.settledLab(of: daemon(stage)) { lab, holder in
            let begin = try lab.inflict(.partition, on: holder)
            let measured = try lab.measure(since: begin, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            let heir = try lab.holder()
            try lab.inflict(.heal, on: holder)
            let now = try lab.settle()
            stage.judge.expect(now === heir, "\(now.name) holds after healing, not \(heir?.name ?? "anybody")")
            let timeline = try lab.holderWatch.timeline
            let both = timeline.overlap(from: begin, to: .now, acrossHalves: true)
            stage.judge.expect(both == .zero, "in the two halves together there were two holders for \(both.short)")
            guard let loss = timeline.firstLoss(since: begin, of: holder.index), let takeover = measured.takeover else {
                stage.judge.expect(false, "the cut-off \(holder.name) kept the VIP")
                return ""
            }
            return "let go after \((loss.at - begin).short), claimed after \(takeover.after.short)"
        }
    }

    private static func quorumLost(_ stage: Stage) throws -> String {
        try stage.settledLab(of: daemon(stage)) { lab, holder in
            let others = lab.nodes.filter { $0 !== holder }
            let begin = Instant.now
            try lab.inflict(.cut, on: others[0])
            try Interrupt.sleep(.seconds(1))
            stage.judge.expect(
                try lab.holderWatch.timeline.firstLoss(since: begin, of: holder.index) == nil,
                "with two of three left \(holder.name) let the VIP go")
            let alone = try lab.inflict(.cut, on: others[1])
            let letsGo = try Interrupt.wait(upTo: Bounds.patience) {
                try lab.holderWatch.timeline.firstLoss(since: alone, of: holder.index) != nil
            }
            stage.judge.expect(letsGo, "alone of three \(holder.name) kept the VIP")
            try Interrupt.sleep(.seconds(2))
            stage.judge.expect(try lab.holderWatch.timeline.holders.isEmpty, "alone of three it took the VIP again")
            let status = try stage.daemon.status(of: holder.machine)
            stage.judge.expect(status?.exitCode == 3, "status exits \(status?.exitCode ?? -1), not 3: nobody holds")

            let back = try lab.inflict(.powerOn, on: others[0])
            try lab.settle()
            let together = Instant.now - back
            try lab.inflict(.powerOn, on: others[1])
            let last = try lab.settle()
            let timeline = try lab.holderWatch.timeline
            stage.judge.expect(timeline.overlap(from: begin, to: .now) == .zero, "two machines held the VIP")
            let loss = timeline.firstLoss(since: alone, of: holder.index).map { ($0.at - alone).short } ?? "never"
            return "let go after \(loss), held again \(together.short) after the second was back; \(last.name) holds"
        }
    }
}
