// DESIGN.md, section 5.8: an address that somebody else removes comes back, and nothing is said for it meanwhile.

import Testing
import VIPElection
import VIPWire

@Suite("5.8 Lost addresses")
struct LostAddressTests {
    @Test("5.8: nothing is said for an address that the kernel does not have: no sign of life, no defence, no request")
    func silence() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.question(from: IPv4Address(192, 168, 1, 77), Dialogue.stranger))
        dialogue.tell(dialogue.a.probes())
        dialogue.kernelAnswers = false
        var said = dialogue.tell(.addressesLost([Dialogue.vip]))
        said += dialogue.pass(.milliseconds(120)).directives
        said += dialogue.tell(.bareReply(from: Dialogue.stranger)) + dialogue.tell(dialogue.c.announces(term: 1))
        said += dialogue.tell(.handoverRequested(to: 10)) + dialogue.pass(.milliseconds(300)).directives
        #expect(said.allSatisfy { !$0.claims })
        #expect(dialogue.tell(.addressesInstalled(refused: [])).gists.contains("send announcement"))
    }

    @Test("5.8: a holder that could not send when it lost its address tries with a probe, which claims nothing")
    func triesWithAProbe() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.sendFailed(errno: 100))
        dialogue.tell(.addressesLost([Dialogue.vip]))
        let said = dialogue.pass(.seconds(2)).directives
        let restored = said.firstIndex { $0.gist == "restored 1" } ?? 0
        #expect(restored > 0 && said[..<restored].allSatisfy { !$0.claims })
        #expect(Array(said[..<restored]).gists.contains("probe 1"))
    }

    @Test("5.8: an address removed by someone else is installed and announced again, without stepping down")
    func restored() {
        var dialogue = Dialogue.holder(.two)
        dialogue.pass(.milliseconds(550))
        dialogue.on(
            .addressesLost([Dialogue.second]), "install 3 s", "restored 1", "send announcement", "announce 1 both")
        #expect(dialogue.election.isHolder)
        // The caches hear it by the plan again, all addresses of it.
        #expect(dialogue.pass(.milliseconds(200)).times(of: "announce 2 request") == [100])
    }

    @Test("5.8: whoever removes an address again and again is not raced: once in P")
    func restoredOnceInP() {
        var dialogue = Dialogue.holder()
        var installs = 0
        for _ in 0..<100 {
            installs += dialogue.tell(.addressesLost([Dialogue.vip])).gists.filter { $0 == "install 3 s" }.count
            installs += dialogue.pass(.milliseconds(1)).times(of: "install 3 s").count
        }
        #expect((5...7).contains(installs))
    }

    @Test("5.8: an address that is lost again before it was put back is announced when it is")
    func lostAgain() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.on(.addressesLost([Dialogue.vip]), "install 3 s")
        dialogue.now = dialogue.now + .milliseconds(1)
        dialogue.on(.addressesLost([Dialogue.vip]))
        // The answer to the first is about what was lost since.
        dialogue.on(.addressesInstalled(refused: []))
        dialogue.after(.milliseconds(19), "install 3 s")
        dialogue.on(.addressesInstalled(refused: []), "restored 1", "send announcement", "announce 1 both")
    }

    @Test("5.8: while the kernel does not have the address, nothing is said in its name, to nobody")
    func silentWhileLost() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.tell(.addressesLost([Dialogue.vip]))
        dialogue.tell(.bareReply(from: Dialogue.stranger))
        dialogue.tell(dialogue.c.announces(term: 5))
        dialogue.tell(dialogue.c.probes())
        #expect(dialogue.tell(.handoverRequested(to: nil)).gists == ["hands over to c", "> handingOver"])
        #expect(dialogue.pass(.milliseconds(60)).directives.allSatisfy { !$0.claims })
        dialogue.on(.addressesInstalled(refused: []), "restored 1", "send announcement", "announce 1 both")
    }

    @Test("5.8: an address that is not there is not announced to the caches until the kernel has it back")
    func notAnnouncedWhileLost() {
        var dialogue = Dialogue.holder(.two)
        dialogue.kernelAnswers = false
        dialogue.tell(.addressesLost([Dialogue.second]))
        #expect(dialogue.pass(.milliseconds(150)).times(of: "announce 1 request") == [100])
        dialogue.tell(.addressesInstalled(refused: []))
        #expect(dialogue.pass(.milliseconds(150)).times(of: "announce 2 request") == [100])
    }
}
