// `viplab chaos`: episode after episode of troubles drawn from a seed, each healed, judged, and told in lines.
import Foundation

/// What a chaos run is asked to do.
struct ChaosOptions {
    let vipd: String
    var nodes = 3
    var length = Duration.seconds(60)
    var seed: UInt64
    /// The first episode: one that failed can be had again without those before it.
    var from = 1
    var hasQuorum = false
    /// All nodes sign their frames with one key.
    var isSigned = false
    /// Goes on after a violation.
    var keepsGoing = false

    /// What does the same again, from an episode on.
    func command(from episode: Int) -> String {
        "viplab chaos --seed \(seed) --from \(episode)" + (nodes == 3 ? "" : " --nodes \(nodes)")
            + (hasQuorum ? " --quorum" : "") + (isSigned ? " --key" : "")
    }

    /// vipd with a check of the service, so that services that fall sick matter.
    var daemon: VipdDaemon {
        var daemon = VipdDaemon(binary: vipd, chosenInterval: nil)
        daemon.configuration = VipdDaemon.group(QuickCheck.service.keys + (hasQuorum ? "members: \(nodes)" : ""))
        daemon.hasOwnClock = true
        return daemon
    }
}

/// One run, from the boot to the summary.
struct ChaosRun {
    let options: ChaosOptions
    private var tally = ChaosTally()
    private var ledger = FootprintLedger()

    /// From the holder that all agree on to the end of the episode: nothing may happen in it.
    private static let calm = Duration.milliseconds(700)
    /// How long one waits for a holder after the bound has passed, to tell late from never.
    private static let extraPatience = Duration.seconds(15)
    /// How long a child may outlive the daemon that started it.
    private static let strayPatience = Duration.seconds(5)

    init(options: ChaosOptions) { self.options = options }

    /// Whether nothing was violated.
    mutating func run() throws -> Bool {
        var daemon = options.daemon
        return try Lab.with(LabOptions(nodes: options.nodes, daemon: daemon)) { lab in
            var keys: [String] = []
            if options.isSigned {
                keys = try ["key", "other"].map { try daemon.makeKey($0, in: lab) }
                daemon.configuration = VipdDaemon.signing(keys) + (daemon.configuration ?? "")
                lab.change(to: daemon)
            }
            Console.line(
                "chaos: \(options.nodes) controllers\(options.hasQuorum ? " with quorum" : "")\(options.isSigned ? " and a key" : ""), seed \(options.seed), "
                    + "\(Self.clock(options.length)); lab \(lab.id)", .bold)
            let wires = try WireWatch(lab.network)
            defer { wires.stop() }
            let stage = try ChaosStage(lab, vipd: daemon, keys: keys, wires: wires)
            let begun = Instant.now
            for node in lab.nodes { try lab.powerOn(node) }
            try lab.startClient()
            guard try lab.awaitAgreement(upTo: bounds.healing + Self.extraPatience) else {
                throw LabError("the machines came to no holder after their boot: \(try lab.situation())")
            }
            let plan = ChaosPlan(seed: options.seed, nodes: options.nodes, isSigned: options.isSigned)
            let end = begun + options.length
            var number = options.from
            while Instant.now < end, tally.violations == 0 || options.keepsGoing {
                try play(plan.episode(number), on: stage, wires: wires, left: end - .now)
                number += 1
            }
            for line in tally.summary(after: .now - begun, ledger: ledger) { Console.line(line) }
            return tally.violations == 0
        }
    }

    private mutating func play(
        _ episode: ChaosEpisode, on stage: ChaosStage, wires: WireWatch, left: Duration
    ) throws {
        let lab = stage.lab
        var judge = ChaosJudge(bounds: bounds)
        var history: [String] = []
        func tell(_ text: String, since start: Instant) {
            let line = "  \(Self.column((.now - start).inSeconds)) s  \(text)"
            history.append(line)
            Console.line(line)
        }
        Console.line("episode \(episode.number), \(Self.clock(left)) left")
        stage.beginEpisode()
        let logs = lab.nodes.map { Self.size(of: $0.machine.log) }
        let start = Instant.now
        var pending = episode.acts[...]
        while !pending.isEmpty || !stage.troubles.isEmpty {
            try Interrupt.check()
            let now = Instant.now
            if let act = pending.first, start + act.start <= now {
                pending.removeFirst()
                let (node, obstacle) = try stage.begin(act)
                if let obstacle {
                    tell("\(node.name): no \(act.kind.rawValue) beside \(obstacle)", since: start)
                } else {
                    tally.count(act.kind)
                    let length = act.kind.lasts ? " for \(act.length.short)" : ""
                    let strength = act.kind == .loss ? " (\(act.strength) %)" : ""
                    tell("\(node.name): \(act.kind.rawValue)\(strength)\(length)", since: start)
                }
            }
            for trouble in try stage.tend(now: now) {
                tell("\(trouble.node.name): over: \(trouble.kind.rawValue)", since: start)
            }
            (Instant.now + .milliseconds(5)).sleepUntil()
        }
        try stage.healAll()
        let healed = Instant.now
        tell("all repaired", since: start)
        let isSettled = try lab.awaitAgreement(upTo: bounds.healing + Self.extraPatience)
        let healing = Instant.now - healed
        if isSettled {
            tell("\(try lab.holder()?.name ?? "nobody") holds, all agree", since: start)
            judge.note(
                healing, atMost: bounds.healing, stalled: lab.stalls.total(from: healed, to: .now),
                property: "one-holder-after-healing", "one holder that all agree on came after \(healing.short)")
            try judgeCalm(in: lab, since: healed, &judge)
        } else {
            judge.note(
                ChaosViolation(
                    property: "one-holder-after-healing", detail: "after \(healing.short) \(try lab.situation())"))
        }
        judge.judge(
            ChaosEvidence(
                start: start, end: .now, timeline: try lab.holderWatch.timeline, disturbances: stage.disturbances,
                sayings: wires.sayings(since: start), stalls: lab.stalls))
        tally.note(judge, healing: isSettled ? healing : nil)
        guard !judge.violations.isEmpty else { return }
        report(judge.violations, episode, history)
        for (node, offset) in zip(lab.nodes, logs) { Self.showLog(of: node, from: offset) }
        if !isSettled { throw LabError("there is no holder to go on with") }
    }

