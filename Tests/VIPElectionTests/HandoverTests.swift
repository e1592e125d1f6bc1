// DESIGN.md, section 5.5: make before break, as the holder, its successor and the others see it.

import Testing
import VIPElection
import VIPWire

@Suite("5.5 Handover: the holder")
struct HandoverTests {
    /// The successors there are: `a`, then `c`.
    private func holder(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = Dialogue.holder(settings)
        dialogue.tell(dialogue.a.probes())
        return dialogue
    }

    private static let events: [(Event, String)] = [
        (.stopRequested, "stop"), (.maintenanceSet(true), "maintenance"), (.healthSet(false), "unhealthy"),
        (.handoverRequested(to: nil), "move"),
    ]

    @Test(
        "5.5: the holder names the best candidate, goes on holding, and lets go when that announces", arguments: 0..<4)
    func makesBeforeItBreaks(_ number: Int) {
        let event = Self.events[number].0
        var dialogue = holder()
        dialogue.kernelAnswers = false
        dialogue.on(event, "hands over to a", "> handingOver", "send handover")
        #expect(dialogue.election.isHolder)
        dialogue.now = dialogue.now + .milliseconds(2)
        dialogue.on(dialogue.a.announces(term: 7), "holder b > a: handover")
        #expect(dialogue.election.isHolder, "a connection just accepted may finish")
        dialogue.after(.milliseconds(5), "close connections", "> releasing", "remove")
        let said = dialogue.tell(.addressesRemoved(refused: [])).gists
        #expect(said.prefix(2) == ["send resign", "send resign"])
        #expect(
            said.dropFirst(2)
                == (number == 0
                    ? ["> ineligible", "finish"]
                    : number == 3 ? ["> candidate", "send probe"] : ["> ineligible", "send probe"]))
    }

    @Test("5.5: the successor is to claim in the next term, and is named every P until it is heard")
    func names() {
        var dialogue = holder()
        let said = dialogue.tell(.handoverRequested(to: nil)) + dialogue.pass(.milliseconds(80)).directives
        let namings = said.compactMap(\.trailer).filter { $0.kind == .handover }
        #expect(namings.map(\.term) == Array(repeating: 7, count: 5))
        #expect(namings.allSatisfy { $0.subject == 10 })
    }

    @Test("5.5: no answer in 5 P: the next candidate; none left: a move ends, and the holder keeps holding")
    func nextCandidate() {
        var dialogue = holder()
        dialogue.tell(.handoverRequested(to: nil))
        let said = dialogue.pass(.milliseconds(250))
        #expect(said.times(of: "hands over to c") == [100])
        #expect(said.times(of: "handover failed after 2") == [200])
        #expect(said.times(of: "> holder") == [200])
        #expect(said.directives.compactMap(\.trailer).filter { $0.kind == .handover }.map(\.term).max() == 8)
    }

    @Test("5.5: none left: on stop and maintenance release and resign", arguments: [0, 1])
    func noneLeft(_ number: Int) {
        var dialogue = holder()
        dialogue.tell(Self.events[number].0)
        let said = dialogue.pass(.milliseconds(250))
        #expect(said.times(of: "handover failed after 2") == [200])
        #expect(said.times(of: "holder b > -: \(Self.events[number].1)") == [200])
        #expect(said.times(of: "send resign") == [200, 200])
    }

    @Test("5.5: an obstacle that goes while another stays does not let a handover that fails keep the addresses")
    func oneOfTwoObstaclesGoes() {
        var settings = GroupSettings.usual
        settings.holdsWhenAllUnhealthy = false
        var dialogue = holder(settings)
        dialogue.tell(.healthSet(false))
        dialogue.tell(.maintenanceSet(true))
        dialogue.tell(.maintenanceSet(false))
        #expect(dialogue.pass(.milliseconds(250)).times(of: "holder b > -: unhealthy") == [200])
    }

    @Test("5.5: when the last obstacle goes during a handover it goes on, and the node stays whoever holds then")
    func obstacleGoes() {
        var failing = holder()
        failing.tell(.maintenanceSet(true))
        failing.on(.maintenanceSet(false))
        #expect(failing.pass(.milliseconds(250)).times(of: "> holder") == [200])
        var succeeding = holder()
        succeeding.tell(.maintenanceSet(true))
        succeeding.tell(.maintenanceSet(false))
        succeeding.tell(succeeding.a.announces(term: 7))
        #expect(succeeding.pass(.milliseconds(5)).directives.gists.contains("> candidate"))
    }
}
