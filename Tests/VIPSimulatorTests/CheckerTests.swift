import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

/// Each checker is shown a history that breaks its property, and the nearest one that does not.
struct CheckerTests {
    /// Two machines whose daemons run and hear each other, both with the address from 1000 ms on.
    static let twoHolders: [(Int64, Occurrence.Fact)] = [
        (0, .reachChanged(from: 0, to: 1, isOpen: true)), (0, .reachChanged(from: 1, to: 0, isOpen: true)),
        (0, .attentionChanged(0, isAttentive: true)), (0, .attentionChanged(1, isAttentive: true)),
        (0, .delaysChanged(frame: .milliseconds(1), kernel: .zero)),
        (1000, .addressesChanged(0, held: 1, .asked)), (1000, .addressesChanged(1, held: 1, .asked)),
    ]

    @Test("A network that slows down while two hold gives them as much more, one that gets faster nothing less")
    func conflictWindowInSlowerNetwork() {
        func changed(to milliseconds: Int64, endingAt end: Int64) -> [String] {
            let facts: [(Int64, Occurrence.Fact)] = [
                (1050, .delaysChanged(frame: .milliseconds(milliseconds), kernel: .zero)),
                (end, .addressesChanged(1, held: 0, .asked)),
            ]
            return violations(until: 2000, Self.twoHolders + facts)
        }
        #expect(changed(to: 11, endingAt: 1129).isEmpty)
        #expect(changed(to: 11, endingAt: 1130) == ["one-holder-per-segment"])
        #expect(changed(to: 0, endingAt: 1109).isEmpty)
    }

    @Test("Two holders that hear each other may be two for an interval, a handover's moment and two frames")
    func conflictWindow() {
        let ended: [(Int64, Occurrence.Fact)] = [(1109, .addressesChanged(1, held: 0, .asked))]
        #expect(violations(until: 2000, Self.twoHolders + ended).isEmpty)
        let late: [(Int64, Occurrence.Fact)] = [(1110, .addressesChanged(1, held: 0, .asked))]
        #expect(violations(until: 2000, Self.twoHolders + late) == ["one-holder-per-segment"])
        #expect(violations(until: 2000, Self.twoHolders) == ["one-holder-per-segment"])
    }

    @Test("Each lost announcement between two holders gives them an interval more")
    func conflictWindowWithLoss() {
        let lost: [(Int64, Occurrence.Fact)] = [
            (1090, .lost(announcement(by: 0), from: 0, to: 1)), (1190, .addressesChanged(1, held: 0, .asked)),
        ]
        #expect(violations(until: 2000, Self.twoHolders + lost).isEmpty)
        let probeLost: [(Int64, Occurrence.Fact)] = [
            (1090, .lost(probe(by: 0), from: 0, to: 1)), (1190, .addressesChanged(1, held: 0, .asked)),
        ]
        #expect(violations(until: 2000, Self.twoHolders + probeLost) == ["one-holder-per-segment"])
    }

    @Test("An announcement that a later frame has overtaken is as good as lost; one that is read in order is not")
    func conflictWindowWithOvertaking() {
        func read(_ sequences: [UInt64]) -> [(Int64, Occurrence.Fact)] {
            sequences.map { sequence in
                var frame = announcement(by: 0)
                frame.trailer?.sequence = sequence
                return (1090, .received(frame, by: 1))
            }
        }
        let sent: [(Int64, Occurrence.Fact)] = [(500, .sent(announcement(by: 0), bytes: [], .daemon(0)))]
        let ended: [(Int64, Occurrence.Fact)] = [(1190, .addressesChanged(1, held: 0, .asked))]
        func overlaps(_ sequences: [UInt64]) -> Int {
            violations(until: 2000, sent + Self.twoHolders + read(sequences) + ended)
                .count { $0 == "one-holder-per-segment" }
        }
        #expect(overlaps([3, 2]) == 0)
        #expect(overlaps([2, 3]) == 1)
    }

