// Somebody has recorded every frame and sends any of them again, whenever it hurts: nothing moves. The tags are not here,
// for a recording has the right one; what is here is everything that tells a recording from a living node.
// Deliberately not here: frames that were never sent, which the link refuses by their tag.

import Testing
import VIPElection
import VIPWire

extension GroupSettings {
    static let signed = GroupSettings(name: "api", addresses: [Dialogue.vip], authentication: .authenticated)
    static let signedQuorum = GroupSettings(
        name: "api", addresses: [Dialogue.vip], members: 3, authentication: .authenticated)
}

/// Sends recordings in bursts.
private struct Attacker {
    var random: RandomSource
    var recording: [[UInt8]] = []

    /// Sends recordings for as long as `duration`: at random, in bursts, twice, backwards, or a whole story in its order.
    mutating func attack(_ segment: inout Segment, for duration: Duration) {
        let end = segment.now + duration
        while segment.now < end {
            guard !recording.isEmpty else { return segment.run(duration) }
            let start = Int(random.next() % UInt64(recording.count))
            let story = recording[start..<min(recording.count, start + 1 + Int(random.next() % 12))]
            switch random.next() % 4 {
            case 0: for frame in story { segment.replay(frame) }
            case 1: for frame in story.reversed() { segment.replay(frame) }
            case 2: for frame in story + story { segment.replay(frame) }
            default:
                for frame in story {
                    segment.replay(frame)
                    segment.run(.milliseconds(20))
                }
            }
            segment.run(random.duration(in: .zero...(.milliseconds(60))))
        }
    }
}

@Suite("Replay")
struct ReplayTests {
    /// A life with everything in it that may be recorded: claims, handovers, resignations, conflicts, restarts.
    private static func recordedLife(_ settings: GroupSettings, seed: UInt64) -> (Segment, [[UInt8]]) {
        var segment = Segment(3, settings: settings)
        segment.recording = []
        segment.run(.seconds(6))
        var random = RandomSource(seed: seed)
        for _ in 0..<6 {
            let number = Int(random.next() % 3)
            switch random.next() % 6 {
            case 0: segment.give(.handoverRequested(to: nil), to: number)
            case 1:
                segment.give(.stopRequested, to: number)
                segment.run(.milliseconds(700))
                if segment.machines[number].election == nil { segment.start(number) }
            case 2:
                segment.cutPower(number)
                segment.run(.seconds(2))
                segment.start(number)
            case 3:
                segment.partition(number)
                segment.run(.seconds(3))
                segment.heal()
            case 4:
                segment.give(.maintenanceSet(true), to: number)
                segment.run(.seconds(1))
                segment.give(.maintenanceSet(false), to: number)
            default: segment.give(.stopDemanded, to: number)
            }
            segment.run(.seconds(3))
            if segment.machines[number].election == nil { segment.start(number) }
        }
        segment.run(.seconds(12))
        let recording = segment.recording ?? []
        segment.recording = nil
        return (segment, recording)
    }

    private static func expectOneHolder(_ segment: inout Segment, _ label: String) {
        segment.run(.seconds(9))
        segment.mark()
        segment.run(.seconds(3))
        #expect(segment.faults == [], "\(label)")
        #expect(segment.holders.count == 1 && segment.owners() == segment.holders, "\(label)")
        #expect(segment.vacant == .zero && segment.doubled == .zero, "\(label)")
    }

    @Test(
        "recordings of a whole life move nothing while the nodes live", arguments: [false, true], 0..<3 as Range<UInt64>
    )
    func whileAllLive(hasQuorum: Bool, seed: UInt64) {
        var (segment, recording) = Self.recordedLife(hasQuorum ? .signedQuorum : .signed, seed: seed)
        let holders = segment.holders
        #expect(holders.count == 1)
        var attacker = Attacker(random: RandomSource(seed: seed + 100), recording: recording)
        segment.mark()
        attacker.attack(&segment, for: .seconds(20))
        #expect(segment.holders == holders && segment.owners() == holders, "seed \(seed)")
        #expect(segment.vacant == .zero && segment.doubled == .zero && segment.faults == [], "seed \(seed)")
    }

