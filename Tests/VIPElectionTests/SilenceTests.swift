// DESIGN.md, sections 5.1 and 5.2: signs of life, silence, turns, and a kernel that answers for a dead daemon.

import Testing
import VIPElection
import VIPWire

@Suite("5.1 Signs of life")
struct SignTests {
    @Test("5.1: the holder sends an announcement with trailer every I, a candidate a probe every 5 I")
    func rhythms() {
        var holder = Dialogue.holder()
        #expect(
            holder.pass(.seconds(2)).times(of: "send announcement") == Array(stride(from: 100, through: 2000, by: 100)))
        var candidate = Dialogue.candidate()
        #expect(candidate.pass(.seconds(2.1), hearing: \.a).times(of: "send probe") == [500, 1000, 1500, 2000])
    }

    @Test("5.1: a candidate speaks when it hears the holder, however unsteady that is, and not by itself")
    func speaksOnBeat() {
        var dialogue = Dialogue.candidate()
        let beginning = dialogue.now
        var spokeOn: [Int] = []
        for (number, late) in [3, -4, 0, 9, -2, 5, 0, -9, 1, 7, -3, 2, 0, 4, -1].enumerated() {
            let due = beginning + .milliseconds(100 * (number + 1) + late)
            #expect(dialogue.pass(due - dialogue.now).times(of: "send probe") == [])
            if dialogue.tell(dialogue.a.announces(term: 5)).gists.contains("send probe") { spokeOn.append(number) }
        }
        #expect(spokeOn == [4, 9, 14])
    }

    @Test("5.1: a candidate that misses the announcement on which it would speak does so half an interval later")
    func speaksByItself() {
        var dialogue = Dialogue.candidate()
        dialogue.pass(.milliseconds(400), hearing: \.a)
        dialogue.tell(dialogue.a.announces(term: 5))
        #expect(dialogue.pass(.milliseconds(160)).times(of: "send probe") == [150])
    }

    @Test("5.1: a holder that was late once goes on in the same rhythm, and makes up for nothing")
    func keepsRhythm() {
        var dialogue = Dialogue.holder()
        dialogue.now = dialogue.now + .milliseconds(130)
        #expect(dialogue.tell(.timeReached).gists.contains("send announcement"))
        dialogue.after(.milliseconds(70), "send announcement")
        dialogue.now = dialogue.now + .milliseconds(470)
        #expect(dialogue.tell(.timeReached).filter { $0.gist == "send announcement" }.count == 1)
        #expect(dialogue.election.nextDeadline == dialogue.now + .milliseconds(100))
    }

    @Test("5.1: a node says at once that it has become a candidate, or ineligible")
    func tellsChanges() {
        var dialogue = Dialogue.candidate()
        let said = dialogue.tell(.maintenanceSet(true))
        #expect(said.compactMap(\.trailer).map(\.flags) == [.maintenance])
        #expect(dialogue.tell(.maintenanceSet(false)).compactMap(\.trailer).map(\.flags) == [.eligible])
    }

    @Test("5.1: signs of life go to vipd's multicast address, or to everybody where that is set")
    func destinations() {
        let everybody = GroupSettings(name: "api", addresses: [Dialogue.vip], broadcast: true)
        for (settings, expected) in [(GroupSettings.usual, Frame.multicast), (everybody, MACAddress.broadcast)] {
            var holder = Dialogue.holder(settings)
            #expect(destinations(of: holder.pass(.seconds(1))) == [expected])
            var candidate = Dialogue.candidate(settings)
            #expect(destinations(of: candidate.pass(.seconds(1), hearing: \.a)) == [expected])
        }
    }

    @Test(
        "5.2: the address is asked for by broadcast: no machine without a living daemon takes what goes to the nodes",
        arguments: [Dialogue.probing(), .occupied()])
    func asksEverybody(beginning: Dialogue) {
        var dialogue = beginning
        #expect(destinations(of: dialogue.pass(.milliseconds(40))) == [.broadcast])
    }

    /// Where the frames with trailers went.
    private func destinations(of said: [(after: Duration, directive: Directive)]) -> Set<MACAddress> {
        Set(said.directives.compactMap { if case .send(let frame) = $0 { frame.destination } else { nil } })
    }

    @Test("6: the trailer tells who speaks, of which group, and how; its sequence grows with each frame")
    func trailers() throws {
        var dialogue = Dialogue.holder()
        let said = dialogue.pass(.milliseconds(300)).directives.compactMap(\.trailer)
        let first = try #require(said.first)
        #expect(first.node == 20 && first.name == "b" && first.address == Dialogue.b.address && first.epoch == 1)
        #expect(first.group == GroupSettings.usual.groupDigest && first.priority == 100 && first.term == 6)
        #expect(first.configuration == GroupSettings.usual.configurationDigest)
        #expect(first.intervalMicroseconds == 100_000 && first.flags == .eligible)
        #expect(zip(said, said.dropFirst()).allSatisfy { $0.sequence + 1 == $1.sequence })
    }

    @Test("5.1: a peer that has been silent for longer than a living node is counts as lost, and no more in the turns")
    func peersExpire() {
        var dialogue = Dialogue.candidate()
        let said = dialogue.pass(.seconds(2), hearing: \.a)
        #expect(said.times(of: "peer c lost") == [1600])
        dialogue.on(dialogue.c.probes(), "peer c appeared")
    }
}

