// DESIGN.md, sections 5.3, 5.7 and 7: addresses in slices, for a node that has thousands must not do nothing else meanwhile.

import Testing
import VIPElection
import VIPWire

@Suite("7 Slices")
struct SliceTests {
    /// Seven addresses in slices of two.
    private static let settings: GroupSettings = {
        let addresses = [Dialogue.vip] + (1..<7).map { IPv4Address(10, 0, 0, UInt8($0)) }
        var settings = GroupSettings(name: "api", addresses: addresses)
        settings.slice = 2
        return settings
    }()

    /// The holder is gone, and the kernel has been asked for the first slice.
    private func claiming() -> Dialogue { .claiming(Self.settings) }

    /// The holder has named this node its successor, and the kernel has been asked for the first slice.
    private func named() -> Dialogue {
        var dialogue = Dialogue.candidate(Self.settings)
        dialogue.kernelAnswers = false
        #expect(dialogue.tell(dialogue.a.names(Dialogue.b.id, term: 6)).gists.contains("install 3 s"))
        return dialogue
    }

    /// Holds, with everything installed.
    private func holder() -> Dialogue {
        var dialogue = claiming()
        dialogue.kernelAnswers = true
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.pass(.zero)
        return dialogue
    }

    private func last(_ dialogue: Dialogue) -> IPv4Address { dialogue.election.settings.addresses[6] }

    @Test("5.3: a claim asks for a slice at a time, reads in between, and announces what it has")
    func claims() {
        var dialogue = claiming()
        let said = dialogue.tell(.addressesInstalled(refused: []))
        #expect(said.gists.contains("> holder"))
        // The nodes first, then everybody.
        #expect(said.filter(\.claims).gists == ["send announcement", "announce 2 both"])
        for (start, count) in [(2, 2), (4, 2), (6, 1)] {
            dialogue.after(.zero, "install 3 s from \(start)")
            dialogue.on(.addressesInstalled(refused: []), "announce \(count) both")
        }
        #expect(dialogue.pass(.milliseconds(99)).times(of: "install 3 s").isEmpty)
    }

