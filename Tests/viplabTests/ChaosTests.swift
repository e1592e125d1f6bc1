import Testing

@testable import viplab

private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// Ten seconds of three machines, from (ms, node, holds).
private func evidence(
    _ changes: [(Int64, Int, Bool)], disturbances: [Disturbance] = [], sayings: [Saying] = [], stalls: [Stall] = []
) -> ChaosEvidence {
    var timeline = HolderTimeline(nodes: 3)
    for (time, node, holds) in changes { timeline.note(.holds(holds), node: node, at: at(time)) }
    return ChaosEvidence(
        start: at(0), end: at(10_000), timeline: timeline, disturbances: disturbances, sayings: sayings, stalls: stalls)
}

private func violations(_ evidence: ChaosEvidence, quorum: Bool = false) -> [String] {
    var judge = ChaosJudge(bounds: ChaosBounds(nodes: 3, hasQuorum: quorum))
    judge.judge(evidence)
    return judge.violations.map(\.property)
}

/// A frame as a controller sends it: an ARP announcement of the VIP, and the beginning of a trailer.
private func saying(kind: UInt8?, node: Int, at time: Int64) -> Saying? {
    var frame = Wiretap.arpRequest(senderMAC: [2, 0, 0, 0, 0, 1], senderIP: Plan.vip, targetIP: Plan.vip)
    if let kind { frame += Array("VIPD".utf8) + [1, 0, 84, kind] }
    return Saying(frame, node: node, at: at(time))
}

@Suite struct ChaosTests {
    @Test("an episode is the same whenever it is drawn, whatever was drawn before")
    func sameSeedSameEpisode() {
        let plan = ChaosPlan(seed: 7, nodes: 3)
        _ = plan.episode(1)
        #expect(plan.episode(5) == ChaosPlan(seed: 7, nodes: 3).episode(5))
        #expect(plan.episode(5) != plan.episode(6))
        #expect(plan.episode(5) != ChaosPlan(seed: 8, nodes: 3).episode(5))
    }

    @Test("a few hundred episodes have every kind of trouble, on every machine and on the holder, for 30 ms to 6 s")
    func everyKindIsDrawn() {
        let plan = ChaosPlan(seed: 1, nodes: 3, isSigned: true)
        let acts = (1...300).flatMap { plan.episode($0).acts }
        #expect(Set(acts.map(\.kind)) == Set(ChaosKind.allCases))
        for node in 0..<3 { #expect(acts.contains { $0.target == .node(node) }) }
        #expect(acts.contains { $0.target == .holder })
        let lengths = acts.map(\.length)
        #expect(lengths.allSatisfy { .milliseconds(29) ... .milliseconds(6100) ~= $0 })
        #expect(lengths.contains { $0 < .milliseconds(50) } && lengths.contains { $0 > .seconds(5) })
    }

    @Test("keys are only rolled where there are any")
    func keylessRuns() {
        let acts = (1...300).flatMap { ChaosPlan(seed: 1, nodes: 3).episode($0).acts }
        #expect(!acts.contains { $0.kind == .keyRolled })
        #expect(Set(acts.map(\.kind)).count == ChaosKind.allCases.count - 1)
        #expect(VipdDaemon.signing([]) == "")
        #expect(VipdDaemon.signing(["/a", "/b"]) == "keyFile: /a\naccept: [/b]\n")
    }

    @Test("two machines that hear each other may both hold for a moment, and no longer")
    func segmentBound() {
        #expect(violations(evidence([(0, 0, true), (1000, 1, true), (1150, 0, false)])).isEmpty)
        #expect(
            violations(evidence([(0, 0, true), (1000, 1, true), (1300, 0, false)])) == ["one-holder-per-segment"])
    }