@Suite("5.2 Silence")
struct SilenceTests {
    @Test("5.2: after S without an announcement a candidate probes, every P")
    func suspects() {
        var dialogue = Dialogue.candidate()
        dialogue.after(.milliseconds(200), "> probing", "send probe")
        dialogue.after(.milliseconds(20), "send probe")
        dialogue.after(.milliseconds(20), "send probe")
    }

    @Test(
        "5.2: an announcement of the holder brings a suspecting node back to candidate",
        arguments: [State.probing, .occupied])
    func returns(_ state: State) {
        var dialogue = Dialogue.at(state)
        dialogue.on(dialogue.a.announces(), "> candidate", "send probe")
        #expect(dialogue.election.currentHolder?.reference.name == "a")
        dialogue.after(.milliseconds(200), "> probing", "send probe")
    }

    @Test("5.2: frames that have arrived are handled before a deadline that has passed")
    func framesFirst() {
        var dialogue = Dialogue.candidate()
        dialogue.now = dialogue.now + .seconds(1)
        // Its own sign of life was due as well.
        dialogue.on(dialogue.a.announces(), "send probe")
        let said = dialogue.tell(.timeReached)
        #expect(!said.gists.contains("> probing"))
        #expect(dialogue.election.currentState == .candidate)
    }

    @Test("5.2: a candidate of turn k claims after probeCount x (k+1) unanswered probes", arguments: [0, 1, 2])
    func turns(_ turn: Int) {
        var dialogue = Dialogue.candidate()
        for number in 0..<turn {
            var better = dialogue.c
            better.id = 11 + UInt64(number)
            dialogue.tell(better.probes())
        }
        let said = dialogue.pass(.seconds(1))
        let probes = said.prefix { $0.directive.gist != "> claiming" }.filter { $0.directive.gist == "send probe" }
        #expect(probes.count == 3 * (turn + 1))
        #expect(said.times(of: "> claiming") == [Int64(200 + 60 * (turn + 1))])
    }

