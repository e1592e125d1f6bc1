// DESIGN.md, section 5.3 and the end of 5.5: the claim, two claimants, and a holder that resigns.

import Testing
import VIPElection
import VIPWire

@Suite("5.3 Claim")
struct ClaimTests {
    @Test("5.3: a claim's term is the highest seen plus one")
    func term() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(dialogue.c.probes(term: 41))
        #expect(dialogue.pass(.seconds(1)).directives.compactMap(\.trailer).last?.term == 42)
        #expect(dialogue.election.term == 42)
    }

    @Test("5.3: a claim installs the addresses with the lease, and announces nothing before the kernel has confirmed")
    func confirmedFirst() {
        var dialogue = Dialogue.probing(GroupSettings(name: "api", addresses: [Dialogue.vip], leaseSeconds: 7))
        dialogue.kernelAnswers = false
        dialogue.after(.milliseconds(20), "send probe")
        dialogue.after(.milliseconds(20), "send probe")
        dialogue.after(.milliseconds(20), "> claiming", "install 7 s")
        #expect(dialogue.pass(.seconds(2)).directives.allSatisfy { !$0.claims })
        dialogue.on(
            .addressesInstalled(refused: []),
            "> holder", "send announcement", "announce 1 both", "holder a > b: silence"
        )
    }

    @Test("5.3: a kernel that refuses leads out of the claim; the addresses it took are removed, and it is asked again")
    func refused() {
        var dialogue = Dialogue.claiming()
        let refusal = AddressRefusal(address: Dialogue.vip, errno: 1)
        dialogue.kernelRefuses = 1
        dialogue.kernelAnswers = true
        dialogue.on(
            .addressesInstalled(refused: [refusal]),
            "refused 192.168.1.210: errno 1", "> releasing", "remove", "send resign", "send resign", "> ineligible",
            "send probe"
        )
        #expect(dialogue.election.currentObstacles == [.addressRefused(errno: 1)])
        dialogue.kernelRefuses = nil
        #expect(dialogue.pass(.milliseconds(2999)).directives.allSatisfy { $0.gist == "send probe" || !$0.isSend })
        #expect(dialogue.election.currentState == .ineligible)
        dialogue.pass(.milliseconds(400))
        #expect(dialogue.election.isHolder)
    }

    @Test("7: a confirmation that comes after the lease has ended confirms nothing")
    func confirmedTooLate() {
        var dialogue = Dialogue.claiming()
        dialogue.now = dialogue.now + .seconds(3)
        let said = dialogue.tell(.addressesInstalled(refused: []))
        #expect(said.allSatisfy { !$0.claims })
        #expect(said.gists.suffix(2) == ["> releasing", "remove"])
    }

    @Test("5.3: of two claimants the higher term stays: the other releases and follows it")
    func higherTermStays() {
        var dialogue = Dialogue.holder()
        dialogue.on(
            dialogue.c.announces(term: 7),
            "conflict over 192.168.1.210 began", "holder b > c: conflict", "> releasing", "remove", "> candidate",
            "send probe"
        )
        #expect(dialogue.election.currentHolder?.reference.name == "c")
    }

    @Test("5.3: of two claimants of one term the better rank stays: priority first, then the lower node id")
    func betterRankStays() {
        func stays(_ arrange: (inout Dialogue) -> Event) -> Bool {
            var dialogue = Dialogue.holder()
            dialogue.tell(arrange(&dialogue))
            return dialogue.election.isHolder
        }
        #expect(stays { $0.c.announces(term: 6) })
        #expect(!stays { $0.a.announces(term: 6) })
        #expect(
            stays {
                $0.a.priority = 99; return $0.a.announces(term: 6)
            })
        #expect(
            !stays {
                $0.c.priority = 101; return $0.c.announces(term: 6)
            })
        #expect(
            stays {
                $0.c.priority = 101; return $0.c.announces(term: 5)
            })
    }

    @Test("5.3: the one that stays announces again at once, to the nodes and to the caches")
    func winnerAnnounces() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.milliseconds(150))
        dialogue.on(
            dialogue.c.announces(term: 5), "conflict over 192.168.1.210 began", "send announcement", "announce 1 both")
    }

    @Test("5.3: once the other has given up, its last words to the caches are set right at once, and by the plan")
    func repairs() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.seconds(5))
        dialogue.tell(dialogue.c.announces(term: 5))
        dialogue.on(dialogue.c.probes(), "send announcement", "announce 1 both")
        let said = dialogue.pass(.seconds(4))
        #expect(said.times(of: "announce 1 request") == [100, 1100, 2200, 3300])
        // It was a rival once, and is none any more.
        dialogue.on(dialogue.c.probes(), "peer c appeared")
    }

    @Test("5.3: a claim under way is given up for a better one, and goes on against a worse one")
    func claimsMeet() {
        var better = Dialogue.claiming()
        better.on(
            better.a.announces(term: 6),
            "conflict over 192.168.1.210 began", "holder a > a: silence", "> releasing", "remove"
        )
        var worse = Dialogue.claiming()
        worse.on(worse.c.announces(term: 6), "conflict over 192.168.1.210 began")
        #expect(worse.election.currentState == .claiming)
    }

    @Test("5.3: a holder goes by the term of its claim, though it has heard of a higher one")
    func claimsItsOwnTerm() throws {
        var dialogue = Dialogue.holder()
        dialogue.tell(dialogue.c.probes(term: 9))
        // c's term is from a claim that came to nothing: what b holds, it holds in term 6.
        let said = dialogue.pass(.milliseconds(100)).directives.compactMap(\.trailer)
        #expect(said.map(\.term) == [6])
        #expect(dialogue.election.currentHolder?.term == 6)
        dialogue.tell(dialogue.a.announces(term: 7))
        #expect(!dialogue.election.isHolder)
    }

    @Test("5.3: a term of UInt64.max from the wire does not trap: the rank decides from there")
    func lastTerm() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(dialogue.c.probes(term: .max))
        dialogue.pass(.seconds(1))
        #expect(dialogue.election.isHolder)
        #expect(dialogue.election.term == .max)
        dialogue.tell(dialogue.c.announces(term: .max))
        #expect(dialogue.election.isHolder)
        dialogue.tell(dialogue.a.announces(term: .max))
        #expect(!dialogue.election.isHolder)
    }

    @Test("5.3: a candidate follows the better of two claims that it hears, whatever their order")
    func followsBetter() {
        var dialogue = Dialogue.candidate()
        dialogue.on(dialogue.c.announces(term: 4))
        #expect(dialogue.election.currentHolder?.reference.name == "a")
        dialogue.on(dialogue.c.announces(term: 6), "holder a > c: conflict")
        dialogue.on(dialogue.a.announces(term: 5))
        #expect(dialogue.election.currentHolder?.reference.name == "c")
    }

    @Test("5.2: a worse claim is followed once the better has been silent for S")
    func followsWorseAfterSilence() {
        var dialogue = Dialogue.candidate()
        dialogue.now = dialogue.now + .milliseconds(200)
        dialogue.on(dialogue.c.announces(term: 4), "holder a > c: silence")
    }
}

