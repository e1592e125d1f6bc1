// DESIGN.md, section 5.6: votes, acknowledgements, and what a holder, a candidate and a voter may do.

import Testing
import VIPElection
import VIPWire

extension GroupSettings {
    /// I = 100 ms, S = 500 ms, P = 20 ms, L = 3 s; a majority is two of three.
    static let three = GroupSettings(name: "api", addresses: [Dialogue.vip], members: 3)
    static let five = GroupSettings(name: "api", addresses: [Dialogue.vip], members: 5)
    static let threeStrictly = GroupSettings(name: "api", addresses: [Dialogue.vip], members: 3, strict: true)
}

extension Dialogue {
    /// Follows `a`, which holds in term 5, for so long that it may vote; `c` is another candidate.
    fileprivate static func voter(_ settings: GroupSettings = .three) -> Dialogue {
        var dialogue = candidate(settings)
        dialogue.a.flags = [.eligible, .quorum]
        dialogue.c.flags = [.eligible, .quorum]
        dialogue.pass(.seconds(8), hearing: \.a)
        dialogue.tell(dialogue.c.probes())
        return dialogue
    }

    /// `a` has gone silent, and this node has just asked for votes.
    fileprivate static func standing(_ settings: GroupSettings = .three) -> Dialogue {
        var dialogue = voter(settings)
        dialogue.pass(settings.suspectAfter - settings.interval + settings.interval / 5 * 3)
        return dialogue
    }

    /// Elected by `c`, in term 6.
    fileprivate static func elected(_ settings: GroupSettings = .three) -> Dialogue {
        var dialogue = standing(settings)
        dialogue.tell(dialogue.c.acknowledges(dialogue.lastSequence, term: 6))
        return dialogue
    }

    /// Of this node's latest frame.
    fileprivate var lastSequence: UInt64 {
        var copy = self
        return (copy.tell(.settingsChanged(election.settings)).compactMap(\.trailer).last?.sequence ?? 1) - 1
    }

    /// Waits for votes to be asked for again, and returns the question.
    fileprivate mutating func question(within duration: Duration) -> Trailer? {
        let end = now + duration
        while let said = takeTurn(until: end) {
            if let asked = said.compactMap(\.trailer).first(where: { $0.subject == Self.b.id }) { return asked }
        }
        return nil
    }

    fileprivate mutating func expectQuestion(
        within duration: Duration, _ expected: Bool = true, at location: SourceLocation = #_sourceLocation
    ) {
        let asked = question(within: duration)
        #expect((asked != nil) == expected, sourceLocation: location)
    }

    fileprivate mutating func expectVote(
        for candidate: WritableKeyPath<Dialogue, Voice>, term: UInt64, _ expected: Bool = true,
        at location: SourceLocation = #_sourceLocation
    ) {
        let voted = votes(for: candidate, term: term)
        #expect(voted == expected, sourceLocation: location)
    }

    /// Whether this node gives `candidate` a vote in `term` now.
    fileprivate mutating func votes(for candidate: WritableKeyPath<Dialogue, Voice>, term: UInt64) -> Bool {
        let id = self[keyPath: candidate].id
        let said = tell(self[keyPath: candidate].asksForVotes(term: term)).compactMap(\.trailer)
        return said.contains {
            $0.subject == id && $0.acknowledgedSequence == self[keyPath: candidate].sequence && $0.term == term
        }
    }
}

