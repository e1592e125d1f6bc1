// `vipd doctor`: looks at this machine and its link, has the findings judged, and tells them. It changes nothing; with a
// virtual address given it sends ARP Probes for it, and with --probe some more to the hosts it heard.
// Deliberately not here: the judges (VIPDoctor), and reading the machine (beside).

import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPDoctor
import VIPElection
import VIPJSON
import VIPLinux
import VIPWire

extension Command {
    static let doctor = Command(
        name: "doctor",
        summary: "look for what would keep the addresses from working here",
        details: [
            "Looks at rights, kernel, link, settings, network managers and platform, asks by",
            "ARP Probes who has the addresses, and listens to the other nodes: for 1.5 s, or",
            "for two of their signs of life where the interval is long, at most 12 s. Needs",
            "no daemon, and changes nothing. Root sees more than others.",
            "",
            "The addresses are those of the configuration, of --vip, or of the daemon. Where",
            "there are none only the machine is looked at, and the link of --interface.",
            "",
            "With --probe it asks the nodes that were heard, who has the addresses, and the",
            "gateways, by ARP that no election takes notice of: whether multicast, long",
            "frames and probes get through, and how long it takes. It is a warning if it can",
            "ask nobody.",
            "",
            "A finding is a problem, a warning, a note, or fine: what was found, why it",
            "matters, and what to do. With --json each has severity (problem, warning, note,",
            "ok), code (stable), subject, summary, why, and cure (commands); beside them are",
            "node, groups, the peers that were heard, and counts.",
        ],
        options: [
            Option(name: "--config", value: .file, summary: "the configuration", standard: "/etc/vipd/vipd.yaml"),
            Option(name: "--vip", value: .address, repeats: true, summary: "a virtual address; may be repeated"),
            Option(name: "--interface", value: .interface, summary: "the link the addresses live on"),
            Option(name: "--probe", summary: "ask the other nodes, too"),
            Option(name: "--json", summary: "print JSON"),
            Option(
                name: "--socket", value: .path, summary: "the daemon's control socket",
                standard: ControlClient.defaultPath),
        ],
        exitCodes: [
            (ExitCode.success, "all is fine, but for notes"), (ExitCode.failure, "it could not look"),
            (ExitCode.warnings, "there are warnings"), (ExitCode.problems, "there are problems"),
        ])
}

extension ExitCode {
    static let warnings: Int32 = 3
    static let problems: Int32 = 4
}

struct DoctorCommand {
    let invocation: Invocation
    let output: Output
    let palette: Palette

    func run() throws(CommandFailure) -> Int32 {
        let report: DoctorReport
        do {
            report = try Examination(invocation: invocation).report()
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(message: "\(error)")
        }
        if invocation.has("--json") {
            output.write(report.json.text(.indented) + "\n")
        } else {
            output.write(DoctorText(report: report, palette: palette).text)
        }
        switch report.worst {
        case .ok, .note: return ExitCode.success
        case .warning: return ExitCode.warnings
        case .problem: return ExitCode.problems
        }
    }
}
