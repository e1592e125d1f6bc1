// Scenarios: too much of something: frames, clients; or too little: room on a disk, descriptors, time.
import CVIPLab
import Foundation

extension Scenario {
    static let floods: [Scenario] =
        Flood.Target.allCases.map { target in
            Scenario(name: "arp-flood-\(target.rawValue)", promise: target.promise) { try flood(target, $0) }
        } + [
            Scenario(
                name: "control-flood", promise: "1,000 clients of the control socket that never read cost nothing",
                body: controlFlood),
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

    private static let framesPerSecond = 200_000
    private static let floodLength = Duration.seconds(5)

    private static func flood(_ target: Flood.Target, _ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let host = try lab.addHost("flood", Plan.client(3))
            let before = lab.nodes.map { $0.daemon.flatMap { Footprints(of: $0.identity) } }
            let (start, usedBefore) = (Instant.now, Usage.cpu(of: [.current(getpid())].compactMap { $0 }))
            let flood = try Flood(from: host, target: target, framesPerSecond: framesPerSecond)
            defer { flood.stop() }
            try Interrupt.sleep(floodLength)
            flood.stop()
            let length = (Instant.now - start).inSeconds
            let rate = Int(Double(flood.sent) / length)
            let used = (Usage.cpu(of: [.current(getpid())].compactMap { $0 }) - usedBefore).inSeconds / length
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
            if target == .trailers {
                stage.judge.expect(!dropped.isEmpty, "status counts no dropped frame")
            }
            let told = dropped.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            return "\(rate) frames/s with \(rounded(used, to: 1)) processors; dropped: "
                + "\(told.isEmpty ? "none reached the daemon" : told); "
                + "\(answered) of \(measured.outage.attempts) attempts answered"
        }
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
                    try Self.limit(daemon.identity, "--nofile=\(count):")
                }
            }
            let start = Instant.now
            try limit(to: "3")
            // These have no answer in time: nobody can accept them.
            let asked = try lab.nodes.map { try stage.daemon.begin(["status"], on: $0.machine) }
            try Interrupt.sleep(.seconds(4))
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            stage.judge.expect(measured.takeover == nil, "\(measured.takeover?.node.name ?? "") claimed the VIP")
            stage.judge.expect(measured.outage.failed == 0, "\(measured.outage.failed) attempts failed")
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
            for checker in checkers { try limit(checker, "--as=1:") }
            try Interrupt.sleep(.seconds(6))
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "the starved checker")
            try stage.waitForChecks("passing", on: [holder])
            let isReplaced = checkers.contains { !$0.isAlive }
            return isReplaced ? "it died, and was replaced" : "it went on with what it had"
        }
    }

    /// Sets the limits of a running process as its own user, who may: root needs CAP_SYS_RESOURCE, which not every
    /// container has.
    private static func limit(_ process: ProcessIdentity, _ limit: String) throws {
        let user = try owner(of: process.pid)
        let change = ["prlimit", "--pid", "\(process.pid)", limit]
        try Tool.need(["setpriv", "--reuid", user.uid, "--regid", user.gid, "--clear-groups"] + change)
    }

    /// As whom a process runs. Not whose /proc/PID is: root's, for whoever gave up rights.
    private static func owner(of pid: Int32) throws -> (uid: String, gid: String) {
        let lines = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
        func field(_ name: String) throws -> String {
            let words = lines.first { $0.hasPrefix(name) }?.split(whereSeparator: \.isWhitespace)
            guard let words, words.count > 1 else { throw LabError("/proc/\(pid)/status has no \(name)") }
            return String(words[1])
        }
        return (try field("Uid:"), try field("Gid:"))
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
}

/// Clients of a control socket that ask and never read.
private final class SilentClients {
    private var sockets: [Int32] = []
    private(set) var connected = 0
    /// nobody: no user of the machine, and not one who may change things.
    private static let nobody: UInt32 = 65534
    private static let patience = Duration.seconds(10)

    /// Connects them one after the other; a queue that is full is waited for.
    init(count: Int, of path: String) throws {
        try Self.raiseLimit(to: count + 256)
        let end = Instant.now + Self.patience
        let question = Array(String(repeating: "{\"command\":\"status\"}\n", count: 100).utf8)
        while connected < count && Instant.now < end {
            try Interrupt.check()
            let socket = unsafe viplab_connect_as(path, Self.nobody)
            if socket == -EAGAIN {
                (Instant.now + .milliseconds(1)).sleepUntil()
                continue
            }
            try check(socket, "cannot connect to \(path)")
            sockets.append(socket)
            connected += 1
            // Whoever was turned away already gets EPIPE here: as good as a question.
            _ = unsafe send(socket, question, question.count, Int32(MSG_NOSIGNAL))
        }
    }

    deinit { leave() }

    func leave() {
        for socket in sockets { close(socket) }
        sockets = []
    }

    private static func raiseLimit(to count: Int) throws {
        var limits = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(kind, &limits) == 0 else {
            throw LabError("cannot read the limit of files", code: errno)
        }
        guard limits.rlim_cur < rlim_t(count) else { return }
        limits.rlim_cur = rlim_t(count)
        limits.rlim_max = max(limits.rlim_max, limits.rlim_cur)
        guard unsafe setrlimit(kind, &limits) == 0 else {
            throw LabError("cannot open \(count) files at once", code: errno)
        }
    }
}
