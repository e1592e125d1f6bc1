// DESIGN.md, sections 5.7 and 7: the announcements of a holder, and the kernel's lease.

import Testing
import VIPElection
import VIPWire

@Suite("5.7 Announcing")
struct AnnouncingTests {
    @Test(
        "5.7: announcements at 0 in both forms, then in request form at 0.1, 1.1, 2.2 and 3.3 s, then every 60 s ± 10 %"
    )
    func schedule() {
        var dialogue = Dialogue.claiming()
        dialogue.kernelAnswers = true
        let first = dialogue.tell(.addressesInstalled(refused: []))
        #expect(first.filter { if case .announce = $0 { true } else { false } }.gists == ["announce 1 both"])
        let times = dialogue.pass(.seconds(600)).times(of: "announce 1 request")
        #expect(times.prefix(4) == [100, 1100, 2200, 3300])
        let gaps = zip(times.dropFirst(3), times.dropFirst(4)).map { $1 - $0 }
        #expect(gaps.count >= 8 && gaps.allSatisfy { (54_000...66_000).contains($0) })
        #expect(Set(gaps).count > 5)
    }

    @Test("5.7: every address is announced, requests before replies; heartbeats speak of the first alone")
    func frames() {
        let dialogue = Dialogue.holder(.two)
        let both = dialogue.election.announcements(of: [Dialogue.vip, Dialogue.second], forms: [.request, .reply])
        #expect(both.map(\.packet.operation) == [.request, .request, .reply, .reply])
        #expect(
            both.map(\.packet.senderProtocolAddress) == [Dialogue.vip, Dialogue.second, Dialogue.vip, Dialogue.second])
        #expect(both.allSatisfy { $0.packet.isAnnouncement && $0.destination == .broadcast && $0.trailer == nil })
        #expect(both.suffix(2).allSatisfy { $0.packet.targetHardwareAddress == Dialogue.b.mac })
        let probes = dialogue.election.probes(for: [Dialogue.second])
        #expect(probes.map(\.packet) == [.probe(for: Dialogue.second, from: Dialogue.b.mac)])
    }

    @Test("5.7: a holder that was late does not make up for the announcements it missed")
    func missedAnnouncements() throws {
        var dialogue = Dialogue.holder()
        dialogue.now = dialogue.now + .milliseconds(2500)
        #expect(dialogue.tell(.timeReached).filter { $0.gist == "announce 1 request" }.count == 1)
        #expect(try #require(dialogue.election.nextDeadline) > dialogue.now)
        #expect(dialogue.pass(.seconds(5)).times(of: "announce 1 request") == [800])
    }

    @Test("5.7: another MAC on the link is announced at once")
    func newIdentity() {
        var dialogue = Dialogue.holder()
        var identity = Dialogue.b
        identity.mac = MACAddress(bits: 0x0200_0000_00B2)
        dialogue.on(.identityChanged(identity), "send announcement", "announce 1 both")
        #expect(dialogue.election.currentHolder?.reference.mac == identity.mac)
        identity.address = IPv4Address(192, 168, 1, 99)
        dialogue.on(.identityChanged(identity))
        #expect(dialogue.election.currentHolder?.reference.address == identity.address)
    }
}

