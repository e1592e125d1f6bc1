// Scenarios: who else may hold, by an administrator's will: maintenance and preemption; and how a takeover is confirmed.
import Foundation

extension Scenario {
    static let departures: [Scenario] = [
        Scenario(
            name: "maintenance", promise: "maintenance moves the VIP, and a restarted daemon stays out of it",
            body: maintenance),
        Scenario(
            name: "preemption", promise: "with preempt the machine of higher priority gets the VIP back by a handover",
            body: preemption),
        Scenario(
            name: "confirmation", promise: "status tells that the gateway confirmed the takeover", body: confirmation),
        Scenario(
            name: "gateway-silent", promise: "events warn of a gateway that never confirmed the takeover",
            body: gatewaySilent),
    ]

    private static func maintenance(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = Instant.now
            let asked = try stage.daemon.ask(["maintenance", "on"], on: holder.machine)
            stage.judge.expect(asked.status == .exited(0), "vipd maintenance on: \(asked.said)")
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "maintenance")
            func isOut() throws -> Bool {
                let status = try stage.daemon.status(of: holder.machine)
                return status?.state == "ineligible" && status?.reason.contains("maintenance") == true
            }
            stage.judge.expect(try isOut(), "status on \(holder.name) does not tell of maintenance")

            try lab.inflict(.stop, on: holder)
            _ = try holder.daemon?.waitForExit(upTo: Bounds.patience)
            try lab.inflict(.start, on: holder)
            let staysOut = try Interrupt.wait(upTo: .seconds(5)) { try isOut() }
            stage.judge.expect(staysOut, "the restarted daemon has forgotten its maintenance")
            let heir = try lab.holder()
            let situation = try lab.situation()
            stage.judge.expect(heir != nil && heir !== holder, "after the restart \(situation)")

            _ = try stage.daemon.ask(["maintenance", "off"], on: holder.machine)
            let now = try lab.settle()
            stage.judge.expect(now === heir, "the end of maintenance moved the VIP to \(now.name)")
            return "slowest of \(measured.outage.attempts) attempts \(measured.outage.slowest.short)"
        }
    }

    private static func preemption(_ stage: Stage) throws -> String {
        let delay = Duration.seconds(1)
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group("preempt: true\npreemptDelay: \(delay.components.seconds)s")
        daemon.priorities = [1: 200]
        return try stage.lab(of: daemon) { lab in
            let best = lab.nodes[0]
            for node in lab.nodes.dropFirst() { try lab.powerOn(node) }
            try lab.startClient()
            let holder = try lab.settle()
            let start = Instant.now
            try lab.powerOn(best)
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "a preemption")
            let now = try lab.settle()
            stage.judge.expect(now === best, "\(now.name) holds, not \(best.name) of the highest priority")
            guard let takeover = measured.takeover else { return "" }
            stage.judge.expect(takeover.after >= delay, "it did not wait for preemptDelay: \(takeover.after.short)")
            return "\(takeover.after.short) after its start, of which preemptDelay is \(delay.short)"
        }
    }

    private static func confirmation(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            try lab.move(from: holder)
            let heir = try lab.settle()
            let isConfirmed = try Interrupt.wait(upTo: .seconds(2)) {
                try stage.daemon.status(of: heir.machine)?.confirmedBy == Plan.gateway
            }
            stage.judge.expect(isConfirmed, "status --json does not tell that \(Plan.gateway) confirmed the takeover")
            let shown = try stage.daemon.ask(["status"], on: heir.machine).output
            let words = "confirmed by \(Plan.gateway) after "
            stage.judge.expect(
                shown.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(words),
                "status does not say \"\(words)…\"")
            let events = try stage.daemon.ask(["events"], on: heir.machine).output.split(separator: "\n")
            let told = events.last { $0.contains("confirmed by \(Plan.gateway) ") }
            stage.judge.expect(told != nil, "no event of \(heir.name) tells of it")
            return told.map(String.init) ?? ""
        }
    }

    private static func gatewaySilent(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            try lab.network.switch.set(lab.network.gateway, up: false)
            let holder = try lab.boot()
            var warning: Substring?
            _ = try Interrupt.wait(upTo: Bounds.patience) {
                let events = try stage.daemon.ask(["events"], on: holder.machine).output.split(separator: "\n")
                warning = events.last { $0.contains("\(Plan.gateway) never answered") }
                return warning != nil
            }
            stage.judge.expect(warning != nil, "no event of \(holder.name) warns that \(Plan.gateway) never answered")
            return warning.map(String.init) ?? ""
        }
    }
}
