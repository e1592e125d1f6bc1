// DESIGN.md, section 5.10: how soon the addresses move again for health's sake.

import Testing
import VIPElection
import VIPWire

@Suite("5.10 Health: hold-down")
struct HoldDownTests {
    @Test("5.10: a node that took over from a sick one and sickens holds on for holdDown, then hands over")
    func holdsOn() {
        var dialogue = Dialogue.tookOver()
        dialogue.pass(.seconds(1), with: \.c)
        #expect(dialogue.tell(.healthSet(false)).gists == ["send announcement"])
        let said = dialogue.pass(.seconds(5), with: \.c)
        #expect(said.times(of: "hands over to c") == [4000])
    }

    @Test("5.10: one that is well again within holdDown stays")
    func recovers() {
        var dialogue = Dialogue.tookOver()
        dialogue.tell(.healthSet(false))
        dialogue.pass(.seconds(4), with: \.c)
        dialogue.tell(.healthSet(true))
        #expect(!dialogue.pass(.seconds(5), with: \.c).directives.gists.contains("hands over to c"))
    }

    @Test("5.10: it binds health alone: maintenance and an operator move the addresses at any time")
    func bindsHealthAlone() {
        for event in [Event.maintenanceSet(true), .stopRequested, .handoverRequested(to: nil)] {
            var dialogue = Dialogue.tookOver()
            dialogue.tell(.healthSet(false))
            #expect(dialogue.tell(event).gists.contains("hands over to c"), "\(event)")
        }
    }

    @Test("5.10: a move for another reason does not begin it", arguments: [Trailer.Flags.eligible, .maintenance, []])
    func otherReasons(_ flags: Trailer.Flags) {
        var dialogue = Dialogue.tookOver(from: flags)
        #expect(dialogue.tell(.healthSet(false)).gists.contains("hands over to c"))
    }

    @Test("5.10: with nobody eligible, release lets go when it is over, and hold does not")
    func releasesAfterwards() {
        for settings in [GroupSettings.releasing, .usual] {
            var dialogue = Dialogue.tookOver(settings, from: .sick)
            dialogue.c.flags = .sick
            dialogue.tell(dialogue.c.probes())
            dialogue.tell(.healthSet(false))
            let expected: [Int64] = settings.holdsWhenAllUnhealthy ? [] : [5000]
            #expect(dialogue.pass(.seconds(6)).times(of: "holder b > -: unhealthy") == expected)
        }
    }

    @Test("5.10: how long it lasts is a setting")
    func setting() {
        var settings = GroupSettings.usual
        settings.holdDown = .zero
        var dialogue = Dialogue.tookOver(settings)
        #expect(dialogue.tell(.healthSet(false)).gists.contains("hands over to c"))
    }
}
