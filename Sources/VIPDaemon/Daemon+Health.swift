// The health of this node's services: what the checker process reports becomes a verdict for each group's election.
// Deliberately not here: running checks (vipd-check), counting their runs (VIPHealth), and hooks (Daemon+Hooks).

import VIPConfiguration
import VIPControl
import VIPElection
import VIPHealth

/// A check of a group, as it stands.
struct RunningCheck {
    /// Its number on the way to the checker and back.
    let id: Int
    var tracker: CheckTracker
    /// When the checker was given it; nil while it does not have it.
    var askedAt: Duration?

    var specification: CheckSpecification { tracker.specification }
    /// From then on the checker owes a result; nil while it does not have the check.
    var overdueAt: Duration? {
        guard let askedAt else { return nil }
        return tracker.overdueAt ?? askedAt + tracker.patience
    }
}

extension Daemon {
    /// From one attempt to start or reach the checker to the next.
    static let checkerRetry: Duration = .seconds(1)

    /// A link that has lost its subnet counts as sick when it has not got it back for so long: who restarts a network
    /// manager need not see the addresses move.
    private static let strandedGrace: Duration = .seconds(1)

    private var sinceBoot: Duration { .nanoseconds(machine.now.nanoseconds) }

    /// Whether there is anything for a checker to do.
    private var wantsChecker: Bool {
        groups.contains { group in
            let configuration = group.configuration
            return !configuration.checks.isEmpty || configuration.hooks.hasAny || configuration.webhook != nil
        }
    }

    /// Has the checker run what the groups ask for now: checks that are the same as before go on with their verdict.
    /// - Parameter abandoned: checks of groups that are no more.
    func adoptChecks(abandoned: [RunningCheck] = []) {
        let had = groups.flatMap(\.checks)
        for group in groups {
            let before = group.checks
            group.checks = group.configuration.checks.map { specification in
                if let known = before.first(where: { $0.specification == specification }) { return known }
                lastCheckID += 1
                return RunningCheck(id: lastCheckID, tracker: CheckTracker(specification, at: sinceBoot))
            }
        }
        let wanted = Set(groups.flatMap { $0.checks.map(\.id) })
        for check in abandoned + had where check.askedAt != nil && !wanted.contains(check.id) {
            _ = checker?.send(.cancel(id: check.id))
        }
        if wantsChecker {
            openChecker()
        } else {
            closeChecker()
        }
        for number in groups.indices { judge(groupNumber: number) }
        scheduleHealth()
    }

    /// Starts or reaches the checker if it is not there, and gives it the checks that it does not have yet.
    private func openChecker() {
        if checker == nil {
            do {
                checker = try machine.openChecker { [unowned self] report in
                    // The machine calls on the daemon's executor.
                    assumeIsolated { $0.take(report) }
                }
                checkerProblem = nil
            } catch {
                let problem = "\(error)"
                if problem != checkerProblem { note(.error, "checks and hooks do not run: \(problem)") }
                checkerProblem = problem
                checkerRetryAt = machine.now + Self.checkerRetry
                return
            }
        }
        for group in groups {
            for (place, check) in group.checks.enumerated() where check.askedAt == nil {
                guard checker?.send(.check(id: check.id, check.specification)) == true else {
                    // What it cannot take now it gets a while later.
                    checkerRetryAt = machine.now + Self.checkerRetry
                    return
                }
                group.checks[place].askedAt = sinceBoot
            }
        }
    }

    func closeChecker() {
        checker?.close()
        checker = nil
        for group in groups { group.forgetAsking() }
        checkerRetryAt = nil
        checkerProblem = nil
    }

    /// Takes in what the checker reports; nil: it is gone.
    private func take(_ report: CheckerReport?) {
        switch report {
        case .ready(let version):
            guard version != CheckerProtocol.version else { break }
            note(.error, "vipd-check is of another version than vipd; install both from one package, then restart vipd")
        case .result(let id, let passed, let message):
            update(checkWithID: id) { tracker, now in tracker.record(passed: passed, message: message, at: now) }
        case .output(_, let group, let event, let line):
            machine.write(
                LogEntry(
                    .info, "group \(group): hook \(event.rawValue): \(line)",
                    fields: [.init("GROUP", group), .init("HOOK", event.rawValue)]))
        case .ended(_, let group, let event, let outcome, let failed):
            noteHook(of: group, event, outcome, hasFailed: failed)
        case .refused(let problem):
            note(.warning, "the checker did not take a request: \(problem)")
        case nil:
            loseChecker(because: "the checker has ended")
        }
        scheduleHealth()
    }