@Suite("7 The kernel's lease")
struct LeaseTests {
    @Test("7: the addresses are renewed every L/3")
    func renewed() {
        var dialogue = Dialogue.holder()
        #expect(
            dialogue.pass(.seconds(10)).times(of: "install 3 s") == Array(stride(from: 1000, through: 10_000, by: 1000))
        )
    }

    @Test(
        "7: a renewal that would be due before the next sign of life is made with this one: a node wakes once for both",
        arguments: [Duration.milliseconds(70), .milliseconds(300), .seconds(1)])
    func renewedOnBeat(interval: Duration) {
        var settings = GroupSettings.usual
        settings.interval = interval
        var dialogue = Dialogue.claiming(settings)
        // The rhythms begin apart: the kernel takes a while to answer.
        dialogue.now = dialogue.now + .milliseconds(10)
        dialogue.kernelAnswers = true
        dialogue.tell(.addressesInstalled(refused: []))
        let said = dialogue.pass(.seconds(10))
        let renewals = said.times(of: "install 3 s")
        // The first may be due before the first sign of life.
        #expect(Set(renewals.dropFirst()).isSubset(of: said.times(of: "send announcement")))
        #expect(zip(renewals, renewals.dropFirst()).allSatisfy { $1 - $0 <= 1000 })
        #expect(renewals.count >= 10)
    }

    @Test("7: they are renewed only while sending works, so that a node nobody hears lets go within L")
    func notRenewedWhileMute() {
        var dialogue = Dialogue.holder()
        let said = mute(&dialogue, for: .seconds(4))
        #expect(!said.contains("install 3 s"))
        #expect(said.contains("holder b > -: leaseLapsed"))
        #expect(!dialogue.election.isHolder)
    }

    @Test("7: a renewal that was put off is made up for as soon as sending works again")
    func renewedOnceHeardAgain() {
        var dialogue = Dialogue.holder()
        dialogue.pass(.milliseconds(850))
        #expect(!mute(&dialogue, for: .milliseconds(200)).contains("install 3 s"))
        #expect(dialogue.pass(.milliseconds(100)).times(of: "install 3 s").count == 1)
    }

    @Test("7: nor does a removed address come back on a node that nobody hears")
    func notRestoredWhileMute() {
        var dialogue = Dialogue.holder()
        dialogue.tell(.sendFailed(errno: 100))
        dialogue.on(.addressesLost([Dialogue.vip]))
        #expect(dialogue.pass(.seconds(2)).directives.gists.contains("restored 1"))
    }

    @Test("7: at the longest interval too one frame that could not be sent does not cost the lease")
    func slowInterval() {
        var dialogue = Dialogue.holder(GroupSettings(name: "api", addresses: [Dialogue.vip], interval: .seconds(10)))
        dialogue.tell(.sendFailed(errno: 105))
        dialogue.pass(.seconds(20))
        #expect(dialogue.election.isHolder)
    }

    @Test("7: a holder whose lease has lapsed asserts nothing, releases, and listens before anything else")
    func lapsed() {
        for event in [
            Event.timeReached, .bareReply(from: Dialogue.stranger), .addressesLost([Dialogue.vip]), .stopRequested,
            .sendFailed(errno: 1), .identityChanged(Dialogue.b), .settingsChanged(.usual),
            .addressesRemoved(refused: []),
        ] {
            var dialogue = Dialogue.holder()
            dialogue.now = dialogue.now + .seconds(3)
            let said = dialogue.tell(event)
            #expect(said.allSatisfy { !$0.claims }, "\(event)")
            #expect(said.gists.contains("remove"), "\(event)")
        }
        var dialogue = Dialogue.holder()
        dialogue.now = dialogue.now + .seconds(3)
        dialogue.on(
            .timeReached, "holder b > -: leaseLapsed", "> releasing", "remove", "peer a lost", "peer c lost",
            "> listening"
        )
    }

    @Test("7: only the kernel's word that it has renewed lets a late holder go on")
    func renewedLate() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.pass(.milliseconds(2900))
        #expect(dialogue.election.isHolder)
        dialogue.now = dialogue.now + .milliseconds(200)
        // Asked for at 1 s: the lease stands until 4 s.
        dialogue.on(.addressesInstalled(refused: []))
        #expect(dialogue.election.isHolder)
        dialogue.now = dialogue.now + .milliseconds(900)
        #expect(dialogue.tell(.timeReached).gists.contains("holder b > -: leaseLapsed"))
    }

    @Test("7: an answer that is as late as the lease is long announces nothing, not even what was restored")
    func restoredTooLate() {
        var dialogue = Dialogue.holder()
        dialogue.kernelAnswers = false
        dialogue.tell(.addressesLost([Dialogue.vip]))
        dialogue.now = dialogue.now + .milliseconds(3100)
        #expect(dialogue.tell(.addressesInstalled(refused: [])).allSatisfy { !$0.claims })
        #expect(!dialogue.election.isHolder)
    }

    @Test("7: the lease that counts is the one that was asked for, though the settings have changed since")
    func leaseAskedFor() {
        let longer = GroupSettings(name: "api", addresses: [Dialogue.vip], leaseSeconds: 30)
        var dialogue = Dialogue.claiming()
        dialogue.tell(.settingsChanged(longer))
        dialogue.tell(.addressesInstalled(refused: []))
        #expect(dialogue.election.isHolder)
        dialogue.now = dialogue.now + .seconds(3)
        #expect(dialogue.tell(.timeReached).gists.contains("holder b > -: leaseLapsed"))

        var renewing = Dialogue.holder()
        renewing.kernelAnswers = false
        renewing.pass(.milliseconds(1000))
        renewing.tell(.settingsChanged(longer))
        renewing.tell(.addressesInstalled(refused: []))
        renewing.now = renewing.now + .seconds(3)
        #expect(renewing.tell(.timeReached).gists.contains("holder b > -: leaseLapsed"))
    }

    @Test("7: a shorter lease is asked for within a third of it")
    func shorterLease() {
        var dialogue = Dialogue.holder(GroupSettings(name: "api", addresses: [Dialogue.vip], leaseSeconds: 30))
        dialogue.tell(.settingsChanged(GroupSettings(name: "api", addresses: [Dialogue.vip], leaseSeconds: 3)))
        #expect(dialogue.pass(.milliseconds(1500)).times(of: "install 3 s") == [1000])
    }

    @Test("7: a renewal that the kernel refuses ends the holding: release, resign, and out")
    func renewalRefused() {
        var dialogue = Dialogue.holder()
        dialogue.on(
            .addressesInstalled(refused: [AddressRefusal(address: Dialogue.vip, errno: 1)]),
            "refused 192.168.1.210: errno 1", "holder b > -: addressRefused", "> releasing", "remove", "send resign",
            "send resign", "> ineligible", "send probe"
        )
    }

    /// Lets time pass while nothing can be sent.
    private func mute(_ dialogue: inout Dialogue, for duration: Duration) -> [String] {
        let end = dialogue.now + duration
        var said: [String] = []
        while let now = dialogue.takeTurn(until: end) {
            said += now.gists
            if now.contains(where: { $0.isSend || $0.claims }) { said += dialogue.tell(.sendFailed(errno: 100)).gists }
        }
        dialogue.now = end
        return said
    }
}
