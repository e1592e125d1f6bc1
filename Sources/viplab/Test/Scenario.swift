// What a scenario is, and the stage it plays on. The scenarios themselves are in the files beside.
import Foundation

/// One promise of vipd, tried with real processes.
struct Scenario: Sendable {
    /// For `--only`: words joined by hyphens.
    let name: String
    let promise: String
    /// Returns what was measured, for the line of the report; may be empty.
    let body: @Sendable (Stage) throws -> String

    static let all =
        elections + trials + moves + departures + clients + quorums + clusters + health + reactions + leases
        + healing + addresses + conversions + interference + floods + clocks + keys + privileges + refusals + watching
        + monitoring + doctor + timings + frugality
}

/// Thrown where something cannot be done here for want of what it takes.
struct Skipped: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

/// Where a scenario plays: makes its labs, and keeps the judgement and the logs of a failure.
final class Stage {
    let vipd: String
    var judge = Judge()
    /// The last lines of each daemon's log, gathered before a failed lab is taken down.
    private(set) var logs: [String] = []

    init(vipd: String) { self.vipd = vipd }

    var daemon: VipdDaemon { VipdDaemon(binary: vipd, chosenInterval: nil) }

    /// A lab with nothing running yet.
    func lab<Result>(of daemon: VipdDaemon? = nil, nodes: Int = 3, _ body: (Lab) throws -> Result) throws -> Result {
        try Lab.with(LabOptions(nodes: nodes, daemon: daemon ?? self.daemon)) { lab in
            defer { if case .failed = judge.verdict { keepLogs(lab) } }
            do {
                return try body(lab)
            } catch let error as LabError {
                keepLogs(lab)
                throw error
            }
        }
    }

    /// A lab that has booted and has a holder.
    func settledLab<Result>(of daemon: VipdDaemon? = nil, _ body: (Lab, Node) throws -> Result) throws -> Result {
        try lab(of: daemon) { lab in try body(lab, lab.boot()) }
    }

    private func keepLogs(_ lab: Lab) {
        guard logs.isEmpty else { return }
        for node in lab.nodes {
            let text = (try? String(contentsOfFile: node.machine.log, encoding: .utf8)) ?? ""
            logs += text.split(separator: "\n").suffix(8).map { "\(node.name): \($0)" }
        }
    }
}

/// `viplab test`: plays the scenarios and counts.
struct TestRun {
    let vipd: String
    let only: [String]

    /// Whether nothing failed.
    func run() throws -> Bool {
        for name in only where !Scenario.all.contains(where: { $0.name == name }) {
            let known = Scenario.all.map(\.name)
            throw UsageError("unknown scenario \(name); did you mean \(nearest(to: name, among: known))?")
        }
        var (passed, failed, skipped) = (0, 0, 0)
        for scenario in Scenario.all where only.isEmpty || only.contains(scenario.name) {
            Console.progress("      \(scenario.promise)")
            switch try play(scenario) {
            case .passed: passed += 1
            case .failed: failed += 1
            case .stalled: skipped += 1
            }
        }
        Console.line("\(passed) passed, \(failed) failed" + (skipped > 0 ? ", \(skipped) skipped" : ""))
        return failed == 0
    }

    private func play(_ scenario: Scenario) throws -> Verdict {
        let stage = Stage(vipd: vipd)
        var detail = ""
        var verdict: Verdict
        do {
            detail = try scenario.body(stage)
            verdict = stage.judge.verdict
        } catch let skip as Skipped {
            report("skip", .caution, "\(scenario.promise): skipped: \(skip.reason)")
            return .stalled(.zero)
        } catch let error as LabError {
            verdict = .failed([error.description])
        }
        switch verdict {
        case .passed: report("ok", .good, scenario.promise + (detail.isEmpty ? "" : " (\(detail))"))
        case .stalled(let time):
            let reason = "skipped: the host stalled for \(time.short) during the measurement"
            report("skip", .caution, "\(scenario.promise): \(reason)")
        case .failed(let complaints):
            report("FAIL", .bad, "\(scenario.promise) [\(scenario.name)]")
            for complaint in complaints { Console.line("        \(complaint)") }
            for line in stage.logs { Console.line("        \(line)", .dim) }
        }
        return verdict
    }

    private func report(_ word: String, _ style: Console.Style, _ text: String) {
        Console.progress("")
        Console.line(Console.styled(word.padding(toLength: 4, withPad: " ", startingAt: 0), style) + "  " + text)
    }
}