@Suite("5.6 Quorum: a candidate")
struct QuorumCandidateTests {
    @Test("5.6: a candidate asks for votes when its turn comes, and claims when a majority has voted, not before")
    func stands() throws {
        var dialogue = Dialogue.standing()
        #expect(dialogue.election.currentState == .probing)
        #expect(
            dialogue.election.currentReason
                == "3 probes in a row unanswered; needs the votes of 2 of 3 members, has 1")
        let question = dialogue.question(within: .milliseconds(20))
        let asked = try #require(question)
        #expect(asked.kind == .probe && asked.term == 6)
        dialogue.on(
            dialogue.c.acknowledges(asked.sequence, term: 6),
            "> claiming", "install 3 s", "> holder", "send announcement", "announce 1 both", "holder a > b: silence")
        #expect(dialogue.election.currentReason == "the kernel has the addresses, term 6")
    }

    @Test("5.6: of five, two other votes are needed; two of one node are one")
    func majority() throws {
        var dialogue = Dialogue.standing(.five)
        let question = dialogue.question(within: .milliseconds(20))
        let asked = try #require(question)
        dialogue.on(dialogue.c.acknowledges(asked.sequence, term: 6))
        dialogue.on(dialogue.c.acknowledges(asked.sequence, term: 6))
        dialogue.tell(dialogue.a.acknowledges(asked.sequence, term: 6))
        #expect(dialogue.election.isHolder)
    }

    @Test("5.6: what is no vote of this term for a question that was asked lately counts for nothing")
    func noVotes() throws {
        var dialogue = Dialogue.standing(.five)
        let question = dialogue.question(within: .milliseconds(20))
        let asked = try #require(question)
        dialogue.tell(dialogue.a.acknowledges(asked.sequence, term: 6))
        dialogue.on(dialogue.c.acknowledges(asked.sequence, term: 5))
        dialogue.on(dialogue.c.acknowledges(asked.sequence + 1000, term: 6))
        dialogue.on(dialogue.c.acknowledges(asked.sequence, of: 10, term: 6))
        dialogue.c.flags = .eligible
        dialogue.on(dialogue.c.acknowledges(asked.sequence, term: 6))
        #expect(!dialogue.election.isHolder)
    }

    @Test("5.6: votes for a question that was sent 0.8 S ago count no more, whenever they arrive")
    func staleVotes() {
        var dialogue = Dialogue.standing()
        let asked = dialogue.lastSequence
        dialogue.now = dialogue.now + .milliseconds(400)
        dialogue.on(dialogue.c.acknowledges(asked, term: 6))
        #expect(dialogue.election.currentState == .probing)
    }

    @Test("5.6: without a majority it gives up after 5 P, and stands again within S and three probes")
    func givesUp() {
        var dialogue = Dialogue.standing()
        var times: [Int64] = []
        var terms: [UInt64] = []
        let beginning = dialogue.now
        while dialogue.now - beginning < .seconds(60), let asked = dialogue.question(within: .seconds(2)) {
            times.append((dialogue.now - beginning).milliseconds)
            terms.append(asked.term)
        }
        let rounds = times.reduce(into: [[Int64]]()) { rounds, time in
            if let last = rounds.last?.last, time - last < 50 {
                rounds[rounds.count - 1].append(time)
            } else {
                rounds.append([time])
            }
        }
        #expect(rounds.count > 40 && rounds.allSatisfy { $0.count <= 6 })
        let gaps = zip(rounds, rounds.dropFirst()).map { $1[0] - ($0.last ?? 0) }
        #expect(gaps.allSatisfy { (60...600).contains($0) } && Set(gaps).count > 5)
        // Those who are there may have voted for another in the last term; once nobody is, it grows no more.
        #expect(terms.first == 6 && (7...8).contains(terms.last ?? 0))
    }

    @Test("5.6: where all wait for the same pause to end, they stand by turn and do not part the votes")
    func standsByTurn() {
        var settings = GroupSettings.threeStrictly
        settings.priority = 50
        var dialogue = Dialogue.voter(settings)
        dialogue.tell(dialogue.a.announces())
        let heardAt = dialogue.now
        while dialogue.now - heardAt < .milliseconds(4580) {
            dialogue.tell(dialogue.c.probes())
            dialogue.pass(.milliseconds(10))
        }
        #expect(dialogue.election.currentState == .probing)
        let asked = dialogue.question(within: .milliseconds(100))
        #expect(asked != nil)
        #expect(dialogue.now - heardAt >= .milliseconds(4580 + 60))
    }

    @Test("5.6: a higher term ends a candidacy; the next one is higher still")
    func higherTerm() {
        var dialogue = Dialogue.standing()
        let asked = dialogue.lastSequence
        dialogue.tell(dialogue.c.probes(term: 9))
        dialogue.on(dialogue.a.acknowledges(asked, term: 6))
        dialogue.expectQuestion(within: .milliseconds(50), false)
        let question = dialogue.question(within: .seconds(2))
        #expect(question?.term == 10)
    }

    @Test("5.6: the holder's announcement ends a candidacy, and a kernel's answer does")
    func ended() {
        var dialogue = Dialogue.standing()
        dialogue.on(dialogue.a.announces(), "> candidate", "send probe")
        var occupied = Dialogue.standing()
        occupied.on(.bareReply(from: occupied.a.mac), "> occupied")
        occupied.on(occupied.c.acknowledges(occupied.lastSequence, term: 6))
    }

    @Test("5.6: a node that has voted does not stand against its vote, nor one that has just started")
    func bound() {
        var voted = Dialogue.voter()
        voted.pass(.milliseconds(450))
        voted.expectVote(for: \.c, term: 6)
        voted.expectQuestion(within: .milliseconds(499), false)
        voted.expectQuestion(within: .milliseconds(100))
        var started = Dialogue.started(.three)
        started.expectQuestion(within: .milliseconds(3499), false)
        started.expectQuestion(within: .milliseconds(30))
    }

    @Test(
        "5.6: votes that the kernel's answer outlasts are worth nothing: nothing is announced",
        arguments: [true, false])
    func slowKernel(_ answersLate: Bool) {
        var dialogue = Dialogue.standing()
        dialogue.kernelAnswers = false
        dialogue.tell(dialogue.c.acknowledges(dialogue.lastSequence, term: 6))
        #expect(dialogue.election.currentState == .claiming)
        if answersLate {
            dialogue.now = dialogue.now + .milliseconds(400)
            dialogue.on(.addressesInstalled(refused: []), "> releasing", "remove")
        } else {
            let said = dialogue.pass(.milliseconds(400))
            #expect(said.times(of: "remove") == [400])
            dialogue.on(.addressesInstalled(refused: []))
        }
        dialogue.on(.addressesRemoved(refused: []), "send resign", "send resign", "> listening")
    }

    @Test("5.6: leftovers of an earlier life are released at once and resigned: others can claim sooner than it may")
    func leftover() {
        var dialogue = Dialogue(.three)
        dialogue.on(
            .started(hasLeftover: true, obstacles: []), "> releasing", "remove", "send resign", "send resign",
            "> listening")
    }

    @Test("5.6: after a resignation the first in turn stands at once")
    func resignation() {
        var dialogue = Dialogue.voter()
        let said = dialogue.tell(dialogue.a.resigns()).compactMap(\.trailer)
        #expect(said.map(\.subject) == [20])
    }
}

