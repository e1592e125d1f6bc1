// DESIGN.md, section 5.10: what sick services change about a holder, about those who follow it, and where all are sick.

import Testing
import VIPElection
import VIPWire

extension GroupSettings {
    /// A sick holder without a candidate drops the addresses, and no sick node claims.
    static let releasing = GroupSettings(name: "api", addresses: [Dialogue.vip], holdsWhenAllUnhealthy: false)
}

extension Trailer.Flags {
    /// Of a node that holds only where no eligible one does.
    static let lastInLine: Trailer.Flags = [.lastResort, .sick]
}

extension Dialogue {
    /// Sick, while `a` holds and `c`, of that priority, has these flags.
    static func sick(_ settings: GroupSettings = .usual, c flags: Trailer.Flags, priority: UInt8 = 100) -> Dialogue {
        var dialogue = candidate(settings)
        dialogue.c.flags = flags
        dialogue.c.priority = priority
        dialogue.tell(dialogue.c.probes())
        dialogue.tell(.healthSet(false))
        return dialogue
    }

    /// Has taken over just now from `a`, whose flags were these, in term 6; `c` is eligible.
    static func tookOver(_ settings: GroupSettings = .usual, from flags: Trailer.Flags = .lastInLine) -> Dialogue {
        var dialogue = candidate(settings)
        dialogue.a.flags = flags
        dialogue.tell(dialogue.a.names(b.id, term: 6))
        dialogue.tell(dialogue.a.resigns(to: b.id))
        return dialogue
    }

    /// Lets time pass while `peer` speaks every half second; what is said to those frames counts as well.
    @discardableResult
    mutating func pass(
        _ duration: Duration, with peer: WritableKeyPath<Dialogue, Voice>
    ) -> [(after: Duration, directive: Directive)] {
        let beginning = now
        var said: [(after: Duration, directive: Directive)] = []
        while now - beginning < duration {
            said += tell(self[keyPath: peer].probes()).map { (now - beginning, $0) }
            let offset = now - beginning
            said += pass(min(.milliseconds(500), duration - offset)).map { (offset + $0.after, $0.directive) }
        }
        return said
    }
}

@Suite("5.10 Health: the least bad holds")
struct HealthTests {
    @Test("5.10: sick, with nobody to hand over to, a holder keeps the addresses or releases, as whenAllUnhealthy says")
    func allUnhealthy() {
        var keeps = Dialogue.holder()
        keeps.c.flags = []
        keeps.tell(keeps.c.probes())
        let said = keeps.tell(.healthSet(false))
        #expect(said.gists == ["send announcement"])
        #expect(said.compactMap(\.trailer).map(\.flags) == [[.lastResort, .sick]])
        keeps.pass(.seconds(20))
        #expect(keeps.election.currentState == .holder)
        var settings = GroupSettings.usual
        settings.holdsWhenAllUnhealthy = false
        var releases = Dialogue.holder(settings)
        releases.tell(releases.c.resigns())
        #expect(releases.tell(.healthSet(false)).gists.contains("holder b > -: unhealthy"))
        // Nor does it claim again while it is sick.
        releases.pass(.seconds(20))
        #expect(releases.election.currentState == .ineligible && !releases.election.isLastResort)
    }

    @Test("5.10: a sick holder hands over as soon as anyone is eligible, and stays once it is well again")
    func someoneBecomesEligible() {
        var dialogue = Dialogue.holder()
        dialogue.c.flags = []
        dialogue.tell(dialogue.c.probes())
        dialogue.tell(.healthSet(false))
        dialogue.pass(.milliseconds(50))
        dialogue.c.flags = .eligible
        dialogue.on(dialogue.c.probes())
        dialogue.after(.zero, "hands over to c", "> handingOver", "send handover")
        // One that does not take over is tried again, but not without a pause.
        let said = dialogue.pass(.milliseconds(1150))
        #expect(said.times(of: "handover failed after 1") == [100])
        #expect(said.times(of: "hands over to c") == [1100])
        dialogue.tell(.healthSet(true))
        dialogue.pass(.milliseconds(100))
        dialogue.tell(dialogue.c.probes())
        #expect(!dialogue.pass(.seconds(1)).directives.gists.contains("hands over to c"))
    }

    @Test("5.10: the first node of a cluster that is not up yet holds within half a second, sick as it is")
    func bootstrap() {
        var dialogue = Dialogue()
        dialogue.on(.started(hasLeftover: false, obstacles: [.unhealthy]))
        #expect(dialogue.election.currentState == .listening)
        let said = dialogue.pass(.milliseconds(300))
        #expect(dialogue.election.isHolder && !dialogue.election.isEligible && dialogue.election.isLastResort)
        #expect(said.directives.compactMap(\.trailer).allSatisfy { $0.flags == .lastInLine })
    }

