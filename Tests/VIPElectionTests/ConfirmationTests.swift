// DESIGN.md, section 5.7: directed requests, whom they go to, and the answers that confirm a takeover.

import Testing
import VIPElection
import VIPWire

@Suite("5.7 Directed requests and confirmation")
struct ConfirmationTests {
    private static let gateway = IPv4Address(192, 168, 1, 1)
    private static let named = IPv4Address(192, 168, 1, 5)
    private static let client = IPv4Address(192, 168, 1, 77)
    private static let mac = MACAddress(bits: 0x0200_0000_0077)
    private static let settings = GroupSettings(
        name: "api", addresses: [Dialogue.vip, Dialogue.second], confirm: [named, gateway])

    /// Knows the gateway, a host that the operator named, and a client of the second address; the kernel is asked.
    private func claiming() -> Dialogue {
        var dialogue = Dialogue.probing(Self.settings)
        dialogue.tell(.gatewaysChanged([Self.gateway, Dialogue.b.address, Dialogue.vip]))
        dialogue.tell(.question(from: Self.client, Self.mac, for: Dialogue.second))
        dialogue.kernelAnswers = false
        dialogue.pass(.milliseconds(60))
        dialogue.kernelAnswers = true
        return dialogue
    }

    private func requests(_ said: [Directive]) -> [DirectedRequest] {
        said.flatMap { directive -> [DirectedRequest] in
            if case .ask(let requests) = directive { requests } else { [] }
        }
    }