    @Test(
        "recordings move nothing while those who do not hold are restarted, one after the other and together",
        arguments: [false, true], 0..<3 as Range<UInt64>)
    func whileReceiversRestart(hasQuorum: Bool, seed: UInt64) {
        var (segment, recording) = Self.recordedLife(hasQuorum ? .signedQuorum : .signed, seed: seed)
        let holders = segment.holders
        var attacker = Attacker(random: RandomSource(seed: seed + 200), recording: recording)
        segment.mark()
        let others = (0..<3).filter { !holders.contains($0) }
        for round in 0..<6 {
            // With quorum, a holder needs one of the others at any time.
            let restarted = !hasQuorum && round % 3 == 2 ? others : [others[round % 2]]
            for number in restarted { segment.kill(number) }
            attacker.attack(&segment, for: .milliseconds(200))
            for number in restarted { segment.start(number) }
            attacker.attack(&segment, for: .seconds(6))
        }
        #expect(segment.holders == holders && segment.owners() == holders, "seed \(seed)")
        #expect(segment.vacant == .zero && segment.doubled == .zero && segment.faults == [], "seed \(seed)")
    }

    @Test(
        "after all nodes are restarted amid recordings there are never two holders, and one within the bound once they end",
        arguments: [false, true], 0..<5 as Range<UInt64>)
    func whileAllRestart(hasQuorum: Bool, seed: UInt64) {
        var (segment, recording) = Self.recordedLife(hasQuorum ? .signedQuorum : .signed, seed: seed)
        var attacker = Attacker(random: RandomSource(seed: seed + 300), recording: recording)
        for number in 0..<3 { segment.cutPower(number) }
        segment.mark()
        attacker.attack(&segment, for: .milliseconds(300))
        for number in 0..<3 {
            segment.start(number)
            attacker.attack(&segment, for: .milliseconds(Int(seed) * 37))
        }
        attacker.attack(&segment, for: .seconds(20))
        #expect(segment.doubled <= .milliseconds(10), "seed \(seed): \(segment.doubled)")
        Self.expectOneHolder(&segment, "seed \(seed)")
    }

    @Test(
        "a holder that is restarted under its lease goes on holding amid recordings", arguments: 0..<6 as Range<UInt64>)
    func whileTheHolderRestarts(seed: UInt64) {
        var (segment, recording) = Self.recordedLife(.signed, seed: seed)
        let holders = segment.holders
        var attacker = Attacker(random: RandomSource(seed: seed + 400), recording: recording)
        segment.mark()
        segment.kill(holders[0])
        attacker.attack(&segment, for: .milliseconds(150))
        segment.start(holders[0])
        attacker.attack(&segment, for: .seconds(10))
        #expect(segment.holders == holders && segment.owners() == holders, "seed \(seed)")
        #expect(segment.vacant == .zero && segment.doubled == .zero && segment.faults == [], "seed \(seed)")
    }

    /// Plays to the first node what the others said while it did not hear them, when they are gone.
    private func attackedBehindAPartition(_ whole: Segment) -> Segment {
        var segment = whole
        segment.run(.seconds(5))
        segment.partition(1, 2)
        segment.recording = []
        segment.run(.seconds(5))
        let recording = segment.recording ?? []
        segment.recording = nil
        segment.cutPower(1)
        segment.cutPower(2)
        segment.heal()
        segment.mark()
        // Higher terms and sequences than the holder has ever heard of these nodes.
        for frame in recording {
            segment.replay(frame)
            segment.run(.milliseconds(5))
        }
        return segment
    }

    @Test("what was recorded where this holder was not heard does not move it later")
    func recordedBehindAPartition() {
        let segment = attackedBehindAPartition(Segment(3, settings: .signed))
        #expect(segment.holders == [0] && segment.owners() == [0])
        #expect(segment.vacant == .zero && segment.faults == [])
    }

    @Test("without keys the same recordings do take the address from the holder: the attack is a real one")
    func recordedBehindAPartitionWithoutKeys() {
        let segment = attackedBehindAPartition(Segment(3))
        #expect(segment.vacant > .zero)
    }

