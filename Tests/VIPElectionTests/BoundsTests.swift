// DESIGN.md, sections 3 and 6: what is heard is bounded and in order, and reloads are told.

import Testing
import VIPElection
import VIPWire

@Suite("6 Bounds and order of what is heard")
struct BoundsTests {
    @Test("6: (node, epoch, sequence) must grow: duplicates, replays and late frames move nothing")
    func stale() {
        var dialogue = Dialogue.candidate()
        let early = dialogue.a.resigns()
        dialogue.tell(dialogue.a.announces())
        dialogue.on(early)
        let again = dialogue.a.announces()
        dialogue.tell(again)
        dialogue.on(again)
        #expect(dialogue.election.statistics.stale == 2)
        dialogue.a.epoch = 0
        dialogue.on(dialogue.a.resigns())
        dialogue.a.epoch = 2
        dialogue.a.sequence = 0
        #expect(dialogue.tell(dialogue.a.resigns()).gists.contains("> claiming"))
    }

    @Test("6: a peer that was gone may come back with a clock that went back")
    func comesBack() {
        var dialogue = Dialogue.candidate()
        dialogue.pass(.seconds(2), hearing: \.a)
        dialogue.c.epoch = 0
        dialogue.on(dialogue.c.probes(), "peer c appeared")
    }

    @Test("6: a peer whose settings differ is named, once for each time")
    func configuration() {
        var dialogue = Dialogue.candidate()
        dialogue.c.settings = GroupSettings(name: "api", addresses: [Dialogue.vip], interval: .milliseconds(50))
        dialogue.on(dialogue.c.probes(), "peer c configured otherwise")
        dialogue.on(dialogue.c.probes())
        #expect(dialogue.election.peers.map(\.configurationMatches) == [true, false])
        dialogue.c.settings = .usual
        dialogue.on(dialogue.c.probes())
        #expect(dialogue.election.peers.map(\.configurationMatches) == [true, true])
        // The node's own settings are another's matter too.
        dialogue.tell(.settingsChanged(GroupSettings(name: "api", addresses: [Dialogue.vip], leaseSeconds: 4)))
        dialogue.on(dialogue.c.probes(), "peer c configured otherwise")
    }

    @Test("6: 300 peers are too many: 256 are kept, those that are gone make room")
    func manyPeers() {
        var dialogue = Dialogue.started()
        func crowd(_ ids: ClosedRange<UInt64>) {
            for id in ids {
                var peer = dialogue.c
                peer.id = id
                dialogue.tell(peer.probes())
            }
        }
        crowd(1000...1299)
        #expect(dialogue.election.peers.count == 256)
        #expect(dialogue.election.statistics.tooManyPeers == 44)
        #expect(dialogue.election.peers.map(\.reference.id) == Array(1000...1255))
        // A claim by one that found no place is a stranger's.
        var late = dialogue.c
        late.id = 5000
        late.mac = Dialogue.stranger
        #expect(dialogue.tell(late.announces(term: 3)).gists == ["conflict over 192.168.1.210 began"])
        dialogue.pass(.seconds(2))
        crowd(1290...1299)
        #expect(dialogue.election.peers.count == 256)
        #expect(dialogue.election.peers.filter(\.isAlive).count == 10)
    }

    @Test("5.9: 40 foreign hosts at once: 32 are kept and reported, and all of them keep a candidate out")
    func manyConflicts() {
        var dialogue = Dialogue.candidate()
        var reports = 0
        for number in 0..<40 as Range<UInt64> {
            reports += dialogue.tell(.bareReply(from: MACAddress(bits: 0x0200_0000_1000 + number))).count
        }
        #expect(dialogue.election.conflicts.count == 32 && reports == 32)
        #expect(dialogue.election.statistics.conflictsUnnamed == 8)
        for _ in 0..<15 {
            dialogue.pass(.seconds(1), hearing: \.a)
            dialogue.tell(.bareReply(from: MACAddress(bits: 0x0200_0000_1000 + 39)))
        }
        #expect(dialogue.election.conflicts.count == 1)
    }

    @Test(
        "5.9: a claim that finds no place among the conflicts keeps a candidate out nonetheless, and is no flood of reports"
    )
    func overflow() {
        var dialogue = Dialogue.candidate()
        for number in 0..<32 as Range<UInt64> {
            dialogue.tell(.bareReply(from: MACAddress(bits: 0x0200_0000_1000 + number)))
        }
        for _ in 0..<40 {
            dialogue.pass(.milliseconds(100), hearing: \.a)
            dialogue.on(.bareReply(from: Dialogue.stranger))
        }
        dialogue.c.settings = GroupSettings(name: "web", addresses: [Dialogue.vip])
        dialogue.on(dialogue.c.announces())
        dialogue.on(dialogue.a.resigns(), "> probing", "send probe")
    }

    @Test("5.9: what a peer announced before it was known keeps nobody out, however many its addresses are")
    func acquittedOfMany() {
        let settings = GroupSettings(
            name: "api", addresses: (0..<100).map { IPv4Address(bits: Dialogue.vip.bits + $0) })
        var dialogue = Dialogue.started(settings)
        dialogue.a.settings = settings
        for address in settings.addresses { dialogue.tell(.bareAnnouncement(from: dialogue.a.mac, of: address)) }
        dialogue.tell(dialogue.a.announces(term: 5))
        #expect(dialogue.election.conflicts.isEmpty && dialogue.election.currentState == .candidate)
        // It has lost its power: three probes in a row go unanswered.
        dialogue.pass(settings.suspectAfter + settings.interval / 5 * 3)
        #expect(dialogue.election.currentState == .holder)
    }

    @Test("5.3: a reload that changes the interval is heard by the others at once")
    func reload() {
        let quick = GroupSettings(name: "api", addresses: [Dialogue.vip], priority: 7, interval: .milliseconds(10))
        for (state, word) in [(State.holder, "send announcement"), (.candidate, "send probe")] {
            var dialogue = Dialogue.at(state)
            let said = dialogue.tell(.settingsChanged(quick))
            #expect(said.gists == [word])
            #expect(said.compactMap(\.trailer).map(\.intervalMicroseconds) == [10_000])
            #expect(said.compactMap(\.trailer).map(\.priority) == [7])
        }
        var listening = Dialogue.started()
        listening.on(.settingsChanged(quick))
    }

    @Test("another name or other addresses are another election")
    func otherElection() async {
        await #expect(processExitsWith: .failure) {
            var dialogue = Dialogue.candidate()
            dialogue.tell(.settingsChanged(.two))
        }
        await #expect(processExitsWith: .failure) { _ = GroupSettings(name: "api", addresses: []) }
    }
}
