// DESIGN.md, section 5.5: the holder's side of a handover.

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

    @Test("5.5: whatever a holder says while it hands over names the successor, and so does its resignation")
    func namesInEverything() {
        var dialogue = holder()
        #expect(dialogue.pass(.milliseconds(100)).directives.compactMap(\.trailer).map(\.subject) == [0])
        var said = dialogue.tell(.handoverRequested(to: nil)) + dialogue.pass(.milliseconds(99)).directives
        said += dialogue.tell(dialogue.a.announces(term: 7)) + dialogue.pass(.milliseconds(5)).directives
        let trailers = said.compactMap(\.trailer).filter { $0.kind != .probe }
        #expect(Set(trailers.map(\.kind)) == [.handover, .resign])
        #expect(trailers.allSatisfy { $0.subject == 10 })
        // One that came to nothing is named no more.
        var failed = holder()
        failed.tell(.stopRequested)
        let last = failed.pass(.milliseconds(250)).directives.compactMap(\.trailer).filter { $0.kind == .resign }
        #expect(last.map(\.subject) == [0, 0])
    }

    @Test("5.5: a successor that says that it cannot is not waited for", arguments: [true, false])
    func successorCannot(_ resigns: Bool) {
        var dialogue = holder()
        dialogue.tell(.handoverRequested(to: nil))
        dialogue.a.flags = []
        dialogue.on(resigns ? dialogue.a.resigns() : dialogue.a.probes())
        dialogue.after(.zero, "hands over to c", "send handover")
        dialogue.on(dialogue.c.resigns())
        dialogue.after(.zero, "> holder", "send announcement", "handover failed after 2")
        dialogue.on(dialogue.c.resigns())
    }

    @Test("5.5: however long the interval, the successor is named five times while it is waited for")
    func longInterval() {
        var dialogue = holder(GroupSettings(name: "api", addresses: [Dialogue.vip], interval: .seconds(10)))
        dialogue.a.settings = dialogue.election.settings
        dialogue.tell(dialogue.a.probes())
        dialogue.tell(.handoverRequested(to: 10))
        let said = dialogue.pass(.milliseconds(250))
        #expect(said.times(of: "send handover") == [50, 100, 150, 200])
        #expect(said.times(of: "handover failed after 1") == [250])
    }

    @Test("5.5: a successor that has heard of a higher term is named in a higher one still")
    func higherTerm() {
        var dialogue = holder()
        dialogue.tell(.handoverRequested(to: nil))
        dialogue.tell(dialogue.c.probes(term: 40))
        let namings = dialogue.pass(.milliseconds(50)).directives.compactMap(\.trailer)
        #expect(namings.map(\.term) == [41, 41])
        dialogue.tell(dialogue.a.announces(term: 7))
        #expect(dialogue.pass(.milliseconds(5)).directives.gists.contains("close connections"), "the first term counts")
    }

    @Test("5.5: at the end of the terms a successor is taken for one all the same")
    func lastTerm() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(dialogue.c.probes(term: .max))
        dialogue.pass(.seconds(1))
        #expect(dialogue.election.isHolder)
        dialogue.tell(dialogue.c.probes())
        dialogue.tell(.handoverRequested(to: 30))
        dialogue.tell(dialogue.c.announces(term: .max))
        #expect(dialogue.pass(.milliseconds(5)).directives.gists.contains("> candidate"))
    }

    @Test("5.5: each bad request is refused with its reason: oneself, unknown, gone, ineligible, a second at once")
    func refusals() {
        var dialogue = holder()
        dialogue.on(.handoverRequested(to: 20), "handover refused: isHolder")
        dialogue.on(.handoverRequested(to: 99), "handover refused: unknownNode")
        dialogue.c.flags = []
        dialogue.tell(dialogue.c.probes())
        #expect(dialogue.tell(.handoverRequested(to: 30)).gists.first?.contains("notEligible") == true)
        dialogue.tell(.handoverRequested(to: 10))
        #expect(dialogue.tell(.handoverRequested(to: nil)).gists.first?.contains("busy") == true)
        #expect(dialogue.pass(.milliseconds(250)).directives.gists.contains("handover failed after 1"))
        dialogue.pass(.seconds(2))
        dialogue.on(.handoverRequested(to: nil), "handover refused: noCandidate")
        dialogue.on(.handoverRequested(to: 10), "handover refused: unknownNode")
        var candidate = Dialogue.candidate()
        #expect(candidate.tell(.handoverRequested(to: nil)).gists.first?.contains("\"a\"") == true)
    }

    @Test("5.5: a move to one node goes to no other, unless the node is stopped meanwhile", arguments: [true, false])
    func boundMove(_ stops: Bool) {
        var dialogue = holder()
        dialogue.tell(.handoverRequested(to: 30))
        if stops { dialogue.on(.stopRequested) }
        let said = dialogue.pass(.milliseconds(150))
        #expect(said.times(of: "hands over to a") == (stops ? [100] : []))
        #expect(said.times(of: "handover failed after 1") == (stops ? [] : [100]))
    }

    @Test("5.5: a successor that is heard only after the next was named ends the handover all the same")
    func firstSuccessorLate() {
        var dialogue = holder()
        dialogue.tell(.stopRequested)
        dialogue.pass(.milliseconds(120))
        dialogue.on(dialogue.a.announces(term: 7), "holder b > a: handover")
        #expect(dialogue.pass(.milliseconds(5)).directives.gists.contains("finish"))
    }

    @Test("5.5: once its successor has announced, the old holder says nothing for the addresses any more")
    func lingersSilently() {
        var dialogue = holder()
        dialogue.tell(.handoverRequested(to: nil))
        dialogue.tell(dialogue.a.announces(term: 7))
        var said: [Directive] = []
        for event in [
            .bareReply(from: Dialogue.stranger), dialogue.a.announces(term: 7), dialogue.c.announces(term: 1),
            .settingsChanged(.usual), .addressesLost([Dialogue.vip]), .sendFailed(errno: 105),
        ] { said += dialogue.tell(event) }
        said += dialogue.pass(.milliseconds(4)).directives
        #expect(said.allSatisfy { !$0.claims })
        #expect(dialogue.election.currentState == .handingOver)
    }

    @Test("5.5: whatever befalls the old holder in its last 5 ms, the addresses go", arguments: 0..<4)
    func lingerEnds(_ number: Int) {
        var dialogue = holder()
        dialogue.tell(.handoverRequested(to: nil))
        dialogue.tell(dialogue.a.announces(term: 7))
        switch number {
        case 0: #expect(dialogue.tell(.carrierLost).gists.contains("remove"))
        case 1:
            #expect(
                dialogue.tell(.stopDemanded).gists.suffix(4) == [
                    "send resign", "send resign", "> ineligible", "finish",
                ])
        case 2:
            dialogue.now = dialogue.now + .seconds(3)
            #expect(dialogue.tell(.timeReached).gists.contains("remove"))
        default:
            dialogue.tell(dialogue.a.resigns())
            #expect(dialogue.pass(.milliseconds(5)).directives.gists.contains("remove"))
            dialogue.tell(dialogue.c.resigns())
            dialogue.pass(.seconds(1))
            #expect(dialogue.election.isHolder, "nobody else is left")
        }
    }

    @Test("5.5: stopped without the time to hand over, it resets connections, releases, resigns, and names nobody")
    func demandedStop() {
        var dialogue = holder()
        let said = dialogue.tell(.stopDemanded)
        #expect(
            said.gists == [
                "holder b > -: stop", "close connections", "> releasing", "remove", "send resign", "send resign",
                "> ineligible", "finish",
            ])
        #expect(said.compactMap(\.trailer).map(\.subject) == [0, 0])
    }

    @Test("5.5: stopped again while it hands over, it leaves the addresses to the one that was named")
    func demandedDuringHandover() {
        var dialogue = holder()
        dialogue.tell(.stopRequested)
        let said = dialogue.tell(.stopDemanded)
        #expect(said.gists.suffix(4) == ["send resign", "send resign", "> ineligible", "finish"])
        #expect(said.compactMap(\.trailer).map(\.subject) == [10, 10])
    }

    @Test("5.3: a better claim than the successor's takes the addresses from the old holder at once")
    func rivalDuringHandover() {
        var dialogue = holder()
        dialogue.tell(.stopRequested)
        dialogue.on(
            dialogue.c.announces(term: 9), "conflict over 192.168.1.210 began", "holder b > c: conflict", "> releasing",
            "remove", "> ineligible", "finish")
    }
}
