// DESIGN.md, sections 2 and 5.9: foreign hosts that claim the address, clones, and a node's own echo.

import Testing
import VIPElection
import VIPWire

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
