// The faults, each as close to the real thing as namespaces allow, and their repair.
import Foundation

/// What can be done to a controller.
enum Fault: String, CaseIterable {
    case cut, powerOn = "power-on", kill, hang, resume, stop, start, move, unplug, plug, partition, heal
    case killService = "kill-service", hangService = "hang-service", startService = "start-service"

    /// For the help text.
    var summary: String {
        switch self {
        case .cut: "cut its power: off the switch, daemon and service gone at once"
        case .powerOn: "give it power again: it boots without the VIP"
        case .kill: "kill -9 the daemon; its kernel goes on"
        case .hang: "stop the daemon in its tracks (SIGSTOP)"
        case .resume: "let a hung daemon go on (SIGCONT)"
        case .stop: "stop the daemon as an administrator does (SIGTERM)"
        case .start: "start the daemon again"
        case .move: "move the VIP away from it (vipd move)"
        case .unplug: "pull its cable"
        case .plug: "put the cable back"
        case .partition: "part it from the client's half of the network; its carrier stays"
        case .heal: "join the halves again"
        case .killService: "kill -9 the service; nothing listens on its ports any more"
        case .hangService: "stop the service in its tracks (SIGSTOP): its ports accept, and nobody answers"
        case .startService: "start the service afresh"
        }
    }
}

extension Lab {
    /// Does it, and returns the moment just before.
    @discardableResult
    func inflict(_ fault: Fault, on node: Node) throws -> Instant {
        try require(fault, on: node)
        let moment = Instant.now
        switch fault {
        case .cut: try cutPower(node)
        case .powerOn:
            try node.machine.namespace.ip(Plan.forgetting + ["neighbour flush dev eth0"])
            try wire(node, half: 0)
            try powerOn(node)
        case .kill:
            node.daemon?.end()
            node.isHung = false
        case .hang:
            node.daemon?.signalFamily(SIGSTOP)
            node.isHung = true
        case .resume:
            node.daemon?.signalFamily(SIGCONT)
            node.isHung = false
        case .stop: node.daemon?.signal(SIGTERM)
        case .start: try startDaemon(on: node)
        case .move: try move(from: node)
        case .unplug: try wire(node, half: nil)
        case .plug: try wire(node, half: 0)
        case .partition:
            try network.switch.move([node.machine.namespace], toHalf: 1)
            note(node, half: 1)
        case .heal:
            note(node, half: 0)
            try network.switch.move([node.machine.namespace], toHalf: 0)
        case .killService: node.service?.end()
        case .hangService: node.service?.signalFamily(SIGSTOP)
        case .startService:
            node.service?.end()
            try startService(on: node)
        }
        return moment
    }

    /// Off the switch first, in one system call, so that no last word of the dying machine gets out; then everything on
    /// it is killed before it can notice. Its kernel keeps the addresses, out of everyone's reach.
    private func cutPower(_ node: Node) throws {
        let running = node.processes.filter(\.isRunning)
        let doomed = running.flatMap(\.identity.family)
        try wire(node, half: nil)
        for process in doomed { Glibc.kill(process.pid, SIGKILL) }
        for process in running { process.end() }
        node.isPowered = false
        node.isHung = false
    }

    /// Asks the holder's daemon to hand over, and waits until it has: what it says of it.
    @discardableResult
    func move(from node: Node, to successor: Node? = nil) throws -> String {
        guard let vipd = daemon as? VipdDaemon else { throw LabError("\(daemon.name) has no command to move the VIP") }
        let asked = try vipd.ask(["move"] + (successor.map { ["--to", $0.name] } ?? []), on: node.machine)
        guard asked.status == .exited(0) else { throw LabError("vipd move on \(node.name): \(asked.said)") }
        return asked.output
    }

    private func wire(_ node: Node, half: Int?) throws {
        if half != nil { note(node, half: half) }
        try network.switch.set(node.machine.namespace, up: half != nil)
        if half == nil { note(node, half: nil) }
    }

    private func note(_ node: Node, half: Int?) {
        node.half = half
        holderWatch.note(node: node.index, wiredTo: half)
    }

    /// Refuses what makes no sense at the moment, so that whoever types it learns why nothing happened.
    private func require(_ fault: Fault, on node: Node) throws {
        let runs = node.daemon?.isRunning == true
        let (isPossible, obstacle) =
            switch fault {
            case .cut: (node.isPowered, "has no power already")
            case .powerOn: (!node.isPowered, "has power already")
            case .kill: (runs, "runs no \(daemon.name)")
            case .hang, .stop, .move: (runs && !node.isHung, "runs no \(daemon.name), or a hung one")
            case .resume: (runs && node.isHung, "has no hung \(daemon.name)")
            case .start: (node.isPowered && !runs, "has no power, or runs \(daemon.name) already")
            case .unplug, .partition: (node.half == 0, "is off the switch, or parted already")
            case .plug: (node.isPowered && node.half == nil, "has no power, or its cable is in place")
            case .heal: (node.half == 1, "is not parted")
            case .killService, .hangService: (node.service?.isRunning == true, "runs no service")
            case .startService: (node.isPowered, "has no power")
            }
        if !isPossible { throw LabError("cannot \(fault.rawValue): \(node.name) \(obstacle)") }
    }
}