    @Test("5.10: set to release, a sick node never claims")
    func releasing() {
        var dialogue = Dialogue(.releasing)
        dialogue.on(.started(hasLeftover: false, obstacles: [.unhealthy]), "> ineligible")
        let said = dialogue.pass(.seconds(60)).directives
        #expect(said.compactMap(\.trailer).allSatisfy { $0.flags == .sick && $0.kind == .probe })
        #expect(!said.gists.contains("install 3 s"))
    }

    @Test("5.10: a leftover of an earlier life is served on by a daemon that starts sick")
    func leftover() {
        var dialogue = Dialogue()
        dialogue.on(.started(hasLeftover: true, obstacles: [.unhealthy]))
        #expect(dialogue.pass(.milliseconds(300)).times(of: "remove").isEmpty)
        #expect(dialogue.election.isHolder)
        var releases = Dialogue(.releasing)
        releases.on(
            .started(hasLeftover: true, obstacles: [.unhealthy]),
            "> releasing", "remove", "send resign", "send resign", "> ineligible", "send probe")
    }

    @Test("5.10: the sick that do not hold are ineligible, and tell why; health makes a candidate of them at once")
    func sickCandidate() {
        var dialogue = Dialogue.candidate()
        let said = dialogue.tell(.healthSet(false))
        #expect(said.gists == ["> ineligible", "send probe"])
        #expect(said.compactMap(\.trailer).map(\.flags) == [.lastInLine])
        dialogue.pass(.seconds(2), hearing: \.a)
        #expect(dialogue.election.currentState == .ineligible)
        dialogue.on(.healthSet(true), "> candidate", "send probe")
    }

    @Test(
        "5.10: when the holder falls silent the sick claim in turn: after all who are eligible, then by priority",
        arguments: [
            (Trailer.Flags.eligible, UInt8(1), Int64(320)), (.lastInLine, 200, 320), (.lastInLine, 50, 260),
            (.sick, 200, 260), (.maintenance, 200, 260),
        ])
    func turns(_ flags: Trailer.Flags, _ priority: UInt8, _ expected: Int64) {
        var dialogue = Dialogue.sick(c: flags, priority: priority)
        #expect(dialogue.pass(.milliseconds(400)).times(of: "> claiming") == [expected])
        #expect(dialogue.election.isHolder)
    }

    @Test("5.10: an eligible candidate goes before a last resort of higher priority")
    func eligibleFirst() {
        var dialogue = Dialogue.candidate()
        dialogue.c.flags = .lastInLine
        dialogue.c.priority = 200
        dialogue.tell(dialogue.c.probes())
        #expect(dialogue.pass(.milliseconds(400)).times(of: "> claiming") == [260])
    }

    @Test("5.10: when the holder resigns the first in turn of the sick claims at once, the next after its probes")
    func resignation() {
        var first = Dialogue.sick(c: .lastInLine, priority: 50)
        #expect(first.tell(first.a.resigns()).gists.first == "> claiming")
        var second = Dialogue.sick(c: .lastInLine, priority: 200)
        second.on(second.a.resigns(), "> probing", "send probe")
        #expect(second.pass(.milliseconds(100)).times(of: "> claiming") == [60])
    }

    @Test("5.10: a holder that says it holds no more is succeeded by a last resort as by anybody")
    func holderStepped() {
        var dialogue = Dialogue.sick(c: .sick)
        dialogue.on(dialogue.a.probes(), "> probing", "send probe")
    }

    @Test("5.10: set to release, the sick leave a holder that falls silent to others")
    func releasingFollower() {
        var dialogue = Dialogue.sick(.releasing, c: .eligible)
        dialogue.pass(.seconds(10))
        #expect(dialogue.election.currentState == .ineligible)
    }

    @Test("5.10: a last resort that probes goes back to ineligible when a holder announces")
    func followsAgain() {
        var dialogue = Dialogue.sick(c: .eligible)
        dialogue.pass(.milliseconds(210))
        #expect(dialogue.election.currentState == .probing)
        dialogue.on(dialogue.c.announces(term: 6), "holder a > c: silence", "> ineligible", "send probe")
    }

    @Test("5.10: two sick nodes do not pass the addresses to each other, nor does a move; one that is well gets them")
    func notBetweenTheSick() {
        var dialogue = Dialogue.alone()
        dialogue.tell(.healthSet(false))
        dialogue.c.flags = .lastInLine
        dialogue.c.priority = 200
        #expect(!dialogue.pass(.seconds(20), with: \.c).directives.gists.contains("> handingOver"))
        #expect(dialogue.tell(.handoverRequested(to: dialogue.c.id)).gists.first?.hasPrefix("handover refused") == true)
        dialogue.on(.handoverRequested(to: nil), "handover refused: noCandidate")
        dialogue.c.flags = .eligible
        dialogue.tell(dialogue.c.probes())
        dialogue.after(.zero, "hands over to c", "> handingOver", "send handover")
    }

