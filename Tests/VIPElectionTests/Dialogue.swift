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
        if let next = election.nextDeadline, next <= now {
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

/// Another node's frames, with its sequence numbers.
struct Voice {
    var id: UInt64
    var name: String
    var mac: MACAddress
    var address: IPv4Address
    var priority: UInt8 = 100
    var epoch: UInt64 = 1
    var sequence: UInt64 = 0
    var term: UInt64 = 0
    var flags: Trailer.Flags = .eligible
    var settings = GroupSettings.usual

    mutating func frame(_ kind: Trailer.Kind, subject: UInt64 = 0, acknowledging: UInt64 = 0) -> Frame {
        sequence += 1
        let isClaim = kind == .announcement || kind == .handover
        let trailer = Trailer(
            kind: kind, flags: flags, group: settings.groupDigest, configuration: settings.configurationDigest,
            priority: priority, node: id, epoch: epoch, sequence: sequence, term: term,
            intervalMicroseconds: UInt32(settings.interval.milliseconds * 1000), subject: subject,
            acknowledgedSequence: acknowledging, address: address, name: name
        )
        let vip = settings.addresses[0]
        let packet = isClaim ? ARPPacket.announcement(of: vip, from: mac) : .probe(for: vip, from: mac)
        return Frame(destination: Frame.multicast, source: mac, packet: packet, trailer: trailer)
    }

    mutating func announces(term: UInt64? = nil) -> Event {
        self.term = term ?? self.term
        return .frameReceived(frame(.announcement))
    }

    mutating func probes(term: UInt64? = nil) -> Event {
        self.term = term ?? self.term
        return .frameReceived(frame(.probe))
    }

    /// `successor`: to whom it has handed over.
    mutating func resigns(to successor: UInt64 = 0) -> Event { .frameReceived(frame(.resign, subject: successor)) }

    /// Hands over to `successor`, which is to claim in `term`.
    mutating func names(_ successor: UInt64, term: UInt64, acknowledging: UInt64 = 0) -> Event {
        let own = self.term
        self.term = term
        defer { self.term = own }
        return .frameReceived(frame(.handover, subject: successor, acknowledging: acknowledging))
    }

    /// Acknowledges frame `sequence` of `node`: a vote in `term`, if that frame asked for one.
    mutating func acknowledges(_ sequence: UInt64, of node: UInt64 = Dialogue.b.id, term: UInt64? = nil) -> Event {
        self.term = term ?? self.term
        return .frameReceived(frame(.probe, subject: node, acknowledging: sequence))
    }

    /// Asks for votes in `term`.
    mutating func asksForVotes(term: UInt64) -> Event {
        self.term = term
        return .frameReceived(frame(.probe, subject: id))
    }
}

extension Event {
    /// A kernel's answer to a probe for `address`.
    static func bareReply(from mac: MACAddress, for address: IPv4Address = Dialogue.vip) -> Event {
        let packet = ARPPacket(
            operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: address,
            targetHardwareAddress: Dialogue.b.mac, targetProtocolAddress: .unspecified
        )
        return .frameReceived(Frame(destination: Dialogue.b.mac, source: mac, packet: packet))
    }

    /// A host's broadcast question for the VIP, as a client asks it.
    static func question(from host: IPv4Address, _ mac: MACAddress, for address: IPv4Address = Dialogue.vip) -> Event {
        let packet = ARPPacket(
            operation: .request, senderHardwareAddress: mac, senderProtocolAddress: host,
            targetHardwareAddress: .zero, targetProtocolAddress: address
        )
        return .frameReceived(Frame(destination: .broadcast, source: mac, packet: packet))
    }

    /// A host's answer to a directed request of this node for `address`.
    static func answer(from host: IPv4Address, _ mac: MACAddress, for address: IPv4Address = Dialogue.vip) -> Event {
        let packet = ARPPacket(
            operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: host,
            targetHardwareAddress: Dialogue.b.mac, targetProtocolAddress: address
        )
        return .frameReceived(Frame(destination: Dialogue.b.mac, source: mac, packet: packet))
    }

    /// Somebody's announcement without a trailer.
    static func bareAnnouncement(from mac: MACAddress, of address: IPv4Address = Dialogue.vip) -> Event {
        .frameReceived(Frame(destination: .broadcast, source: mac, packet: .announcement(of: address, from: mac)))
    }
}

extension Directive {
    /// The directive in a few words.
    var gist: String {
        switch self {
        case .send(let frame): "send \(frame.trailer.map { "\($0.kind)" } ?? "bare frame")"
        case .announce(let addresses, let forms):
            "announce \(addresses.count) \(forms == [.request, .reply] ? "both" : forms == .request ? "request" : "reply")"
        case .probe(let addresses): "probe \(addresses.count)"
        case .ask(let requests): "ask \(requests.count)"
        case .closeConnections: "close connections"
        case .relay(let predecessor): "relay to \(predecessor)"
        case .endRelay: "end relay"
        case .installAddresses(let leaseSeconds): "install \(leaseSeconds) s"
        case .removeAddresses: "remove"
        case .report(let report): report.gist
        case .finish: "finish"
        }
    }

    var isSend: Bool { if case .send = self { true } else { false } }
    /// The frame has the VIP for its sender: only a holder's may.
    var claims: Bool {
        switch self {
        case .send(let frame): frame.packet.senderProtocolAddress != .unspecified
        case .announce: true
        case .ask: true
        case .probe, .relay, .endRelay, .installAddresses, .closeConnections, .removeAddresses, .report, .finish: false
        }
    }
    var trailer: Trailer? { if case .send(let frame) = self { frame.trailer } else { nil } }
}

extension Report {
    var gist: String {
        switch self {
        case .stateChanged(_, let state, _): "> \(state)"
        case .holderChanged(let change):
            "holder \(change.from?.name ?? "-") > \(change.to?.name ?? "-"): \(change.reason)"
        case .peerAppeared(let peer): "peer \(peer.name) appeared"
        case .peerLost(let peer): "peer \(peer.name) lost"
        case .peerConfigurationDiffers(let peer): "peer \(peer.name) configured otherwise"
        case .peerGroupDiffers(let peer): "peer \(peer.name) in another group"
        case .duplicateNode(_, let name): "duplicate node \(name)"
        case .conflictBegan(let conflict): "conflict over \(conflict.address) began"
        case .conflictEnded(let conflict): "conflict over \(conflict.address) ended"
        case .addressesRestored(let addresses): "restored \(addresses.count)"
        case .confirmed(let host, _, _): "confirmed by \(host)"
        case .unconfirmed(let hosts): "unconfirmed by \(hosts.count)"
        case .handoverBegan(let successor): "hands over to \(successor.name)"
        case .handoverRefused(let refusal): "handover refused: \(refusal)"
        case .handoverFailed(let tried): "handover failed after \(tried.count)"
        case .tooManyMembers(let heard): "\(heard) members"
        case .addressRefused(let refusal): "refused \(refusal.address): errno \(refusal.errno)"
        }
    }
}

extension [Directive] {
    var gists: [String] { map(\.gist) }
}

extension [(after: Duration, directive: Directive)] {
    /// When something was said that fits, in milliseconds since the beginning.
    func times(of gist: String) -> [Int64] { filter { $0.directive.gist == gist }.map(\.after.milliseconds) }
    var directives: [Directive] { map(\.directive) }
}
