// DESIGN.md, section 5.7: `pace`, for switches that punish bursts of ARP.

import Testing
import VIPElection
import VIPWire

@Suite("5.7 Pace")
struct PacingTests {
    /// 20 addresses at ten frames a second, the kernel just asked.
    private func claiming() -> Dialogue {
        let addresses = [Dialogue.vip] + (1..<20).map { IPv4Address(10, 0, 0, UInt8($0)) }
        var dialogue = Dialogue.claiming(GroupSettings(name: "api", addresses: addresses, pace: 10))
        dialogue.kernelAnswers = true
        return dialogue
    }

    private func holder() -> Dialogue {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        return dialogue
    }

    private func isPaced(_ directive: Directive) -> Bool {
        switch directive {
        case .announce, .ask: true
        default: false
        }
    }

    @Test("5.7: announcements go out one by one, a tenth of a second apart, requests before replies")
    func paced() {
        var dialogue = claiming()
        #expect(dialogue.tell(.addressesInstalled(refused: [])).filter(isPaced).gists == ["announce 1 request"])
        let said = dialogue.pass(.seconds(3)).filter { isPaced($0.directive) }
        #expect(said.map(\.after.milliseconds) == Array(stride(from: 100, through: 3000, by: 100)))
        #expect(said.directives.prefix(19).allSatisfy { $0.gist == "announce 1 request" })
        #expect(said.directives.gists.contains("announce 1 reply"))
        // The repeats of the plan wait at the end; all is quiet when they have had their turn.
        dialogue.pass(.seconds(20))
        #expect(!dialogue.pass(.seconds(20)).directives.contains(where: isPaced))
    }

    @Test("5.1: signs of life are not paced")
    func signs() {
        var dialogue = holder()
        #expect(dialogue.pass(.seconds(1)).times(of: "send announcement").count == 10)
    }

    @Test("5.7: what waits is forgotten with the addresses: released, or taken over by the successor")
    func forgotten() {
        var released = holder()
        released.tell(.carrierLost)
        #expect(!released.pass(.seconds(5)).directives.contains { $0.claims })
        var handedOver = holder()
        handedOver.tell(handedOver.a.probes())
        handedOver.pass(.milliseconds(98))
        handedOver.tell(.handoverRequested(to: 10))
        handedOver.tell(handedOver.a.announces(term: 7))
        #expect(!handedOver.pass(.milliseconds(5)).directives.contains { $0.claims })
    }

    @Test("5.8: an address that is removed while it waits for its turn is not announced before it is back")
    func removed() {
        var dialogue = holder()
        dialogue.kernelAnswers = false
        dialogue.tell(.addressesLost(dialogue.election.settings.addresses))
        #expect(!dialogue.pass(.milliseconds(150)).directives.contains { $0.claims })
        dialogue.tell(.addressesInstalled(refused: []))
        #expect(dialogue.pass(.seconds(1)).directives.contains(where: isPaced))
    }

    @Test("5.7: a reload without a pace goes back to line speed")
    func turnedOff() {
        var dialogue = holder()
        var settings = dialogue.election.settings
        settings.pace = nil
        dialogue.tell(.settingsChanged(settings))
        #expect(dialogue.pass(.milliseconds(1100)).directives.filter(isPaced).gists.contains("announce 20 request"))
    }
}