@Suite("5.6 Quorum: a holder")
struct QuorumHolderTests {
    @Test("5.6: a holder keeps the addresses while acknowledged, and lets go 0.8 S after it sent what was")
    func keeps() {
        var dialogue = Dialogue.elected()
        for _ in 0..<50 {
            let said = dialogue.pass(.milliseconds(100)).directives.compactMap(\.trailer)
            dialogue.tell(dialogue.c.acknowledges(said.last?.sequence ?? 0))
        }
        #expect(dialogue.election.isHolder)
        let said = dialogue.pass(.seconds(1))
        #expect(said.times(of: "holder b > -: quorumLost") == [400])
        #expect(said.times(of: "send resign") == [400, 400])
        #expect(said.times(of: "remove") == [400])
    }

    @Test("5.6: what counts is when the acknowledged announcement was sent, not when the word of it came")
    func sendTime() {
        var dialogue = Dialogue.elected()
        let sequence = dialogue.lastSequence
        dialogue.pass(.milliseconds(350))
        dialogue.tell(dialogue.c.acknowledges(sequence))
        #expect(!dialogue.pass(.milliseconds(50)).directives.isEmpty)
        #expect(!dialogue.election.isHolder)
    }

    @Test("5.6: of five, the second best acknowledgement decides")
    func ofFive() {
        var dialogue = Dialogue.standing(.five)
        let asked = dialogue.lastSequence
        dialogue.tell(dialogue.c.acknowledges(asked, term: 6))
        dialogue.tell(dialogue.a.acknowledges(asked, term: 6))
        #expect(dialogue.election.isHolder)
        let said = dialogue.pass(.milliseconds(200)).directives.compactMap(\.trailer)
        dialogue.tell(dialogue.c.acknowledges(said.last?.sequence ?? 0))
        #expect(dialogue.pass(.seconds(1)).times(of: "holder b > -: quorumLost") == [200])
    }