    @Test("5.10: a sick node that is named all the same does not take over", arguments: [false, true])
    func notNamed(_ isProbing: Bool) {
        var dialogue = Dialogue.sick(c: .eligible)
        if isProbing { dialogue.pass(.milliseconds(210)) }
        let said = dialogue.tell(dialogue.a.names(Dialogue.b.id, term: 6))
        #expect(!said.gists.contains("> claiming"))
    }

    @Test("5.10: sickness that comes while it claims does not stop a claim; a named successor leaves it to the holder")
    func whileClaiming() {
        var claiming = Dialogue.claiming()
        claiming.on(.healthSet(false))
        claiming.tell(.addressesInstalled(refused: []))
        #expect(claiming.election.isHolder)
        var named = Dialogue.candidate()
        named.kernelAnswers = false
        named.tell(named.a.names(Dialogue.b.id, term: 6))
        named.on(.healthSet(false), "> releasing", "remove", "end relay")
    }

    @Test("5.10: sickness and recovery while it probes change its turn, and are told at once")
    func whileProbing() {
        var dialogue = Dialogue.probing()
        dialogue.c.priority = 1
        dialogue.tell(dialogue.c.probes())
        let sick = dialogue.tell(.healthSet(false))
        #expect(sick.compactMap(\.trailer).map(\.flags) == [.lastInLine])
        dialogue.pass(.milliseconds(70))
        #expect(dialogue.election.currentState == .probing)
        let well = dialogue.tell(.healthSet(true))
        #expect(well.compactMap(\.trailer).map(\.flags) == [.eligible])
        dialogue.pass(.milliseconds(20))
        #expect(dialogue.election.isHolder)
    }

    @Test("5.10: with anything else against it a sick node is no last resort, and is one when that goes")
    func otherObstacles() {
        var dialogue = Dialogue.sick(c: .eligible)
        let said = dialogue.tell(.maintenanceSet(true))
        #expect(said.compactMap(\.trailer).map(\.flags) == [.maintenance])
        dialogue.pass(.seconds(5))
        #expect(dialogue.election.currentState == .ineligible)
        dialogue.on(.maintenanceSet(false), "> listening")
        dialogue.pass(.milliseconds(300))
        #expect(dialogue.election.isHolder)
    }

    @Test("5.10: another setting for it takes effect at once, whatever the sick node is doing")
    func settingsChange() {
        var probing = Dialogue.sick(c: .eligible)
        probing.pass(.milliseconds(210))
        probing.on(.settingsChanged(.releasing), "> ineligible", "send probe", "send probe")
        probing.pass(.seconds(1))
        probing.on(.settingsChanged(.usual), "> listening")
        probing.on(.settingsChanged(.releasing), "> ineligible", "send probe", "send probe")

        var leftover = Dialogue()
        leftover.tell(.started(hasLeftover: true, obstacles: [.unhealthy]))
        #expect(leftover.tell(.settingsChanged(.releasing)).gists.prefix(2) == ["> releasing", "remove"])

        var claiming = Dialogue.claiming()
        claiming.tell(.healthSet(false))
        #expect(claiming.tell(.settingsChanged(.releasing)).gists.prefix(2) == ["> releasing", "remove"])

        var holder = Dialogue.alone()
        holder.tell(.healthSet(false))
        #expect(holder.tell(.settingsChanged(.releasing)).gists.contains("holder b > -: unhealthy"))
    }

    @Test("5.10: peers are known by what stands against them")
    func impediments() {
        var dialogue = Dialogue.candidate()
        func heard(_ flags: Trailer.Flags) -> Peer? {
            dialogue.c.flags = flags
            dialogue.tell(dialogue.c.probes())
            return dialogue.election.peers.last
        }
        let lastResort = heard(.lastInLine)
        #expect(lastResort?.standing == .lastResort && lastResort?.impediment == .sick)
        let sick = heard(.sick)
        #expect(sick?.standing == .ineligible && sick?.impediment == .sick)
        let out = heard(.maintenance)
        #expect(out?.standing == .ineligible && out?.impediment == .maintenance)
        let mute = heard([])
        #expect(mute?.standing == .ineligible && mute?.impediment == nil)
        let well = heard([.eligible, .sick])
        #expect(well?.isEligible == true && well?.impediment == nil)
    }
}