    /// What three nodes say in two seconds, in a term that they have come to by many moves; then all of them lose their
    /// power, and two come back, the third stays off.
    private func recordedBeforeAPowerCut(
        _ settings: GroupSettings, holder: Int, off: Int
    ) -> (segment: Segment, recording: [[UInt8]]) {
        var segment = Segment(3, settings: settings)
        segment.run(.seconds(8))
        for _ in 0..<20 {
            for holder in segment.holders { segment.give(.handoverRequested(to: nil), to: holder) }
            segment.run(.seconds(1))
        }
        let id = segment.machines[holder].identity.id
        for now in segment.holders where now != holder { segment.give(.handoverRequested(to: id), to: now) }
        segment.run(.seconds(1))
        #expect(segment.holders == [holder])
        segment.recording = []
        segment.run(.seconds(2))
        let recording = segment.recording ?? []
        segment.recording = nil
        for number in 0..<3 { segment.cutPower(number) }
        segment.run(.seconds(5))
        for number in 0..<3 where number != off { segment.start(number) }
        segment.run(.seconds(12))
        return (segment, recording)
    }

    @Test("with quorum and keys a holder by one voter's word goes on while that voter's daemon is restarted")
    func voterRestarts() throws {
        var (segment, _) = recordedBeforeAPowerCut(.signedQuorum, holder: 2, off: 2)
        let holder = try #require(segment.holders.first)
        segment.mark()
        for pause in [5, 40, 110] {
            segment.kill(1 - holder)
            segment.run(.milliseconds(pause))
            segment.start(1 - holder)
            segment.run(.seconds(5))
        }
        #expect(segment.holders == [holder] && segment.vacant == .zero && segment.faults == [])
    }

    @Test("a recording of a node that is off binds no voter that has just started: the holder goes on by its word")
    func recordedHolderBindsNoVoter() throws {
        var (segment, recording) = recordedBeforeAPowerCut(.signedQuorum, holder: 2, off: 2)
        let holder = try #require(segment.holders.first)
        let voter = 1 - holder
        let claims = recording.drop { (try? Frame(parsing: $0.span.bytes))?.trailer?.kind != .announcement }
        segment.mark()
        segment.kill(voter)
        segment.run(.milliseconds(20))
        segment.start(voter)
        // Before the holder's next word.
        for frame in claims {
            segment.replay(frame)
            segment.run(.milliseconds(10))
        }
        segment.run(.seconds(3))
        #expect(segment.holders == [holder] && segment.owners() == [holder])
        #expect(segment.vacant == .zero && segment.doubled == .zero && segment.faults == [])
    }

    @Test("a node that is off is not named successor for its recordings while another candidate lives")
    func recordedCandidateIsNoSuccessor() throws {
        var (segment, recording) = recordedBeforeAPowerCut(.signed, holder: 1, off: 0)
        #expect(segment.holders == [1])
        for frame in recording { segment.replay(frame) }
        segment.run(.milliseconds(50))
        segment.mark()
        segment.give(.stopRequested, to: 1)
        segment.run(.milliseconds(60))
        #expect(segment.owners().contains(2))
        #expect(segment.vacant == .zero && segment.faults == [])
    }

    @Test("with keys a cluster boots, loses its holder, hands over and heals as fast as without")
    func livesAsBefore() {
        func times(_ settings: GroupSettings) -> [Duration] {
            var vacant: [Duration] = []
            var segment = Segment(3, settings: settings)
            segment.run(.seconds(3))
            #expect(segment.holders == [0])
            segment.mark()
            segment.give(.handoverRequested(to: nil), to: 0)
            segment.run(.seconds(2))
            #expect(segment.holders == [1])
            vacant.append(segment.vacant)
            segment.mark()
            segment.give(.stopRequested, to: 1)
            segment.run(.seconds(2))
            #expect(segment.holders == [0])
            vacant.append(segment.vacant)
            segment.start(1)
            segment.run(.seconds(3))
            segment.mark()
            segment.cutPower(0)
            segment.run(.seconds(2))
            #expect(segment.holders == [1])
            vacant.append(segment.vacant)
            #expect(segment.faults == [])
            return vacant
        }
        #expect(times(.signed) == times(.usual))
    }

    @Test("two holders after a partition part within a few round trips, keys or not")
    func partitionHeals() {
        var segment = Segment(3, settings: .signed)
        segment.run(.seconds(3))
        segment.partition(2)
        segment.run(.seconds(5))
        #expect(segment.owners(side: 0).count == 1 && segment.owners(side: 1) == [2])
        segment.heal()
        segment.mark()
        segment.run(.seconds(3))
        #expect(segment.holders.count == 1)
        // One announcement's interval until they hear each other, and the questions and answers.
        #expect(segment.doubled <= .milliseconds(105), "\(segment.doubled)")
        #expect(segment.vacant == .zero && segment.faults == [])
    }
}
