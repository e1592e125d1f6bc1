// Scenarios: too much of something: frames, clients; or too little: room on a disk, descriptors, time.
import Foundation

extension Scenario {
    static let floods: [Scenario] =
        Flood.Target.allCases.map { target in
            Scenario(name: "arp-flood-\(target.rawValue)", promise: target.promise) {
                try flood([target], $0)
            }
        } + [
            Scenario(
                name: "arp-flood-mixed",
                promise: "a flood of all ARP that there is moves nothing, the VIP is answered, and drops are counted"
            ) { try flood(mix, $0) },
            Scenario(
                name: "control-flood", promise: "1,000 clients of the control socket that never read cost nothing",
                body: controlFlood),
            Scenario(
                name: "control-crowd",
                promise: "all the clients that may only look, asking without a pause, take a part of the daemon's time",
                body: controlCrowd),
            Scenario(
                name: "disk-full", promise: "with a full disk maintenance is refused, and nothing else is lost",
                body: diskFull),
            Scenario(
                name: "no-descriptors", promise: "without a descriptor left nodes hold and take over all the same",
                body: noDescriptors),
            Scenario(
                name: "checker-starved", promise: "a checker that gets no more memory moves nothing",
                body: checkerStarved),
            Scenario(
                name: "holder-pauses", promise: "a holder's daemon that stands still for 1 s keeps the VIP",
                body: holderPauses),
        ]

    /// 200,000 and what is lost at either end of the measurement.
    private static let framesPerSecond = 210_000
    private static let floodLength = Duration.seconds(5)
    /// Most of it is no business of anybody here, as it is where a switch has a loop.
    private static let mix =
        [Flood.Target](repeating: .others, count: 8) + [.vip] + [Flood.Target](repeating: .others, count: 8)
        + [.trailers] + [.others, .others]

