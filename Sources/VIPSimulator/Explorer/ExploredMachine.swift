// One machine as the explorer knows it: power, kernel, and the daemon with the election that ships. A value that can be
// compared, so that a situation that was seen before is known again.
// Deliberately not here: the segment and the other machines (Situation), and which event comes next (Choice).

import VIPElection
import VIPWire

/// A machine between two events.
struct ExploredMachine: Hashable, Sendable {
    let index: Int
    let settings: GroupSettings
    private(set) var isPowered = true
    /// The running daemon's election; nil while there is no daemon.
    private(set) var election: Election?
    /// Its services cannot serve, and its daemon knows.
    private(set) var isSick = false
    /// The daemon is stopped by a debugger or starved.
    private(set) var isHung = false
    /// Frames that have arrived for a hung daemon.
    private(set) var inbox: [Frame] = []
    private(set) var lease: Lease?
    /// What the daemon has asked its kernel for and has no answer to, in order.
    private(set) var operations: [KernelOperation] = []
    /// The machines that this one has named its successor since it last took the addresses, one bit each.
    private(set) var consented: UInt8 = 0
    private var starts: UInt64 = 0
    private var claims: ClaimChecker
    private var senders: SenderChecker

    /// The kernel ends a lease at any time between the two.
    struct Lease: Hashable, Sendable {
        var endsFrom: Instant
        var endsBy: Instant
    }

    /// A hung daemon's ring holds so many frames: few, for each is another situation.
    private static let inboxCapacity = 4

    init(index: Int, machines: Int, settings: GroupSettings) {
        self.index = index
        self.settings = settings
        claims = ClaimChecker(bounds: Bounds(settings), addresses: settings.addresses, nodes: machines)
        senders = SenderChecker(addresses: settings.addresses, nodes: machines)
    }

    static func mac(of index: Int) -> MACAddress { MACAddress(bits: 0x0200_0000_0001 + UInt64(index)) }
    static func id(of index: Int) -> UInt64 { UInt64(index + 1) }

    /// Its daemon reads and decides.
    var isAttentive: Bool { election != nil && !isHung }
    var isHolder: Bool { election?.isHolder ?? false }
    /// When it wants to be woken.
    var deadline: Instant? { isHung ? nil : election?.nextDeadline }

    /// Something that happens to one machine.
    enum Event: Hashable, Sendable {
        /// A frame arrives: the kernel answers it, the daemon reads it.
        case arrival(Frame)
        case timer
        /// The kernel does what it was asked for first, and says so.
        case operation
        case leaseEnd
        case daemonKilled, daemonStarted, daemonHung, daemonResumed
        case powerCut, booted
        /// SIGTERM, and an operator's wish that another machine holds.
        case daemonStopped, handoverRequested
        /// The daemon is told whether the machine's services can serve.
        case healthSet(Bool)

        /// Whether the daemon is another before and after, or has not read for a while.
        var beginsAnew: Bool {
            switch self {
            case .daemonKilled, .daemonStarted, .daemonHung, .daemonResumed, .powerCut, .booted: true
            case .arrival, .timer, .operation, .leaseEnd, .daemonStopped, .handoverRequested, .healthSet: false
            }
        }
    }

    /// What came of an event, beside the machine itself.
    struct Outcome: Sendable {
        var sent: [(frame: Frame, isKernel: Bool)] = []
        var facts: [Occurrence.Fact] = []
        var violation: Violation?
    }

