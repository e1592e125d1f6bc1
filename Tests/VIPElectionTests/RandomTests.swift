// Thousands of random histories on one election: whatever comes, in whatever order, some things never happen.
// Deliberately not here: several nodes (Segment). A history that shows a bug stays as a test of its own, by its seed.

import Testing
import VIPElection
import VIPWire

@Suite("Random histories")
struct RandomTests {
    @Test("whatever happens, nothing traps, spins, or is announced by a node that does not hold", arguments: 0..<10)
    func invariants(_ part: Int) {
        for seed in UInt64(part) * 50..<UInt64(part + 1) * 50 {
            var history = History(seed: seed)
            for step in 0..<400 {
                history.takeStep()
                if let fault = history.fault {
                    Issue.record("seed \(seed), step \(step): \(fault)")
                    return
                }
            }
        }
    }

    @Test("the same seed gives the same history")
    func sameSeed() {
        func run() -> [String] {
            var history = History(seed: 7)
            for _ in 0..<400 { history.takeStep() }
            return history.said
        }
        #expect(run() == run())
        #expect(run().contains("> holder"))
    }
}

/// One election, with a kernel that keeps the caller's contract and a world that keeps none.
private struct History {
    private var random: RandomSource
    private var election: Election
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var state = State.listening
    private var answers: [Event] = []
    /// When the kernel ends the lease; nil while it has no addresses.
    private var leaseUntil: Instant?
    private var hasConfirmed = false
    private var hasCarrier = true
    private var finishes = 0
    /// Of the election's latest frame.
    private var lastSequence: UInt64 = 0
    private var voices: [Voice]
    private(set) var said: [String] = []
    private(set) var fault: String?

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
        let dialogue = Dialogue()
        voices = [dialogue.a, dialogue.c, dialogue.c, dialogue.c]
        voices[2].id = 40
        voices[2].priority = 254
        // A clone of the node itself.
        voices[3].id = Dialogue.b.id
        election = Election(settings: .two, node: Dialogue.b, seed: seed)
        for index in voices.indices { voices[index].settings = .two }
        hasCarrier = !chance(10)
        let hasLeftover = chance(3)
        leaseUntil = hasLeftover ? now + .seconds(2) : nil
        give(.started(hasLeftover: hasLeftover, obstacles: hasCarrier ? [] : [.carrierLost]))
    }

    private mutating func chance(_ oneIn: UInt64) -> Bool { random.next() % oneIn == 0 }

    mutating func takeStep() {
        if chance(3) { now = now + random.duration(in: .zero...(chance(20) ? .seconds(5) : .milliseconds(150))) }
        if let leaseUntil, leaseUntil <= now {
            self.leaseUntil = nil
            if chance(2) { give(.addressesLost(GroupSettings.two.addresses)) }
        }
        // The kernel is mostly quick.
        if !answers.isEmpty && !chance(4) { return give(answers.removeFirst()) }
        if let deadline = election.nextDeadline, chance(2) {
            now = max(now, chance(8) ? now : deadline)
            give(.timeReached)
            if let next = election.nextDeadline, next <= now { fault = "spins: \(election.currentState)" }
            return
        }
        give(event())
    }

    private mutating func event() -> Event {
        switch random.next() % 46 {
        case 0:
            hasCarrier = false
            return .carrierLost
        case 1...3:
            hasCarrier = true
            return .carrierReturned
        case 4: return .maintenanceSet(true)
        case 5...7: return .maintenanceSet(false)
        case 8: return chance(20) ? (chance(2) ? .stopRequested : .stopDemanded) : .healthSet(!chance(3))
        case 9: return .sendFailed(errno: 105)
        case 10: return .addressesLost([Dialogue.second])
        case 11:
            var settings = GroupSettings.two
            settings.leaseSeconds = Int(random.next() % 29) + 2
            settings.interval = .milliseconds(Int64(10 + random.next() % 200))
            settings.priority = UInt8(1 + random.next() % 254)
            settings.members = chance(2) ? nil : 2 + Int(random.next() % 3)
            settings.preempt = chance(2)
            settings.holdsWhenAllUnhealthy = chance(2)
            return .settingsChanged(settings)
        case 12:
            var identity = Dialogue.b
            identity.mac = MACAddress(bits: 0x0200_0000_00B0 + random.next() % 2)
            return .identityChanged(identity)
        case 13: return .handoverRequested(to: chance(2) ? nil : voices[Int(random.next() % 4)].id)
        case 14...18:
            let macs = [Dialogue.stranger, Dialogue.b.mac] + voices.map(\.mac)
            let address = chance(2) ? Dialogue.vip : Dialogue.second
            let mac = macs[Int(random.next() % UInt64(macs.count))]
            return chance(2) ? .bareReply(from: mac, for: address) : .bareAnnouncement(from: mac, of: address)
        case 19: return .healthSet(chance(3))
        case 20: return .healthSet(true)
        case 21...23: return .handoverRequested(to: chance(2) ? nil : voices[Int(random.next() % 4)].id)
        case 24: return chance(20) ? .stopDemanded : .gatewaysChanged([IPv4Address(192, 168, 1, 1)])
        case 25: return .question(from: IPv4Address(192, 168, 1, 77), Dialogue.stranger)
        default: return frame()
        }
    }

    private mutating func frame() -> Event {
        let index = Int(random.next() % UInt64(voices.count))
        if chance(20) { voices[index].epoch = random.next() % 3 }
        if chance(20) { voices[index].sequence = random.next() % 10 }
        if chance(10) { voices[index].flags = chance(2) ? [] : [.eligible, .quorum] }
        if chance(4) { voices[index].term = chance(50) ? .max : random.next() % 20 }
        if chance(30) { voices[index].settings = chance(2) ? .usual : .two }
        let kind = Trailer.Kind.allCases[Int(random.next() % 4)]
        let subjects = [0, Dialogue.b.id, voices[index].id] + voices.map(\.id)
        let subject = subjects[Int(random.next() % UInt64(subjects.count))]
        // What it acknowledges is mostly one of the election's latest frames.
        let acknowledged = lastSequence - min(lastSequence, random.next() % 4)
        return .frameReceived(voices[index].frame(kind, subject: subject, acknowledging: acknowledged))
    }

    private mutating func give(_ event: Event) {
        if case .addressesInstalled(let refused) = event { hasConfirmed = refused.isEmpty }
        for directive in election.handle(event, at: now) {
            said.append(directive.gist)
            perform(directive)
        }
        if state != election.currentState { fault = "a change of state that was not told" }
        // It may not stay, but leaves only when another has taken over; or keeps what nobody else could serve either.
        let mayStay =
            election.currentObstacles.allSatisfy { $0 == .unhealthy } || state == .handingOver
            || election.overlapsPredecessor
        if election.isHolder && !mayStay { fault = "holds, and may not" }
    }

    private mutating func perform(_ directive: Directive) {
        if finishes > 0, !isReport(directive) { fault = "\(directive.gist) after finish" }
        if let trailer = directive.trailer { lastSequence = trailer.sequence }
        if directive.claims {
            if state != .holder && state != .handingOver { fault = "\(directive.gist) in \(state)" }
            if !hasConfirmed { fault = "\(directive.gist) before the kernel has confirmed" }
            if leaseUntil.map({ $0 <= now }) ?? true { fault = "\(directive.gist) without a lease" }
        }
        if directive.isSend, !hasCarrier { fault = "\(directive.gist) without a carrier" }
        switch directive {
        case .installAddresses(_, let leaseSeconds):
            let renews = state == .holder || state == .handingOver
            if !election.isEligible && !election.isLastResort && !renews {
                fault = "asks for the addresses, and may not"
            }
            let isRefused = chance(30)
            if !isRefused { leaseUntil = now + .seconds(leaseSeconds) }
            let refusal = AddressRefusal(address: Dialogue.vip, errno: 1)
            answers.append(.addressesInstalled(refused: isRefused ? [refusal] : []))
        case .removeAddresses:
            leaseUntil = nil
            answers.append(.addressesRemoved(refused: []))
        case .finish: finishes += 1
        case .report(.stateChanged(let from, let to, _)):
            if from != state { fault = "left \(from), but was in \(state)" }
            state = to
            if to == .claiming { hasConfirmed = false }
        case .send, .announce, .ask, .closeConnections, .relay, .endRelay, .probe, .report: break
        }
    }

    private func isReport(_ directive: Directive) -> Bool { if case .report = directive { true } else { false } }
}
