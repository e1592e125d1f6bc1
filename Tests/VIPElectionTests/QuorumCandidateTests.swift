// DESIGN.md, section 5.6: what a candidate may do, and who counts its votes.

import Testing
import VIPElection
import VIPWire

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

    @Test("5.6: who waits for a majority that is not there asks everybody before each candidacy, and no more often")
    func waitsQuietly() {
        var dialogue = Dialogue.standing()
        let said = dialogue.pass(.seconds(60)).directives
        let probes = said.compactMap { if case .send(let frame) = $0 { frame } else { nil } }
        let toAll = probes.filter { $0.destination == .broadcast }
        let asks = probes.map { $0.trailer?.subject == dialogue.election.node.id }
        let candidacies = zip(asks, asks.dropFirst()).count { !$0 && $1 }
        #expect(probes.count > 2000)
        #expect(!toAll.isEmpty && toAll.count < probes.count / 4)
        // Three before each, and those before one that is still to come.
        #expect(candidacies > 10 && toAll.count <= candidacies * 3 + 3)
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
