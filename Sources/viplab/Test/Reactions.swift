// Scenarios: hooks and webhooks: what others are told of the VIP, and that they cannot be in its way.
import Foundation

extension Scenario {
    static let reactions: [Scenario] = [
        Scenario(name: "hooks", promise: "hooks run in order, one at a time, and are told the facts", body: hooks),
        Scenario(
            name: "hook-hangs", promise: "a hook that hangs delays no handover, and is killed in the end",
            body: hookHangs),
        Scenario(name: "webhook", promise: "a webhook is posted the facts of a takeover", body: webhook),
    ]

    private static func configure(_ stage: Stage, _ keys: String) -> VipdDaemon {
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group(keys)
        return daemon
    }

    /// A program for hooks, which everyone may run.
    private static func script(_ name: String, _ text: String, in lab: Lab) throws -> String {
        let path = "\(lab.directory)/\(name)"
        try "#!/bin/sh\n\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
        guard unsafe chmod(path, 0o755) == 0 else { throw LabError("cannot make \(path) a program", code: errno) }
        return path
    }

    /// The lines that a node's log has of its hooks, without what stands before "hook ".
    private static func told(_ node: Node) -> [String] {
        let log = (try? String(contentsOfFile: node.machine.log, encoding: .utf8)) ?? ""
        return log.split(separator: "\n").compactMap { line in
            line.range(of: ": hook ").map { String(line[$0.upperBound...]) }
        }
    }

    private static func hooks(_ stage: Stage) throws -> String {
        let check = QuickCheck.service
        return try stage.lab(of: stage.daemon) { lab in
            // The environment and the JSON are told side by side; the pause would show two hooks at once.
            let program = try script(
                "tell.sh",
                "read -r facts; echo begin $VIPD_EVENT $VIPD_GROUP $VIPD_ADDRESSES; sleep 0.2; echo \"$facts\"; echo end",
                in: lab)
            var daemon = stage.daemon
            daemon.configuration = VipdDaemon.group(
                check.keys + "hooks: {acquired: [\(program)], released: [\(program)], fault: [\(program)]}")
            lab.change(to: daemon)
            let holder = try lab.boot()
            try stage.waitForChecks("passing", on: lab.nodes)
            try lab.inflict(.killService, on: holder)
            let isOver = try Interrupt.wait(upTo: Bounds.patience) {
                told(holder).count { $0.hasPrefix("released") && $0.contains("end") } > 0
            }
            let lines = told(holder)
            stage.judge.expect(isOver, "the hook \"released\" did not run on \(holder.name): \(lines)")
            let begun = lines.filter { $0.contains(": begin ") }
            let expected = ["acquired", "fault", "released"].map { "\($0): begin \($0) default \(Plan.vip)" }
            stage.judge.expect(begun == expected, "the hooks began so: \(begun)")
            let order = lines.compactMap { line in ["begin", "end"].first { line.contains(": \($0)") } }
            stage.judge.expect(
                order == ["begin", "end", "begin", "end", "begin", "end"], "hooks ran beside each other: \(order)")
            let facts = lines.compactMap { line in line.firstIndex(of: "{").map { String(line[$0...]) } }
            let events = facts.compactMap(Self.event)
            stage.judge.expect(
                events == ["acquired", "fault", "released"], "the JSON on standard input speaks of \(events)")
            return facts.last ?? ""
        }
    }

    /// The event that a hook's JSON is about; nil where it is none, or about something else than the VIP.
    private static func event(_ json: String) -> String? {
        let facts = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        guard facts?["addresses"] as? [String] == [Plan.vip] else { return nil }
        return facts?["event"] as? String
    }

    private static func hookHangs(_ stage: Stage) throws -> String {
        try stage.lab(of: stage.daemon) { lab in
            let program = try script("hang.sh", "sleep 60 & wait", in: lab)
            lab.change(to: configure(stage, "hooks: {released: [\(program)], acquired: [\(program)], timeout: 1s}"))
            let holder = try lab.boot()
            let measured = try lab.measure(.move, on: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(measured)
            stage.judge.expectNoticedByNobody(measured, measured.outage, at: "a move with hooks that hang")
            var end: String?
            _ = try Interrupt.wait(upTo: Bounds.patience) {
                end = told(holder).last { $0.hasPrefix("released failed") }
                return end != nil
            }
            stage.judge.expect(end != nil, "the log does not say that the hook was killed: \(told(holder))")
            // Another node's hook may have begun later, and the kernel may still be at what was killed.
            var left = ""
            _ = try Interrupt.wait(upTo: Bounds.patience) {
                left = try Tool.run(["pgrep", "-f", "\(lab.directory)/hang.sh"]).output
                return left.isEmpty
            }
            stage.judge.expect(left.isEmpty, "hooks are left over: \(left)")
            return end ?? ""
        }
    }

    private static func webhook(_ stage: Stage) throws -> String {
        try stage.lab(of: stage.daemon) { lab in
            let log = "\(lab.directory)/webhook.log"
            _ = try lab.spawnCompanion(
                [lab.ownBinary, "serve", "--name", "receiver"], in: lab.network.client, name: "receiver",
                output: .file(log))
            lab.change(to: configure(stage, "webhook: \"http://\(Plan.client):\(Door.web.rawValue)/vip\""))
            let holder = try lab.boot()
            try lab.move(from: holder)
            let heir = try lab.settle()
            func posted() -> [String] {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").map(String.init)
            }
            func isTold(_ event: String, of node: Node) -> Bool {
                posted().contains { Self.event($0) == event && $0.contains(node.name) }
            }
            let isComplete = try Interrupt.wait(upTo: Bounds.patience) {
                isTold("acquired", of: holder) && isTold("released", of: holder) && isTold("acquired", of: heir)
            }
            stage.judge.expect(isComplete, "posted was: \(posted())")
            return posted().last ?? ""
        }
    }
}
