// DESIGN.md, sections 5.8 and 5.9: what keeps a node from holding, lost addresses, and foreign hosts.

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

    @Test("5.8: a leftover is released when an obstacle comes while listening")
    func leftover() {
        var dialogue = Dialogue.started(leftover: true)
        dialogue.on(
            .maintenanceSet(true), "> releasing", "remove", "send resign", "send resign", "> ineligible", "send probe")
    }

    @Test("5.8: an address removed by someone else is installed and announced again, without stepping down")
    func restored() {
        var dialogue = Dialogue.holder(.two)
        dialogue.pass(.milliseconds(550))
        dialogue.on(
            .addressesLost([Dialogue.second]), "install 3 s", "restored 1", "send announcement", "announce 1 both")
        #expect(dialogue.election.isHolder)
        // The caches hear it by the plan again, all addresses of it.
        #expect(dialogue.pass(.milliseconds(200)).times(of: "announce 2 request") == [100])
    }

    @Test("5.8: whoever removes an address again and again is not raced: once in P")
    func restoredOnceInP() {
        var dialogue = Dialogue.holder()
        var installs = 0
        for _ in 0..<100 {
            installs += dialogue.tell(.addressesLost([Dialogue.vip])).gists.filter { $0 == "install 3 s" }.count
            installs += dialogue.pass(.milliseconds(1)).times(of: "install 3 s").count
        }
        #expect((5...7).contains(installs))
    }

    @Test("5.8: an address that is lost again before it was put back is announced when it is")
    func lostAgain() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.on(.addressesLost([Dialogue.vip]), "install 3 s")
        dialogue.now = dialogue.now + .milliseconds(1)
        dialogue.on(.addressesLost([Dialogue.vip]))
        // The answer to the first is about what was lost since.
        dialogue.on(.addressesInstalled(refused: []))
        dialogue.after(.milliseconds(19), "install 3 s")
        dialogue.on(.addressesInstalled(refused: []), "restored 1", "send announcement", "announce 1 both")
    }

    @Test("5.8: while the kernel does not have the address, nothing is said in its name, to nobody")
    func silentWhileLost() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.tell(.addressesLost([Dialogue.vip]))
        dialogue.tell(.bareReply(from: Dialogue.stranger))
        dialogue.tell(dialogue.c.announces(term: 5))
        dialogue.tell(dialogue.c.probes())
        #expect(dialogue.tell(.handoverRequested(to: nil)).gists == ["hands over to c", "> handingOver"])
        #expect(dialogue.pass(.milliseconds(60)).directives.allSatisfy { !$0.claims })
        dialogue.on(.addressesInstalled(refused: []), "restored 1", "send announcement", "announce 1 both")
    }

    @Test("5.8: an address that is not there is not announced to the caches until the kernel has it back")
    func notAnnouncedWhileLost() {
        var dialogue = Dialogue.holder(.two)
        dialogue.kernelAnswers = false
        dialogue.tell(.addressesLost([Dialogue.second]))
        #expect(dialogue.pass(.milliseconds(150)).times(of: "announce 1 request") == [100])
        dialogue.tell(.addressesInstalled(refused: []))
        #expect(dialogue.pass(.milliseconds(150)).times(of: "announce 2 request") == [100])
    }
}

@Suite("5.9 Foreign claims")
struct ForeignTests {
    @Test("5.9: a candidate does not claim while a foreign claim goes on, and does when it is over")
    func candidateStaysOut() {
        var dialogue = Dialogue.candidate()
        dialogue.on(.bareAnnouncement(from: Dialogue.stranger), "conflict over 192.168.1.210 began")
        dialogue.on(dialogue.a.resigns(), "> probing", "send probe")
        let said = dialogue.pass(.seconds(5))
        #expect(said.times(of: "> claiming").allSatisfy { $0 >= 3000 && $0 <= 3020 })
        #expect(dialogue.election.isHolder)
    }

    @Test("5.9: the holder's own traffic is no foreign claim, nor a conflict to those who follow it")
    func holdersTraffic() {
        var dialogue = Dialogue.candidate()
        dialogue.on(.bareReply(from: dialogue.a.mac))
        dialogue.on(.bareAnnouncement(from: dialogue.a.mac))
        #expect(dialogue.election.conflicts.isEmpty)
    }

    @Test("5.9: a machine that turns out to be a peer is acquitted", arguments: [true, false])
    func acquitted(_ isNew: Bool) {
        var dialogue = isNew ? Dialogue.started() : .candidate()
        // An unknown machine, or a peer whose link has another MAC now.
        if !isNew { dialogue.a.mac = Dialogue.stranger }
        dialogue.tell(.bareAnnouncement(from: dialogue.a.mac))
        #expect(dialogue.election.conflicts.count == 1)
        #expect(dialogue.tell(dialogue.a.announces()).gists.contains("conflict over 192.168.1.210 ended"))
        #expect(dialogue.election.conflicts.isEmpty)
    }