    @Test("Two holders that cannot hear each other, or one of which cannot act, are no conflict of one segment")
    func excusedPairs() {
        let excuses: [Occurrence.Fact] = [
            .reachChanged(from: 1, to: 0, isOpen: false), .attentionChanged(0, isAttentive: false),
            .removalAnswered(1, refused: 1),
        ]
        for excuse in excuses {
            #expect(violations(until: 9000, Self.twoHolders + [(1050, excuse)]).isEmpty)
        }
    }

    @Test("A meeting begins when the last obstacle to it goes")
    func meetingBeginsAnew() {
        let hung: [(Int64, Occurrence.Fact)] = [(1050, .attentionChanged(0, isAttentive: false))]
        let resumed: [(Int64, Occurrence.Fact)] = [(3000, .attentionChanged(0, isAttentive: true))]
        let ended: [(Int64, Occurrence.Fact)] = [(3104, .addressesChanged(1, held: 0, .asked))]
        #expect(violations(until: 9000, Self.twoHolders + hung + resumed + ended).isEmpty)
        #expect(violations(until: 9000, Self.twoHolders + hung + resumed) == ["one-holder-per-segment"])
    }

    /// A node that suspects, sends so many probes, and claims.
    static func claim(afterProbes count: Int, answeredAt: Int64? = nil) -> [(Int64, Occurrence.Fact)] {
        var history: [(Int64, Occurrence.Fact)] = [(0, entered(.probing, 0))]
        for number in 0..<count {
            history.append((Int64(number) * 20, .sent(probe(by: 0), bytes: [], .daemon(0))))
        }
        if let answeredAt { history.append((answeredAt, .received(answer(by: mac(1)), by: 0))) }
        history.append((60, entered(.claiming, 0, from: .probing, because: .probesUnanswered(count: 3))))
        return history
    }

    @Test("A claim for silence needs three probes without an answer after them")
    func claimsNeedProbes() {
        #expect(violations(until: 1000, Self.claim(afterProbes: 3)).isEmpty)
        #expect(violations(until: 1000, Self.claim(afterProbes: 2)) == ["no-claim-over-answer"])
        #expect(violations(until: 1000, Self.claim(afterProbes: 3, answeredAt: 50)) == ["no-claim-over-answer"])
    }

    @Test("A claim after a resignation needs no probes, unless somebody answers after all")
    func claimsOfFreeAddresses() {
        let resigned = entered(.probing, 0, because: .holderResigned(name: "node-2"))
        let claimed = entered(.claiming, 0, from: .probing, because: .probesUnanswered(count: 0))
        #expect(violations(until: 1000, [(0, resigned), (5, claimed)]).isEmpty)
        let answered = Occurrence.Fact.received(answer(by: mac(1)), by: 0)
        #expect(violations(until: 1000, [(0, resigned), (2, answered), (5, claimed)]) == ["no-claim-over-answer"])
    }

    @Test(
        "A claim over a peer's answers needs them to outlast any lease, and to go on until then",
        arguments: [Reason.leaseOutlasted(mac: mac(1)), .votesGranted(count: 2)])
    func claimsOverLeases(_ reason: Reason) {
        func claims(at time: Int64, answeredUntil last: Int64) -> [String] {
            let answered = Occurrence.Fact.received(answer(by: mac(1)), by: 0)
            let claimed = entered(.claiming, 0, because: reason)
            let history = [(0, entered(.probing, 0)), (1, answered), (last, answered), (time, claimed)]
            return violations(until: 19000, history)
        }
        #expect(claims(at: 5001, answeredUntil: 4990).isEmpty)
        #expect(claims(at: 3500, answeredUntil: 3490) == ["no-claim-over-answer"])
        // It stood still for seconds: who answered before may have gone, and another have come.
        #expect(claims(at: 12000, answeredUntil: 4990) == ["no-claim-over-answer"])
    }

    @Test("A claim within a lease of a foreign host's frame is one too early")
    func claimsOverForeigners() {
        func history(_ time: Int64) -> [(Int64, Occurrence.Fact)] {
            [
                (0, .received(answer(by: ForeignHost.mac), by: 0)),
                (time, entered(.claiming, 0, because: .holderResigned(name: "node-2"))),
            ]
        }
        #expect(violations(until: 9000, history(3000)).isEmpty)
        #expect(violations(until: 9000, history(2900)) == ["no-claim-over-foreigner"])
    }

