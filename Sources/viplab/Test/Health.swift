// Scenarios: the service behind the VIP falls sick, in all the ways a service does, and the checks themselves fail.
import Foundation

/// A check as the scenarios configure it, quicker than the default, and what follows from it.
struct QuickCheck {
    /// How the service is tried: a flow mapping's `key: value` of the configuration file.
    let probe: String
    /// More keys of the group, a line each.
    var more = ""
    let interval = Duration.milliseconds(200)
    /// Longer than the interval, since a TLS handshake takes its time where others keep the machine busy: a run that takes
    /// longer than the interval puts the next one off.
    let timeout = Duration.milliseconds(500)
    let fall = 3

    /// HTTP to the lab's own service.
    static let service = QuickCheck(
        probe: "name: service, http: {url: \"http://127.0.0.1:\(Door.web.rawValue)/livez\"}")

    /// For `VipdDaemon.group`.
    var keys: String {
        let times = "interval: \(Int(interval.inMilliseconds))ms, timeout: \(Int(timeout.inMilliseconds))ms"
        return "checks: [{\(probe), \(times), rise: 2, fall: \(fall)}]\n" + more
    }

    /// From a refusal of service to the takeover: the failures that it takes, and 300 ms.
    var bound: Duration { interval * fall + .milliseconds(300) }
    /// The same where nobody answers: each run takes until its timeout.
    var hungBound: Duration { interval + timeout * fall + .milliseconds(300) }
}

extension Scenario {
    static let health: [Scenario] = [
        Scenario(
            name: "service-killed", promise: "a service that dies takes the VIP along to where it lives",
            body: { try sickService(.killService, QuickCheck.service.bound, $0) }),
        Scenario(
            name: "service-hung", promise: "a service that accepts and never answers loses the VIP, too",
            body: { try sickService(.hangService, QuickCheck.service.hungBound, $0) }),
        Scenario(
            name: "all-sick",
            promise: "where all services are sick nobody moves, and the first that is well gets the VIP",
            body: allSick),
        Scenario(
            name: "checker-killed", promise: "a checker that dies moves nothing, and is back at its work soon",
            body: checkerKilled),
        Scenario(
            name: "check-stumbles", promise: "a check that fails now and then moves nothing", body: checkStumbles),
        Scenario(
            name: "check-flaps", promise: "services that come and go everywhere move the VIP once in holdDown",
            body: checkFlaps),
        Scenario(
            name: "bootstrap", promise: "the VIP is there before any API server is, and goes to the first that answers",
            body: bootstrap),
        Scenario(
            name: "kubernetes-check", promise: "kubernetes: {} moves the VIP away from a dead API server",
            body: kubernetesCheck),
        Scenario(
            name: "etcd-check", promise: "etcd: {} moves the VIP away from a dead member of etcd, and writes go on",
            body: etcdCheck),
    ]

    private static func lab(
        _ check: QuickCheck, _ stage: Stage, deploy: (Lab) throws -> Void = { _ in },
        _ body: (Lab, Node) throws -> String
    ) throws -> String {
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group(check.keys)
        return try stage.lab(of: daemon) { lab in
            try deploy(lab)
            let holder = try lab.boot()
            try stage.waitForChecks("passing", on: lab.nodes)
            return try body(lab, holder)
        }
    }

    private static func sickService(_ fault: Fault, _ bound: Duration, _ stage: Stage) throws -> String {
        try lab(.service, stage) { lab, holder in
            let measured = try lab.measure(fault, on: holder, limit: Bounds.patience)
            try expectMoved(measured, within: bound, in: lab, stage)
            let heir = try lab.holder()
            try stage.waitForChecks("failing", on: [holder])
            let state = try stage.daemon.status(of: holder.machine)?.state
            stage.judge.expect(state == "ineligible", "the sick \(holder.name) is \(state ?? "gone"), not ineligible")
            try lab.inflict(.startService, on: holder)
            let now = try lab.settle()
            stage.judge.expect(now === heir, "the service is back, and so is the VIP, on \(now.name)")
            return stage.describe(measured)
        }
    }