    @Test("5.7: the new holder asks gateways, then named hosts, each once for every address, then the clients")
    func asks() {
        var dialogue = claiming()
        let asked = requests(dialogue.tell(.addressesInstalled(refused: [])))
        #expect(asked.map(\.target) == [Self.gateway, Self.gateway, Self.named, Self.named, Self.client])
        #expect(
            asked.map(\.address)
                == [Dialogue.vip, Dialogue.second, Dialogue.vip, Dialogue.second, Dialogue.second])
        #expect(asked.map(\.mac) == [nil, nil, nil, nil, Self.mac])
    }

    @Test("5.7: of many addresses a gateway is asked for 64 and those it asked for: its neighbour table is small")
    func asksForFew() {
        let addresses = (0..<1000).map { IPv4Address(10, 0, UInt8($0 / 250), UInt8(1 + $0 % 250)) }
        var settings = GroupSettings(name: "api", addresses: addresses)
        settings.slice = 1000
        var dialogue = Dialogue.probing(settings)
        dialogue.tell(.gatewaysChanged([Self.gateway]))
        dialogue.tell(.question(from: Self.gateway, Self.mac, for: addresses[900]))
        dialogue.tell(.question(from: Self.client, Self.mac, for: addresses[63]))
        let said = dialogue.pass(.milliseconds(60)).directives
        let asked = requests(said)
        #expect(asked.map(\.address) == addresses[..<64] + [addresses[63], addresses[900]])
        #expect(asked.map(\.target) == Array(repeating: Self.gateway, count: 64) + [Self.client, Self.gateway])
        #expect(said.gists.contains("announce 1000 both"))
    }

    @Test("5.7: a directed request has the VIP for its sender and the host's own address for its target")
    func frames() {
        var dialogue = claiming()
        let asked = requests(dialogue.tell(.addressesInstalled(refused: [])))
        let frames = dialogue.election.frames(for: asked)
        #expect(frames.map(\.destination) == [.broadcast, .broadcast, .broadcast, .broadcast, Self.mac])
        #expect(frames.allSatisfy { $0.source == Dialogue.b.mac && $0.trailer == nil })
        let packets = frames.map(\.packet)
        #expect(packets.allSatisfy { $0.operation == .request && $0.senderHardwareAddress == Dialogue.b.mac })
        #expect(packets.map(\.senderProtocolAddress) == asked.map(\.address))
        #expect(packets.map(\.targetProtocolAddress) == asked.map(\.target))
    }

    @Test("5.7: an answer confirms, once a host, and says after how long")
    func confirms() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.now = dialogue.now + .milliseconds(1)
        let said = dialogue.tell(.answer(from: Self.gateway, Self.mac))
        #expect(said == [.report(.confirmed(by: Self.gateway, mac: Self.mac, after: .milliseconds(1)))])
        dialogue.on(.answer(from: Self.gateway, Self.mac, for: Dialogue.second))
        dialogue.on(.answer(from: Self.client, Self.mac), "confirmed by 192.168.1.77")
        dialogue.on(.answer(from: IPv4Address(192, 168, 1, 99), Self.mac))
    }

    @Test("5.7: who has not answered is asked again by the plan; a gateway that never does is reported, once")
    func unconfirmed() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.tell(.answer(from: Self.named, Self.mac))
        let said = dialogue.pass(.seconds(200))
        #expect(said.times(of: "ask 3").prefix(4) == [100, 1100, 2200, 3300])
        #expect(said.times(of: "unconfirmed by 1") == [3300])
        // A late one is worth a word still.
        dialogue.on(.answer(from: Self.gateway, Self.mac), "confirmed by 192.168.1.1")
    }

    @Test("5.7: only the holder waits for answers, and only for those to its own MAC and its addresses")
    func others() {
        var candidate = Dialogue.candidate(Self.settings)
        candidate.tell(.gatewaysChanged([Self.gateway]))
        candidate.on(.answer(from: Self.gateway, Self.mac))
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.on(.answer(from: Self.gateway, Self.mac, for: Dialogue.b.address))
        var packet = ARPPacket.announcementReply(of: Self.gateway, from: Self.mac)
        packet.targetProtocolAddress = Dialogue.vip
        dialogue.on(.frameReceived(Frame(destination: Dialogue.b.mac, source: Self.mac, packet: packet)))
    }

    @Test("5.7: all nodes learn clients from requests that they overhear: 256, the most recent first, aged out")
    func clients() {
        var dialogue = Dialogue.probing()
        for number in 0..<300 {
            let address = IPv4Address(10, 0, UInt8(number / 256), UInt8(number % 256))
            dialogue.tell(.question(from: address, MACAddress(bits: 0x0200_0001_0000 + UInt64(number))))
        }
        // One that asks again moves to the front; probes, answers and other targets teach nothing.
        dialogue.tell(.question(from: IPv4Address(10, 0, 0, 200), Self.mac))
        dialogue.tell(.question(from: .unspecified, Self.mac))
        dialogue.tell(.question(from: Self.client, Self.mac, for: Self.gateway))
        dialogue.tell(.answer(from: Self.client, Self.mac))
        dialogue.tell(.question(from: Dialogue.b.address, Dialogue.b.mac))
        let asked = requests(dialogue.pass(.milliseconds(60)).directives)
        #expect(asked.count == 256)
        #expect(asked.first?.target == IPv4Address(10, 0, 0, 200) && asked.first?.mac == Self.mac)
        #expect(asked.dropFirst().first?.target == IPv4Address(10, 0, 1, 43))
        #expect(asked.last?.target == IPv4Address(10, 0, 0, 44))
        var later = Dialogue.candidate()
        later.tell(.question(from: Self.client, Self.mac))
        later.now = later.now + .seconds(4 * 3600 + 1)
        later.pass(.seconds(1))
        #expect(later.election.isHolder)
        #expect(requests(later.pass(.seconds(10)).directives).isEmpty)
    }

    @Test("5.3: after a conflict the holder that stays asks again, also those that had answered")
    func afterConflict() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.tell(.answer(from: Self.gateway, Self.mac))
        dialogue.pass(.seconds(5))
        dialogue.tell(dialogue.c.announces(term: 1))
        let asked = requests(dialogue.tell(dialogue.c.probes()))
        #expect(asked.map(\.target).contains(Self.gateway))
    }

    @Test("5.5: a holder whose successor has announced asks nobody any more")
    func lingering() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.tell(dialogue.a.probes())
        dialogue.pass(.milliseconds(95))
        dialogue.tell(.handoverRequested(to: 10))
        dialogue.tell(dialogue.a.announces(term: 7))
        #expect(requests(dialogue.pass(.milliseconds(5)).directives).isEmpty)
    }
}
