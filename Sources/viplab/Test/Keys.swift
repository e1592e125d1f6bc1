// Scenarios: nodes that sign their frames, one that has another key, and somebody who has recorded everything.
import Foundation

extension Scenario {
    static let keys: [Scenario] = [
        Scenario(
            name: "wrong-key", promise: "a node with another key never holds nor disturbs, and is counted",
            body: wrongKey),
        Scenario(
            name: "replay", promise: "with keys, recorded frames sent again at any time move nothing", body: replay),
        Scenario(
            name: "broken-tag-flood",
            promise: "a flood of signed frames that were changed on the way moves nothing, with quorum too",
            body: brokenTagFlood),
        Scenario(
            name: "roll-keys",
            promise: "keys are introduced and rolled, a daemon at a time, without a change of holder",
            body: rollKeys),
    ]

    private static func wrongKey(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            let (key, other) = (try stage.daemon.makeKey("key", in: lab), try stage.daemon.makeKey("other", in: lab))
            var daemon = stage.daemon
            daemon.keyFiles = [1: key, 2: key, 3: other]
            lab.change(to: daemon)
            let (insiders, outsider) = (lab.nodes.prefix(2), lab.nodes[2])
            for node in insiders { try lab.powerOn(node) }
            try lab.startClient()
            let holder = try lab.settle()
            let start = Instant.now
            try lab.powerOn(outsider)
            // Longer than any lease, which is how long a node waits for a daemon that is not heard.
            try Interrupt.sleep(.seconds(8))
            try mangle(on: lab)
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expectNoOverlap(measured)
            let holds = try lab.holderWatch.timeline.holds(holder.index)
            stage.judge.expect(holds, "\(holder.name) gave the VIP up")
            var counts: [String] = []
            for node in lab.nodes {
                let status = try daemon.status(of: node.machine)
                stage.judge.expect(
                    status?.authentication == "authenticated", "status of \(node.name) does not say authenticated")
                let (unknown, bad) = (status?.dropped["unknownKey"] ?? 0, status?.dropped["badTag"] ?? 0)
                stage.judge.expect(unknown > 0, "\(node.name) counts no frame of another key")
                if node !== outsider { stage.judge.expect(bad > 0, "\(node.name) counts no mangled frame") }
                counts.append("\(node.name) dropped \(unknown) of another key, \(bad) with a bad tag")
            }
            return counts.joined(separator: "; ")
        }
    }

    /// Sends the nodes' frames again, each with one bit of its trailer another.
    private static func mangle(on lab: Lab) throws {
        let tap = try Wiretap(on: lab.network.client)
        for frame in try tap.listen(upTo: .seconds(1)).filter(isSigned) {
            var mangled = frame
            // In the middle of the node's id.
            mangled[72] ^= 1
            tap.send(mangled)
        }
        try Interrupt.sleep(.milliseconds(200))
    }

    private static func brokenTagFlood(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            var daemon = stage.daemon
            let key = try stage.daemon.makeKey("key", in: lab)
            daemon.keyFiles = [1: key, 2: key, 3: key]
            daemon.configuration = VipdDaemon.group("members: 3")
            lab.change(to: daemon)
            let holder = try lab.boot()
            let host = try lab.addHost("flood", Plan.client(3))
            // A candidate's probe: an announcement would touch the caches of kernels, whoever made it.
            func isProbe(_ frame: [UInt8]) -> Bool { isSigned(frame) && frame[28..<32].allSatisfy { $0 == 0 } }
            let heard = try Wiretap(on: lab.network.client).listen(upTo: .seconds(3), until: isProbe)
            guard let probe = heard.last(where: isProbe) else { throw LabError("no candidate's probe was heard") }
            // From the flooding host's own MAC, in Ethernet as in ARP: else it would be a fight over the switch's table.
            var broken = probe
            broken.replaceSubrange(6..<12, with: Wiretap.mac(of: Plan.client(3)))
            broken.replaceSubrange(22..<28, with: Wiretap.mac(of: Plan.client(3)))
            let start = Instant.now
            let flood = try Flood(from: host, repeating: broken, framesPerSecond: 200_000)
            defer { flood.stop() }
            try Interrupt.sleep(.seconds(5))
            flood.stop()
            let length = (Instant.now - start).inSeconds
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            let timeline = try lab.holderWatch.timeline
            let loss = timeline.firstLoss(since: start, of: holder.index)
            stage.judge.expect(loss == nil, "\(holder.name) gave the VIP up")
            let bad = try daemon.status(of: holder.machine)?.dropped["badTag"] ?? 0
            stage.judge.expect(bad > 0, "\(holder.name) counts no frame with a broken tag")
            return "\(Int(Double(flood.sent) / length)) frames/s, of which the holder read \(Int(Double(bad) / length))"
        }
    }

    private static func replay(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            var daemon = stage.daemon
            let key = try stage.daemon.makeKey("key", in: lab)
            daemon.keyFiles = [1: key, 2: key, 3: key]
            lab.change(to: daemon)
            var recording: [[UInt8]] = []
            let holder = try live(on: lab, recording: &recording)
            stage.judge.expect(recording.count > 100, "only \(recording.count) signed frames were recorded")
            let tap = try Wiretap(on: lab.network.client)
            let start = Instant.now
            var random = SplitMix64(state: 6)
            var sent = 0
            for round in 0..<4 {
                // In the order in which they were sent, backwards, and at random.
                var frames = Array(recording.suffix(1500))
                if round % 3 == 1 { frames.reverse() }
                if round % 3 == 2 { frames.shuffle(using: &random) }
                if round > 0 { try restartAnother(than: holder, on: lab) }
                for frame in frames {
                    if tap.send(frame) { sent += 1 }
                    try Interrupt.sleep(.milliseconds(1))
                }
            }
            let timeline = try lab.holderWatch.timeline
            let claim = timeline.firstClaim(since: start, otherThan: holder.index)
            stage.judge.expect(claim == nil, "somebody else claimed the VIP")
            let loss = timeline.firstLoss(since: start, of: holder.index)
            stage.judge.expect(loss == nil, "\(holder.name) gave the VIP up")
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            let stale = try daemon.status(of: holder.machine)?.dropped["stale"] ?? 0
            stage.judge.expect(stale > 0, "\(holder.name) counts no stale frame")
            return "\(recording.count) frames recorded, \(sent) sent again, \(stale) of them stale at the holder"
        }
    }

    /// A life with something of everything, overheard: a move, a daemon that dies and comes back, one that is stopped.
    private static func live(on lab: Lab, recording: inout [[UInt8]]) throws -> Node {
        let tap = try Wiretap(on: lab.network.client)
        var holder = try lab.boot()
        func listen(_ time: Duration) throws { recording += try tap.listen(upTo: time).filter(isSigned) }
        try lab.inflict(.move, on: holder)
        holder = try lab.settle()
        try listen(.seconds(1))
        try lab.inflict(.kill, on: holder)
        try listen(.seconds(2))
        try lab.inflict(.start, on: holder)
        holder = try lab.settle()
        try listen(.seconds(1))
        try lab.inflict(.stop, on: holder)
        try listen(.seconds(2))
        try lab.inflict(.start, on: holder)
        holder = try lab.settle()
        try listen(.seconds(3))
        return holder
    }

    /// A daemon that does not hold is killed and starts afresh, with nothing in mind.
    private static func restartAnother(than holder: Node, on lab: Lab) throws {
        guard let node = lab.nodes.first(where: { $0 !== holder }) else { return }
        try lab.inflict(.kill, on: node)
        try lab.inflict(.start, on: node)
    }

    private static func rollKeys(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            let (old, new) = (try stage.daemon.makeKey("old", in: lab), try stage.daemon.makeKey("new", in: lab))
            var daemon = stage.daemon
            daemon.configuration = VipdDaemon.group("")
            lab.change(to: daemon)
            let holder = try lab.boot()
            let start = Instant.now
            let steps = [
                "keyFile: \(old)\nacceptUnsigned: true\n", "keyFile: \(old)\n", "keyFile: \(old)\naccept: [\(new)]\n",
                "keyFile: \(new)\naccept: [\(old)]\n", "keyFile: \(new)\n",
            ]
            for step in steps {
                for node in lab.nodes {
                    let file = VipdDaemon.configurationFile(of: node.machine)
                    try (step + VipdDaemon.group("")).write(toFile: file, atomically: true, encoding: .utf8)
                    node.daemon?.signal(SIGHUP)
                    // A while in which the nodes are at different steps.
                    try Interrupt.sleep(.milliseconds(700))
                }
            }
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expectNoOverlap(measured)
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            for node in lab.nodes {
                let status = try daemon.status(of: node.machine)
                stage.judge.expect(
                    status?.authentication == "authenticated", "\(node.name) is not authenticated in the end")
                let refused = ["unsigned", "unknownKey", "badTag"].reduce(0) { $0 + (status?.dropped[$1] ?? 0) }
                stage.judge.expect(refused == 0, "\(node.name) refused \(refused) frames on the way")
            }
            return "\(steps.count) steps on \(lab.nodes.count) nodes, no frame refused"
        }
    }

    /// Whether a frame has vipd's fields behind its ARP packet.
    private static func isSigned(_ frame: [UInt8]) -> Bool {
        frame.count > Wiretap.arpEnd + 100 && Array(frame[42..<46]) == Array("VIPD".utf8)
    }

    /// A new key of the run's, which the user that the daemons become may read.
}
