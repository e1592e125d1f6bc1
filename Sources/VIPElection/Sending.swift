// What a node says to the others: signs of life, and the trailer of every frame.
// Deliberately not here: when it says so, which is its state's business, and what it says to hosts (Holding, Confirmation).

public import VIPWire

extension Election {
    /// Sends this node's sign of life, and plans the next.
    mutating func sendSign(at now: Instant) {
        let last = sequence
        if case .holder(let holding) = phase {
            guard holding.handover?.letsGoAt == nil else { return nextSignAt = nil }
            let couldSend = !holding.sendingFails
            clearSendingFails()
            // What the kernel does not have is not announced; whether frames go through, a bare probe shows as well.
            guard !holding.restoring.contains(settings.addresses[0]) else {
                if !couldSend { emit(.probe(addresses: [settings.addresses[0]])) }
                return nextSignAt = now + settings.probeSpacing
            }
            send(.announcement)
            nextSignAt = nextTime(after: nextSignAt, spacing: settings.interval, at: now)
        } else {
            send(.probe)
            nextSignAt = now + (state == .candidate ? settings.longestCandidateSpacing : settings.candidateSpacing)
        }
        if settings.quorum != nil && sequence != last { ballot.noteSent(sequence, at: now) }
    }

    /// The holder that this candidate follows has announced: a sign of life that is due by the next announcement goes out
    /// now. So nodes say what they have to say when they are awake anyway, the holder that has just sent among them.
    mutating func speakOnBeat(at now: Instant) {
        guard settings.quorum == nil, let signAt = nextSignAt, signAt < now + settings.interval else { return }
        sendSign(at: now)
    }

    /// Whether the kernel has the address that the nodes speak of; it may be on its way back after somebody removed it.
    var standsFirst: Bool {
        guard case .holder(let holding) = phase else { return true }
        return !holding.restoring.contains(settings.addresses[0])
    }

    /// Sends one frame with a trailer to the other nodes. `given`: the term, if it is neither a holder's
    /// own nor the highest that was seen. What is not in the kernel is not claimed.
    mutating func send(_ kind: Trailer.Kind, term given: UInt64? = nil) {
        guard standsFirst else { return }
        sequence += 1
        let subject = subject(of: kind)
        let address = settings.addresses[0]
        let packet: ARPPacket
        // A claim is weighed by its own term, though its holder may have heard of a higher one.
        var term = given ?? highestTerm
        if given == nil, case .holder(let holding) = phase { term = holding.term }
        switch kind {
        case .announcement, .handover:
            packet = .announcement(of: address, from: node.mac)
            counters.announcementsSent += 1
        case .probe, .resign:
            packet = .probe(for: address, from: node.mac)
            counters.probesSent += 1
        }
        let echo = nextEcho()
        let trailer = Trailer(
            kind: kind,
            flags: echo.asks ? flags.union(.asks) : flags,
            group: groupDigest,
            configuration: configurationDigest,
            priority: settings.priority,
            node: node.id,
            epoch: node.epoch,
            sequence: sequence,
            term: term,
            intervalMicroseconds: UInt32(settings.interval.nanoseconds / 1000),
            subject: subject.node,
            acknowledgedSequence: subject.sequence,
            echoedNode: echo.node,
            echoedSequence: echo.sequence,
            address: node.address,
            name: node.name
        )
        let destination = settings.broadcast || asksEverybody ? MACAddress.broadcast : Frame.multicast
        emit(.send(Frame(destination: destination, source: node.mac, packet: packet, trailer: trailer)))
    }

    /// Whether a probe is to find out who has the address, as RFC 5227's do (2.1.1). A machine takes what goes to the nodes'
    /// group while a daemon lives on it: one whose daemon is dead, and a stranger, are only asked by broadcasts. Who has asked
    /// often enough, and waits for votes or for a time to pass, wakes nobody for that.
    private var asksEverybody: Bool {
        switch phase {
        case .probing(let probing):
            probing.candidacy == nil
                && probing.unanswered < Self.probes(beforeTurn: peerTable.turn(of: ownRank), isFree: false)
        case .occupied: true
        case .listening, .candidate, .claiming, .holder, .releasing, .ineligible: false
        }
    }

    /// The node that a frame of this kind is about, and the frame of that node that it acknowledges.
    private func subject(of kind: Trailer.Kind) -> (node: UInt64, sequence: UInt64) {
        switch kind {
        case .probe: return acknowledgement
        case .announcement, .resign: return (successor ?? 0, 0)
        case .handover: return (successor ?? 0, successor.flatMap { peerTable.peer(id: $0)?.sequence } ?? 0)
        }
    }

    /// The successor that everything names which a holder says while it hands over, and its resignation.
    private var successor: UInt64? {
        switch phase {
        case .holder(let holding): holding.handover?.successor.id
        case .releasing(let releasing): releasing.successor
        case .listening, .candidate, .probing, .occupied, .claiming, .ineligible: nil
        }
    }

    private var flags: Trailer.Flags {
        var flags: Trailer.Flags = settings.members == nil ? [] : .quorum
        if isLastResort { flags.insert(.lastResort) }
        switch obstacles.min() {
        case nil: flags.insert(.eligible)
        case .maintenance: flags.insert(.maintenance)
        case .unhealthy: flags.insert(.sick)
        case .stopping, .carrierLost, .addressRefused: break
        }
        return flags
    }

    /// The frames of ``Directive/announce(addresses:forms:)``: broadcast, without trailers.
    public func announcements(of addresses: [IPv4Address], forms: AnnouncementForms) -> [Frame] {
        var packets: [ARPPacket] = []
        if forms.contains(.request) { packets += addresses.map { .announcement(of: $0, from: node.mac) } }
        if forms.contains(.reply) { packets += addresses.map { .announcementReply(of: $0, from: node.mac) } }
        return packets.map { Frame(destination: .broadcast, source: node.mac, packet: $0) }
    }

    /// The frames of ``Directive/probe(addresses:)``: broadcast, without trailers.
    public func probes(for addresses: [IPv4Address]) -> [Frame] {
        addresses.map {
            Frame(destination: .broadcast, source: node.mac, packet: .probe(for: $0, from: node.mac))
        }
    }
}
