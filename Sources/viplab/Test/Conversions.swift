// Scenarios: a keepalived.conf, converted, runs: its election, its check, its notify script.
import Foundation

extension Scenario {
    static let conversions: [Scenario] = [
        Scenario(
            name: "convert", promise: "a converted keepalived.conf runs, with its check and its notify script",
            body: convert)
    ]

    private static func convert(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            let program = "\(lab.directory)/notify.sh"
            try "#!/bin/sh\necho told \"$@\" as $VIPD_EVENT\n".write(toFile: program, atomically: true, encoding: .utf8)
            guard unsafe chmod(program, 0o755) == 0 else {
                throw LabError("cannot make \(program) a program", code: errno)
            }
            let source = "\(lab.directory)/keepalived.conf"
            try keepalivedConfiguration(notify: program).write(toFile: source, atomically: true, encoding: .utf8)
            let converted = try Tool.run([stage.vipd, "convert", source])
            stage.judge.expect(converted.status == .exited(0), "vipd convert: \(converted.said)")
            for words in ["keepalived.conf:10: virtual_router_id", "keepalived.conf:13: prefix lengths"] {
                stage.judge.expect(converted.errors.contains(words), "it does not tell \(words): \(converted.errors)")
            }
            var daemon = stage.daemon
            daemon.configuration = converted.output + "\n"
            lab.change(to: daemon)
            let holder = try lab.boot()
            try stage.waitForChecks("passing", on: lab.nodes)
            try expectNotified("INSTANCE api MASTER 100 as acquired", on: holder, stage)
            let successor = lab.nodes[(holder.index + 1) % lab.nodes.count]
            _ = try lab.move(from: holder, to: successor)
            try expectNotified("INSTANCE api BACKUP 100 as released", on: holder, stage)
            try expectNotified("INSTANCE api MASTER 100 as acquired", on: successor, stage)
            return "\(converted.errors.split(separator: "\n").count) notes"
        }
    }

    private static func expectNotified(_ words: String, on node: Node, _ stage: Stage) throws {
        let isTold = try Interrupt.wait(upTo: Bounds.patience) {
            let log = (try? String(contentsOfFile: node.machine.log, encoding: .utf8)) ?? ""
            return log.contains("told \(words)")
        }
        stage.judge.expect(isTold, "the notify script of \(node.name) was not told \(words)")
    }

    private static func keepalivedConfiguration(notify: String) -> String {
        """
        vrrp_script alive {
            script "/usr/bin/test -d /proc"
            interval 1
            timeout 10
        }
        vrrp_instance api {
            state BACKUP
            nopreempt
            interface \(Plan.interface)
            virtual_router_id 51
            advert_int 0.1
            virtual_ipaddress {
                \(Plan.vip)/24
            }
            track_script {
                alive
            }
            notify \(notify)
        }

        """
    }
}
