// DESIGN.md, section 5.4: hear the segment out, then speak; and what an earlier life has left.

import Testing
import VIPElection
import VIPWire

@Suite("5.4 Start")
struct StartTests {
    @Test("5.4: the election listens for S plus a random part of P and says nothing meanwhile")
    func listensFirst() throws {
        var lengths: Set<Int64> = []
        for seed in 1...50 as ClosedRange<UInt64> {
            var dialogue = Dialogue(seed: seed)
            dialogue.on(.started(hasLeftover: false, obstacles: []))
            #expect(dialogue.election.currentState == .listening)
            let length = try #require(dialogue.election.nextDeadline) - dialogue.now
            #expect(length >= .milliseconds(200) && length <= .milliseconds(220))
            lengths.insert(length.nanoseconds)
            dialogue.after(length, "> probing", "send probe")
        }
        #expect(lengths.count > 40)
    }

    @Test("5.4: a first node alone holds within S + P + 3 P")
    func holdsAlone() {
        for seed in 1...50 as ClosedRange<UInt64> {
            var dialogue = Dialogue.started(seed: seed)
            dialogue.pass(.milliseconds(280))
            #expect(dialogue.election.currentState == .holder)
            #expect(dialogue.election.term == 1)
        }
    }

    @Test("5.4: who hears a holder while listening follows it and says so at once")
    func followsHolder() {
        var dialogue = Dialogue.started()
        dialogue.on(
            dialogue.a.announces(term: 5),
            "peer a appeared", "holder - > a: start", "> candidate", "send probe"
        )
        #expect(dialogue.election.currentHolder?.reference.name == "a")
        #expect(dialogue.election.term == 5)
    }

    @Test("5.4: a leftover whose lease stands goes on serving, and is claimed when listening ends")
    func claimsLeftover() throws {
        var dialogue = Dialogue.started(leftover: true)
        dialogue.kernelAnswers = false
        #expect(dialogue.pass(.milliseconds(199)).isEmpty)
        let rest = try #require(dialogue.election.nextDeadline) - dialogue.now
        dialogue.after(rest, "> claiming", "install 3 s")
        dialogue.on(
            .addressesInstalled(refused: []),
            "> holder", "send announcement", "announce 1 both", "holder - > b: start"
        )
    }

    @Test("5.4: a leftover is removed before the first frame where somebody else announces")
    func removesLeftover() {
        var dialogue = Dialogue.started(leftover: true)
        dialogue.kernelAnswers = false
        dialogue.on(dialogue.a.announces(term: 5), "peer a appeared", "holder - > a: start", "> releasing", "remove")
        #expect(dialogue.pass(.milliseconds(50)).isEmpty)
        dialogue.on(.addressesRemoved(refused: []), "> candidate", "send probe")
    }

    @Test("5.4: a leftover whose lease ends while listening is no leftover any more: the address is asked for first")
    func forgetsLapsedLeftover() throws {
        var dialogue = Dialogue.started(leftover: true)
        dialogue.pass(.milliseconds(50))
        dialogue.on(.addressesLost([Dialogue.vip]), "> releasing", "remove", "> listening")
        let rest = try #require(dialogue.election.nextDeadline) - dialogue.now
        dialogue.after(rest, "> probing", "send probe")
    }

    @Test("5.9: a leftover that a foreign host claims too is given up")
    func givesUpContestedLeftover() throws {
        var dialogue = Dialogue.started(leftover: true)
        dialogue.on(.bareReply(from: Dialogue.stranger), "conflict over 192.168.1.210 began")
        let rest = try #require(dialogue.election.nextDeadline) - dialogue.now
        dialogue.after(rest, "> releasing", "remove", "> listening")
        dialogue.pass(.seconds(1))
        #expect(dialogue.election.currentState == .probing)
    }

    @Test("5.8: a node that may not hold when it starts removes what is left, resigns, and stays out")
    func startsIneligible() {
        var dialogue = Dialogue()
        dialogue.on(
            .started(hasLeftover: true, obstacles: [.maintenance]),
            "> releasing", "remove", "send resign", "send resign", "> ineligible", "send probe"
        )
        var other = Dialogue()
        other.on(.started(hasLeftover: true, obstacles: [.carrierLost]), "> releasing", "remove", "> ineligible")
        var third = Dialogue()
        third.on(.started(hasLeftover: false, obstacles: [.maintenance]), "> ineligible")
        #expect(third.pass(.seconds(5)).directives.allSatisfy { $0.gist == "send probe" })
    }

    @Test("5.4: a node that may not hold listens first, too, and takes no holder's kernel for a foreign host")
    func ineligibleListensFirst() {
        var dialogue = Dialogue()
        dialogue.on(.started(hasLeftover: false, obstacles: [.maintenance]), "> ineligible")
        #expect(dialogue.pass(.milliseconds(99)).isEmpty)
        dialogue.tell(dialogue.a.announces(term: 5))
        dialogue.on(.bareReply(from: dialogue.a.mac))
        #expect(dialogue.election.conflicts.isEmpty)
        #expect(dialogue.pass(.milliseconds(101)).times(of: "send probe").count == 1)
    }

    @Test("5.4: a holder that was known before listening, and is silent all through it, is lost with its silence told")
    func losesHolderWhileListening() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(.carrierLost)
        dialogue.on(.carrierReturned, "> listening")
        let said = dialogue.pass(.milliseconds(219)).directives.gists
        #expect(said.contains("> probing"))
        #expect(dialogue.election.currentHolder == nil)
        #expect(dialogue.pass(.milliseconds(100)).directives.gists.contains("holder a > b: silence"))
    }

    @Test("an election starts once, and before anything else")
    func startsOnce() async {
        await #expect(processExitsWith: .failure) {
            var dialogue = Dialogue.started()
            dialogue.tell(.started(hasLeftover: false, obstacles: []))
        }
        await #expect(processExitsWith: .failure) {
            var dialogue = Dialogue()
            dialogue.tell(.timeReached)
        }
    }
}
