// Scenarios: what others put on the wire, by malice or by mistake.
import Foundation

extension Scenario {
    static let interference: [Scenario] = [
        Scenario(
            name: "hostile-frames", promise: "random, truncated and oversized frames change nothing",
            body: hostileFrames),
        Scenario(
            name: "foreign-host", promise: "against a foreign host with the VIP the holder defends, and status exits 4"
        ) { try foreignHost($0, trailing: []) },
        Scenario(
            name: "foreign-host-disguised",
            promise: "nor does it help the foreign host to look like a vipd with the wrong key"
        ) { try foreignHost($0, trailing: Array("VIPD".utf8) + [1] + [UInt8](repeating: 0, count: 131)) },
    ]

    private static func hostileFrames(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let tap = try Wiretap(on: lab.network.client)
            let (nobody, vip) = ([UInt8](repeating: 0, count: 4), Plan.octets(of: Plan.vip))
            let heard = try tap.listen(upTo: .seconds(5)) { frame in
                Wiretap.isRequest(frame, senderIP: nobody, targetIP: vip) && frame.count > Wiretap.arpEnd + 18
            }
            guard let probe = heard.last, probe.count > Wiretap.arpEnd + 18 else {
                throw LabError("no candidate's probe was heard on the client's wire in 5 s")
            }
            let frames = HostileFrames(genuine: probe, senderMAC: Wiretap.mac(of: Plan.client)).all()
            let before = try stage.daemon.status(of: holder.machine)
            let start = Instant.now
            var sent = 0
            for frame in frames {
                if tap.send(frame) { sent += 1 }
                try Interrupt.sleep(.milliseconds(1))
            }
            let measured = try lab.measurement(from: start, to: .now + .milliseconds(500), holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expectNoOverlap(measured)
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            for node in lab.nodes {
                stage.judge.expect(node.daemon?.isRunning == true, "the daemon of \(node.name) died")
            }
            let after = try stage.daemon.status(of: holder.machine)
            let dropped = (after?.framesDropped ?? 0) - (before?.framesDropped ?? 0)
            stage.judge.expect(dropped > 0, "status counts no dropped frame")
            stage.judge.expect(after?.term == before?.term, "the term changed")
            return "\(sent) frames sent, \(dropped) counted as dropped by the holder"
        }
    }

    /// - Parameter trailing: what the foreign host sends behind its ARP packets.
    private static func foreignHost(_ stage: Stage, trailing: [UInt8]) throws -> String {
        try stage.settledLab { lab, holder in
            let gateway = lab.network.gateway
            let tap = try Wiretap(on: gateway)
            let foreign = Wiretap.mac(of: Plan.gateway)
            let vip = Plan.octets(of: Plan.vip)
            let start = Instant.now
            try gateway.ip(["address add \(Plan.vip)/32 dev eth0"])
            var defences = 0
            var conflicted: VipdStatus?
            for _ in 0..<20 {
                tap.send(Wiretap.arpRequest(senderMAC: foreign, senderIP: Plan.vip, targetIP: Plan.vip) + trailing)
                let heard = try tap.listen(upTo: .milliseconds(100))
                defences += heard.count { frame in
                    Wiretap.isRequest(frame, senderIP: vip, targetIP: vip) && Array(frame[0..<6]) == Wiretap.broadcast
                        && Array(frame[6..<12]) == Wiretap.mac(of: holder.machine.address)
                }
                if conflicted == nil, let status = try stage.daemon.status(of: holder.machine), status.exitCode == 4 {
                    conflicted = status
                }
            }
            let timeline = try lab.holderWatch.timeline
            let claim = timeline.firstClaim(since: start, otherThan: holder.index)
            stage.judge.expect(claim == nil, "a candidate claimed the VIP while a foreign host did")
            stage.judge.expect(timeline.holds(holder.index), "\(holder.name) gave the VIP up to a foreign host")
            // The foreign host's kernel speaks up now and then as well: a few would not be for the claims.
            stage.judge.expect(
                defences >= 10, "\(holder.name) defended the VIP by \(defences) broadcast announcements only")
            // Twenty claims, a tenth of a second apart, and at most one defence an interval; some are heard twice a claim.
            stage.judge.expect(defences <= 40, "\(holder.name) answered 20 claims with \(defences) announcements")
            stage.judge.expect(conflicted != nil, "status on \(holder.name) did not exit 4")
            stage.judge.expect(conflicted.map { $0.conflicts > 0 } ?? true, "status exits 4 and names no conflict")
            try gateway.ip(["address delete \(Plan.vip)/32 dev eth0"])
            let isOver = try Interrupt.wait(upTo: .seconds(30)) {
                try stage.daemon.status(of: holder.machine)?.exitCode == 0
            }
            stage.judge.expect(isOver, "30 s after the foreign host left, status still exits 4")
            return "\(defences) announcements in defence against 20 claims"
        }
    }
}