    /// Its checks are unknown until it, or the one that follows it, reports again. Unknown fails nothing.
    private func loseChecker(because reason: String) {
        checker?.abandon()
        checker = nil
        for group in groups { group.forgetAsking() }
        checkerRetryAt = machine.now + Self.checkerRetry
        note(.warning, "\(reason); it is started again, and until then what it checked is unknown")
        for group in groups {
            for check in group.checks {
                update(checkWithID: check.id) { tracker, now in tracker.forget(because: reason, at: now) }
            }
        }
    }

    private func update(checkWithID id: Int, _ change: (inout CheckTracker, Duration) -> Void) {
        for (number, group) in groups.enumerated() {
            guard let place = group.checks.firstIndex(where: { $0.id == id }) else { continue }
            let before = group.checks[place].tracker.state
            change(&group.checks[place].tracker, sinceBoot)
            let check = group.checks[place]
            guard check.tracker.state != before else { return }
            tell(check, of: group)
            judge(groupNumber: number)
        }
    }

    private func tell(_ check: RunningCheck, of group: Group) {
        let text: String
        let level: LogEntry.Level
        switch check.tracker.state {
        case .passing: (text, level) = ("passes", .notice)
        case .failing: (text, level) = ("fails: \(check.tracker.message)", .warning)
        case .unknown: (text, level) = ("is unknown: \(check.tracker.message)", .warning)
        }
        let message = "check \(check.specification.name) \(text)"
        enter(
            record(EventRecord.Kind.check, of: group.name, to: check.tracker.state.rawValue, message), level,
            saying: "group \(group.name): \(message)",
            more: [.init("CHECK", check.specification.name), .init("CHECK_STATE", check.tracker.state.rawValue)])
    }

    /// Tells a group's election whether the node is well, if that has changed.
    private func judge(groupNumber number: Int) {
        let group = groups[number]
        let isStranded = group.strandedSince.map { machine.now - $0 >= Self.strandedGrace } ?? false
        if isStranded != group.isStranded {
            group.isStranded = isStranded
            note(
                isStranded ? .warning : .notice,
                "group \(group.name): the interface " + (isStranded ? Group.strandedText : "has its subnet back"))
        }
        let failing = group.firstFailingCheck
        let isSick = failing != nil || isStranded
        guard group.isSick != isSick else { return }
        group.isSick = isSick
        if let failing {
            callHooks(
                .fault, of: group, reason: "check \(failing.specification.name) fails: \(failing.tracker.message)")
        } else if isStranded {
            callHooks(.fault, of: group, reason: "the interface \(Group.strandedText)")
        }
        feed(.healthSet(!group.isSick), toGroup: number)
        isStatusStale = true
    }

    /// Looks after a checker that is gone, or that no longer reports.
    func followHealth() {
        guard let due = healthAt, due <= machine.now else { return }
        if groups.contains(where: { group in
            group.checks.contains { $0.overdueAt.map { $0 <= sinceBoot } ?? false }
        }) {
            loseChecker(because: "the checker does not report any more")
        }
        for number in groups.indices { judge(groupNumber: number) }
        if let retry = checkerRetryAt, retry <= machine.now, !isStopping {
            checkerRetryAt = nil
            if wantsChecker { openChecker() }
        }
        scheduleHealth()
    }

    /// Works out when ``followHealth()`` has something to do next.
    func scheduleHealth() {
        let overdue = groups.lazy.flatMap(\.checks).compactMap(\.overdueAt).min()
        let stranded = groups.lazy.filter { ($0.strandedSince != nil) != $0.isStranded }
            .map { $0.strandedSince.map { $0 + Self.strandedGrace } ?? self.machine.now }.min()
        healthAt = [overdue.map { Instant(nanoseconds: $0.nanoseconds) }, checkerRetryAt, stranded]
            .compactMap(\.self).min()
    }
}

extension Group {
    fileprivate static let strandedText = "has no address in the group's subnet any more"

    /// The checker does not have its checks any more.
    fileprivate func forgetAsking() {
        for place in checks.indices { checks[place].askedAt = nil }
    }

    /// The check that makes the node sick, if one does.
    var firstFailingCheck: RunningCheck? { checks.first { $0.tracker.state == .failing } }

    /// What the checks say in a few words; nil where there is nothing to say.
    var healthText: String? {
        if isStranded { return Self.strandedText }
        if let failing = firstFailingCheck { return "\(failing.specification.name): \(failing.tracker.message)" }
        if let unknown = checks.first(where: { $0.tracker.state == .unknown }) {
            return "ok, \(unknown.specification.name) unknown"
        }
        return nil
    }
}

extension HookCommands {
    /// Whether there is any program to run.
    var hasAny: Bool { acquired != nil || released != nil || fault != nil }
}