    @Test("An announcement needs the kernel's word, and none after the request to remove")
    func announcementsNeedTheKernelsWord() {
        let sent = Occurrence.Fact.sent(announcement(by: 0), bytes: [], .daemon(0))
        let held = Occurrence.Fact.addressesChanged(0, held: 1, .asked)
        let answered = Occurrence.Fact.installAnswered(0, refused: 0)
        #expect(violations(until: 10, [(1, held), (2, answered), (3, sent)]).isEmpty)
        #expect(violations(until: 10, [(1, held), (3, sent)]) == ["confirmed-before-announced"])
        #expect(
            violations(until: 10, [(1, held), (2, .installAnswered(0, refused: 1)), (3, sent)])
                == ["confirmed-before-announced"])
        #expect(
            violations(until: 10, [(1, held), (2, answered), (2, .removalAsked(0)), (3, sent)])
                == ["confirmed-before-announced"])
    }

    @Test("A sender must have what it says, but for the moment after an outsider's removal")
    func sendersMustHold() {
        let sent = Occurrence.Fact.sent(announcement(by: 0), bytes: [], .daemon(0))
        let begin: [(Int64, Occurrence.Fact)] = [
            (1, .addressesChanged(0, held: 1, .asked)), (2, .installAnswered(0, refused: 0)),
        ]
        let outsider: [(Int64, Occurrence.Fact)] = [(10, .addressesChanged(0, held: 0, .outsider))]
        #expect(violations(until: 99, begin + outsider + [(14, sent)]).isEmpty)
        #expect(violations(until: 99, begin + outsider + [(16, sent)]) == ["sender-holds"])
        // What the kernel has not answered yet it answers before it tells of the removal.
        let asked: [(Int64, Occurrence.Fact)] = [(9, .installAsked(0))]
        #expect(violations(until: 99, begin + asked + outsider + [(16, sent)]).isEmpty)
        #expect(
            violations(until: 99, begin + [(10, .addressesChanged(0, held: 0, .leaseEnded)), (11, sent)]) == [
                "sender-holds"
            ])
    }

    /// A lone holder on a healed world.
    static let healed: [(Int64, Occurrence.Fact)] = [
        (0, .fault(.healed)), (500, .addressesChanged(0, held: 1, .asked)), (501, entered(.holder, 0)),
    ]

    @Test("After the repair of everything one node must hold, in time")
    func healing() {
        #expect(violations(until: 20_000, Self.healed).isEmpty)
        #expect(violations(until: 20_000, [(0, .fault(.healed))]) == ["one-holder-after-healing"])
        let second: [(Int64, Occurrence.Fact)] = [(600, .addressesChanged(1, held: 1, .asked))]
        #expect(violations(until: 20_000, Self.healed + second) == ["one-holder-after-healing"])
        // Too late is as bad.
        let late: [(Int64, Occurrence.Fact)] = [
            (0, .fault(.healed)), (8000, .addressesChanged(0, held: 1, .asked)), (8000, entered(.holder, 0)),
        ]
        #expect(violations(until: 20_000, late) == ["one-holder-after-healing"])
    }

    @Test("A settled holder that lets go without a fault flaps")
    func flapping() {
        let change: [(Int64, Occurrence.Fact)] = [(15_000, .addressesChanged(0, held: 0, .asked))]
        #expect(violations(until: 20_000, Self.healed + change) == ["no-flapping"])
    }

    @Test("A daemon that is woken again and again spins")
    func spinning() {
        #expect(violations(until: 10, [(1, .spun(0))]) == ["deadlines-move-on"])
    }

    /// Two members with the address from 1000 ms on, out of each other's reach.
    static let twoMembers: [(Int64, Occurrence.Fact)] = [
        (0, .actionChanged(0, acts: true)), (0, .actionChanged(1, acts: true)),
        (1000, .addressesChanged(0, held: 1, .asked)), (1000, .addressesChanged(1, held: 1, .asked)),
    ]

    @Test("With members two holders are wrong anywhere, at once", arguments: [false, true])
    func membersOutOfReach(isStrict: Bool) {
        let ended: [(Int64, Occurrence.Fact)] = [(1000, .addressesChanged(1, held: 0, .asked))]
        #expect(violations(members: 2, strict: isStrict, until: 9000, Self.twoMembers + ended).isEmpty)
        #expect(violations(members: 2, strict: isStrict, until: 9000, Self.twoMembers) == ["one-holder-anywhere"])
        #expect(violations(until: 9000, Self.twoMembers).isEmpty)
    }

    @Test(
        "A holder whose daemon hangs or whose kernel keeps addresses is excused, unless strict",
        arguments: [
            Occurrence.Fact.actionChanged(0, acts: false), .removalAnswered(0, refused: 1),
        ])
    func memberHangs(excuse: Occurrence.Fact) {
        let history = Array(Self.twoMembers.prefix(3)) + [(900, excuse)] + Self.twoMembers.suffix(1)
        #expect(violations(members: 2, until: 9000, history).isEmpty)
        #expect(violations(members: 2, strict: true, until: 9000, history) == ["one-holder-anywhere"])
    }

    @Test("A kernel that keeps addresses after a handover is excused, strict or not")
    func keptAfterHandover() {
        let left: [(Int64, Occurrence.Fact)] = [
            (800, entered(.releasing, 0, from: .handingOver)), (900, .removalAnswered(0, refused: 1)),
        ]
        let history = Array(Self.twoMembers.prefix(3)) + left + Self.twoMembers.suffix(1)
        #expect(violations(members: 2, strict: true, until: 9000, history).isEmpty)
        let released = [(800, entered(.releasing, 0, from: .holder))] + left.suffix(1)
        let other = Array(Self.twoMembers.prefix(3)) + released + Self.twoMembers.suffix(1)
        #expect(violations(members: 2, strict: true, until: 9000, other) == ["one-holder-anywhere"])
    }

    @Test("A machine that stood still may believe in its votes for as long as the suspicion")
    func memberPaused() {
        let paused: [(Int64, Occurrence.Fact)] = [
            (900, .fault(.machinePaused(0, .clockStops, keepsFrames: false))),
            (5000, .fault(.machineResumed(0))),
        ]
        let history = Array(Self.twoMembers.prefix(2)) + [paused[0]] + Array(Self.twoMembers.suffix(2)) + [paused[1]]
        let inTime: [(Int64, Occurrence.Fact)] = [(5500, .addressesChanged(0, held: 0, .asked))]
        #expect(violations(members: 2, strict: true, until: 9000, history + inTime).isEmpty)
        #expect(violations(members: 2, strict: true, until: 9000, history) == ["one-holder-anywhere"])
    }

    @Test("A handover's overlap is by the holder's consent, and bounded")
    func overlap() {
        let named = entered(.claiming, 1, because: .namedSuccessor(by: "node-1"))
        let history = [(990, named)] + Self.twoMembers
        let inTime: [(Int64, Occurrence.Fact)] = [(1500, .addressesChanged(0, held: 0, .asked))]
        #expect(violations(members: 2, until: 9000, history + inTime).isEmpty)
        #expect(violations(members: 2, until: 9000, history) == ["one-holder-anywhere"])
        let other = [(990, entered(.claiming, 1, because: .namedSuccessor(by: "node-3")))] + Self.twoMembers
        #expect(violations(members: 2, until: 9000, other) == ["one-holder-anywhere"])
    }

    @Test("A handover ends, but for the time in which the holder hangs")
    func handoverEnds() {
        let begun: [(Int64, Occurrence.Fact)] = [
            (0, .actionChanged(0, acts: true)), (1000, entered(.handingOver, 0, from: .holder)),
        ]
        let left: [(Int64, Occurrence.Fact)] = [(1300, entered(.releasing, 0, from: .handingOver))]
        #expect(violations(until: 9000, begun + left).isEmpty)
        #expect(violations(until: 9000, begun) == ["handover-ends"])
        let hung: [(Int64, Occurrence.Fact)] = [(1100, .actionChanged(0, acts: false))]
        let resumed: [(Int64, Occurrence.Fact)] = [(5000, .actionChanged(0, acts: true))]
        #expect(violations(until: 9000, begun + hung).isEmpty)
        #expect(violations(until: 9000, begun + hung + resumed) == ["handover-ends"])
    }
}
