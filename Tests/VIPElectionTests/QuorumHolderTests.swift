// DESIGN.md, section 5.6: how long a holder may hold, and by whose consent a successor does.

import Testing
import VIPElection
import VIPWire

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

    @Test("5.6: a peer that starts anew votes for nobody at first: what its earlier life acknowledged counts as before")
    func restartedVoter() {
        var dialogue = Dialogue.elected()
        dialogue.passAcknowledged(.milliseconds(200))
        dialogue.c.epoch += 1
        dialogue.tell(dialogue.c.probes())
        #expect(!dialogue.pass(.milliseconds(250)).directives.gists.contains("holder b > -: quorumLost"))
        #expect(dialogue.pass(.milliseconds(250)).directives.gists.contains("holder b > -: quorumLost"))
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

    @Test(
        "5.6: a successor that is not heard may hang with the addresses: with strict nobody else is named, and no vote freed",
        arguments: [true, false])
    func namesOne(_ strict: Bool) {
        var dialogue = Self.successor(strict ? .threeStrictly : .three)
        var said = dialogue.tell(.maintenanceSet(true))
        for _ in 0..<40 {
            said += dialogue.pass(.milliseconds(10)).directives
            // A majority goes on acknowledging, but who is named says nothing.
            if let last = said.compactMap(\.trailer).last {
                said += dialogue.tell(dialogue.c.acknowledges(last.sequence))
            }
        }
        let named = Set(said.compactMap(\.trailer).filter { $0.kind == .handover }.map(\.subject))
        #expect(named == (strict ? [10] : [10, 30]))
        let resignation = said.compactMap(\.trailer).last { $0.kind == .resign }
        #expect(resignation?.subject == (strict ? 10 : 0))
    }

    /// Holds, for `a` has handed over to it; `a` and `c` are candidates.
    private static func successor(_ settings: GroupSettings) -> Dialogue {
        var dialogue = Dialogue.voter(settings)
        dialogue.tell(dialogue.a.names(20, term: 6, acknowledging: dialogue.lastSequence))
        dialogue.tell(dialogue.a.resigns(to: 20))
        dialogue.tell(dialogue.a.probes())
        dialogue.tell(dialogue.c.acknowledges(dialogue.lastSequence, term: 6))
        return dialogue
    }

    /// `b` holds, has named `a`, which says nothing of it, and gave that up.
    private static func unheard() -> Dialogue {
        var dialogue = successor(.threeStrictly)
        dialogue.tell(.handoverRequested(to: 10))
        dialogue.passAcknowledged(.milliseconds(300))
        return dialogue
    }

    @Test("5.6: strict: while the one that was named may hang with the addresses, it can be named again, and no other")
    func namesTheSame() {
        var dialogue = Self.unheard()
        #expect(dialogue.tell(.handoverRequested(to: 30)).gists.first?.contains("unheard") == true)
        #expect(dialogue.tell(.handoverRequested(to: 10)).gists.contains { $0.hasPrefix("send handover") })
        var later = Self.unheard()
        later.passAcknowledged(.milliseconds(4080))
        #expect(later.tell(.handoverRequested(to: 30)).gists.contains { $0.hasPrefix("send handover") })
    }

    @Test(
        "5.6: strict: who goes while the one that was named may hang with the addresses frees no vote",
        arguments: [
            Event.stopDemanded, .addressesInstalled(refused: [AddressRefusal(address: Dialogue.vip, errno: 13)]),
        ])
    func goes(_ event: Event) {
        var dialogue = Self.unheard()
        var said = dialogue.tell(event)
        said += dialogue.tell(.addressesRemoved(refused: []))
        #expect(said.compactMap(\.trailer).filter { $0.kind == .resign }.map(\.subject) == [10, 10])
        var later = Self.unheard()
        later.passAcknowledged(.milliseconds(4080))
        said = later.tell(event) + later.tell(.addressesRemoved(refused: []))
        #expect(said.compactMap(\.trailer).filter { $0.kind == .resign }.map(\.subject) == [0, 0])
    }

    @Test("5.6: strict: a handover that could name nobody yet does not put off the next")
    func saidNothing() {
        var dialogue = Self.successor(.threeStrictly)
        dialogue.pass(.milliseconds(250))
        // Nobody has acknowledged this node for long: it may consent to nothing.
        dialogue.tell(.handoverRequested(to: 10))
        dialogue.a.flags = [.quorum, .maintenance]
        dialogue.tell(dialogue.a.probes())
        dialogue.tell(.timeReached)
        dialogue.tell(dialogue.c.acknowledges(dialogue.lastSequence, term: 6))
        #expect(dialogue.tell(.handoverRequested(to: 30)).gists.contains { $0.hasPrefix("send handover") })
    }

    @Test("5.6: who announces before the holder could name it is a rival: the holder lets go at once")
    func notYetNamed() {
        var dialogue = Self.successor(.three)
        dialogue.pass(.milliseconds(250))
        // Nobody has acknowledged this node for long: it can name nobody.
        dialogue.tell(.handoverRequested(to: 10))
        #expect(dialogue.tell(dialogue.a.announces(term: 9)).gists.contains("remove"))
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