@Suite("5.5 Resignation")
struct ResignationTests {
    @Test("5.5: a holder that resigns is replaced at once by turn 0, without waiting for silence")
    func turnZero() {
        var dialogue = Dialogue.candidate()
        dialogue.on(
            dialogue.a.resigns(),
            "> claiming", "install 3 s", "> holder", "send announcement", "announce 1 both", "holder a > b: resign"
        )
    }

    @Test("5.5: turn k leaves those before it the time of probeCount x k probes", arguments: [1, 2])
    func laterTurns(_ turn: Int) {
        var dialogue = Dialogue.candidate()
        for number in 0..<turn {
            var better = dialogue.c
            better.id = 11 + UInt64(number)
            dialogue.tell(better.probes())
        }
        dialogue.on(dialogue.a.resigns(), "> probing", "send probe")
        #expect(dialogue.pass(.seconds(1)).times(of: "> claiming") == [Int64(60 * turn)])
    }

    @Test("5.5: a resignation ends suspicion: the address is free", arguments: [State.probing, .occupied])
    func whileSuspected(_ state: State) {
        var dialogue = Dialogue.at(state)
        dialogue.on(
            dialogue.a.resigns(),
            "> claiming", "install 3 s", "> holder", "send announcement", "announce 1 both", "holder a > b: resign"
        )
    }

    @Test("5.5: a resignation counts once, though it is sent twice, and only from the holder")
    func once() {
        var dialogue = Dialogue.candidate()
        dialogue.on(dialogue.c.resigns())
        dialogue.tell(dialogue.a.resigns())
        dialogue.on(dialogue.a.resigns())
        #expect(dialogue.election.isHolder)
    }

    @Test("5.5: on stop a holder that nobody can follow releases, then resigns, then is done")
    func stops() {
        var dialogue = Dialogue.holder()
        dialogue.tell(dialogue.c.resigns())
        dialogue.kernelAnswers = false
        dialogue.on(.stopRequested, "holder b > -: stop", "close connections", "> releasing", "remove")
        #expect(dialogue.pass(.seconds(1)).directives.allSatisfy { !$0.isSend })
        dialogue.on(.addressesRemoved(refused: []), "send resign", "send resign", "> ineligible", "finish")
        #expect(dialogue.pass(.seconds(10)).directives.allSatisfy { !$0.isSend })
    }

    @Test("5.5: on stop a node that does not hold takes its leave at once")
    func candidateStops() {
        var dialogue = Dialogue.candidate()
        dialogue.on(.stopRequested, "send resign", "send resign", "> ineligible", "finish")
    }

    @Test("5.5: an address that the kernel keeps is not called free")
    func removalRefused() {
        var dialogue = Dialogue.holder()
        dialogue.tell(dialogue.c.resigns())
        dialogue.kernelAnswers = false
        dialogue.tell(.stopRequested)
        dialogue.on(
            .addressesRemoved(refused: [AddressRefusal(address: Dialogue.vip, errno: 1)]),
            "refused 192.168.1.210: errno 1", "> ineligible", "finish"
        )
    }

    @Test("a daemon that is done is told so once, whatever happens to it afterwards")
    func finishesOnce() {
        var dialogue = Dialogue.candidate()
        dialogue.tell(.stopRequested)
        for event in [.carrierLost, .carrierReturned, .maintenanceSet(true), .maintenanceSet(false), .stopRequested]
            as [Event]
        {
            dialogue.on(event)
        }
        var holder = Dialogue.holder()
        holder.kernelAnswers = false
        holder.tell(.stopDemanded)
        holder.tell(.carrierLost)
        holder.on(.addressesRemoved(refused: []), "> ineligible", "finish")
        holder.on(.carrierReturned)
    }
}
