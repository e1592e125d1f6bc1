// DESIGN.md, section 5.5: a handover as the successor and the others see it.

import Testing
import VIPElection
import VIPWire

@Suite("5.5 Handover: the successor and the others")
struct SuccessionTests {
    @Test(
        "5.5: who is named claims at once in the term it is given, without asking for the address",
        arguments: [
            State.candidate, .probing, .occupied,
        ])
    func claims(_ state: State) {
        var dialogue = Dialogue.at(state)
        let said = dialogue.tell(dialogue.a.names(20, term: 6))
        #expect(
            said.gists == [
                "relay to 02:00:00:00:00:0a", "> claiming", "install 3 s", "> holder", "send announcement",
                "announce 1 both",
                "holder a > b: handover",
            ])
        #expect(said.compactMap(\.trailer).map(\.term) == [6])
    }

    @Test("5.5: a naming in a term that is over, or while a foreign host claims the address, is not followed")
    func refuses() {
        var old = Dialogue.candidate()
        old.tell(old.c.probes(term: 9))
        old.on(old.a.names(20, term: 6))
        var contested = Dialogue.candidate()
        contested.tell(.bareReply(from: Dialogue.stranger))
        contested.on(contested.a.names(20, term: 6))
        #expect(contested.election.currentState == .candidate)
    }

    /// Named by `a`, and holder since just now.
    private func successor() -> Dialogue {
        var dialogue = Dialogue.candidate()
        dialogue.tell(dialogue.a.names(20, term: 6))
        return dialogue
    }

    @Test("5.5: while the two overlap the old holder's words are no conflict; when it resigns all is announced again")
    func overlap() {
        var dialogue = successor()
        dialogue.on(dialogue.a.announces(term: 5))
        dialogue.on(.bareReply(from: dialogue.a.mac))
        dialogue.on(dialogue.a.resigns(to: 20), "end relay", "send announcement", "announce 1 both")
        dialogue.on(dialogue.a.resigns(to: 20))
        #expect(dialogue.pass(.milliseconds(300)).times(of: "announce 1 both") == [])
    }

    @Test("5.5: the overlap ends though the resignation is lost; an old holder that stays is a rival then")
    func overlapEnds() {
        var dialogue = successor()
        let said = dialogue.pass(.milliseconds(300))
        #expect(said.times(of: "end relay") == [205])
        #expect(said.times(of: "announce 1 both") == [205])
        dialogue.on(
            dialogue.a.announces(term: 5), "conflict over 192.168.1.210 began", "send announcement", "announce 1 both")
    }

    @Test(
        "5.5: a successor hands on only when its predecessor has let go: it has consented to one, not to a third",
        arguments: ["preemption", "sickness"])
    func handsOnAfterOverlap(_ cause: String) {
        var settings = GroupSettings.usual
        settings.preempt = cause == "preemption"
        settings.preemptDelay = .zero
        settings.holdDown = .zero
        var dialogue = Dialogue.candidate(settings)
        if settings.preempt { dialogue.c.priority = 200 }
        dialogue.tell(dialogue.c.probes())
        dialogue.tell(dialogue.a.names(20, term: 6))
        var said = cause == "sickness" ? dialogue.tell(.healthSet(false)) : []
        said += dialogue.tell(dialogue.c.probes())
        said += dialogue.pass(.milliseconds(4)).map(\.directive)
        #expect(!said.gists.contains("> handingOver"))
        said = dialogue.tell(dialogue.a.resigns(to: 20)) + dialogue.pass(.milliseconds(1)).map(\.directive)
        #expect(said.gists.contains("> handingOver"))
        #expect(dialogue.election.namedSuccessor?.name == "c")
    }

    @Test("5.5: a successor that gives up the claim relays no more; who took over from nobody never did")
    func relayEndsWithTheClaim() {
        var refused = Dialogue.candidate()
        refused.kernelRefuses = 1
        #expect(refused.tell(refused.a.names(20, term: 6)).gists.count { $0 == "end relay" } == 1)
        var losing = successor()
        #expect(losing.tell(losing.c.announces(term: 7)).gists.count { $0 == "end relay" } == 1)
        #expect(losing.tell(losing.a.resigns(to: 20)).gists.contains("end relay") == false)
        var other = Dialogue.holder()
        #expect(!other.tell(other.c.announces(term: 99)).gists.contains("end relay"))
    }

    @Test("5.5: named once more, it says again that it holds: the old holder has not heard")
    func namedAgain() {
        var dialogue = successor()
        dialogue.on(dialogue.a.names(20, term: 6), "send announcement")
        dialogue.on(dialogue.c.names(20, term: 6))
    }

    @Test("5.5: another that is named while this one holds takes the addresses: its term is higher")
    func namedAfterThis() {
        var dialogue = successor()
        #expect(dialogue.tell(dialogue.c.announces(term: 7)).gists.contains("> releasing"))
    }

    @Test("5.5: an old holder that has claimed anew meanwhile is a rival, overlap or not", arguments: [true, false])
    func claimsAnew(_ hasConfirmed: Bool) {
        var dialogue = Dialogue.candidate()
        dialogue.kernelAnswers = hasConfirmed
        dialogue.tell(dialogue.a.names(20, term: 6))
        #expect(dialogue.tell(dialogue.a.announces(term: 7)).gists.contains("remove"))
    }

    @Test("5.5: a claim by handover is not disturbed by the old holder's announcements")
    func claiming() {
        var dialogue = Dialogue.candidate()
        dialogue.kernelAnswers = false
        dialogue.tell(dialogue.a.names(20, term: 6))
        dialogue.on(dialogue.a.announces(term: 5))
        dialogue.on(dialogue.a.names(20, term: 6))
        #expect(dialogue.tell(.addressesInstalled(refused: [])).gists.contains("> holder"))
    }

    @Test("5.5: the others follow the successor as soon as they hear it, and know that it was a handover")
    func others() {
        var dialogue = Dialogue.candidate()
        dialogue.on(dialogue.a.names(30, term: 6))
        dialogue.on(dialogue.c.announces(term: 6), "holder a > c: handover")
        dialogue.on(dialogue.a.announces(term: 5))
        dialogue.on(dialogue.a.resigns(to: 30))
        #expect(dialogue.election.currentHolder?.reference.name == "c")
    }

    @Test("5.5: who has not heard the successor does not take a resignation to it for a free address")
    func notFree() {
        var dialogue = Dialogue.candidate()
        dialogue.on(dialogue.a.resigns(to: 30), "> probing", "send probe")
        dialogue.on(dialogue.a.resigns(to: 30))
        #expect(dialogue.pass(.milliseconds(50)).times(of: "> claiming") == [])
        dialogue.on(dialogue.c.announces(term: 6), "holder a > c: handover", "> candidate", "send probe")
    }

    @Test("5.5: the successor dead, the address is claimed after the probes that any silence takes")
    func successorDied() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(dialogue.a.resigns(to: 30))
        #expect(dialogue.pass(.seconds(1)).times(of: "> claiming") == [60])
    }

    @Test("5.5: a handover that failed leaves no trace: the next resignation frees the address")
    func failedHandover() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(dialogue.a.names(30, term: 6))
        dialogue.tell(dialogue.a.announces(term: 5))
        #expect(dialogue.tell(dialogue.a.resigns()).gists.contains("holder a > b: resign"))
    }

    @Test("5.5: a holder that names another is alive: suspicion ends", arguments: [State.probing, .occupied])
    func namingIsASign(_ state: State) {
        var dialogue = Dialogue.at(state)
        dialogue.on(dialogue.a.names(30, term: 6), "> candidate", "send probe")
        var ineligible = Dialogue.ineligible()
        ineligible.pass(.milliseconds(250))
        #expect(ineligible.election.currentHolder == nil)
        ineligible.on(ineligible.a.names(30, term: 6))
        #expect(ineligible.election.currentHolder?.reference.name == "a")
    }
}
