import Testing
import VIPWire

@testable import VIPDoctor

private let vip = IPv4Address(192, 168, 1, 210)
private let group = GroupFacts(name: "default", addresses: [vip], interface: "eth0", configurationDigest: 7)
private let macA = MACAddress(bits: 0x0200_c0a8_01d1)
private let macB = MACAddress(bits: 0x0200_c0a8_01d2)
private let own = MACAddress(bits: 0x0200_c0a8_01d3)
private let stranger = MACAddress(bits: 0x0200_c0a8_0132)

private func node(_ name: String, _ mac: MACAddress, announces: Bool = false) -> HeardNode {
    var node = HeardNode(
        mac: mac, name: name, address: .init(bits: UInt32(truncatingIfNeeded: mac.bits)), id: mac.bits,
        group: group.digest, configuration: 7, speaksOf: vip)
    node.announces = announces
    node.byMulticast = 3
    return node
}

/// Two nodes, the first of which holds and answers, as the third hears them.
private var healthy: WireFacts {
    var facts = WireFacts(link: "eth0", ownMAC: own, ownID: own.bits)
    facts.nodes = [node("a", macA, announces: true), node("b", macB)]
    facts.answers = [AddressAnswer(address: vip, mac: macA)]
    facts.probed = [vip]
    facts.seconds = 1.5
    return facts
}

private func answers(_ request: Bool?, _ probe: Bool, _ long: Bool, _ multicast: Bool) -> PathAnswers {
    PathAnswers(request: request, probe: probe, longProbe: long, multicastProbe: multicast, roundTripMicroseconds: 200)
}

private func asked(_ answers: PathAnswers, _ kind: AskedHost.Kind = .node(name: "a"), mac: MACAddress? = macA)
    -> AskedHost
{
    AskedHost(kind: kind, address: .init(192, 168, 1, 211), mac: mac, answers: answers)
}

struct AnswerJudgeTests {
    private func judged(_ change: (inout WireFacts) -> Void) -> [String] {
        var facts = healthy
        change(&facts)
        return troubles(AnswerJudge.findings(group, facts))
    }

    @Test("held by a node that announces, by this node, or by nobody: fine")
    func fine() {
        #expect(judged { _ in } == [])
        #expect(judged { $0.answers = [] } == [])
        #expect(
            judged {
                $0.answers = []
                $0.heldHere = [vip]
            } == [])
    }

    @Test("a host that was never heard as a node, and answers, is a stranger")
    func strangers() {
        #expect(judged { $0.answers = [.init(address: vip, mac: stranger)] } == ["problem strangerAnswers"])
    }

    @Test("who answers and is known to the daemon is no stranger, whether heard or not")
    func known() {
        #expect(
            judged {
                $0.answers = [.init(address: vip, mac: stranger)]
                $0.known = [stranger: "c"]
            } == [])
    }

    @Test("a node that answers and does not announce is a dead daemon, or an address that was configured for good")
    func idle() { #expect(judged { $0.answers = [.init(address: vip, mac: macB)] } == ["warning idlePeerAnswers"]) }

    @Test("two that answer are a problem, this node among them or not")
    func several() {
        #expect(judged { $0.answers.append(.init(address: vip, mac: stranger)) } == ["problem severalAnswer"])
        #expect(judged { $0.heldHere = [vip] } == ["problem severalAnswer"])
    }

    @Test("who answers by frames without their trailers is not called a stranger: that is told elsewhere")
    func cut() {
        #expect(
            judged {
                $0.nodes = []
                $0.cut = [macA: 15]
            } == [])
    }
}

struct LargeGroupTests {
    @Test("of a thousand addresses only those that were asked for are judged, and the good ones told in a line")
    func bounded() {
        let addresses = (0..<1000).map { IPv4Address(bits: 0x0a00_0000 + UInt32($0) + 1) }
        let group = GroupFacts(name: "many", addresses: addresses)
        var facts = WireFacts(link: "eth0", ownMAC: own, ownID: 1)
        facts.probed = Set(addresses.prefix(32))
        facts.answers = [
            AddressAnswer(address: addresses[3], mac: stranger), .init(address: addresses[40], mac: stranger),
        ]
        let findings = AnswerJudge.findings(group, facts)
        #expect(findings.map(\.severity) == [.problem, .ok])
        #expect(findings[1].summary.hasPrefix("31 of 1000 addresses"))
    }
}

struct PeerJudgeTests {
    private func judged(in group: GroupFacts = group, _ change: (inout WireFacts) -> Void) -> [String] {
        var facts = healthy
        change(&facts)
        return troubles(PeerJudge.findings(group, facts))
    }

    @Test("nodes that were told the same are fine; hearing none is a note")
    func fine() {
        #expect(judged { _ in } == [])
        #expect(judged { $0.nodes = [] } == ["note peers"])
    }

    @Test("a node with this node's id or MAC address is a clone, and so are two others of one id")
    func clones() {
        #expect(judged { $0.nodes[1].id = own.bits } == ["problem clone"])
        #expect(judged { $0.nodes[1].mac = own } == ["problem clone"])
        #expect(judged { $0.nodes[1].id = $0.nodes[0].id } == ["problem clone"])
    }

    @Test("other settings are a warning, unless this node's own are not known")
    func settings() {
        #expect(judged { $0.nodes[0].configuration = 8 } == ["warning configurationDiffers"])
        let unknown = GroupFacts(name: "default", addresses: [vip])
        #expect(judged(in: unknown) { $0.nodes[0].configuration = 8 } == [])
    }

