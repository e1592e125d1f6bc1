// Doing what a plan says, and undoing it: on the lab's machines, links and daemons. What comes of it is judged elsewhere.
import Foundation

/// A trouble that has begun.
struct ChaosTrouble {
    let kind: ChaosKind
    let node: Node
    let strength: Int
    /// When it is to be repaired.
    let until: Instant
    /// The processes that it stopped, or limited.
    var processes: [ProcessIdentity] = []
    /// What goes on until then.
    var crowd: SilentClients?
}

/// The lab of a chaos run, and what is wrong with it at the moment.
final class ChaosStage {
    let lab: Lab
    private let vipd: VipdDaemon
    private let wires: WireWatch
    /// From where the link is flooded.
    private let flooder: Namespace
    /// By whose signature the nodes know each other, old and new; none where they do not sign.
    private let keys: [String]
    private(set) var troubles: [ChaosTrouble] = []
    private(set) var disturbances: [Disturbance] = []
    /// Machines that were told of maintenance and have to be told of its end, with the words that are under way to them.
    private var resting: [Int: [ToolRun]] = [:]
    /// Commands under way, which need not succeed.
    private var commands: [ToolRun] = []
    private var foreigner: (tap: Wiretap, nextAt: Instant)?
    private var flood: Flood?

    /// From one claim of the foreign host to the next.
    private static let foreignBeat = Duration.milliseconds(200)
    /// A daemon that was started counts from here on: its process has opened its sockets, and its listening is over.
    private static let startTime = Duration.seconds(1)
    /// What a renamed link is called.
    private static let otherName = "lan7"

    /// So much that it is felt, and so little that the machine which all of the lab shares goes on.
    private static let floodRate = 20_000
    private static let crowdSize = 200
    private static let year: Int64 = 365 * 86_400

    init(_ lab: Lab, vipd: VipdDaemon, keys: [String], wires: WireWatch) throws {
        (self.lab, self.vipd, self.keys, self.wires) = (lab, vipd, keys, wires)
        flooder = try lab.addHost("flood", Plan.client(3))
    }

    /// Forgets what is over.
    func beginEpisode() { disturbances = [] }

    /// Does it, if nothing holds what it takes hold of: the machine, or why not.
    func begin(_ act: ChaosAct) throws -> (node: Node, obstacle: String?) {
        let holder = try lab.holderWatch.timeline.holders.first.map { lab.nodes[$0] }
        let node: Node =
            switch act.target {
            case .holder: holder ?? lab.nodes[0]
            case .node(let index): lab.nodes[index]
            }
        let domains = act.kind.domains
        let rivals = troubles.filter {
            ($0.node === node || domains.contains(.segment)) && !$0.kind.domains.isDisjoint(with: domains)
        }
        if let rival = rivals.first { return (node, rival.kind.rawValue) }
        if !node.isPowered { return (node, ChaosKind.powerCut.rawValue) }
        var trouble = ChaosTrouble(
            kind: act.kind, node: node, strength: act.strength, until: .now + act.length)
        let start = Instant.now
        try inflict(&trouble)
        let disturbance = act.kind.disturbance(strength: act.strength).map {
            Disturbance(node: node.index, kind: $0, start: start, end: act.kind.lasts ? nil : .now + Self.startTime)
        }
        if let disturbance { disturbances.append(disturbance) }
        if act.kind.lasts { troubles.append(trouble) }
        return (node, nil)
    }

    /// Goes on with what needs it, and repairs what is due by `now`: what was repaired.
    func tend(now: Instant) throws -> [ChaosTrouble] {
        if let (tap, nextAt) = foreigner, nextAt <= now {
            tap.send(
                Wiretap.arpRequest(
                    senderMAC: Wiretap.mac(of: Plan.gateway), senderIP: Plan.vip, targetIP: Plan.vip))
            foreigner = (tap, now + Self.foreignBeat)
        }
        let due = troubles.filter { $0.until <= now }
        for trouble in due { try repair(trouble) }
        return due
    }

    /// Repairs everything, and waits for the commands that are under way.
    func healAll() throws {
        for trouble in troubles { try repair(trouble) }
        for node in lab.nodes where resting[node.index] != nil { try endMaintenance(of: node) }
        for command in commands { _ = try command.finish(limit: .seconds(60)) }
        commands = []
    }

