// With keys: who claims or gives up is believed once it has echoed a frame of this node's present life, is asked where it
// has not, and whoever is asked answers. Deliberately not here: whole clusters under attack (ReplayTests).

import Testing
import VIPElection
import VIPWire

extension Event {
    /// The frame, with the proof that its sender has heard `sequence` of `b`; it may ask for the same.
    fileprivate func echoing(_ sequence: UInt64, asks: Bool = false) -> Event {
        guard case .frameReceived(var frame) = self else { return self }
        frame.trailer?.echoedNode = Dialogue.b.id
        frame.trailer?.echoedSequence = sequence
        if asks { frame.trailer?.flags.insert(.asks) }
        return .frameReceived(frame)
    }
}

private func trailers(_ said: [Directive]) -> [Trailer] {
    said.compactMap { if case .send(let frame) = $0 { frame.trailer } else { nil } }
}

extension Dialogue {
    /// The sequence of the next sign of life.
    fileprivate mutating func nextSequence() -> UInt64 {
        pass(.milliseconds(600), hearing: \.a).compactMap { trailers([$0.directive]).last?.sequence }.last ?? 0
    }
}

@Suite("Proof of life")
struct ProofTests {
    @Test("a holder holds on against a better claim that may be a recording, asks at once, and yields to the answer")
    func rival() throws {
        var dialogue = Dialogue.holder(.signed)
        let said = trailers(dialogue.tell(dialogue.a.announces(term: 9)))
        let question = try #require(said.first { $0.flags.contains(.asks) })
        #expect(question.kind == .announcement)
        #expect(question.echoedNode == dialogue.a.id && question.echoedSequence == dialogue.a.sequence)
        #expect(dialogue.election.isHolder)
        #expect(dialogue.election.statistics.unproven == 2)
        dialogue.tell(dialogue.a.announces().echoing(question.sequence))
        #expect(dialogue.election.currentState == .candidate)
    }

    @Test(
        "an echo of what was not sent lately in this life proves nothing", arguments: [0, 1_000_000, .max] as [UInt64])
    func wrongEcho(sequence: UInt64) {
        var dialogue = Dialogue.holder(.signed)
        dialogue.tell(dialogue.a.announces(term: 9).echoing(sequence))
        #expect(dialogue.election.isHolder)
    }

    @Test(
        "who is asked answers at once and echoes the question; questions in a row are answered a probe's spacing apart")
    func answers() throws {
        var dialogue = Dialogue.candidate(.signed)
        let own = dialogue.nextSequence()
        let first = trailers(dialogue.tell(dialogue.c.probes().echoing(own, asks: true)))
        #expect(first.map(\.echoedNode) == [dialogue.c.id])
        #expect(first.map(\.echoedSequence) == [dialogue.c.sequence])
        #expect(first.allSatisfy { !$0.flags.contains(.asks) })
        #expect(trailers(dialogue.tell(dialogue.c.probes().echoing(own, asks: true))).isEmpty)
        let later = trailers(dialogue.pass(.milliseconds(20)).map(\.directive))
        #expect(later.map(\.echoedSequence) == [dialogue.c.sequence])
    }

    @Test("a recorded question, which echoes nothing of this life, is not answered")
    func recordedQuestion() {
        var dialogue = Dialogue.candidate(.signed)
        _ = dialogue.nextSequence()
        #expect(trailers(dialogue.tell(dialogue.c.probes().echoing(1_000_000, asks: true))).isEmpty)
    }

    @Test("a resignation frees the address if its sender was known to live, and else nothing")
    func resignation() {
        var dialogue = Dialogue.candidate(.signed)
        let own = dialogue.nextSequence()
        var proven = dialogue
        dialogue.tell(dialogue.a.resigns())
        #expect(dialogue.election.currentState == .candidate)
        proven.tell(proven.a.announces().echoing(own))
        proven.tell(proven.a.resigns())
        #expect(proven.election.isHolder)
    }

    @Test("a naming is followed by a claim if its sender is known to live, and else by a question")
    func naming() {
        var dialogue = Dialogue.candidate(.signed)
        let own = dialogue.nextSequence()
        let said = dialogue.tell(dialogue.a.names(Dialogue.b.id, term: 6))
        #expect(trailers(said).contains { $0.flags.contains(.asks) && $0.echoedNode == dialogue.a.id })
        #expect(dialogue.election.currentState == .candidate)
        dialogue.tell(dialogue.a.names(Dialogue.b.id, term: 6).echoing(own))
        #expect(dialogue.election.isHolder)
    }

    @Test("proof wears off after sixteen intervals without another, and does not outlive a restart of its giver")
    func wearsOff() {
        var dialogue = Dialogue.candidate(.signed)
        let own = dialogue.nextSequence()
        dialogue.tell(dialogue.a.announces().echoing(own))
        var restarted = dialogue
        dialogue.pass(.milliseconds(1700), hearing: \.a)
        dialogue.tell(dialogue.a.resigns())
        #expect(dialogue.election.currentState == .candidate)
        restarted.a.epoch += 1
        restarted.tell(restarted.a.resigns())
        #expect(restarted.election.currentState == .candidate)
    }