    @Test("while one is cut off, dead or without a daemon, both may hold; from then on the bound counts")
    func disturbedPairs() {
        let parted = Disturbance(node: 0, kind: .cutOff, start: at(500), end: at(3000))
        #expect(
            violations(evidence([(0, 0, true), (800, 1, true), (3100, 0, false)], disturbances: [parted])).isEmpty)
        #expect(
            violations(evidence([(0, 0, true), (800, 1, true), (3300, 0, false)], disturbances: [parted]))
                == ["one-holder-per-segment"])
        let killed = Disturbance(node: 0, kind: .absent, start: at(500), end: nil)
        #expect(violations(evidence([(0, 0, true), (800, 1, true)], disturbances: [killed])).isEmpty)
    }

    @Test("lost frames lengthen the bound, and do not lift it")
    func lossyPairs() {
        let lossy = Disturbance(node: 0, kind: .lossy(percent: 20), start: at(0), end: nil)
        #expect(violations(evidence([(0, 0, true), (1000, 1, true), (2000, 0, false)], disturbances: [lossy])).isEmpty)
        #expect(
            violations(evidence([(0, 0, true), (1000, 1, true), (5000, 0, false)], disturbances: [lossy]))
                == ["one-holder-per-segment"])
    }

    @Test("with quorum a partition excuses nothing")
    func quorumAcrossPartitions() {
        let parted = Disturbance(node: 0, kind: .cutOff, start: at(500), end: at(3000))
        let history = [(Int64(0), 0, true), (1000, 1, true), (1100, 0, false)]
        #expect(violations(evidence(history, disturbances: [parted])).isEmpty)
        #expect(violations(evidence(history, disturbances: [parted]), quorum: true) == ["one-holder-anywhere"])
    }

    @Test("with quorum a handover's overlap is allowed, and a hung or dead daemon's lease")
    func quorumExceptions() throws {
        let history = [(Int64(0), 0, true), (1000, 1, true), (1100, 0, false)]
        let naming = try #require(saying(kind: 4, node: 0, at: 990))
        #expect(naming.isHandover)
        #expect(violations(evidence(history, sayings: [naming]), quorum: true).isEmpty)
        let hung = Disturbance(node: 0, kind: .absent, start: at(500), end: at(2000))
        #expect(violations(evidence(history, disturbances: [hung]), quorum: true).isEmpty)
    }

    @Test("a time over its bound by no more than the host stood still has no verdict")
    func stalls() {
        let history = [(Int64(0), 0, true), (1000, 1, true), (1300, 0, false)]
        let stall = Stall(start: at(1000), end: at(1150))
        var judge = ChaosJudge(bounds: ChaosBounds(nodes: 3, hasQuorum: false))
        judge.judge(evidence(history, stalls: [stall]))
        #expect(judge.violations.isEmpty && judge.stalledVerdicts == 1)
    }

    @Test("who speaks in the VIP's name must have it")
    func senderHolds() throws {
        let first = try #require(saying(kind: 2, node: 0, at: 1500))
        let bare = try #require(saying(kind: nil, node: 0, at: 3500))
        #expect(!first.isHandover && !bare.isHandover)
        let history = [(Int64(1000), 0, true), (2000, 0, false)]
        #expect(violations(evidence(history, sayings: [first])).isEmpty)
        #expect(violations(evidence(history, sayings: [first, bare])) == ["sender-holds"])
    }

    @Test("a probe does not speak in the VIP's name, nor does another protocol or a frame that ends too early")
    func otherFrames() {
        let probe = Wiretap.arpRequest(senderMAC: [2, 0, 0, 0, 0, 1], senderIP: "0.0.0.0", targetIP: Plan.vip)
        #expect(Saying(probe, node: 0, at: at(0)) == nil)
        var announcement = Wiretap.arpRequest(senderMAC: [2, 0, 0, 0, 0, 1], senderIP: Plan.vip, targetIP: Plan.vip)
        #expect(Saying(announcement.dropLast(), node: 0, at: at(0)) == nil)
        announcement[12] = 0x86
        #expect(Saying(announcement, node: 0, at: at(0)) == nil)
    }

    @Test("troubles that take hold of the same part of a machine know of each other")
    func domains() {
        #expect(!ChaosKind.recreate.domains.isDisjoint(with: ChaosKind.loss.domains))
        #expect(!ChaosKind.powerCut.domains.isDisjoint(with: ChaosKind.serviceHung.domains))
        #expect(ChaosKind.loss.domains.isDisjoint(with: ChaosKind.rename.domains))
        #expect(
            ChaosKind.allCases.filter { !$0.lasts }.allSatisfy { $0.disturbance(strength: 1) == nil || $0 == .restart })
    }
}

@Suite struct ChaosInvocationTests {
    @Test("options without a value stand alone")
    func flags() throws {
        let invocation = try Invocation(["chaos", "--quorum", "--minutes", "3", "--keep-going"])
        #expect(invocation.has(.quorum) && invocation.has(.keepGoing))
        #expect(try invocation.number(.minutes, in: 1...10, default: 1) == 3)
        #expect(try !Invocation(["chaos"]).has(.quorum))
        let error = #expect(throws: UsageError.self) { try Invocation(["chaos", "--quorum=yes"]) }
        #expect(error?.description == "--quorum takes no value")
    }

    @Test("the command that tries an episode again says all that the run was")
    func again() {
        var options = ChaosOptions(vipd: "/usr/bin/vipd", seed: 42)
        #expect(options.command(from: 3) == "viplab chaos --seed 42 --from 3")
        options.nodes = 5
        options.hasQuorum = true
        options.isSigned = true
        #expect(options.command(from: 9) == "viplab chaos --seed 42 --from 9 --nodes 5 --quorum --key")
    }
}