    @Test("5.2: only live and eligible candidates that outrank a node come before it")
    func rank() {
        func claimsAfter(_ arrange: (inout Dialogue) -> Void) -> [Int64] {
            var dialogue = Dialogue.candidate()
            arrange(&dialogue)
            return dialogue.pass(.seconds(1)).times(of: "> claiming")
        }
        #expect(
            claimsAfter {
                $0.c.priority = 101; $0.tell($0.c.probes())
            } == [320], "the higher priority comes first")
        #expect(
            claimsAfter {
                $0.c.priority = 99; $0.tell($0.c.probes())
            } == [260])
        #expect(
            claimsAfter {
                $0.c.priority = 101; $0.c.flags = []; $0.tell($0.c.probes())
            } == [260], "ineligible")
        #expect(
            claimsAfter {
                $0.c.priority = 101; $0.tell($0.c.resigns())
            } == [260], "leaving")
        #expect(
            claimsAfter { dialogue in
                dialogue.c.priority = 101
                dialogue.tell(dialogue.c.probes())
                dialogue.pass(.milliseconds(1500), hearing: \.a)
            } == [160], "gone, and 100 ms after the holder's last announcement")
    }

    @Test("5.2: an answer for the VIP without an announcement means occupied: probing goes on every P")
    func becomesOccupied() {
        var dialogue = Dialogue.probing()
        dialogue.on(.bareReply(from: dialogue.a.mac), "> occupied")
        dialogue.after(.milliseconds(20), "send probe")
        dialogue.tell(.bareReply(from: dialogue.a.mac))
        dialogue.after(.milliseconds(20), "send probe")
    }

    @Test("5.2: occupied ends with a claim once probeCount x (k+1) probes in a row went unanswered")
    func occupiedEnds() {
        var dialogue = Dialogue.occupied()
        for _ in 0..<100 {
            dialogue.pass(.milliseconds(20))
            dialogue.on(.bareReply(from: dialogue.a.mac))
        }
        let said = dialogue.pass(.seconds(1))
        #expect(said.times(of: "> claiming") == [80])
        #expect(said.times(of: "send probe").prefix(4) == [20, 40, 60])
        #expect(said.directives.gists.contains("holder a > b: lease"))
        // An answer in between begins the count anew.
        var interrupted = Dialogue.occupied()
        interrupted.pass(.milliseconds(60))
        interrupted.tell(.bareReply(from: interrupted.a.mac))
        #expect(interrupted.pass(.seconds(1)).times(of: "> claiming") == [80])
    }

    @Test("5.2: occupied for longer than L + 2 s: a peer's MAC is claimed from")
    func leaseOutlasted() {
        var dialogue = Dialogue.occupied()
        let claimed = answering(&dialogue, from: dialogue.a.mac, for: .seconds(10))
        #expect(claimed.map { $0 > .seconds(5) && $0 < .milliseconds(5100) } == true)
    }

    @Test("5.2: occupied for longer than L + 2 s by a peer is claimed from even where those before us do not")
    func leaseOutlastedByTurn() {
        var dialogue = Dialogue.occupied()
        var claimed: Duration?
        let beginning = dialogue.now
        while claimed == nil, dialogue.now - beginning < .seconds(10) {
            // The better candidate is alive and never claims: to it the answering machine is a stranger.
            dialogue.c.priority = 200
            dialogue.tell(dialogue.c.probes())
            dialogue.tell(.bareReply(from: dialogue.a.mac))
            dialogue.pass(.milliseconds(20))
            if dialogue.election.isHolder { claimed = dialogue.now - beginning }
        }
        #expect(claimed.map { $0 > .milliseconds(5060) && $0 < .milliseconds(5200) } == true)
    }

    @Test("5.2: occupied for longer than L + 2 s: a machine that was never a peer is not claimed from, and reported")
    func foreignStays() {
        var dialogue = Dialogue.probing()
        dialogue.on(.bareReply(from: Dialogue.stranger), "conflict over 192.168.1.210 began", "> occupied")
        #expect(answering(&dialogue, from: Dialogue.stranger, for: .seconds(60)) == nil)
        #expect(dialogue.election.conflicts.map(\.isForeign) == [true])
        // It is asked once in an interval, no more, and followed when it goes.
        let probes = dialogue.pass(.milliseconds(300)).times(of: "send probe")
        #expect(probes.count >= 3)
        #expect(dialogue.pass(.seconds(4)).directives.gists.contains("> claiming"))
    }

    @Test(
        "5.9: when a foreign host that answered is gone, those that waited for it claim by turn, not all at once",
        arguments: [false, true], [false, true])
    func foreignIsOutwaitedByTurn(isSecond: Bool, aPeerAnswers: Bool) {
        var dialogue = Dialogue.probing()
        dialogue.c.priority = isSecond ? 200 : 1
        dialogue.tell(.bareReply(from: Dialogue.stranger))
        let beginning = dialogue.now
        var claimed: Duration?
        while claimed == nil, dialogue.now - beginning < .seconds(10) {
            dialogue.tell(dialogue.c.probes())
            // Whether its machine is the only one to answer from then on, or none does.
            if aPeerAnswers { dialogue.tell(.bareReply(from: dialogue.a.mac)) }
            // The host is seen for longer than a dead peer may answer.
            if dialogue.now - beginning < .seconds(6) { dialogue.tell(.bareReply(from: Dialogue.stranger)) }
            dialogue.pass(.milliseconds(20))
            if dialogue.election.isHolder { claimed = dialogue.now - beginning }
        }
        // It was heard for the last time after 5.98 s, and keeps everybody off for a lease.
        let over: Duration = .milliseconds(8980)
        let turn: Duration = .milliseconds(60)
        #expect(claimed.map { $0 > over + (isSecond ? turn : .zero) } == true)
        #expect(claimed.map { $0 <= over + turn * (isSecond ? 3 : 2) } == true)
    }

    @Test("5.2: a foreign host that stays is asked no more often than a holder announces")
    func foreignIsNotPestered() {
        var dialogue = Dialogue.probing()
        dialogue.tell(.bareReply(from: Dialogue.stranger))
        _ = answering(&dialogue, from: Dialogue.stranger, for: .seconds(6))
        var probes = 0
        for _ in 0..<100 {
            dialogue.tell(.bareReply(from: Dialogue.stranger))
            probes += dialogue.pass(.milliseconds(10)).times(of: "send probe").count
        }
        #expect((8...11).contains(probes))
    }

    @Test("5.2: one that stays is asked that rarely at the longest interval too, and is not forgotten meanwhile")
    func foreignIsNotPesteredSlowly() {
        var dialogue = Dialogue.probing(
            GroupSettings(name: "api", addresses: [Dialogue.vip], interval: .seconds(10), leaseSeconds: 3))
        #expect(answering(&dialogue, from: Dialogue.stranger, for: .seconds(20)) == nil)
        let beginning = dialogue.now
        var probes = 0
        while let said = dialogue.takeTurn(until: beginning + .seconds(300)) {
            guard said.gists.contains("send probe") else { continue }
            probes += 1
            dialogue.tell(.bareReply(from: Dialogue.stranger))
        }
        #expect((100...155).contains(probes))
        #expect(dialogue.election.currentState == .occupied)
        #expect(dialogue.election.conflicts.count == 1)
    }

    @Test("5.2: so it is if it has another address than the first, however slow the group is")
    func foreignStaysOnAnotherAddress() {
        var dialogue = Dialogue.probing(
            GroupSettings(
                name: "api", addresses: [Dialogue.vip, Dialogue.second], interval: .seconds(10), leaseSeconds: 30))
        let beginning = dialogue.now
        dialogue.tell(.bareReply(from: Dialogue.stranger, for: Dialogue.second))
        while let said = dialogue.takeTurn(until: beginning + .seconds(600)) {
            if said.gists.contains("probe 1") {
                dialogue.tell(.bareReply(from: Dialogue.stranger, for: Dialogue.second))
            }
        }
        #expect(dialogue.election.currentState == .occupied)
    }

    @Test("5.2: a peer that answers after a foreign host is given the time of its own lease")
    func leaseCountsFromThePeersFirstAnswer() {
        var dialogue = Dialogue.probing()
        _ = answering(&dialogue, from: Dialogue.stranger, for: .seconds(20))
        let claimed = answering(&dialogue, from: dialogue.a.mac, for: .seconds(10))
        #expect(claimed.map { $0 > .seconds(5) && $0 < .milliseconds(5200) } == true)
    }

    /// Answers every probe for a while. Returns when the node claimed, if it did.
    private func answering(_ dialogue: inout Dialogue, from mac: MACAddress, for duration: Duration) -> Duration? {
        let beginning = dialogue.now
        dialogue.tell(.bareReply(from: mac))
        while let said = dialogue.takeTurn(until: beginning + duration) {
            if said.gists.contains("> claiming") { return dialogue.now - beginning }
            if said.gists.contains("send probe") { dialogue.tell(.bareReply(from: mac)) }
        }
        return nil
    }

    @Test(
        "5.2: the VIP's other addresses are asked for too; a foreign host that has one keeps it for as long as it answers"
    )
    func otherAddresses() {
        var dialogue = Dialogue.candidate(.two)
        #expect(dialogue.pass(.milliseconds(200)).directives.gists.suffix(3) == ["> probing", "send probe", "probe 1"])
        let beginning = dialogue.now
        dialogue.tell(.bareReply(from: Dialogue.stranger, for: Dialogue.second))
        while let said = dialogue.takeTurn(until: beginning + .seconds(20)) {
            if said.gists.contains("probe 1") {
                dialogue.tell(.bareReply(from: Dialogue.stranger, for: Dialogue.second))
            }
        }
        #expect(dialogue.election.currentState == .occupied)
        #expect(dialogue.election.conflicts.map(\.address) == [Dialogue.second])
        // Its owner has switched it off.
        #expect(dialogue.pass(.seconds(4)).directives.gists.contains("> claiming"))
    }

    @Test("5.2: a probe that could not be sent is not unanswered", arguments: [State.probing, .occupied])
    func unsentProbes(_ state: State) {
        var dialogue = Dialogue.at(state)
        dialogue.tell(.sendFailed(errno: 105))
        for _ in 0..<50 {
            let said = dialogue.pass(.milliseconds(20)).directives
            if said.contains(where: \.isSend) { dialogue.tell(.sendFailed(errno: 105)) }
        }
        #expect(dialogue.election.currentState == state)
        #expect(dialogue.pass(.milliseconds(80)).directives.gists.contains("> claiming"))
    }

    @Test(
        "5.8: who stood still asks anew, three times: what it asked and heard before says nothing of now",
        arguments: [State.probing, .occupied])
    func standstill(_ state: State) {
        var dialogue = Dialogue.at(state)
        // Two of three probes have gone unanswered; or a kernel answers, longer than any lease but for the standstill.
        if state == .probing {
            dialogue.pass(.milliseconds(40))
        } else {
            dialogue.pass(.milliseconds(20))
            dialogue.tell(.bareReply(from: dialogue.a.mac))
        }
        dialogue.now = dialogue.now + .seconds(7)
        #expect(dialogue.tell(.timeReached).gists.contains("send probe"))
        #expect(dialogue.pass(.milliseconds(40)).times(of: "> claiming").isEmpty)
        // Somebody has taken over meanwhile, and is heard in time.
        var other = dialogue
        #expect(other.tell(other.c.announces(term: 6)).gists.contains("> candidate"))
        #expect(dialogue.pass(.seconds(1)).directives.gists.contains("> claiming"))
    }

    @Test("5.8: a turn that is late by less than a standstill counts", arguments: [40, 240])
    func lateTurn(_ milliseconds: Int) {
        var dialogue = Dialogue.probing()
        dialogue.pass(.milliseconds(40))
        dialogue.now = dialogue.now + .milliseconds(milliseconds)
        let said = dialogue.tell(.timeReached).gists
        #expect(said.contains("> claiming"), "\(said)")
    }

    @Test("5.2: a holder that speaks as one that does not hold is one no more")
    func holderStepped() {
        var dialogue = Dialogue.candidate()
        dialogue.on(dialogue.a.probes(), "> probing", "send probe")
    }
}