    @Test("with keys, what a silent node said before is never taken in again; without, its clock may have gone back")
    func noForgiveness() {
        for (settings, stale) in [(GroupSettings.signed, 1), (.usual, 0)] {
            var dialogue = Dialogue.candidate(settings)
            dialogue.pass(.seconds(60), hearing: \.a)
            dialogue.c.epoch -= 1
            dialogue.tell(dialogue.c.probes())
            #expect(dialogue.election.statistics.stale == stale)
        }
    }

    @Test("a node with the addresses of its last run does not let them go for what may be a recording")
    func leftover() {
        var dialogue = Dialogue.started(.signed, leftover: true)
        dialogue.tell(dialogue.a.announces(term: 9))
        #expect(dialogue.election.currentState == .listening)
        dialogue.pass(.milliseconds(300))
        #expect(dialogue.election.isHolder)
    }

    @Test("frames of this node's earlier life are old, not a twin's; without keys they may be either")
    func ownRecordings() {
        for (settings, twins) in [(GroupSettings.signed, 0), (.usual, 1)] {
            var dialogue = Dialogue.started(settings)
            var earlier = Voice(
                id: Dialogue.b.id, name: Dialogue.b.name, mac: Dialogue.b.mac, address: Dialogue.b.address, epoch: 0)
            dialogue.tell(earlier.announces(term: 9))
            #expect(dialogue.election.statistics.duplicateNode == twins)
            #expect(dialogue.election.statistics.stale == 1 - twins)
        }
    }

    @Test("frames of this life from before the link got another MAC address are old, not a twin's")
    func recordingsUnderAnotherMAC() throws {
        var dialogue = Dialogue.started(.signed)
        let directives = dialogue.pass(.seconds(1)).map(\.directive)
        let said = try #require(trailers(directives).first)
        var own = Voice(
            id: Dialogue.b.id, name: Dialogue.b.name, mac: Dialogue.b.mac, address: Dialogue.b.address,
            epoch: said.epoch)
        var identity = Dialogue.b
        identity.mac = Dialogue.stranger
        dialogue.tell(.identityChanged(identity))
        var recording = own.frame(.announcement)
        recording.trailer?.sequence = said.sequence
        dialogue.tell(.frameReceived(recording))
        #expect(dialogue.election.statistics.duplicateNode == 0)
        #expect(dialogue.election.statistics.stale == 1)
        // What this node has not said yet, another says.
        recording.trailer?.sequence = said.sequence + 1_000_000
        dialogue.tell(.frameReceived(recording))
        #expect(dialogue.election.statistics.duplicateNode == 1)
    }

    @Test("with quorum a holder is acknowledged, and a candidate voted for, once it has proved to live: it is asked")
    func votes() throws {
        var dialogue = Dialogue.voter(.signedQuorum)
        var asked = try #require(trailers(dialogue.tell(dialogue.a.announces())).last)
        #expect(asked.subject == 0 && asked.echoedNode == dialogue.a.id && asked.flags.contains(.asks))
        let acknowledged = trailers(dialogue.tell(dialogue.a.announces().echoing(asked.sequence)))
        #expect(acknowledged.map(\.subject) == [dialogue.a.id])
        dialogue.pass(.milliseconds(499))
        dialogue.now = dialogue.now + .milliseconds(1)
        asked = try #require(trailers(dialogue.tell(dialogue.c.asksForVotes(term: 6))).last)
        #expect(asked.subject != dialogue.c.id && asked.echoedNode == dialogue.c.id && asked.flags.contains(.asks))
        let voted = trailers(dialogue.tell(dialogue.c.asksForVotes(term: 6).echoing(asked.sequence)))
        #expect(voted.contains { $0.subject == dialogue.c.id && $0.term == 6 })
    }

    @Test("while keys are handed out nodes echo and answer, and believe as before")
    func rollout() {
        var settings = GroupSettings.signed
        settings.authentication = .acceptsUnsigned
        var dialogue = Dialogue.candidate(settings)
        let own = dialogue.nextSequence()
        let answer = trailers(dialogue.tell(dialogue.c.probes().echoing(own, asks: true)))
        #expect(answer.map(\.echoedNode) == [dialogue.c.id])
        dialogue.tell(dialogue.a.resigns())
        #expect(dialogue.election.isHolder)
    }

    @Test("without keys nothing is echoed, asked or answered")
    func withoutKeys() {
        var dialogue = Dialogue.candidate(.usual)
        let own = dialogue.nextSequence()
        var said = trailers(dialogue.tell(dialogue.c.probes().echoing(own, asks: true)))
        said += trailers(dialogue.pass(.seconds(2), hearing: \.a).map(\.directive))
        #expect(said.allSatisfy { $0.echoedNode == 0 && $0.echoedSequence == 0 && !$0.flags.contains(.asks) })
    }
}
