// Scenarios: what is left of root's rights in the running processes.
import Foundation

extension Scenario {
    static let privileges: [Scenario] = [
        Scenario(
            name: "least-privilege",
            promise: "started as root, vipd runs as another user with two capabilities, and what it starts with none",
            body: leastPrivilege)
    ]

    /// CAP_NET_ADMIN and CAP_NET_RAW, as /proc writes them.
    private static let networkCapabilities = "0000000000003000"
    private static let none = "0000000000000000"

    private static func leastPrivilege(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        let check = "awk '/^CapEff/ { print $2 }' /proc/self/status"
        daemon.configuration = VipdDaemon.group(
            "checks: [{name: rights, exec: [/bin/sh, -c, \"\(check)\"], interval: 200ms}]")
        return try stage.lab(of: daemon) { lab in
            let holder = try lab.boot()
            try stage.waitForChecks("passing", on: lab.nodes)
            guard let process = holder.daemon,
                let checker = process.identity.family.first(where: { $0.program == "vipd-check" })
            else { throw LabError("vipd on \(holder.name) has no child vipd-check") }
            let vipd = try ProcessRights(of: process.identity.pid)
            stage.judge.expect(!vipd.users.contains(0), "vipd runs as root: Uid \(vipd.users)")
            stage.judge.expect(
                vipd.capabilities["CapEff"] == networkCapabilities
                    && vipd.capabilities["CapPrm"] == networkCapabilities,
                "vipd has other capabilities than two: \(vipd.capabilities)")
            stage.judge.expect(
                vipd.capabilities["CapAmb"] == none && vipd.capabilities["CapInh"] == none,
                "vipd would hand capabilities down: \(vipd.capabilities)")
            stage.judge.expect(vipd.mayGainNone, "vipd has not set no_new_privs")
            let child = try ProcessRights(of: checker.pid)
            stage.judge.expect(!child.users.contains(0), "vipd-check runs as root: Uid \(child.users)")
            stage.judge.expect(
                ["CapEff", "CapPrm", "CapAmb", "CapInh"].allSatisfy { child.capabilities[$0] == none },
                "vipd-check has capabilities: \(child.capabilities)")
            stage.judge.expect(child.mayGainNone, "vipd-check has not set no_new_privs")
            let told = try stage.daemon.status(of: holder.machine)?.checks.first?.message ?? ""
            stage.judge.expect(told == none, "a check has capabilities: \(told)")
            return "user \(vipd.users.first.map(String.init) ?? "?")"
        }
    }
}

/// What proc_pid_status(5) says of a process' rights.
private struct ProcessRights {
    var users: Set<Int> = []
    /// The sets by their names there, in hexadecimal.
    var capabilities: [String: String] = [:]
    var mayGainNone = false

    init(of pid: Int32) throws {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
            throw LabError("process \(pid) has ended")
        }
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let key = words.first?.dropLast() else { continue }
            switch key {
            case "Uid": users = Set(words.dropFirst().compactMap { Int($0) })
            case "CapInh", "CapPrm", "CapEff", "CapAmb": capabilities[String(key)] = words.last.map(String.init)
            case "NoNewPrivs": mayGainNone = words.last == "1"
            default: break
            }
        }
    }
}