    /// Lets an event happen at `now`.
    mutating func handle(_ event: Event, at now: Instant) -> Outcome {
        var outcome = Outcome()
        switch event {
        case .arrival(let frame): take(frame, at: now, &outcome)
        case .timer: reachDeadline(at: now, &outcome)
        case .operation: doOperation(at: now, &outcome)
        case .leaseEnd: endLease(at: now, &outcome)
        case .daemonKilled:
            note(.fault(.daemonKilled(index)), &outcome)
            endDaemon(at: now, &outcome)
        case .daemonStarted:
            note(.fault(.daemonStarted(index)), &outcome)
            startDaemon(at: now, &outcome)
        case .daemonHung:
            note(.fault(.daemonHung(index)), &outcome)
            isHung = true
        case .daemonResumed: resume(at: now, &outcome)
        case .powerCut:
            note(.fault(.powerCut(index)), &outcome)
            isPowered = false
            setLease(nil, .powerCut, &outcome)
            endDaemon(at: now, &outcome)
        case .booted:
            note(.fault(.booted(index, clockWentBack: false)), &outcome)
            isPowered = true
            startDaemon(at: now, &outcome)
        case .daemonStopped:
            note(.fault(.daemonStopped(index, isUrgent: false)), &outcome)
            feed(.stopRequested, at: now, &outcome)
        case .handoverRequested: feed(.handoverRequested(to: nil), at: now, &outcome)
        case .healthSet(let isHealthy):
            note(.fault(.healthSet(index, isHealthy)), &outcome)
            isSick = !isHealthy
            feed(.healthSet(isHealthy), at: now, &outcome)
        }
        judge(&outcome, at: now)
        return outcome
    }

    private func note(_ fact: Occurrence.Fact, _ outcome: inout Outcome) { outcome.facts.append(fact) }

    private mutating func judge(_ outcome: inout Outcome, at now: Instant) {
        for fact in outcome.facts {
            claims.observe(Occurrence(at: now, fact: fact))
            senders.observe(Occurrence(at: now, fact: fact))
        }
        outcome.violation = outcome.violation ?? claims.violations.first ?? senders.violations.first
    }
}

// The kernel.
extension ExploredMachine {
    private mutating func setLease(_ lease: Lease?, _ cause: Occurrence.Cause, _ outcome: inout Outcome) {
        let hadAddresses = self.lease != nil
        self.lease = lease
        if lease == nil { consented = 0 }
        guard hadAddresses != (lease != nil) else { return }
        note(.addressesChanged(index, held: lease == nil ? 0 : 1, cause), &outcome)
    }

    private mutating func take(_ frame: Frame, at now: Instant, _ outcome: inout Outcome) {
        if let answer = answer(to: frame) {
            note(.sent(answer, bytes: [], .kernel(index)), &outcome)
            outcome.sent.append((answer, isKernel: true))
        }
        guard election != nil else { return }
        if isHung {
            if inbox.count < Self.inboxCapacity { inbox.append(frame) }
        } else {
            note(.received(frame, by: index), &outcome)
            feed(.frameReceived(frame), at: now, &outcome)
        }
    }

    /// The kernel's answer: to every request for its address, a probe included (RFC 826), daemon or no daemon.
    private func answer(to frame: Frame) -> Frame? {
        guard lease != nil, frame.packet.operation == .request, !frame.packet.isAnnouncement,
            frame.packet.targetProtocolAddress == settings.addresses[0]
        else { return nil }
        let packet = ARPPacket(
            operation: .reply, senderHardwareAddress: Self.mac(of: index),
            senderProtocolAddress: settings.addresses[0],
            targetHardwareAddress: frame.packet.senderHardwareAddress,
            targetProtocolAddress: frame.packet.senderProtocolAddress)
        return Frame(destination: frame.source, source: Self.mac(of: index), packet: packet)
    }

    private mutating func complete(_ operation: KernelOperation, at now: Instant, _ outcome: inout Outcome) {
        switch operation {
        case .install(_, let seconds):
            let endsFrom = now + .seconds(seconds)
            setLease(Lease(endsFrom: endsFrom, endsBy: endsFrom + .seconds(1)), .asked, &outcome)
        case .remove: setLease(nil, .asked, &outcome)
        }
    }

    private mutating func doOperation(at now: Instant, _ outcome: inout Outcome) {
        let operation = operations.removeFirst()
        complete(operation, at: now, &outcome)
        switch operation {
        case .install:
            note(.installAnswered(index, refused: 0), &outcome)
            feed(.addressesInstalled(refused: []), at: now, &outcome)
        case .remove:
            note(.removalAnswered(index, refused: 0), &outcome)
            feed(.addressesRemoved(refused: []), at: now, &outcome)
        }
    }

    private mutating func endLease(at now: Instant, _ outcome: inout Outcome) {
        setLease(nil, .leaseEnded, &outcome)
        guard isAttentive, let state = election?.currentState, state == .holder || state == .listening else { return }
        feed(.addressesLost(settings.addresses), at: now, &outcome)
    }
}

