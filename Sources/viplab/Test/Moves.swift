// Scenarios: `vipd move`, as it should go and as it goes when something is in its way. Each ends with one holder and a
// clear answer.
import Foundation

extension Scenario {
    static let moves: [Scenario] = [
        Scenario(name: "move", promise: "a move costs no attempt, and prints how long it took", body: move),
        Scenario(name: "move-refused", promise: "a move that cannot be is refused in one line", body: moveRefused),
        Scenario(
            name: "move-to-hung", promise: "a move to a hung successor fails, and the holder stays", body: moveToHung),
        Scenario(
            name: "move-past-hung", promise: "a move passes over a hung successor to the next", body: movePastHung),
        Scenario(
            name: "move-successor-dies", promise: "a successor that dies in a handover is replaced", body: successorDies
        ),
        Scenario(
            name: "move-twice", promise: "of two moves at once one is refused or follows the other", body: moveTwice),
        Scenario(
            name: "move-in-conflict", promise: "while a foreign host claims the VIP a move is refused or fails",
            body: moveInConflict),
        Scenario(
            name: "handovers", promise: "\(handoverCount) handovers in a row cost no attempt", body: handovers),
    ]

    private static func move(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let successor = lab.nodes[(holder.index + 1) % lab.nodes.count]
            let start = Instant.now
            let said = try lab.move(from: holder, to: successor)
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "a move")
            let words = "\(holder.name) -> \(successor.name) in "
            stage.judge.expect(
                said.contains(words) && said.hasSuffix(" ms"), "vipd move does not print \"\(words)… ms\": \(said)")
            let now = try lab.settle()
            stage.judge.expect(now === successor, "\(now.name) holds, not \(successor.name)")
            return "\(said); slowest of \(measured.outage.attempts) attempts \(measured.outage.slowest.short)"
        }
    }

    private static func moveRefused(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let others = lab.nodes.filter { $0 !== holder }
            let vipd = stage.daemon
            _ = try vipd.ask(["maintenance", "on"], on: others[0].machine)
            let isOut = try Interrupt.wait(upTo: .seconds(2)) {
                try vipd.status(of: holder.machine)?.livePeers.contains(others[0].name) == false
            }
            stage.judge.expect(isOut, "the holder takes \(others[0].name) in maintenance for a candidate")
            let start = Instant.now
            func refuse(_ words: [String], on node: Node, mentions: [String]) throws {
                let asked = try vipd.ask(["move"] + words, on: node.machine)
                let what = "vipd move \(words.joined(separator: " ")) on \(node.name)"
                stage.judge.expect(asked.status == .exited(1), "\(what): \(asked.status), not exit code 1")
                stage.judge.expect(
                    asked.errors.split(separator: "\n").count == 1, "\(what): not one line: \(asked.said)")
                for word in mentions { stage.judge.expect(asked.errors.contains(word), "\(what): \(asked.said)") }
            }
            try refuse(["--to", holder.name], on: holder, mentions: ["holds already"])
            try refuse(["--to", others[0].name], on: holder, mentions: [others[0].name, "not eligible"])
            try refuse(["--to", "k8s-controller9"], on: holder, mentions: ["k8s-controller9", others[1].name])
            try refuse([], on: others[1], mentions: ["does not hold", holder.name])
            try refuse(["--to", others[1].name], on: others[1], mentions: ["does not hold", holder.name])
            try refuse(["--group", "web"], on: holder, mentions: ["web", "default"])
            _ = try vipd.ask(["maintenance", "on"], on: others[1].machine)
            _ = try Interrupt.wait(upTo: .seconds(2)) { try vipd.status(of: holder.machine)?.livePeers.isEmpty == true }
            try refuse([], on: holder, mentions: ["no other node is eligible"])
            let measured = try lab.measurement(from: start, to: .now + .milliseconds(500), holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") took over")
            stage.judge.expectNoFailures(measured.outage, at: "moves that are refused")
            return
                "to itself, to an ineligible, to an unknown node, asked of a candidate, of no group, with nobody else"
        }
    }

    private static func moveToHung(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let successor = lab.nodes[(holder.index + 1) % lab.nodes.count]
            let start = try lab.inflict(.hang, on: successor)
            let asked = try stage.daemon.ask(["move", "--to", successor.name], on: holder.machine)
            stage.judge.expect(asked.status == .exited(1), "vipd move to a hung node: \(asked.said)")
            stage.judge.expect(
                asked.errors.contains(successor.name), "it does not name \(successor.name): \(asked.said)")
            try lab.inflict(.resume, on: successor)
            let measured = try lab.measurement(from: start, to: .now + .seconds(1), holder: holder)
            stage.judge.expectNoFailures(measured.outage, at: "a move to a hung node")
            stage.judge.expectNoOverlap(measured)
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            return asked.said
        }
    }

    private static func movePastHung(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        // So that it is clear who is named first.
        daemon.priorities = [1: 200, 2: 150]
        return try stage.lab(of: daemon) { lab in
            let (holder, hung, heir) = (lab.nodes[0], lab.nodes[1], lab.nodes[2])
            try lab.powerOn(holder)
            _ = try Interrupt.wait(upTo: Bounds.patience) { try lab.holderWatch.timeline.holds(holder.index) }
            try lab.powerOn(hung)
            try lab.powerOn(heir)
            try lab.startClient()
            try lab.settle()
            let start = try lab.inflict(.hang, on: hung)
            let said = try lab.move(from: holder)
            stage.judge.expect(said.contains("\(holder.name) -> \(heir.name)"), "vipd move says: \(said)")
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "a move past a hung node")
            try lab.inflict(.resume, on: hung)
            let now = try lab.settle()
            stage.judge.expect(now === heir, "\(now.name) holds, not \(heir.name)")
            return said
        }
    }

    /// Killed as soon as its kernel has the VIP: the holder may have heard of it or not.
    private static func successorDies(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let successor = lab.nodes[(holder.index + 1) % lab.nodes.count]
            let start = Instant.now
            let asking = try stage.daemon.begin(["move", "--to", successor.name], on: holder.machine)
            let isUnderWay = try Interrupt.wait(upTo: .seconds(2)) {
                try lab.holderWatch.timeline.holds(successor.index)
            }
            guard isUnderWay else { throw LabError("the handover did not begin: \(try asking.finish().said)") }
            try lab.inflict(.kill, on: successor)
            let answer = try asking.finish()
            // Until the lease of the dead ends, its kernel may serve on.
            let isReplaced = try Interrupt.wait(upTo: Bounds.patience) { try lab.holder()?.isTakingPart == true }
            let situation = try lab.situation()
            stage.judge.expect(isReplaced, "\(situation), and \(successor.name)'s daemon is dead")
            let now = try lab.settle()
            let measured = try lab.measurement(from: start, to: .now + .milliseconds(500), holder: holder)
            // One that dies between its kernel's word and its first announcement was never heard: the holder stays, and the
            // dead one's kernel answers beside it until its lease ends.
            stage.judge.expect(
                measured.overlap, atMost: Bounds.leaseEnd, "there were two holders for", stalled: measured.stalled)
            stage.judge.expect(
                measured.outage.gap, atMost: Bounds.deadDaemon, "the client was without for", stalled: measured.stalled)
            let after = measured.window.end - .milliseconds(500) - start
            return "\(now.name) holds after \(after.short); the move said: \(answer.said)"
        }
    }

    private static func moveTwice(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let others = lab.nodes.filter { $0 !== holder }
            let start = Instant.now
            let asking = try others.map { try stage.daemon.begin(["move", "--to", $0.name], on: holder.machine) }
            let answers = try asking.map { try $0.finish() }
            let winners = zip(others, answers).filter { $1.status == .exited(0) }.map(\.0)
            stage.judge.expect(!winners.isEmpty, "neither move went through: \(answers.map(\.said))")
            for answer in answers where answer.status != .exited(0) {
                let isClear = ["under way", "does not hold"].contains { answer.errors.contains($0) }
                stage.judge.expect(answer.status == .exited(1) && isClear, "the other move ended so: \(answer.said)")
            }
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "two moves at once")
            let now = try lab.settle()
            stage.judge.expect(winners.contains { $0 === now }, "\(now.name) holds, whose move was refused")
            return answers.map(\.said).joined(separator: "; ")
        }
    }

    private static func moveInConflict(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let tap = try Wiretap(on: lab.network.gateway)
            let claim = Wiretap.arpRequest(
                senderMAC: Wiretap.mac(of: Plan.gateway), senderIP: Plan.vip, targetIP: Plan.vip)
            func claiming(upTo limit: Duration, until isOver: () -> Bool) throws {
                let end = Instant.now + limit
                while Instant.now < end && !isOver() {
                    tap.send(claim)
                    try Interrupt.sleep(.milliseconds(10))
                }
            }
            let start = Instant.now
            try claiming(upTo: .milliseconds(300)) { false }
            let asking = try stage.daemon.begin(["move"], on: holder.machine)
            try claiming(upTo: Bounds.patience) { !asking.isRunning }
            let answer = try asking.finish()
            stage.judge.expect(answer.status == .exited(1), "the move: \(answer.said)")
            stage.judge.expect(answer.errors.split(separator: "\n").count == 1, "not one line: \(answer.said)")
            let timeline = try lab.holderWatch.timeline
            stage.judge.expect(
                timeline.firstClaim(since: start, otherThan: holder.index) == nil, "a candidate claimed the VIP")
            // Its caches poisoned, the client is served only once the survivor has announced again.
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            return answer.said
        }
    }

    /// As many as the project promises; they take some twenty seconds.
    private static let handoverCount = 200

    private static func handovers(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            var holder = holder
            let start = Instant.now
            var longest = Duration.zero
            for number in 1...handoverCount {
                Console.progress("      handover \(number) of \(handoverCount)")
                let before = Instant.now
                try lab.move(from: holder)
                var next: Node?
                let isOver = try Interrupt.wait(upTo: .seconds(1)) {
                    next = try lab.holder()
                    return next != nil && next !== holder
                }
                guard isOver, let next else { throw LabError("after handover \(number): \(try lab.situation())") }
                longest = max(longest, .now - before)
                holder = next
                try Interrupt.sleep(.milliseconds(50))
            }
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            let (outage, timeline) = (measured.outage, try lab.holderWatch.timeline)
            stage.judge.expectNoFailures(outage, at: "\(handoverCount) handovers")
            stage.judge.expect(
                outage.slowest, atMost: Bounds.stopAttempt, "the slowest connection attempt took",
                stalled: measured.stalled)
            stage.judge.expect(
                timeline.overlap(from: start, to: .now) / handoverCount, atMost: Bounds.handover,
                "at each handover there were two holders for", stalled: .zero)
            return "slowest of \(outage.attempts) attempts \(outage.slowest.short), longest move \(longest.short)"
        }
    }
}