    @Test("5.3: what the kernel does not have yet is neither lost nor announced")
    func awaited() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.on(.addressesLost(Array(dialogue.election.settings.addresses.dropFirst(2))))
        #expect(dialogue.election.statistics.addressesLost == 0)
        dialogue.after(.zero, "install 3 s from 2")
        #expect(dialogue.pass(.milliseconds(150)).times(of: "announce 2 request") == [100])
    }

    @Test("5.3: one refused address of a later slice gives up all")
    func refused() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.after(.zero, "install 3 s from 2")
        let refusal = AddressRefusal(address: dialogue.election.settings.addresses[3], errno: 1)
        let said = dialogue.tell(.addressesInstalled(refused: [refusal])).gists
        #expect(said.contains("remove") && said.contains("> releasing"))
    }

    @Test("5.5: a successor announces nothing before it has all: its predecessor lets go of all when it hears of it")
    func succeeds() {
        var dialogue = named()
        for start in [2, 4, 6] {
            #expect(dialogue.tell(.addressesInstalled(refused: [])).allSatisfy { !$0.claims })
            dialogue.after(.zero, "install 3 s from \(start)")
            #expect(dialogue.election.currentState == .claiming)
        }
        let said = dialogue.tell(.addressesInstalled(refused: []))
        #expect(said.filter(\.claims).gists == ["send announcement", "announce 2 request"])
    }

    @Test("5.3: a better claim that is heard between two slices ends a successor's claim")
    func givesWay() {
        var dialogue = named()
        dialogue.tell(.addressesInstalled(refused: []))
        #expect(dialogue.tell(dialogue.c.announces(term: 9)).gists.contains("remove"))
        #expect(dialogue.election.currentState == .releasing)
    }

    @Test("5.3: a claim that takes as long as a lease confirms nothing, whatever was renewed meanwhile")
    func late() {
        var dialogue = named()
        dialogue.tell(.addressesInstalled(refused: []))
        let end = dialogue.now + .seconds(4)
        var renewals = 0
        while dialogue.election.currentState == .claiming, let said = dialogue.takeTurn(until: end) {
            // The first slice is renewed, and the second never answered.
            for gist in said.gists where gist == "install 3 s" { renewals += 1 }
            dialogue.tell(dialogue.a.announces())
        }
        #expect(renewals > 0)
        #expect(dialogue.now <= end - .seconds(1) && !dialogue.election.isHolder)
    }

    @Test("5.8: what goes while a successor asks for the rest is asked for again before anything is announced")
    func lostWhileClaiming() {
        var dialogue = named()
        dialogue.tell(.addressesInstalled(refused: []))
        // The daemon sees that the others are not there, either: they are not lost.
        dialogue.on(.addressesLost(dialogue.election.settings.addresses))
        dialogue.kernelAnswers = true
        let said = dialogue.pass(.zero).directives
        let holds = said.firstIndex { $0.gist == "> holder" } ?? 0
        #expect(said[..<holds].map(\.gist).filter { $0 == "install 3 s" }.count == 1)
        #expect(said[..<holds].allSatisfy { !$0.claims })
    }

    @Test("7: while a slow kernel is asked for the rest, what it granted first is renewed, and signs of life are sent")
    func renewsMeanwhile() {
        var dialogue = claiming()
        dialogue.tell(.addressesInstalled(refused: []))
        dialogue.after(.zero, "install 3 s from 2")
        let said = dialogue.pass(.milliseconds(1050))
        #expect(said.times(of: "install 3 s") == [1000])
        #expect(said.times(of: "send announcement").count == 10)
        // Two answers: to the second slice, and to the renewal of the first.
        dialogue.on(.addressesInstalled(refused: []), "announce 2 both")
        dialogue.on(.addressesInstalled(refused: []))
        #expect(dialogue.pass(.zero).directives.gists.contains("install 3 s from 4"))
    }

    @Test("7: the slices are renewed every L/3, apart from each other")
    func renewals() {
        var dialogue = holder()
        let said = dialogue.pass(.seconds(6))
        for (index, start) in [0, 2, 4, 6].enumerated() {
            let times = said.times(of: start == 0 ? "install 3 s" : "install 3 s from \(start)")
            // Every 250 ms, with the sign of life before that where there is none at that very moment.
            let first = Int64(250 * (index + 1)) / 100 * 100
            #expect(times == (0..<Int64(6)).map { first + 1000 * $0 }.filter { $0 <= 6000 }, "slice from \(start)")
        }
    }

    @Test("7: each slice's lease counts by itself: the one that is not renewed ends the holding")
    func countsEach() {
        var dialogue = holder()
        dialogue.kernelAnswers = false
        let end = dialogue.now + .seconds(3)
        var isSilent = false
        while dialogue.now < end, let said = dialogue.takeTurn(until: end) {
            for directive in said {
                guard case .installAddresses(let places, _) = directive else { continue }
                // Answers come in order: from the last slice's renewal on there is none.
                isSilent = isSilent || places.lowerBound == 6
                if !isSilent { dialogue.tell(.addressesInstalled(refused: [])) }
            }
        }
        #expect(!dialogue.election.isHolder)
    }

    @Test("5.7: many addresses are announced slice by slice, all requests before all replies")
    func announces() {
        var dialogue = holder()
        var identity = dialogue.election.node
        identity.mac = MACAddress(bits: 0x0200_0000_00B2)
        var announced = dialogue.tell(.identityChanged(identity)).gists.filter { $0.hasPrefix("announce") }
        #expect(announced.count == 1)
        while dialogue.election.nextDeadline.map({ $0 <= dialogue.now }) ?? false {
            let turn = dialogue.tell(.timeReached).gists.filter { $0.hasPrefix("announce") }
            #expect(turn.count == 1)
            announced += turn
        }
        let sizes = [2, 2, 2, 1]
        #expect(announced == sizes.map { "announce \($0) request" } + sizes.map { "announce \($0) reply" })
    }

    @Test("5.7: what is announced again while it still waits does not wait twice")
    func waitsOnce() {
        var dialogue = holder()
        for _ in 0..<4 {
            var identity = dialogue.election.node
            identity.mac = MACAddress(bits: identity.mac.bits ^ 1)
            dialogue.tell(.identityChanged(identity))
        }
        let said = dialogue.pass(.zero).directives
        #expect(said.filter { if case .announce = $0 { true } else { false } }.count <= 8)
    }

    @Test("7: a turn that renews announces nothing: what can wait does not delay what cannot")
    func renewsFirst() {
        var dialogue = holder()
        dialogue.now = dialogue.now + .milliseconds(1100)
        var turns: [[String]] = []
        while let deadline = dialogue.election.nextDeadline, deadline <= dialogue.now {
            let said = dialogue.tell(.timeReached).gists
            turns.append(said.filter { $0.hasPrefix("install") || $0.hasPrefix("announce") })
        }
        // The repeat of the announcements was due as well: it begins in the first turn, and goes on when all is renewed.
        #expect(turns.prefix(4).allSatisfy { $0.first?.hasPrefix("install") == true })
        #expect(turns.dropFirst().prefix(3).allSatisfy { $0.count == 1 })
        #expect(turns.dropFirst(4).contains { $0.first?.hasPrefix("announce") == true })
    }

    @Test("5.8: of the addresses that somebody removes only their slices are asked for again")
    func restores() {
        var dialogue = holder()
        let lost = last(dialogue)
        #expect(dialogue.tell(.addressesLost([lost])).gists.prefix(2) == ["install 3 s from 6", "restored 1"])
        dialogue.pass(.milliseconds(30))
        let all = dialogue.tell(.addressesLost(dialogue.election.settings.addresses))
        let rest = dialogue.pass(.zero).directives
        let restored = (all + rest).gists.filter { $0.hasPrefix("restored") }
        #expect(restored == ["restored 2", "restored 2", "restored 2", "restored 1"])
    }
}