    private func repair(_ trouble: ChaosTrouble) throws {
        let node = trouble.node
        let host = node.machine.namespace
        switch trouble.kind {
        case .powerCut: try lab.inflict(.powerOn, on: node)
        case .kill, .stop: try restart(node)
        case .hang: try lab.inflict(.resume, on: node)
        case .partition: try lab.inflict(.heal, on: node)
        case .mute, .deaf, .loss, .duplication: try lab.network.switch.clearTrouble(of: host)
        case .unplug: try lab.inflict(.plug, on: node)
        case .linkDown: try host.ip(["link set \(Plan.interface) up", Self.defaultRoute])
        case .linkFlushed:
            try host.ip(["address replace \(node.machine.address)/24 dev \(Plan.interface)", Self.defaultRoute])
        case .rename: try rename(Self.otherName, to: Plan.interface, on: node)
        case .recreate:
            try lab.network.switch.plugIn(host, node.machine.address)
            try lab.network.configure(host, node.machine.address)
            try wires.listenAgain(to: node.index, in: lab.network)
        case .newMAC:
            try host.ip(["link set \(Plan.interface) address \(Plan.mac(of: node.machine.address))"])
        case .foreignHost:
            foreigner = nil
            try lab.network.gateway.ip(["address delete \(Plan.vip)/32 dev \(Plan.interface)"])
        case .maintenance: try endMaintenance(of: node)
        case .checkerHung: for process in trouble.processes { process.signal(SIGCONT) }
        case .serviceKilled, .serviceHung: try lab.inflict(.startService, on: node)
        case .flood:
            flood?.stop()
            flood = nil
        case .crowd: trouble.crowd?.leave()
        case .noDescriptors: try limit(trouble.processes, "--nofile=1024:")
        case .checkerStarved: try limit(trouble.processes, "--as=unlimited:")
        case .clockBack: try VipdDaemon.setClock(of: node.machine, aheadSeconds: 0)
        case .restart, .addressDeleted, .addressFlushed, .move, .reload, .checkerKilled, .linkStorm, .keyRolled: break
        }
        troubles.removeAll { $0.kind == trouble.kind && $0.node === node }
        // A daemon that has been started is there a little later than its process.
        let over =
            Instant.now
            + (trouble.kind == .kill || trouble.kind == .stop || trouble.kind == .powerCut
                ? Self.startTime : .zero)
        if let place = disturbances.lastIndex(where: {
            $0.node == node.index && $0.end == nil && $0.kind == trouble.kind.disturbance(strength: trouble.strength)
        }) {
            disturbances[place].end = over
        }
    }

    private func inflict(_ trouble: inout ChaosTrouble) throws {
        let node = trouble.node
        let host = node.machine.namespace
        switch trouble.kind {
        case .powerCut: try lab.inflict(.cut, on: node)
        case .kill: try killDaemon(of: node)
        case .restart:
            try killDaemon(of: node)
            try restart(node)
        case .hang: try lab.inflict(.hang, on: node)
        case .stop: node.daemon?.signal(SIGTERM)
        case .partition: try lab.inflict(.partition, on: node)
        case .mute: try lab.network.switch.trouble(host, with: .mute)
        case .deaf: try lab.network.switch.trouble(host, with: .deaf)
        case .loss: try lab.network.switch.trouble(host, with: .loss(percent: trouble.strength))
        case .duplication: try lab.network.switch.trouble(host, with: .duplication)
        case .unplug: try lab.inflict(.unplug, on: node)
        case .linkDown: try host.ip(["link set \(Plan.interface) down"])
        // Whoever does not have it loses nothing: ip(8) says so, and that is no error here.
        case .addressDeleted: try attempt(["address delete \(Plan.vip)/32 dev \(Plan.interface)"], on: node)
        case .addressFlushed: try attempt(["address flush dev \(Plan.interface) to \(Plan.vip)/32"], on: node)
        case .linkFlushed: try host.ip(["address flush dev \(Plan.interface)"])
        case .rename: try rename(Plan.interface, to: Self.otherName, on: node)
        case .recreate: try lab.network.switch.removeCable(of: host)
        case .newMAC: try host.ip(["link set \(Plan.interface) address \(Self.otherMAC(of: node))"])
        case .foreignHost:
            let gateway = lab.network.gateway
            foreigner = (try Wiretap(on: gateway), .now)
            try gateway.ip(["address add \(Plan.vip)/32 dev \(Plan.interface)"])
        case .move: commands.append(try vipd.begin(["move"], on: node.machine))
        case .maintenance:
            resting[node.index, default: []].append(try vipd.begin(["maintenance", "on"], on: node.machine))
        case .reload:
            try vipd.rewriteConfiguration(of: node.machine, adding: "priority: \(trouble.strength)")
            reload(node)
        case .checkerKilled: for process in checkers(of: node) { process.signal(SIGKILL) }
        case .checkerHung:
            trouble.processes = checkers(of: node)
            for process in trouble.processes { process.signal(SIGSTOP) }
        case .serviceKilled: try attempt(.killService, on: node)
        case .serviceHung: try attempt(.hangService, on: node)
        case .linkStorm: commands.append(try Self.storm(of: trouble.strength, on: node))
        case .flood:
            flood = try Flood(from: flooder, of: [.others, .vip, .trailers], framesPerSecond: Self.floodRate)
        case .crowd:
            // A daemon that was started just now has no door yet.
            trouble.crowd = try? SilentClients(
                count: Self.crowdSize, of: VipdDaemon.socket(of: node.machine), patience: .milliseconds(200))
        case .noDescriptors:
            trouble.processes = [node.daemon?.identity].compactMap { $0 }
            try limit(trouble.processes, "--nofile=3:")
        case .checkerStarved:
            trouble.processes = checkers(of: node)
            // Whatever it has now is all that it gets.
            try limit(trouble.processes, "--as=1:")
        case .clockBack: try VipdDaemon.setClock(of: node.machine, aheadSeconds: -Self.year)
        case .keyRolled:
            // All know both keys, so whoever signs with the one is heard by those who sign with the other.
            let keys = trouble.strength.isMultiple(of: 2) ? keys : keys.reversed()
            try vipd.rewriteConfiguration(of: node.machine, signing: keys)
            reload(node)
        }
    }

