// The voice of the demo and of the story of etcd: plain lines, as things happen. It looks at the lab and changes nothing.
import Foundation

extension Trial {
    /// A heading.
    var title: String {
        switch self {
        case .powerCut: "Power cut"
        case .kill: "Daemon killed"
        case .hang: "Daemon hung"
        case .stop: "Planned stop"
        case .unplug: "Cable pulled"
        case .partition: "Partition"
        }
    }

    /// What is done to the holder.
    func deed(_ name: String, _ daemon: String) -> String {
        switch self {
        case .powerCut: "\(name) is off the switch, and all that ran on it is gone"
        case .kill: "kill -9 of \(daemon) on \(name); its kernel and its service go on"
        case .hang: "\(daemon) on \(name) is stopped in its tracks (SIGSTOP)"
        case .stop: "SIGTERM to \(daemon) on \(name)"
        case .unplug: "\(name) loses its carrier"
        case .partition: "the switch falls in two: \(name) alone, the others with the client"
        }
    }

    func undoing(_ name: String, _ daemon: String) -> String {
        switch self {
        case .powerCut: "\(name) boots again"
        case .kill, .stop: "\(daemon) is started again on \(name)"
        case .hang: "\(daemon) on \(name) goes on (SIGCONT)"
        case .unplug: "the cable of \(name) is back"
        case .partition: "the halves are joined again"
        }
    }
}

/// Prints how the story goes. Used by one thread.
final class Narrator: Storyteller {
    private let lab: Lab
    private var seen = 0
    private var step = 0
    private var origin = Instant.now

    init(_ lab: Lab) { self.lab = lab }

    func opening() {
        opening("\(lab.nodes.count) controllers, a switch, a gateway and a client")
    }

    func opening(_ machines: String) {
        Console.line("viplab \(lab.id): \(machines); nothing of it leaves its network namespaces")
        Console.line("\nBoot of \(lab.nodes.map(\.name).joined(separator: ", "))", .bold)
        origin = .now
    }

    func booted(_ holder: Node, announcement: String?, after time: Duration) {
        look()
        Console.line("  tcpdump on the client: \(announcement ?? "not installed")", .dim)
        Console.line(
            "  all agree on \(holder.name) after \(time.short); a client connects every \(ClientLog.every.short)")
    }

    func breaks(_ trial: Trial, holder: Node) {
        chapter("\(trial.title): \(trial.deed(holder.name, lab.daemon.name))")
    }

    /// A numbered heading, from which the times that follow are counted.
    func chapter(_ heading: String) {
        step += 1
        Console.line("\n\(step). \(heading)", .bold)
        origin = .now
    }

    /// Something else that happens; the times that follow are counted from it.
    func deed(_ sentence: String) {
        look()
        Console.line("  " + sentence)
        origin = .now
    }

    /// A command and what it printed.
    func quote(_ command: String, _ printed: String) {
        look()
        Console.line("  $ " + command, .dim)
        for line in printed.split(whereSeparator: \.isNewline) { Console.line("    " + line) }
    }

    /// Tells of the machines that have come to have the VIP, or have lost it, since the last look.
    func look() {
        guard let timeline = try? lab.holderWatch.timeline else { return }
        for event in timeline.events[seen...] {
            guard case .holds(let holds) = event.change else { continue }
            let time = rounded((event.at - origin).inSeconds, to: 3)
            let pad = String(repeating: " ", count: max(0, 7 - time.count))
            let deed = holds ? "has \(Plan.vip)" : "has it no longer"
            let node = lab.nodes[event.node]
            let power = node.isPowered ? "" : ", without power"
            Console.line("  +\(pad)\(time) s  \(node.name) \(deed)\(power)")
        }
        seen = timeline.events.count
    }

    /// Passes over what has happened to the VIP since the last look, where it is told in other words.
    func skip() {
        if let timeline = try? lab.holderWatch.timeline { seen = timeline.events.count }
    }

    func measured(_ fault: Measurement) {
        look()
        Console.line("  " + sentence(fault))
    }

    func repairs(_ trial: Trial, holder: Node) {
        Console.line("  then \(trial.undoing(holder.name, lab.daemon.name))")
        origin = .now
    }

    func repaired(_ trial: Trial, _ repair: Measurement) {
        look()
        Console.line("  \(repair.holder.name) holds; " + sentence(repair))
    }

    func judged(_ verdict: Verdict) {
        switch verdict {
        case .passed: break
        case .stalled(let time): Console.line("  no verdict: the host stalled for \(time.short)", .caution)
        case .failed(let complaints): for complaint in complaints { Console.line("  FAILED: \(complaint)", .bad) }
        }
    }

    private func sentence(_ measured: Measurement) -> String {
        let outage = measured.outage
        if outage.failed == 0 && outage.gap < .milliseconds(20) && measured.overlap == .zero {
            return "the client noticed nothing: of \(outage.attempts) attempts the slowest took \(outage.slowest.short)"
        }
        let without = "the client was without for \(outage.gap.short)"
        let lasting = measured.isOverlapLasting ? ", and there still are" : ""
        return "\(without) (\(outage.failed) of \(outage.attempts) attempts failed); two holders for "
            + "\(measured.overlap.short)\(lasting)"
    }
}
