// UCARP (CARP in user space), for comparison on the same wires with the same faults.
import Foundation

/// Debian's ucarp: a process an address, and a script each way, as its manual page shows. It does not preempt, as the
/// others do not, and is told to run its script when it is stopped, as Debian's own start does.
struct UcarpDaemon: Daemon {
    let binary: String
    let interval: Duration
    var load = Load.single
    let name = "ucarp"
    let canMove = false

    /// Virtual host ids are one octet, and 0 is none.
    private static let mostAddresses = 255
    /// UCARP's default: so many announcements may be missing.
    private static let deadRatio = 3
    /// Machines are told apart by so many 256ths of a second: scripts of a first successor are done before a second tries.
    private static let skewStep = 10

    /// As keepalived's.
    var settlingTime: Duration { interval + .milliseconds(500) }

    var inability: String? {
        if interval < .seconds(1) { return "UCARP: its interval (--advbase) is in whole seconds" }
        return load.addresses > Self.mostAddresses
            ? "UCARP: a process and an id of one octet for each address, \(Self.mostAddresses) at most" : nil
    }

    func launch(on machine: Machine) throws -> Launch {
        let up = try script("up", "ip address add \"$2/32\" dev \"$1\"", of: machine)
        let down = try script("down", "ip address delete \"$2/32\" dev \"$1\" 2>/dev/null || true", of: machine)
        let commands = load.all.enumerated().map { index, address in
            [
                binary, "--interface=\(Plan.interface)", "--srcip=\(machine.address)", "--vhid=\(index + 1)",
                "--pass=lab", "--addr=\(address)", "--upscript=\(up)", "--downscript=\(down)", "--shutdown",
                "--advbase=\(Int(interval.inSeconds))", "--advskew=\((machine.number - 1) * Self.skewStep)",
                "--deadratio=\(Self.deadRatio)",
            ]
        }
        if commands.count == 1 { return Launch(arguments: commands[0]) }
        // Whoever stops the shell stops all that it has started, and it ends when they have.
        let body =
            ["trap 'kill $pids' TERM"] + commands.map { "\($0.joined(separator: " ")) & pids=\"$pids $!\"" }
            + ["wait", "wait"]
        return Launch(arguments: [try script("all", body.joined(separator: "\n"), of: machine)])
    }

    func isSettled(_ machines: [Machine], holder: Machine) throws -> Bool { true }

    private func script(_ name: String, _ text: String, of machine: Machine) throws -> String {
        let path = "\(machine.file)-ucarp-\(name)"
        try "#!/bin/sh\n\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
        guard unsafe chmod(path, 0o755) == 0 else { throw LabError("cannot make \(path) a program", code: errno) }
        return path
    }
}
