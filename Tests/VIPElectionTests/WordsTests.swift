// What an operator reads: the reason of every state, in words.

import Testing
import VIPElection
import VIPWire

@Suite("Words")
struct WordsTests {
    @Test("a state's reason says what was seen, of whom, and for how long")
    func reasons() {
        let words: [(State, String)] = [
            (.listening, "started"), (.candidate, "a announces the address"),
            (.probing, "holder a silent for 200 ms"),
            (.occupied, "02:00:00:00:00:0a answers for the address, but nobody announces it"),
            (.claiming, "3 probes in a row unanswered"), (.holder, "the kernel has the addresses, term 6"),
            (.handingOver, "handing over to a"),
            (.releasing, "a holds too, with the better claim (term 7)"), (.ineligible, "in maintenance"),
        ]
        #expect(words.map(\.0) == State.allCases)
        for (state, reason) in words { #expect(Dialogue.at(state).election.currentReason == reason) }
    }

    @Test("so do the rarer ways into a state")
    func rarer() {
        func reason(_ dialogue: Dialogue, _ events: (inout Dialogue) -> Void) -> String {
            var dialogue = dialogue
            events(&dialogue)
            return dialogue.election.currentReason
        }
        #expect(reason(.started()) { $0.pass(.milliseconds(221)) } == "nobody announces the address")
        #expect(
            reason(.candidate()) {
                $0.kernelAnswers = false; $0.tell($0.a.resigns())
            } == "holder a resigned")
        #expect(reason(.candidate()) { $0.tell($0.a.probes()) } == "a no longer holds")
        #expect(
            reason(.releasing()) { $0.tell(.addressesRemoved(refused: [])) } == "the kernel has removed the addresses")
        #expect(reason(.ineligible()) { $0.tell(.maintenanceSet(false)) } == "eligible again")
        #expect(reason(.candidate()) { $0.tell(.carrierLost) } == "no carrier")
        #expect(reason(.candidate()) { $0.tell(.stopRequested) } == "stopping")
        #expect(
            reason(.claiming()) {
                $0.tell(.addressesInstalled(refused: [AddressRefusal(address: Dialogue.vip, errno: 1)]))
            }
                == "the kernel refused an address (errno 1)")
        #expect(
            reason(.holder()) {
                $0.kernelAnswers = false
                $0.now = $0.now + .seconds(3)
                $0.tell(.timeReached)
            } == "own lease lapsed before it was renewed")
        #expect(
            reason(.started(leftover: true)) {
                $0.kernelAnswers = false
                $0.pass(.milliseconds(221))
            } == "the addresses of the last run still stand")
        #expect(
            reason(.started(leftover: true)) {
                $0.kernelAnswers = false
                $0.tell(.bareReply(from: Dialogue.stranger))
                $0.pass(.milliseconds(221))
            } == "the addresses of the last run still stand, and another machine claims one")
        #expect(
            reason(.occupied()) { dialogue in
                dialogue.kernelAnswers = false
                for _ in 0..<600 where dialogue.election.currentState == .occupied {
                    dialogue.tell(.bareReply(from: dialogue.a.mac))
                    dialogue.pass(.milliseconds(10))
                }
            } == "02:00:00:00:00:0a answers beyond any lease")
    }
}
