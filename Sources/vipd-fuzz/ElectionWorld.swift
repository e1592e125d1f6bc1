// One election, performed as the daemon does it, on a kernel that leases addresses; and what must hold whatever comes:
// nothing is announced without the kernel's word, deadlines move on, frames are well-formed, tables are bounded.
// Deliberately not here: what comes (ElectionTarget.swift).
import VIPElection
import VIPWire

struct ElectionWorld {
    static let addresses = [IPv4Address(192, 168, 1, 210), IPv4Address(192, 168, 1, 211)]
    static let ownIdentity = NodeIdentity(
        id: 2, name: "n2", mac: MACAddress(bits: 0x0200_0000_0002), address: IPv4Address(192, 168, 1, 2), epoch: 4)
    /// The tables' bounds, docs/DESIGN.md.
    private static let mostPeers = 256
    private static let mostConflicts = 32
    /// More than any one event can call for: a word on each peer and each conflict, and some.
    private static let mostDirectives = 1024
    /// Answers that call for answers, after one event; and deadlines that are due at one instant.
    private static let mostRounds = 16

    private(set) var election: Election
    private(set) var now = Instant(nanoseconds: 5_000_000_000_000)
    var kernel = LeasingKernel(addresses: ElectionWorld.addresses)
    var canSend = true
    private(set) var isFinished = false
    /// Of the last frame with a trailer that this node has sent.
    private(set) var lastSequence: UInt64 = 0
    /// Of the next peer's frame: one count for all of them keeps each of them growing.
    private(set) var nextSequence: UInt64 = 1

    init(settings: GroupSettings, seed: UInt64) {
        election = Election(settings: settings, node: Self.ownIdentity, seed: seed)
    }

    mutating func start(hasLeftover: Bool, obstacles: Set<Obstacle>) {
        if hasLeftover {
            kernel.install(
                election.settings.addresses.indices, leaseSeconds: election.settings.leaseSeconds, at: now)
        }
        handle(.started(hasLeftover: hasLeftover, obstacles: obstacles))
        handle(.gatewaysChanged([IPv4Address(192, 168, 1, 1)]))
    }

    // What comes.

    mutating func receive(octets: [UInt8]) {
        guard let frame = try? Frame(octets) else { return }
        handle(.frameReceived(frame))
    }

    mutating func receive(_ frame: Frame) {
        nextSequence += 1
        receive(octets: frame.serialized())
    }

    /// A frame under a seal, of which a node with `verifier` must take every word.
    mutating func receive(_ frame: Frame, as octets: [UInt8], verifier: any FrameVerifier) {
        nextSequence += 1
        guard let read = try? Frame(octets, verifier: verifier), read == frame else { fail("refused: \(frame)") }
        handle(.frameReceived(read))
    }

    mutating func loseAddresses(_ which: Int) {
        let lost = Self.addresses.indices.filter { which & 1 << $0 != 0 }.map { Self.addresses[$0] }
        guard !lost.isEmpty else { return }
        for address in lost { kernel.lose(address) }
        handle(.addressesLost(lost))
    }

    mutating func changeIdentity(_ byte: UInt8) {
        var identity = election.node
        if byte & 1 != 0 { identity.mac = MACAddress(bits: 0x0200_0000_0100 | UInt64(byte)) }
        if byte & 2 != 0 { identity.address = byte & 4 != 0 ? .unspecified : IPv4Address(192, 168, 1, byte) }
        handle(.identityChanged(identity))
    }

    // Time.