    private var bounds: ChaosBounds { ChaosBounds(nodes: options.nodes, hasQuorum: options.hasQuorum) }

    /// Nothing is wrong, and all agree: for a while nothing may happen, and nothing may be left over.
    ///
    /// Until S after the last repair a fault may still take effect: a holder that was deaf has nobody's word for that long.
    private mutating func judgeCalm(in lab: Lab, since healed: Instant, _ judge: inout ChaosJudge) throws {
        let start = max(Instant.now, healed + bounds.suspectAfter)
        try Interrupt.sleep(start - .now)
        try Interrupt.sleep(Self.calm)
        let end = Instant.now
        try Interrupt.sleep(Client.timeLimit + .milliseconds(100))
        let stalled = lab.stalls.total(from: start - .milliseconds(500), to: end)
        let changes = try lab.holderWatch.timeline.events.filter { $0.at >= start && $0.at < end }
        for change in changes {
            judge.note(
                .milliseconds(1), atMost: .zero, stalled: stalled, property: "no-flapping",
                "without a fault \(lab.nodes[change.node].name) \(change.change)")
        }
        let attempts = lab.client?.attempts(since: start).filter { $0.start >= start && $0.start < end } ?? []
        let failed = attempts.filter { !$0.isSuccess }
        if attempts.isEmpty && stalled == .zero {
            judge.note(ChaosViolation(property: "client-is-served", detail: "the client made no attempt"))
        }
        if let first = failed.first {
            judge.note(
                .milliseconds(1), atMost: .zero, stalled: stalled, property: "client-is-served",
                "without a fault \(failed.count) of \(attempts.count) attempts failed, the first: \(first.outcome)")
        }
        for growth in ledger.look(at: lab.nodes) {
            judge.note(ChaosViolation(property: "nothing-leaks", detail: growth))
        }
        for node in lab.nodes {
            var strays: [String] = []
            _ = try Interrupt.wait(upTo: Self.strayPatience) {
                strays = try FootprintLedger.strays(on: node)
                return strays.isEmpty
            }
            if !strays.isEmpty {
                judge.note(
                    ChaosViolation(
                        property: "nothing-leaks",
                        detail: "on \(node.name) nobody answers for \(strays.joined(separator: ", "))"))
            }
        }
    }

    private func report(_ violations: [ChaosViolation], _ episode: ChaosEpisode, _ history: [String]) {
        Console.line("VIOLATED in episode \(episode.number) of seed \(options.seed):", .bad)
        for violation in violations { Console.line("  \(violation.property): \(violation.detail)", .bad) }
        Console.line("what was done:")
        for line in history { Console.line(line) }
        Console.line("to try the same again: \(options.command(from: episode.number))")
    }

    private static func showLog(of node: Node, from offset: UInt64) {
        guard let file = FileHandle(forReadingAtPath: node.machine.log) else { return }
        defer { try? file.close() }
        try? file.seek(toOffset: offset)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        for line in text.split(separator: "\n").suffix(60) { Console.line("  \(node.name): \(line)", .dim) }
    }

    private static func size(of file: String) -> UInt64 {
        let facts = try? FileManager.default.attributesOfItem(atPath: file)
        return (facts?[.size] as? NSNumber)?.uint64Value ?? 0
    }

    /// "9 min 30 s".
    static func clock(_ duration: Duration) -> String {
        let seconds = max(0, Int(duration.inSeconds.rounded()))
        return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
    }

    private static func column(_ seconds: Double) -> String {
        let text = rounded(seconds, to: 3)
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }
}

extension Lab {
    /// Waits until exactly one machine holds, all daemons run and agree on it, and it serves the client: whether that came
    /// about. Asks the daemons ten times a second: more often would be a load of its own.
    fileprivate func awaitAgreement(upTo limit: Duration) throws -> Bool {
        let end = Instant.now + limit
        while Instant.now < end {
            if let holder = try holder(),
                try daemon.isSettled(nodes.map(\.machine), holder: holder.machine), isServed(by: holder)
            {
                return true
            }
            try Interrupt.sleep(.milliseconds(100))
        }
        return false
    }
}