    /// Gone from the sick holder in time, and no attempt fails once the old holder has let go.
    private static func expectMoved(
        _ measured: Measurement, within bound: Duration, in lab: Lab, _ stage: Stage
    ) throws {
        stage.judge.expectTakeover(measured)
        guard let takeover = measured.takeover else { return }
        stage.judge.expect(takeover.after, atMost: bound, "taken over after", stalled: measured.stalled)
        stage.judge.expect(
            measured.overlap, atMost: Bounds.handover, "there were two holders for", stalled: measured.stalled)
        let (start, end) = measured.window
        guard let loss = try lab.holderWatch.timeline.firstLoss(since: start, of: measured.holder.index) else {
            stage.judge.expect(false, "\(measured.holder.name) kept the VIP")
            return
        }
        let attempts = lab.client?.attempts(since: loss.at).filter { $0.start >= loss.at && $0.start <= end } ?? []
        let failed = attempts.count { !$0.isSuccess }
        stage.judge.expect(!attempts.isEmpty, "there were no attempts at the new holder")
        stage.judge.expect(failed == 0, "\(failed) of \(attempts.count) attempts at the new holder failed")
    }

    private static func allSick(_ stage: Stage) throws -> String {
        try lab(.service, stage) { lab, holder in
            let others = lab.nodes.filter { $0 !== holder }
            for node in others { try lab.inflict(.killService, on: node) }
            try stage.waitForChecks("failing", on: others)
            let start = try lab.inflict(.killService, on: holder)
            try stage.waitForChecks("failing", on: [holder])
            try Interrupt.sleep(.seconds(2))
            let timeline = try lab.holderWatch.timeline
            stage.judge.expect(timeline.holds(holder.index), "\(holder.name) let go, and nobody is better")
            stage.judge.expect(
                timeline.firstClaim(since: start, otherThan: holder.index) == nil, "a sick node took the VIP")
            let shown = try stage.daemon.ask(["status"], on: others[0].machine)
            stage.judge.expect(
                shown.output.split(separator: "\n").count { $0.contains("service: ") } >= 1,
                "status does not say what is wrong: \(shown.output)")

            let well = others[1]
            let back = try lab.inflict(.startService, on: well)
            let measured = try lab.measure(since: back, holder: holder, limit: Bounds.patience)
            stage.judge.expect(
                measured.takeover?.node === well, "\(well.name) is the only one that is well, and does not get the VIP")
            return "held for \((back - start).short) by the sick, then \(measured.takeover?.after.short ?? "never")"
        }
    }

    private static func checkerKilled(_ stage: Stage) throws -> String {
        try lab(.service, stage) { lab, holder in
            guard let daemon = holder.daemon,
                let checker = daemon.identity.family.first(where: { $0.program == "vipd-check" })
            else { throw LabError("vipd on \(holder.name) has no child vipd-check") }
            let start = Instant.now
            checker.signal(SIGKILL)
            try stage.waitForChecks("unknown", on: [holder])
            let health = try stage.daemon.status(of: holder.machine)?.checks.first?.message ?? ""
            try stage.waitForChecks("passing", on: [holder])
            let back = Instant.now - start
            let measured = try lab.measurement(from: start, to: .now + .seconds(1), holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") took over")
            stage.judge.expectNoFailures(measured.outage, at: "the checker's death")
            return "unknown (\(health)), passing again after \(back.short)"
        }
    }

    private static let stumbles = 3