    @Test("5.6: a peer that starts anew does not stand by what its earlier life acknowledged")
    func restartedVoter() {
        var dialogue = Dialogue.elected()
        dialogue.c.epoch += 1
        dialogue.tell(dialogue.c.probes())
        #expect(dialogue.pass(.zero).directives.gists.contains("holder b > -: quorumLost"))
    }

    @Test("5.3: each claim has a term of its own, though the last was the highest that is known")
    func ownTerm() {
        var dialogue = Dialogue.elected()
        dialogue.pass(.milliseconds(400))
        let question = dialogue.question(within: .seconds(3))
        #expect(question?.term == 7)
    }

    @Test("5.6: more nodes than members are reported: their majorities might not meet")
    func tooMany() {
        var dialogue = Dialogue.elected()
        var d = dialogue.c
        d.id = 40
        #expect(dialogue.tell(d.probes()).gists == ["peer c appeared", "4 members"])
    }

    @Test("5.6: a reload that turns quorum on leaves a holder the time to be acknowledged")
    func turnedOn() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.settingsChanged(.three))
        #expect(dialogue.pass(.seconds(1)).times(of: "holder b > -: quorumLost") == [400])
        var candidate = Dialogue.candidate()
        candidate.tell(.settingsChanged(.three))
        candidate.expectQuestion(within: .milliseconds(3499), false)
    }
}

@Suite("5.6 Quorum: a voter")
struct VoterTests {
    @Test("5.6: a candidate acknowledges each announcement at once, and speaks every I", arguments: [true, false])
    func acknowledges(_ isEligible: Bool) {
        var dialogue = Dialogue.voter()
        if !isEligible { dialogue.tell(.maintenanceSet(true)) }
        let said = dialogue.tell(dialogue.a.announces())
        #expect(said.gists == ["send probe"])
        #expect(said.compactMap(\.trailer).map(\.subject) == [10])
        #expect(said.compactMap(\.trailer).map(\.acknowledgedSequence) == [dialogue.a.sequence])
        #expect(dialogue.pass(.milliseconds(450)).times(of: "send probe") == [100, 200, 300, 400])
        var without = Dialogue.candidate()
        without.on(without.a.announces())
    }

    @Test("5.6: no vote while the holder is heard, nor within S; then one a term, and again to who has it")
    func oneVote() {
        var dialogue = Dialogue.voter()
        dialogue.tell(dialogue.a.announces())
        dialogue.pass(.milliseconds(499))
        dialogue.expectVote(for: \.c, term: 6, false)
        dialogue.now = dialogue.now + .milliseconds(1)
        dialogue.expectVote(for: \.c, term: 7)
        dialogue.expectVote(for: \.c, term: 7)
        dialogue.expectVote(for: \.a, term: 7, false)
        dialogue.expectVote(for: \.a, term: 8, false)
        dialogue.now = dialogue.now + .milliseconds(499)
        dialogue.expectVote(for: \.a, term: 9, false)
        dialogue.now = dialogue.now + .milliseconds(1)
        dialogue.expectVote(for: \.a, term: 9)
    }

    @Test("5.6: no vote in the first S + L after the start: what it promised before, it has forgotten")
    func justStarted() {
        var dialogue = Dialogue.started(.three)
        dialogue.c.flags = [.eligible, .quorum]
        dialogue.c.settings = .three
        dialogue.pass(.milliseconds(3499))
        dialogue.expectVote(for: \.c, term: 1, false)
        dialogue.now = dialogue.now + .milliseconds(1)
        dialogue.expectVote(for: \.c, term: 2)
    }