// The daemon.
extension ExploredMachine {
    private mutating func startDaemon(at now: Instant, _ outcome: inout Outcome) {
        starts += 1
        let identity = NodeIdentity(
            id: Self.id(of: index), name: "node-\(index + 1)", mac: Self.mac(of: index),
            address: IPv4Address(192, 168, 1, UInt8(211 + index)), epoch: starts)
        election = Election(settings: settings, node: identity, seed: UInt64(index) << 32 + starts)
        let hasLeftover = lease != nil
        note(.daemonStarted(index, hasLeftover: hasLeftover), &outcome)
        feed(.started(hasLeftover: hasLeftover, obstacles: isSick ? [.unhealthy] : []), at: now, &outcome)
    }

    /// The daemon is gone. What it had asked its kernel for is done all the same: the system call had begun.
    private mutating func endDaemon(at now: Instant, _ outcome: inout Outcome) {
        if isPowered {
            for operation in operations { complete(operation, at: now, &outcome) }
        }
        operations = []
        election = nil
        isHung = false
        inbox = []
    }

    /// A daemon that could not read reads all that has arrived, and only then looks at its deadline.
    private mutating func resume(at now: Instant, _ outcome: inout Outcome) {
        note(.fault(.daemonResumed(index)), &outcome)
        isHung = false
        let frames = inbox
        inbox = []
        for frame in frames where election != nil {
            note(.received(frame, by: index), &outcome)
            feed(.frameReceived(frame), at: now, &outcome)
        }
        if let deadline, deadline <= now { feed(.timeReached, at: now, &outcome) }
    }

    private mutating func reachDeadline(at now: Instant, _ outcome: inout Outcome) {
        let before = election
        feed(.timeReached, at: now, &outcome)
        if election == before, let deadline, deadline <= now {
            note(.spun(index), &outcome)
            outcome.violation = Violation(property: .deadlinesMoveOn, at: now, detail: "node-\(index + 1) spins")
        }
    }

    /// Gives an event to the election and performs what it directs; what the kernel is asked for waits for its turn.
    private mutating func feed(_ event: VIPElection.Event, at now: Instant, _ outcome: inout Outcome) {
        let claim = election?.currentHolder
        let wasHolder = isHolder
        for directive in election?.handle(event, at: now) ?? [] {
            perform(directive, at: now, &outcome)
            guard wasHolder, case .report(.stateChanged(_, .releasing, .rivalStays(let name, let term))) = directive,
                case .frameReceived(let frame) = event, let claim
            else { continue }
            let rival = frame.trailer?.node ?? 0
            if (term, claim.reference.id) < (claim.term, rival) {
                outcome.violation = Violation(
                    property: .betterClaimStays, at: now,
                    detail: "node-\(index + 1) of term \(claim.term) gives way to \(name) of term \(term)")
            }
        }
    }

    private mutating func perform(_ directive: Directive, at now: Instant, _ outcome: inout Outcome) {
        switch directive {
        case .send(let frame):
            if let trailer = frame.trailer, trailer.kind == .handover { consented |= 1 << UInt8(trailer.subject - 1) }
            send([frame], &outcome)
        case .announce(let addresses, let forms):
            send(election?.announcements(of: addresses, forms: forms) ?? [], &outcome)
        case .probe(let addresses): send(election?.probes(for: addresses) ?? [], &outcome)
        case .ask(let requests): send(election?.frames(for: requests) ?? [], &outcome)
        case .closeConnections, .relay, .endRelay: break
        case .installAddresses(let places, let seconds):
            note(.installAsked(index), &outcome)
            operations.append(.install(places, leaseSeconds: seconds))
        case .removeAddresses:
            note(.removalAsked(index), &outcome)
            operations.append(.remove)
        case .report(let report): note(.reported(index, report), &outcome)
        case .finish:
            endDaemon(at: now, &outcome)
            note(.daemonFinished(index), &outcome)
        }
    }

    private func send(_ frames: [Frame], _ outcome: inout Outcome) {
        for frame in frames {
            note(.sent(frame, bytes: [], .daemon(index)), &outcome)
            outcome.sent.append((frame, isKernel: false))
        }
    }
}