    /// As a service manager does, which reloads what is ready only: one that was started just now does not wait for the signal
    /// yet, would be ended by it, and reads the new file anyway.
    private func reload(_ node: Node) {
        guard let daemon = node.daemon, daemon.identity.waitsForHangup else { return }
        daemon.signal(SIGHUP)
    }

    /// The daemon's process alone: what it has started has to notice by itself.
    private func killDaemon(of node: Node) throws {
        node.daemon?.signal(SIGKILL)
        _ = try node.daemon?.waitForExit(upTo: Bounds.patience)
        node.isHung = false
    }

    private func restart(_ node: Node) throws {
        if try node.daemon?.waitForExit(upTo: Bounds.patience) == nil {
            throw LabError("\(node.name)'s vipd did not end on SIGTERM within \(Bounds.patience.short)")
        }
        try lab.startDaemon(on: node)
    }

    private func endMaintenance(of node: Node) throws {
        // A daemon that was started just now has no socket yet; one that is not there keeps the word for later.
        guard node.daemon?.isRunning == true, !node.isHung else { return }
        // On a busy machine a later command may be heard before an earlier one.
        for word in resting[node.index] ?? [] { _ = try word.finish(limit: .seconds(60)) }
        resting[node.index] = []
        let isOver = try Interrupt.wait(upTo: .seconds(5)) {
            let asked = try vipd.ask(["maintenance", "off"], on: node.machine)
            if asked.status != .exited(0) { try Interrupt.sleep(.milliseconds(50)) }
            return asked.status == .exited(0)
        }
        guard isOver else { throw LabError("\(node.name) does not take the end of its maintenance") }
        resting[node.index] = nil
    }

    /// Of those that live still: whoever was started since has the limits of everybody.
    private func limit(_ processes: [ProcessIdentity], _ change: String) throws {
        for process in processes where process.isAlive {
            do {
                try process.limit(change)
            } catch {
                if process.isAlive { throw error }
            }
        }
    }

    private func checkers(of node: Node) -> [ProcessIdentity] { Array(node.daemon?.identity.family.dropFirst() ?? []) }

    /// Live where the kernel can (Linux 6.2), else through down and up.
    private func rename(_ old: String, to new: String, on node: Node) throws {
        let host = node.machine.namespace
        let live = try Tool.run(["ip", "-n", host.name, "link", "set", old, "name", new])
        guard live.status != .exited(0) else { return }
        try host.ip(["link set \(old) down", "link set \(old) name \(new)", "link set \(new) up"])
        try host.ip(["route replace default via \(Plan.gateway)"])
    }

    private func attempt(_ lines: [String], on node: Node) throws {
        for line in lines {
            _ = try Tool.run(["ip", "-n", node.machine.namespace.name] + line.split(separator: " ").map(String.init))
        }
    }

    /// A fault that makes no sense where another has been before it.
    private func attempt(_ fault: Fault, on node: Node) throws {
        if node.service?.isRunning == true { try lab.inflict(fault, on: node) }
    }

    private static let defaultRoute = "route replace default via \(Plan.gateway)"

    private static func otherMAC(of node: Node) -> String {
        "06" + Plan.mac(of: node.machine.address).dropFirst(2)
    }

    /// Pairs of other links, made and deleted.
    static func storm(of pairs: Int, on node: Node) throws -> ToolRun {
        let lines = (0..<pairs).map { "link add storm\($0) type veth peer name gale\($0)\n" }
        let ends = (0..<pairs).map { "link delete storm\($0)\n" }
        return try ToolRun(
            ["ip", "-n", node.machine.namespace.name, "-batch", "-"], input: (lines + ends).joined())
    }
}