    @Test("5.6: strict: no vote before the lease of the holder that was heard last cannot stand")
    func strictly() {
        var dialogue = Dialogue.voter(.threeStrictly)
        dialogue.tell(dialogue.a.announces())
        let heardAt = dialogue.now
        dialogue.pass(.seconds(4))
        dialogue.expectVote(for: \.c, term: 6, false)
        dialogue.expectQuestion(within: .seconds(1))
        #expect(dialogue.now - heardAt >= .milliseconds(4500))
    }

    @Test("5.6: a resignation frees the vote at once, strict or not")
    func resignation() {
        // By turn: the better candidate asks first.
        var settings = GroupSettings.threeStrictly
        settings.priority = 50
        var dialogue = Dialogue.voter(settings)
        dialogue.tell(dialogue.c.probes())
        dialogue.tell(dialogue.a.announces())
        dialogue.tell(dialogue.a.resigns())
        dialogue.expectVote(for: \.c, term: 6)
    }

    @Test("5.6: a resignation that names a successor frees no vote: the successor holds by the same consent")
    func resignationToSuccessor() {
        var dialogue = Dialogue.voter(.threeStrictly)
        dialogue.tell(dialogue.a.announces())
        dialogue.tell(dialogue.a.resigns(to: 30))
        dialogue.expectVote(for: \.c, term: 6, false)
    }

    @Test("5.6: the resignation of one does not free the vote that another binds")
    func twoPauses() {
        var dialogue = Dialogue.voter(.threeStrictly)
        dialogue.tell(dialogue.a.announces())
        dialogue.tell(dialogue.c.announces(term: 6))
        dialogue.tell(dialogue.c.resigns())
        dialogue.expectQuestion(within: .seconds(3), false)
        dialogue.tell(dialogue.a.resigns())
        dialogue.expectQuestion(within: .milliseconds(100))
    }

    @Test("5.6: while its vote stands, a voter acknowledges no other of that term or a lower one; afterwards it does")
    func boundByItsVote() {
        func acknowledged(_ said: [Directive]) -> [UInt64] { said.compactMap(\.trailer).map(\.subject) }
        var dialogue = Dialogue.voter()
        dialogue.pass(.milliseconds(400))
        dialogue.expectVote(for: \.c, term: 6)
        #expect(acknowledged(dialogue.tell(dialogue.a.announces(term: 5))) == [0])
        #expect(acknowledged(dialogue.tell(dialogue.a.announces(term: 6))).allSatisfy { $0 == 0 })
        #expect(acknowledged(dialogue.pass(.milliseconds(150)).directives).allSatisfy { $0 == 0 })
        dialogue.expectVote(for: \.c, term: 7, false)
        for _ in 0..<4 {
            dialogue.pass(.milliseconds(100))
            dialogue.tell(dialogue.a.announces(term: 5))
        }
        #expect(acknowledged(dialogue.tell(dialogue.a.announces(term: 5))) == [10])
        #expect(acknowledged(dialogue.tell(dialogue.c.announces(term: 8))) == [30], "a higher term at once")
    }

    @Test("5.6: in a term that is not the highest it knows it does not vote: nobody could win by it")
    func lowerTerm() {
        var dialogue = Dialogue.voter()
        dialogue.tell(dialogue.a.probes(term: 9))
        dialogue.now = dialogue.now + .milliseconds(500)
        dialogue.expectVote(for: \.c, term: 8, false)
        dialogue.expectVote(for: \.c, term: 10)
    }

    @Test("5.6: at the end of the terms the pauses alone part the votes")
    func lastTerm() {
        var dialogue = Dialogue.voter()
        dialogue.pass(.milliseconds(450))
        dialogue.expectVote(for: \.c, term: .max)
        dialogue.expectVote(for: \.a, term: .max, false)
        dialogue.now = dialogue.now + .milliseconds(500)
        dialogue.expectVote(for: \.a, term: .max)
    }

