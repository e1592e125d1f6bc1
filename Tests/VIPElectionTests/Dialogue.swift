// One election in virtual time, spoken to in events and heard in directives: the way in which these tests are written.
// Deliberately not here: other nodes' elections (Segment); their frames are made up by `Voice`.

import Testing
import VIPElection
import VIPWire

/// An election, the time, and a kernel that answers.
struct Dialogue {
    static let vip = IPv4Address(192, 168, 1, 210)
    static let second = IPv4Address(192, 168, 1, 209)
    /// Rank: `a` before `b` (the election spoken to) before `c`; the names of DESIGN.md's controllers, shortened.
    static let b = NodeIdentity(
        id: 20, name: "b", mac: MACAddress(bits: 0x0200_0000_000B), address: IPv4Address(192, 168, 1, 212), epoch: 1
    )

    var election: Election
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// False: the test gives the kernel's answers itself.
    var kernelAnswers = true
    /// errno with which the kernel refuses every address.
    var kernelRefuses: Int32?
    var a = Voice(id: 10, name: "a", mac: MACAddress(bits: 0x0200_0000_000A), address: IPv4Address(192, 168, 1, 211))
    var c = Voice(id: 30, name: "c", mac: MACAddress(bits: 0x0200_0000_000C), address: IPv4Address(192, 168, 1, 213))
    /// A machine that runs no vipd.
    static let stranger = MACAddress(bits: 0x0200_0000_00FF)

    init(_ settings: GroupSettings = .usual, seed: UInt64 = 1) {
        election = Election(settings: settings, node: Self.b, seed: seed)
    }

    /// Gives the election an event; the kernel's answers follow. Returns all that was said, in order.
    @discardableResult
    mutating func tell(_ event: Event) -> [Directive] {
        let directives = election.handle(event, at: now)
        var said = directives
        // Whoever is named successor takes over at the end of the turn, when all that had arrived is read.
        if case .frameReceived(let frame) = event, frame.trailer?.kind == .handover { said += tell(.timeReached) }
        guard kernelAnswers else { return said }
        let refused = kernelRefuses.map { [AddressRefusal(address: Self.vip, errno: $0)] } ?? []
        for directive in directives {
            switch directive {
            case .installAddresses: said += tell(.addressesInstalled(refused: refused))
            case .removeAddresses: said += tell(.addressesRemoved(refused: []))
            case .send, .announce, .probe, .ask, .closeConnections, .relay, .endRelay, .report, .finish: break
            }
        }
        return said
    }

    /// Gives the election an event and expects these words and no others, in order (``Directive/gist``).
    mutating func on(_ event: Event, _ expected: String..., at location: SourceLocation = #_sourceLocation) {
        #expect(tell(event).map(\.gist) == expected, sourceLocation: location)
    }

    /// Waits for the next deadline, which must be `duration` away, and expects these words.
    mutating func after(_ duration: Duration, _ expected: String..., at location: SourceLocation = #_sourceLocation) {
        guard let deadline = election.nextDeadline else {
            Issue.record("nothing is due", sourceLocation: location)
            return
        }
        #expect(deadline - now == duration, sourceLocation: location)
        now = deadline
        #expect(tell(.timeReached).map(\.gist) == expected, sourceLocation: location)
    }

    /// Goes on to the next deadline before `end`; nil if there is none, or if one is due again at once.
    mutating func takeTurn(until end: Instant) -> [Directive]? {
        guard let deadline = election.nextDeadline, deadline <= end else { return nil }
        now = max(now, deadline)
        let said = tell(.timeReached)
        // Work of many addresses goes on at once, and says so.
        if let next = election.nextDeadline, next <= now, said.isEmpty {
            Issue.record("it spins in \(election.currentState)")
            return nil
        }
        return said
    }

    /// Lets time pass and everything that falls due happen. Returns what was said, with the time since the beginning.
    @discardableResult
    mutating func pass(_ duration: Duration) -> [(after: Duration, directive: Directive)] {
        let beginning = now
        let end = now + duration
        var said: [(after: Duration, directive: Directive)] = []
        while let directives = takeTurn(until: end) { said += directives.map { (now - beginning, $0) } }
        now = end
        return said
    }

    /// Lets time pass while `holder` announces in every interval, as a living holder does.
    @discardableResult
    mutating func pass(
        _ duration: Duration, hearing holder: WritableKeyPath<Dialogue, Voice>
    ) -> [(after: Duration, directive: Directive)] {
        let beginning = now
        var said: [(after: Duration, directive: Directive)] = []
        while now - beginning < duration {
            said += tell(self[keyPath: holder].announces()).map { (now - beginning, $0) }
            let offset = now - beginning
            said += pass(election.settings.interval).map { (offset + $0.after, $0.directive) }
        }
        return said
    }
}

// Where a test begins.
extension Dialogue {
    static func started(_ settings: GroupSettings = .usual, leftover: Bool = false, seed: UInt64 = 1) -> Dialogue {
        var dialogue = Dialogue(settings, seed: seed)
        dialogue.tell(.started(hasLeftover: leftover, obstacles: []))
        return dialogue
    }

    /// Follows `a`, which holds in term 5; `c` is another candidate.
    static func candidate(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = started(settings)
        dialogue.a.settings = settings
        dialogue.c.settings = settings
        dialogue.tell(dialogue.a.announces(term: 5))
        dialogue.tell(dialogue.c.probes())
        return dialogue
    }

    /// `a` has just gone silent.
    static func probing(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = candidate(settings)
        dialogue.pass(settings.suspectAfter)
        return dialogue
    }

    /// `a`'s kernel has just answered.
    static func occupied(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = probing(settings)
        dialogue.tell(.bareReply(from: dialogue.a.mac))
        return dialogue
    }

    /// `a` is gone, the kernel has been asked and has not answered.
    static func claiming(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = probing(settings)
        dialogue.kernelAnswers = false
        dialogue.pass(settings.interval / 5 * 3)
        return dialogue
    }

    /// Took over from `a` just now, in term 6.
    static func holder(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = claiming(settings)
        dialogue.kernelAnswers = true
        dialogue.tell(.addressesInstalled(refused: []))
        return dialogue
    }

    /// `a` has come back with a better claim, and the kernel has not yet answered.
    static func releasing(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = holder(settings)
        dialogue.kernelAnswers = false
        dialogue.tell(dialogue.a.announces(term: 7))
        return dialogue
    }

    /// In maintenance; `a` holds.
    static func ineligible(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = candidate(settings)
        dialogue.tell(.maintenanceSet(true))
        return dialogue
    }

    /// Holds, and knows of nobody who could follow.
    static func alone(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = started(settings)
        dialogue.a.settings = settings
        dialogue.c.settings = settings
        dialogue.pass(.milliseconds(300))
        return dialogue
    }

    /// Holds, and has named `a` its successor.
    static func handingOver(_ settings: GroupSettings = .usual) -> Dialogue {
        var dialogue = holder(settings)
        dialogue.tell(dialogue.a.probes())
        dialogue.tell(.handoverRequested(to: nil))
        return dialogue
    }

    static func at(_ state: State) -> Dialogue {
        switch state {
        case .listening: started()
        case .candidate: candidate()
        case .probing: probing()
        case .occupied: occupied()
        case .claiming: claiming()
        case .holder: holder()
        case .handingOver: handingOver()
        case .releasing: releasing()
        case .ineligible: ineligible()
        }
    }
}

extension GroupSettings {
    static let usual = GroupSettings(name: "api", addresses: [Dialogue.vip])
    static let two = GroupSettings(name: "api", addresses: [Dialogue.vip, Dialogue.second])
}