    @Test("a node of a group that is none of ours, with addresses that are none of ours, does not matter")
    func unrelated() {
        #expect(judged { ($0.nodes[1].group, $0.nodes[1].speaksOf) = (1, IPv4Address(192, 168, 1, 9)) } == [])
    }

    @Test("a node that speaks for the address in another group is a problem")
    func otherGroup() { #expect(judged { $0.nodes[1].group = 1 } == ["problem groupDiffers"]) }

    @Test(
        "with a key, frames that it refuses are a problem", arguments: [FrameRefusal.unsigned, .unknownKey, .badTag])
    func keys(_ refusal: FrameRefusal) {
        #expect(
            judged {
                $0.hasKey = true
                $0.nodes[0].refusal = refusal
                // Whose word is not believed is not compared.
                $0.nodes[0].configuration = 8
            } == ["problem keyDiffers"])
    }

    @Test("without a key, a node that signs is a problem: it does not believe this one")
    func signs() {
        #expect(judged { ($0.nodes[0].isSealed, $0.lacksKey) = (true, true) } == ["problem keyDiffers"])
        // A key that could not be read says nothing of others.
        #expect(judged { $0.nodes[0].isSealed = true } == [])
    }

    @Test("more nodes than members is a problem, as many is not")
    func members() {
        var members = group
        members.members = 3
        #expect(judged(in: members) { _ in } == [])
        members.members = 2
        #expect(judged(in: members) { _ in } == ["problem tooManyMembers"])
    }
}

struct PathJudgeTests {
    private func judged(in group: GroupFacts = group, _ asked: [AskedHost]?) -> [String] {
        var facts = healthy
        facts.asked = asked
        return troubles(PathJudge.findings([group], facts))
    }

    @Test("without asking, only trailers that are cut show")
    func unasked() {
        #expect(judged(nil) == [])
        var facts = healthy
        facts.cut = [macA: 15]
        #expect(troubles(PathJudge.findings([group], facts)) == ["problem trailersCut"])
    }

    @Test(
        "where frames are broadcast, announcements without a trailer are cut ones if they are more than a holder sends")
    func cutBroadcast() {
        var broadcast = group
        broadcast.broadcast = true
        var facts = healthy
        facts.bareAnnouncements = [macA: 5]
        #expect(troubles(PathJudge.findings([broadcast], facts)) == [])
        facts.bareAnnouncements = [macA: 14]
        #expect(troubles(PathJudge.findings([broadcast], facts)) == ["problem trailersCut"])
        #expect(troubles(PathJudge.findings([group], facts)) == [])
    }

    @Test("--probe that could ask nobody is a warning that says why")
    func notProbed() {
        let confined = PathJudge.notProbed(mayListen: false)
        #expect(troubles([confined]) == ["warning notLookedAt"])
        #expect(confined.summary.contains("CAP_NET_RAW") && confined.cure == ["sudo vipd doctor --probe"])
        #expect(PathJudge.notProbed(mayListen: true).summary.contains("no group has a link"))
    }

    @Test("a node that answers everything is fine")
    func fine() { #expect(judged([asked(answers(true, true, true, true))]) == []) }

    @Test("a node that answers broadcast and not multicast misses it, unless the group broadcasts")
    func multicast() {
        #expect(judged([asked(answers(true, true, true, false))]) == ["problem multicastLost"])
        var broadcast = group
        broadcast.broadcast = true
        #expect(judged(in: broadcast, [asked(answers(true, true, true, false))]) == [])
    }

    @Test("a gateway joins no group of vipd's: that it answers no multicast tells nothing")
    func gateway() { #expect(judged([asked(answers(true, true, true, false), .gateway, mac: nil)]) == []) }

    @Test(
        "who has the address, was not heard, and answers broadcasts alone: multicast is lost, and no stranger is named")
    func unheardHolder() {
        var facts = healthy
        facts.nodes = []
        facts.asked = [asked(answers(true, true, true, false), .holder)]
        #expect(troubles(PathJudge.findings([group], facts)) == ["problem multicastLost"])
        #expect(troubles(AnswerJudge.findings(group, facts)) == [])
        facts.asked = [asked(answers(true, true, true, true), .holder)]
        #expect(troubles(AnswerJudge.findings(group, facts)) == ["problem strangerAnswers"])
    }

    @Test("a node that answers short probes alone does not get the nodes' frames")
    func long() { #expect(judged([asked(answers(true, true, false, false))]) == ["problem longFramesLost"]) }

    @Test("answers to requests from the own address, and none to probes: something filters ARP by sender")
    func filtered() {
        #expect(judged([asked(answers(true, false, false, false), .gateway, mac: nil)]) == ["warning arpFiltered"])
        #expect(judged([asked(answers(nil, true, true, true))]) == [])
    }

    @Test("a node that is heard and answers nothing is reached one way only; a silent gateway is none of ours")
    func oneWay() {
        #expect(judged([asked(answers(false, false, false, false))]) == ["warning oneWay"])
        #expect(judged([asked(answers(false, false, false, false), .gateway, mac: nil)]) == [])
    }

    @Test("the report has a row for each node that was heard, with what it answered")
    func rows() {
        var facts = healthy
        facts.asked = [asked(answers(true, true, true, true))]
        let rows = PeerPaths.rows(of: facts, [group])
        #expect(rows.map(\.node.name) == ["a", "b"] && rows[0].group == "default")
        #expect(rows[0].answers == answers(true, true, true, true) && rows[1].answers == nil)
        #expect(rows[0].tagIsGenuine == nil)
        facts.hasKey = true
        #expect(PeerPaths.rows(of: facts, [group])[0].tagIsGenuine == true)
    }
}