    /// Lets time pass, and keeps every deadline on the way.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        // With as many deadlines in a row there is nothing new to be seen of them; the rest is one that is late.
        for _ in 0..<12 {
            guard !isFinished, let deadline = election.nextDeadline, deadline <= end else { break }
            passDeadline(late: .zero)
        }
        now = max(now, end)
        keepDeadlines()
    }

    /// Lets time pass until the next deadline and a bit, and tells the election.
    mutating func passDeadline(late: Duration) {
        guard let deadline = election.nextDeadline, deadline < Instant(nanoseconds: .max / 2) else { return }
        now = max(now, deadline + late)
        keepDeadlines()
    }

    /// Tells the election of every deadline that is due by now, and demands that there be an end of them. A kernel that
    /// takes its time for an answer lets more come due meanwhile: of that there need be no end.
    private mutating func keepDeadlines() {
        for _ in 0..<8 {
            let instant = now
            var rounds = 0
            while !isFinished, now == instant, let due = election.nextDeadline, due <= now {
                let state = election.currentState
                demand(rounds < Self.mostRounds, "the deadline stays at \(due), \(now - due) ago, in \(state)")
                rounds += 1
                handle(.timeReached)
            }
            if now == instant { return }
        }
    }

    /// Lets time pass without a turn of the loop.
    mutating func standStill(_ duration: Duration) { now = now + duration }

    /// A minute in peace at the end: no state may be one that its deadlines do not lead out of.
    mutating func rest() { pass(.seconds(60)) }

    // The daemon's part.

    /// Gives the election an event, performs what it directs, then gives it the answers, as the daemon does.
    mutating func handle(_ event: Event) {
        var pending = [event]
        var rounds = 0
        while !pending.isEmpty, !isFinished {
            demand(rounds < Self.mostRounds, "answers without an end to \(event)")
            rounds += 1
            let directives = election.handle(pending.removeFirst(), at: now)
            demand(directives.count <= Self.mostDirectives, "\(directives.count) directives for \(event)")
            for directive in directives {
                demand(!isFinished, "\(directive) comes after the end")
                if let answer = perform(directive) { pending.append(answer) }
            }
        }
        demand(election.peers.count <= Self.mostPeers, "\(election.peers.count) peers")
        demand(election.conflicts.count <= Self.mostConflicts, "\(election.conflicts.count) conflicts")
    }

    private mutating func perform(_ directive: Directive) -> Event? {
        switch directive {
        case .send(let frame):
            judge(frame)
            return sent([frame])
        case .announce(let addresses, let forms):
            demandWord(for: addresses, directive)
            return sent(election.announcements(of: addresses, forms: forms))
        case .ask(let requests):
            demandWord(for: requests.map(\.address), directive)
            return sent(election.frames(for: requests))
        case .probe(let addresses): return sent(election.probes(for: addresses))
        case .installAddresses(let places, let seconds):
            let refused = kernel.install(places, leaseSeconds: seconds, at: now)
            now = now + kernel.answersAfter
            return .addressesInstalled(refused: refused)
        case .removeAddresses: return .addressesRemoved(refused: kernel.remove())
        case .finish:
            isFinished = true
            return nil
        case .relay, .endRelay, .closeConnections, .report: return nil
        }
    }

    private func sent(_ frames: [Frame]) -> Event? {
        for frame in frames { demand((try? Frame(frame.serialized())) == frame, "lost: \(frame)") }
        return canSend || frames.isEmpty ? nil : .sendFailed(errno: 105)
    }

    /// A frame with a trailer, of this node.
    private mutating func judge(_ frame: Frame) {
        guard let trailer = frame.trailer else { fail("a frame to the nodes without a trailer: \(frame)") }
        demand(trailer.node == election.node.id && frame.source == election.node.mac, "another's frame: \(frame)")
        demand(trailer.sequence > lastSequence, "sequence \(trailer.sequence) after \(lastSequence)")
        lastSequence = trailer.sequence
        switch trailer.kind {
        case .announcement, .handover: demandWord(for: [frame.packet.senderProtocolAddress], .send(frame))
        case .probe, .resign: break
        }
    }

    /// Whoever says that it has an address must have the kernel's word for it, and its lease must stand.
    private func demandWord(for addresses: [IPv4Address], _ directive: Directive) {
        for address in addresses {
            demand(
                kernel.has(address, at: now),
                "\(directive) without the kernel's word for \(address), in \(election.currentState)")
        }
    }
}

/// A kernel that keeps addresses for as long as they are leased, and may refuse.
struct LeasingKernel {
    /// Bit by bit: which of the addresses it refuses.
    var refused = 0
    /// From a request to its answer.
    var answersAfter = Duration.zero
    private let addresses: [IPv4Address]
    private var leases: [IPv4Address: Instant] = [:]

    init(addresses: [IPv4Address]) { self.addresses = addresses }

    func has(_ address: IPv4Address, at now: Instant) -> Bool { leases[address].map { now < $0 } ?? false }

    /// Leases the addresses in these places; returns those that are refused.
    @discardableResult
    mutating func install(_ places: Range<Int>, leaseSeconds: Int, at now: Instant) -> [AddressRefusal] {
        let end = now + .seconds(leaseSeconds)
        for address in addresses[places] where !isRefused(address) { leases[address] = end }
        return refusals(among: addresses[places])
    }

    /// Removes the addresses; returns those that are refused, and stay.
    mutating func remove() -> [AddressRefusal] {
        for address in addresses where !isRefused(address) { leases[address] = nil }
        return refusals(among: addresses[...])
    }

    mutating func lose(_ address: IPv4Address) { leases[address] = nil }

    private func refusals(among addresses: ArraySlice<IPv4Address>) -> [AddressRefusal] {
        addresses.filter(isRefused).map { AddressRefusal(address: $0, errno: 1) }
    }

    private func isRefused(_ address: IPv4Address) -> Bool {
        addresses.firstIndex(of: address).map { refused & 1 << $0 != 0 } ?? false
    }
}
