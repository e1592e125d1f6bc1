// DESIGN.md, section 5.6: whom a voter votes for, and whom it acknowledges.

import Testing
import VIPElection
import VIPWire

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

    @Test("5.6: a candidate's number is none of this node's own: who acknowledges it has not heard this node")
    func numbersOfOthers() {
        var dialogue = Dialogue.voter()
        dialogue.c.sequence = 100_000
        dialogue.tell(dialogue.a.announces())
        dialogue.pass(.milliseconds(500))
        dialogue.expectVote(for: \.c, term: 6)
        var heard = dialogue
        #expect(heard.tell(heard.a.names(20, term: 7, acknowledging: heard.lastSequence)).gists.contains("> claiming"))
        let said = dialogue.tell(dialogue.a.names(20, term: 7, acknowledging: dialogue.c.sequence))
        #expect(!said.gists.contains("> claiming"))
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

    @Test("5.6: no vote for another while this node's own kernel keeps the addresses that it would not remove")
    func keeps() {
        /// Whether it votes at some time in these tenths of a second after it let go.
        func voted(refused: [AddressRefusal], _ tenths: Range<Int>) -> Bool {
            var dialogue = Dialogue.elected()
            dialogue.kernelAnswers = false
            dialogue.pass(.milliseconds(500))
            dialogue.tell(.addressesRemoved(refused: refused))
            return tenths.contains { tenth in
                var later = dialogue
                later.pass(.milliseconds(100 * tenth))
                return later.votes(for: \.c, term: 60)
            }
        }
        let kept = [AddressRefusal(address: Dialogue.vip, errno: 16)]
        #expect(!voted(refused: kept, 1..<40))
        #expect(voted(refused: kept, 42..<60))
        #expect(voted(refused: [], 1..<40))
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