    private static func checkStumbles(_ stage: Stage) throws -> String {
        try lab(.service, stage) { lab, holder in
            let start = Instant.now
            let check = QuickCheck.service
            for _ in 0..<stumbles {
                // At most `fall` - 1 runs, of which each takes its timeout, end within this time.
                try lab.inflict(.hangService, on: holder)
                try Interrupt.sleep(check.timeout * (check.fall - 1) - .milliseconds(100))
                holder.service?.signalFamily(SIGCONT)
                try Interrupt.sleep(check.interval * 2)
            }
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") took over")
            let events = try stage.daemon.ask(["events"], on: holder.machine).output
            stage.judge.expect(!events.contains("check service fails"), "the check failed: \(events)")
            return "\(stumbles) stumbles in \((measured.window.end - start).short)"
        }
    }

    private static func checkFlaps(_ stage: Stage) throws -> String {
        let holdDown = Duration.seconds(2)
        var check = QuickCheck.service
        check.more = "holdDown: \(holdDown.components.seconds)s"
        return try lab(check, stage) { lab, _ in
            let start = Instant.now
            let end = start + .seconds(8)
            // Wherever the VIP is, the service there dies, and those elsewhere are well again.
            while Instant.now < end {
                let holder = try lab.holder()
                for node in lab.nodes {
                    let isRunning = node.service?.isRunning == true
                    if node === holder, isRunning { try lab.inflict(.killService, on: node) }
                    if node !== holder, !isRunning { try lab.inflict(.startService, on: node) }
                }
                try Interrupt.sleep(.milliseconds(20))
            }
            let timeline = try lab.holderWatch.timeline
            let claims = timeline.events.filter { $0.at >= start && $0.change == .holds(true) }
            let gaps = zip(claims, claims.dropFirst()).map { $1.at - $0.at }
            let least = gaps.min() ?? .zero
            stage.judge.expect(claims.count >= 2, "there were \(claims.count) moves, so this tells nothing")
            // A claim is noticed a little after it was made, and not always as little.
            let grain = Duration.milliseconds(5)
            stage.judge.expect(
                least + grain >= holdDown, "two moves were \(least.short) apart; holdDown is \(holdDown.short)")
            return "\(claims.count) moves in 8 s, at least \(least.short) apart"
        }
    }

    private static func bootstrap(_ stage: Stage) throws -> String {
        let check = QuickCheck(probe: "kubernetes: {}", more: "members: 3")
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group(check.keys)
        return try stage.lab(of: daemon) { lab in
            let server = try APIServer(for: lab)
            for node in lab.nodes { try lab.powerOn(node) }
            try lab.startClient()
            try stage.waitForChecks("failing", on: lab.nodes)
            let isHeld = try Interrupt.wait(upTo: Bounds.patience) { try lab.holder() != nil }
            guard isHeld, let holder = try lab.holder() else { throw LabError("nobody holds: \(try lab.situation())") }
            let first = lab.nodes[(holder.index + 1) % lab.nodes.count]
            let start = Instant.now
            try lab.start(server, on: first)
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expect(measured.takeover?.node === first, "the VIP is not where the first API server is")
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "the move to the first API server")
            return "\(holder.name) held, then \(first.name), \(measured.takeover?.after.short ?? "") after its start"
        }
    }

    private static func kubernetesCheck(_ stage: Stage) throws -> String {
        var server: APIServer?
        let check = QuickCheck(probe: "kubernetes: {}")
        return try lab(check, stage, deploy: { server = try APIServer.deploy(in: $0) }) { lab, holder in
            guard let server else { return "" }
            let start = Instant.now
            holder.workloads[server.name]?.end()
            let measured = try lab.measure(since: start, holder: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            if let takeover = measured.takeover {
                stage.judge.expect(takeover.after, atMost: check.bound, "taken over after", stalled: measured.stalled)
            }
            let message = try stage.daemon.status(of: holder.machine)?.checks.first?.message ?? ""
            return "\(stage.describe(measured)); status says \(message)"
        }
    }

    private static func etcdCheck(_ stage: Stage) throws -> String {
        let tools = try EtcdTools()
        let check = QuickCheck(probe: "etcd: {}", more: "members: 3")
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group(check.keys)
        return try stage.lab(of: daemon) { lab in
            let play = EtcdPlay(lab: lab, cluster: try .deploy(in: lab, tools), narrator: nil)
            let ledger = try play.boot()
            try stage.waitForChecks("passing", on: lab.nodes)
            let holder = try lab.settle()
            let start = Instant.now
            holder.workloads[play.cluster.name]?.end()
            let isMoved = try Interrupt.wait(upTo: Bounds.patience) { try lab.holder().map { $0 !== holder } ?? false }
            stage.judge.expect(isMoved, "\(holder.name) has lost its etcd and keeps the VIP")
            let again = try ledger.waitForAcknowledgement(since: start, upTo: Bounds.patience)
            stage.judge.expect(again != nil, "no write went on: \(ledger.lastProblem ?? "")")
            let outage = ledger.outage(from: start, to: .now)
            try play.audit(ledger, &stage.judge)
            let claim = try lab.holderWatch.timeline.firstClaim(since: start, otherThan: holder.index)
            let after = claim.map { ($0.at - start).short } ?? "?"
            return "moved after \(after), the writing client was without for \(outage.gap.short)"
        }
    }
}

extension Stage {
    /// Waits until all checks on these nodes are in a state.
    func waitForChecks(_ state: String, on nodes: [Node]) throws {
        for node in nodes {
            var last: VipdStatus?
            let isSo = try Interrupt.wait(upTo: Bounds.patience) {
                last = try daemon.status(of: node.machine)
                guard let checks = last?.checks, !checks.isEmpty else { return false }
                return checks.allSatisfy { $0.state == state }
            }
            let found =
                last?.checks.map { "\($0.name) \($0.state): \($0.message)" }.joined(separator: ", ") ?? "no status"
            guard isSo else { throw LabError("the checks of \(node.name) are not \(state) but \(found)") }
        }
    }

    fileprivate func describe(_ measured: Measurement) -> String {
        let after = measured.takeover.map { "taken over after \($0.after.short)" } ?? "not taken over"
        return "\(after), client without for \(measured.outage.gap.short)"
    }
}

extension ProcessIdentity {
    /// The name of the program that it runs (proc(5), /proc/PID/comm).
    var program: String {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? ""
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