    private static func flood(_ mix: [Flood.Target], _ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let host = try lab.addHost("flood", Plan.client(3))
            let before = lab.nodes.map { $0.daemon.flatMap { Footprints(of: $0.identity) } }
            let daemons = lab.nodes.compactMap { $0.daemon?.identity }
            let arrivedBefore = try received(by: holder)
            let (start, usedBefore) = (Instant.now, Usage.cpu(of: [.current(getpid())].compactMap { $0 }))
            let daemonsBefore = Usage.cpu(of: daemons)
            let flood = try Flood(from: host, of: mix, framesPerSecond: framesPerSecond)
            defer { flood.stop() }
            try Interrupt.sleep(floodLength)
            flood.stop()
            let length = (Instant.now - start).inSeconds
            let arrived = try received(by: holder) - arrivedBefore
            let used = (Usage.cpu(of: [.current(getpid())].compactMap { $0 }) - usedBefore).inSeconds / length
            let usedByDaemons = (Usage.cpu(of: daemons) - daemonsBefore).inSeconds / length
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expectNoOverlap(measured)
            let lost = try lab.holderWatch.timeline.firstLoss(since: start, of: holder.index)
            stage.judge.expect(lost == nil, "\(holder.name) let the VIP go")
            // The lab's machines have two processors between them, and the flood its share of them: frames of clients are
            // lost before any daemon could do something about it. What counts is that the VIP is answered.
            let answered = measured.outage.attempts - measured.outage.failed
            stage.judge.expect(
                answered * 10 >= measured.outage.attempts * 9,
                "only \(answered) of \(measured.outage.attempts) attempts were answered")
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            try expectNoGrowth(since: before, of: lab.nodes, stage)
            let status = try stage.daemon.status(of: holder.machine)
            let dropped = status?.dropped.filter { $0.value > 0 } ?? [:]
            if mix.contains(.trailers) {
                stage.judge.expect(!dropped.isEmpty, "status counts no dropped frame")
            }
            func perSecond(_ frames: Int) -> Int { Int(Double(frames) / length) }
            let kinds = Flood.Target.allCases.filter(mix.contains).map { target in
                "\(perSecond(flood.share(of: target, in: flood.sent))) \(target.words)"
            }
            let told = dropped.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            return "\(perSecond(flood.sent)) frames/s: \(kinds.joined(separator: ", ")); "
                + "\(perSecond(arrived)) frames/s came to the holder; processors: \(rounded(used, to: 1)) for the flood, "
                + "\(rounded(usedByDaemons, to: 2)) for the daemons; "
                + "dropped: \(told.isEmpty ? "none reached the daemon" : told); "
                + "\(answered) of \(measured.outage.attempts) attempts answered"
        }
    }

    /// Frames that a node's link has taken in so far (ip-link(8)).
    private static func received(by node: Node) throws -> Int {
        let host = node.machine.namespace
        let text = try Tool.need(["ip", "-n", host.name, "-statistics", "-json", "link", "show", Plan.interface])
        let links = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        let counters = (links?.first?["stats64"] as? [String: Any])?["rx"] as? [String: Any]
        guard let packets = counters?["packets"] as? Int else {
            throw LabError("ip -json link show of \(node.name) printed no counters")
        }
        return packets
    }

    private static func expectNoGrowth(since before: [Footprints?], of nodes: [Node], _ stage: Stage) throws {
        for (node, before) in zip(nodes, before) {
            guard let before, let now = node.daemon.flatMap({ Footprints(of: $0.identity) }) else {
                stage.judge.expect(false, "the daemon of \(node.name) died")
                continue
            }
            stage.judge.expect(
                now.residentKB <= before.residentKB + 8192,
                "\(node.name)'s vipd has grown from \(before.residentKB) to \(now.residentKB) KB")
            stage.judge.expect(
                now.descriptors <= before.descriptors + 2,
                "\(node.name)'s vipd has \(now.descriptors) descriptors, it had \(before.descriptors)")
        }
    }

    private static func controlFlood(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let before = [holder.daemon.flatMap { Footprints(of: $0.identity) }]
            let start = Instant.now
            let crowd = try SilentClients(count: 1000, of: VipdDaemon.socket(of: holder.machine))
            stage.judge.expect(crowd.connected == 1000, "only \(crowd.connected) clients could connect")
            let asked = Instant.now
            let status = try stage.daemon.status(of: holder.machine)
            let answer = Instant.now - asked
            stage.judge.expect(status != nil, "root could not ask for the status beside the crowd")
            try Interrupt.sleep(.seconds(2))
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the crowd")
            let refused = try stage.daemon.status(of: holder.machine)?.counters["clientsRefused"] ?? 0
            stage.judge.expect(refused > 0, "status counts no client that was turned away")
            crowd.leave()
            _ = try Interrupt.wait(upTo: .seconds(5)) {
                let now = holder.daemon.flatMap { Footprints(of: $0.identity) }
                return (now?.descriptors ?? 0) <= (before[0]?.descriptors ?? 0) + 1
            }
            try expectNoGrowth(since: before, of: [holder], stage)
            return "\(crowd.connected) connected, \(refused) turned away; root had its answer after \(answer.short)"
        }
    }

    /// Places at the control socket for those who may only look.
    private static let placesToLook = 56
    /// A tenth is what their answers may take; as much is for reading the questions and for waking up, and half is for all
    /// else, the noise of a machine with two processors included.
    private static let shareOfCrowd = 0.35

    private static func controlCrowd(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            guard let daemon = holder.daemon?.identity else { throw LabError("\(holder.name) has no daemon") }
            let logs = lab.nodes.map { (try? String(contentsOfFile: $0.machine.log, encoding: .utf8))?.count ?? 0 }
            let (start, usedBefore) = (Instant.now, Usage.cpu(of: [daemon]))
            let crowd = try EagerClients(count: placesToLook, of: VipdDaemon.socket(of: holder.machine))
            defer { crowd.stop() }
            try Interrupt.sleep(.seconds(3))
            let length = (Instant.now - start).inSeconds
            let used = (Usage.cpu(of: [daemon]) - usedBefore).inSeconds / length
            let asked = Instant.now
            let status = try stage.daemon.status(of: holder.machine)
            let answer = Instant.now - asked
            stage.judge.expect(status != nil, "root could not ask for the status beside the crowd")
            crowd.stop()
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the crowd")
            stage.judge.expect(used <= shareOfCrowd, "the crowd took \(rounded(used, to: 2)) of a processor")
            stage.judge.expect(crowd.answers > placesToLook, "only \(crowd.answers) answers came")
            let delayed = status?.counters["requestsDelayed"] ?? 0
            stage.judge.expect(delayed > 0, "status counts no request that had to wait")
            for (node, length) in zip(lab.nodes, logs) where node !== holder {
                let log = (try? String(contentsOfFile: node.machine.log, encoding: .utf8)) ?? ""
                stage.judge.expect(
                    !log.dropFirst(length).contains("-> probing") || measured.stalled > .zero,
                    "\(node.name) suspected the holder")
            }
            return "\(crowd.answers) answers in \(rounded(length, to: 1)) s, \(delayed) waits; "
                + "\(rounded(used, to: 2)) of a processor; root had its answer after \(answer.short)"
        }
    }

    private static func diskFull(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        // A file system with room for its own root and nothing else; it is gone with the daemon's mount namespace.
        daemon.preparation = "mount -t tmpfs -o size=4k,nr_inodes=1 full \"$STATE_DIRECTORY\""
        return try stage.settledLab(of: daemon) { lab, holder in
            let start = Instant.now
            let asked = try stage.daemon.ask(["maintenance", "on"], on: holder.machine)
            stage.judge.expect(asked.status == .exited(1), "vipd maintenance on ended with \(asked.status)")
            stage.judge.expect(asked.errors.contains("No space left on device"), "it said: \(asked.said)")
            let measured = try lab.measurement(from: start, to: .now + .seconds(1), holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "a full disk")
            let off = try stage.daemon.ask(["maintenance", "off"], on: holder.machine)
            stage.judge.expect(off.status == .exited(0), "vipd maintenance off: \(off.said)")
            let moved = try lab.measure(.move, on: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(moved)
            return asked.errors
        }
    }

    private static func noDescriptors(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            func limit(to count: String) throws {
                for node in lab.nodes {
                    guard let daemon = node.daemon, daemon.isRunning else { continue }
                    try daemon.identity.limit("--nofile=\(count):")
                }
            }
            let start = Instant.now
            try limit(to: "3")
            // These have no answer in time: nobody can accept them.
            let asked = try lab.nodes.map { try stage.daemon.begin(["status"], on: $0.machine) }
            try Interrupt.sleep(.seconds(4))
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expectNoFailures(measured.outage, at: "a shortage of descriptors")
            let cut = try lab.measure(.cut, on: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(cut)
            stage.judge.expect(
                cut.outage.gap, atMost: Bounds.powerCut, "the client was without for", stalled: cut.stalled)
            try limit(to: "1024")
            for tool in asked { _ = try tool.finish(limit: .seconds(5)) }
            let now = try lab.settle()
            let failed = try stage.daemon.status(of: now.machine)?.counters["clientAcceptsFailed"] ?? 0
            stage.judge.expect(failed > 0, "status on \(now.name) counts no client that could not be accepted")
            return "client without for \(cut.outage.gap.short) after a power cut"
        }
    }

    private static func checkerStarved(_ stage: Stage) throws -> String {
        var daemon = stage.daemon
        daemon.configuration = VipdDaemon.group(QuickCheck.service.keys)
        return try stage.settledLab(of: daemon) { lab, holder in
            try stage.waitForChecks("passing", on: lab.nodes)
            let checkers = holder.daemon?.identity.family.dropFirst() ?? []
            let start = Instant.now
            // Whatever it has now is all that it gets.
            for checker in checkers { try checker.limit("--as=1:") }
            try Interrupt.sleep(.seconds(6))
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the starved checker")
            try stage.waitForChecks("passing", on: [holder])
            let isReplaced = checkers.contains { !$0.isAlive }
            return isReplaced ? "it died, and was replaced" : "it went on with what it had"
        }
    }

    private static func holderPauses(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let start = Instant.now
            for _ in 0..<3 {
                try lab.inflict(.hang, on: holder)
                try Interrupt.sleep(.seconds(1))
                try lab.inflict(.resume, on: holder)
                try Interrupt.sleep(.milliseconds(500))
            }
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the pauses")
            return "the client's longest wait \(measured.outage.gap.short)"
        }
    }
}

extension Flood.Target {
    fileprivate var promise: String {
        switch self {
        case .others: "a flood of ARP for other addresses moves nothing, and the VIP is answered"
        case .vip: "a flood of ARP requests for the VIP moves nothing, and the VIP is answered"
        case .trailers: "a flood of frames that look like vipd's moves nothing, and is counted"
        }
    }

    /// For a number of frames.
    fileprivate var words: String {
        switch self {
        case .others: "for others"
        case .vip: "for the VIP"
        case .trailers: "like vipd's"
        }
    }
}