    @Test("5.6: no vote while a kernel answers for the address; only a peer's that outlasts any lease does not count")
    func occupied() {
        var dialogue = Dialogue.voter()
        // The better candidate, whose turn it is.
        dialogue.c.priority = 200
        dialogue.tell(dialogue.c.probes())
        dialogue.pass(.milliseconds(450))
        dialogue.tell(.bareReply(from: dialogue.a.mac))
        #expect(dialogue.election.currentState == .occupied)
        dialogue.expectVote(for: \.c, term: 6, false)
        dialogue.pass(.milliseconds(79))
        dialogue.expectVote(for: \.c, term: 7)
        var outlasted = Dialogue.voter()
        outlasted.c.priority = 200
        outlasted.tell(outlasted.c.probes())
        outlasted.pass(.milliseconds(450))
        for _ in 0..<252 {
            outlasted.tell(.bareReply(from: outlasted.a.mac))
            outlasted.pass(.milliseconds(20))
            outlasted.tell(outlasted.c.probes())
        }
        outlasted.tell(.bareReply(from: outlasted.a.mac))
        outlasted.expectVote(for: \.c, term: outlasted.election.term + 1)
    }

    @Test("5.6: a node that has taken its leave neither votes nor acknowledges")
    func finished() {
        var dialogue = Dialogue.voter()
        dialogue.tell(.stopRequested)
        dialogue.on(dialogue.a.announces())
        dialogue.now = dialogue.now + .seconds(5)
        dialogue.expectVote(for: \.c, term: 6, false)
    }

    @Test("5.6: who holds, claims or releases does not vote", arguments: [State.claiming, .holder, .releasing])
    func noVote(_ state: State) {
        var dialogue = state == .claiming ? Dialogue.standing() : .elected()
        if state == .claiming {
            dialogue.kernelAnswers = false
            dialogue.tell(dialogue.c.acknowledges(dialogue.lastSequence, term: 6))
        } else if state == .releasing {
            dialogue.kernelAnswers = false
            dialogue.pass(.milliseconds(400))
        }
        #expect(dialogue.election.currentState == state)
        dialogue.expectVote(for: \.a, term: 9, false)
    }
}

@Suite("5.6 Quorum: handover")
struct ConsentTests {
    @Test("5.6: a successor needs no votes: the holder's consent counts, and then acknowledgements do")
    func consent() {
        var dialogue = Dialogue.voter()
        let said = dialogue.tell(dialogue.a.names(20, term: 6, acknowledging: dialogue.lastSequence))
        #expect(said.gists.contains("> holder"))
        #expect(dialogue.pass(.seconds(1)).times(of: "holder b > -: quorumLost").allSatisfy { $0 <= 200 && $0 >= 100 })
        #expect(!dialogue.election.isHolder)
        var acknowledged = Dialogue.voter()
        acknowledged.tell(acknowledged.a.names(20, term: 6, acknowledging: acknowledged.lastSequence))
        acknowledged.tell(acknowledged.c.acknowledges(acknowledged.lastSequence, term: 6))
        acknowledged.pass(.milliseconds(350))
        #expect(acknowledged.election.isHolder)
    }

    @Test("5.6: consent that is older than 0.4 S, or cannot be dated, counts for nothing")
    func staleConsent() {
        var dialogue = Dialogue.voter()
        let sequence = dialogue.lastSequence
        dialogue.on(dialogue.a.names(20, term: 6))
        dialogue.pass(.milliseconds(200), hearing: \.a)
        dialogue.on(dialogue.a.names(20, term: 7, acknowledging: sequence))
        #expect(dialogue.election.currentState == .candidate)
    }

    @Test("5.6: a holder names a successor only while a majority has lately acknowledged it, and says whom it heard")
    func names() {
        var dialogue = Dialogue.elected()
        dialogue.tell(dialogue.a.probes())
        let sequence = dialogue.a.sequence
        dialogue.tell(.handoverRequested(to: 10))
        let said = dialogue.pass(.milliseconds(99)).directives.compactMap(\.trailer).filter { $0.kind == .handover }
        #expect(said.count == 4 && said.allSatisfy { $0.acknowledgedSequence == sequence })
        var unheard = Dialogue.elected()
        unheard.tell(unheard.a.probes())
        unheard.pass(.milliseconds(250))
        unheard.tell(.handoverRequested(to: 10))
        #expect(!unheard.pass(.milliseconds(99)).directives.gists.contains("send handover"))
    }
}