    @Test("5.9: a holder defends with one announcement an interval at most, and reports the conflict once")
    func defends() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.seconds(4))
        dialogue.on(
            .bareReply(from: Dialogue.stranger), "conflict over 192.168.1.210 began", "announce 1 request")
        var defences = 0
        for _ in 0..<200 {
            dialogue.on(.bareReply(from: Dialogue.stranger))
            defences += dialogue.pass(.milliseconds(5)).times(of: "announce 1 request").count
        }
        #expect(defences == 10)
        #expect(dialogue.election.conflicts.map(\.count) == [201])
    }

    @Test("5.9: a rival that does not give up is told once an interval, however often it announces")
    func stubbornRival() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.seconds(4))
        var announcements = 0
        var defences = 0
        for _ in 0..<200 {
            let said = dialogue.tell(dialogue.c.announces(term: 5)) + dialogue.pass(.milliseconds(5)).directives
            announcements += said.filter { $0.gist == "send announcement" }.count
            defences += said.filter { $0.gist == "announce 1 both" }.count
        }
        #expect((9...21).contains(announcements))
        #expect((9...11).contains(defences))
    }

    @Test("5.9: a rival that gives up and returns again and again does not set off a flood")
    func undecidedRival() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.seconds(4))
        var said: [Directive] = []
        for _ in 0..<200 {
            said += dialogue.tell(dialogue.c.announces(term: 5)) + dialogue.tell(dialogue.c.probes())
            said += dialogue.pass(.milliseconds(5)).directives
        }
        #expect(said.filter { $0.claims }.count < 80)
    }

    @Test("5.9: a conflict ends ten seconds after it was last seen")
    func conflictEnds() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.bareReply(from: Dialogue.stranger))
        dialogue.pass(.seconds(5))
        dialogue.tell(.bareReply(from: Dialogue.stranger))
        #expect(dialogue.pass(.seconds(20)).times(of: "conflict over 192.168.1.210 ended") == [10_000])
    }

    @Test("5.9: a vipd of another group that claims our address is a stranger, and is named")
    func otherGroup() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.seconds(4))
        dialogue.c.settings = GroupSettings(name: "web", addresses: [Dialogue.vip])
        dialogue.on(
            dialogue.c.announces(),
            "conflict over 192.168.1.210 began", "announce 1 request", "peer c in another group"
        )
        dialogue.on(dialogue.c.announces())
        #expect(dialogue.election.conflicts.map(\.name) == ["c"])
        dialogue.c.settings = GroupSettings(name: "web", addresses: [Dialogue.second])
        dialogue.on(dialogue.c.announces())
        #expect(dialogue.election.statistics.otherGroup == 3)
    }

    @Test("2: a peer with our own id is reported, once; what it says moves nothing", arguments: [true, false])
    func duplicateNode(_ sharesMAC: Bool) {
        var dialogue = Dialogue.candidate()
        // A clone: machine-id and, often enough, the MAC are ours.
        var clone = Voice(
            id: Dialogue.b.id, name: "clone", mac: sharesMAC ? Dialogue.b.mac : Dialogue.stranger,
            address: Dialogue.b.address, epoch: 99
        )
        dialogue.on(clone.announces(term: 9), "duplicate node clone")
        dialogue.on(clone.announces())
        #expect(dialogue.election.statistics.duplicateNode == 2)
        #expect(dialogue.election.currentHolder?.reference.name == "a")
    }

    @Test("a node's own frames, sent back by the segment, are nobody's")
    func ownEcho() {
        var dialogue = Dialogue.holder()
        let said = dialogue.pass(.milliseconds(200)).directives
        for case .send(let frame) in said { dialogue.on(.frameReceived(frame)) }
        dialogue.on(.bareAnnouncement(from: Dialogue.b.mac))
        #expect(dialogue.election.statistics.duplicateNode == 0)
        #expect(dialogue.election.conflicts.isEmpty)
    }
}

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

@Suite("5.8 Lost addresses: what is said meanwhile")
struct LostAddressTests {
    @Test("5.8: nothing is said for an address that the kernel does not have: no sign of life, no defence, no request")
    func silence() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.question(from: IPv4Address(192, 168, 1, 77), Dialogue.stranger))
        dialogue.tell(dialogue.a.probes())
        dialogue.kernelAnswers = false
        var said = dialogue.tell(.addressesLost([Dialogue.vip]))
        said += dialogue.pass(.milliseconds(120)).directives
        said += dialogue.tell(.bareReply(from: Dialogue.stranger)) + dialogue.tell(dialogue.c.announces(term: 1))
        said += dialogue.tell(.handoverRequested(to: 10)) + dialogue.pass(.milliseconds(300)).directives
        #expect(said.allSatisfy { !$0.claims })
        #expect(dialogue.tell(.addressesInstalled(refused: [])).gists.contains("send announcement"))
    }

    @Test("5.8: a holder that could not send when it lost its address tries with a probe, which claims nothing")
    func triesWithAProbe() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.sendFailed(errno: 100))
        dialogue.tell(.addressesLost([Dialogue.vip]))
        let said = dialogue.pass(.seconds(2)).directives
        let restored = said.firstIndex { $0.gist == "restored 1" } ?? 0
        #expect(restored > 0 && said[..<restored].allSatisfy { !$0.claims })
        #expect(Array(said[..<restored]).gists.contains("probe 1"))
    }
}
