// DESIGN.md, section 5.8: what keeps a node from holding, and how it comes back.

import Testing
import VIPElection
import VIPWire

@Suite("5.8 Eligibility")
struct EligibilityTests {
    @Test("5.8: carrier lost: release at once, say nothing, be ineligible; on its return listen first")
    func carrier() {
        var dialogue = Dialogue.holder()
        dialogue.on(.carrierLost, "holder b > -: carrierLost", "> releasing", "remove", "> ineligible")
        #expect(dialogue.pass(.seconds(5)).directives.allSatisfy { !$0.isSend && !$0.claims })
        dialogue.on(.carrierReturned, "> listening")
        dialogue.pass(.milliseconds(300))
        #expect(dialogue.election.isHolder)
    }

    @Test("5.8: a carrier that is back before the kernel has answered does not leave the node out for good")
    func carrierFlaps() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.tell(.carrierLost)
        dialogue.tell(.carrierReturned)
        dialogue.on(.addressesRemoved(refused: []), "> listening")
    }

    @Test("5.8: maintenance: with nobody to hand over to, release, resign, be ineligible, and follow from there")
    func maintenance() {
        var dialogue = Dialogue.holder()
        dialogue.tell(dialogue.c.resigns())
        dialogue.on(
            .maintenanceSet(true),
            "holder b > -: maintenance", "close connections", "> releasing", "remove", "send resign", "send resign",
            "> ineligible", "send probe"
        )
        dialogue.on(dialogue.c.announces(term: 7), "holder b > c: maintenance")
        #expect(dialogue.pass(.seconds(10)).directives.allSatisfy { $0.gist == "send probe" || !$0.isSend })
        #expect(dialogue.election.currentState == .ineligible)
        dialogue.on(.maintenanceSet(false), "> listening")
    }

    @Test("5.8: a node is eligible only when the last obstacle has gone", arguments: [true, false])
    func allObstacles(_ carrierFirst: Bool) {
        var dialogue = Dialogue.ineligible()
        dialogue.tell(.carrierLost)
        #expect(dialogue.election.currentObstacles == [.carrierLost, .maintenance])
        dialogue.tell(carrierFirst ? .carrierReturned : .maintenanceSet(false))
        #expect(dialogue.election.currentState == .ineligible)
        // Who could hear the segment follows the holder at once.
        if carrierFirst {
            dialogue.on(.maintenanceSet(false), "> candidate", "send probe")
        } else {
            dialogue.on(.carrierReturned, "> listening")
        }
    }

    @Test("5.8: what stands against a node that is releasing anyway decides what it says and becomes")
    func whileReleasing() {
        var dialogue = Dialogue.releasing()
        dialogue.on(.stopRequested)
        dialogue.on(.addressesRemoved(refused: []), "send resign", "send resign", "> ineligible", "finish")
        var mute = Dialogue.releasing()
        mute.on(.carrierLost)
        mute.on(.addressesRemoved(refused: []), "> ineligible")
    }

    @Test("5.8: an address that the kernel would not remove is not called free by a stop before its lease has ended")
    func stopsWhileKept() {
        for (wait, gists) in [
            (Duration.seconds(4), ["> ineligible", "finish"]),
            (.seconds(5), ["send resign", "send resign", "> ineligible", "finish"]),
        ] {
            var dialogue = Dialogue.releasing()
            dialogue.tell(.addressesRemoved(refused: [AddressRefusal(address: Dialogue.vip, errno: 16)]))
            dialogue.pass(wait, hearing: \.a)
            #expect(dialogue.tell(.stopRequested).gists == gists)
        }
    }

    @Test("5.8: a leftover is released when an obstacle comes while listening")
    func leftover() {
        var dialogue = Dialogue.started(leftover: true)
        dialogue.on(
            .maintenanceSet(true), "> releasing", "remove", "send resign", "send resign", "> ineligible", "send probe")
    }
}
