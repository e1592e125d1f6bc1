// A few nodes on one Ethernet segment in virtual time: real elections, real bytes, kernels that lease addresses and
// answer probes. Deliberately not here: loss, reordering, clocks apart; a world for those is the simulator's business.

import Testing
import VIPElection
import VIPWire

/// The segment, its machines, and what a client of the VIP would notice.
struct Segment {
    /// One machine; a machine without an election runs no vipd, or no longer does.
    struct Machine {
        var identity: NodeIdentity
        var settings: GroupSettings
        var election: Election?
        var isHung = false
        var isPowered = true
        var hasCarrier = true
        /// Machines of one side hear each other.
        var side = 0
        /// When the kernel removes the VIP; nil while it does not have it.
        var leaseUntil: Instant?
        /// What has arrived and was not read yet.
        var inbox: [Event] = []
        var isFinished = false
        /// errno with which the kernel refuses the VIP.
        var refuses: Int32?

        var isReachable: Bool { isPowered && hasCarrier }
    }

    static let latency: Duration = .microseconds(100)
    /// The kernel's timers end a lease so much later (DESIGN.md, section 7).
    static let grain: Duration = .milliseconds(30)

    private(set) var machines: [Machine] = []
    private(set) var now = Instant(nanoseconds: 5_000_000_000_000)
    private var wire: [(at: Instant, to: Int, bytes: [UInt8])] = []
    /// All that was said with a trailer, for whoever listens in; nil: nobody does.
    var recording: [[UInt8]]?
    /// Draws what nobody can guess.
    private var secrets = RandomSource(seed: 99)
    /// Changes of state and of holder, in words, with the milliseconds since the last ``mark()``.
    private(set) var story: [(atMs: Int64, text: String)] = []
    /// For how long two kernels of one side have had the VIP, and for how long none of side 0, since the last mark.
    private(set) var doubled: Duration = .zero
    /// For how long two kernels anywhere have had it.
    private(set) var doubledAnywhere: Duration = .zero
    /// Decides, if set, which frames of vipd are lost; the numbers are the sender's and the receiver's.
    var loses: (@Sendable (Trailer, Int, Int) -> Bool)?
    private(set) var vacant: Duration = .zero
    private(set) var faults: [String] = []
    private var markedAt = Instant(nanoseconds: 5_000_000_000_000)

    /// Machines `n0`, `n1`… in the order of their rank, started at once.
    init(_ count: Int, settings: GroupSettings = .usual) {
        self.init((0..<count).map { _ in settings })
    }

    init(_ settings: [GroupSettings]) {
        let count = settings.count
        for number in 0..<count { add(settings: settings[number], number: number) }
        for number in 0..<count { start(number) }
    }

    private mutating func add(settings: GroupSettings, number: Int) {
        let identity = NodeIdentity(
            id: UInt64(number + 1), name: "n\(number)", mac: MACAddress(bits: 0x0200_0000_0100 + UInt64(number)),
            address: IPv4Address(192, 168, 1, UInt8(211 + number)), epoch: 0
        )
        machines.append(Machine(identity: identity, settings: settings))
    }

    /// The machines whose kernels have the VIP and can be reached on `side`.
    func owners(side: Int = 0) -> [Int] {
        machines.indices.filter {
            machines[$0].isReachable && machines[$0].side == side && machines[$0].leaseUntil != nil
        }
    }

    /// The nodes that hold, as they see it themselves.
    var holders: [Int] { machines.indices.filter { machines[$0].isPowered && machines[$0].election?.isHolder == true } }

    mutating func mark() {
        (markedAt, story, doubled, doubledAnywhere, vacant) = (now, [], .zero, .zero, .zero)
    }

    /// When something was first told, in milliseconds since the mark.
    func time(of text: String) -> Int64? { story.first { $0.text == text }?.atMs }
}

// What befalls machines.
extension Segment {
    /// - Parameter epoch: where the machine's clock stands now; nil: later than at every start before
    mutating func start(_ number: Int, epoch: UInt64? = nil) {
        machines[number].identity.epoch = epoch ?? machines[number].identity.epoch + 1
        machines[number].isFinished = false
        let machine = machines[number]
        let isSigned = machine.settings.authentication != .unauthenticated
        var election = Election(
            settings: machine.settings, node: machine.identity, seed: machine.identity.id,
            firstSequence: isSigned ? secrets.next() >> 2 : 0)
        let obstacles: Set<Obstacle> = machine.hasCarrier ? [] : [.carrierLost]
        let directives = election.handle(
            .started(hasLeftover: machine.leaseUntil != nil, obstacles: obstacles), at: now)
        machines[number].election = election
        machines[number].isPowered = true
        perform(directives, on: number)
    }

    mutating func cutPower(_ number: Int) {
        kill(number)
        machines[number].isPowered = false
        machines[number].leaseUntil = nil
    }

    mutating func kill(_ number: Int) {
        machines[number].election = nil
        machines[number].isHung = false
        machines[number].inbox = []
    }

    mutating func hang(_ number: Int) { machines[number].isHung = true }

    /// Reads what has arrived, then does what is due.
    mutating func resume(_ number: Int) {
        machines[number].isHung = false
        while !machines[number].inbox.isEmpty { give(machines[number].inbox.removeFirst(), to: number) }
        give(.timeReached, to: number)
    }

    mutating func unplug(_ number: Int) {
        machines[number].hasCarrier = false
        give(.carrierLost, to: number)
    }

    mutating func plug(_ number: Int) {
        machines[number].hasCarrier = true
        give(.carrierReturned, to: number)
    }

    mutating func refuse(_ number: Int, errno: Int32) { machines[number].refuses = errno }

    mutating func partition(_ numbers: Int...) { for number in numbers { machines[number].side = 1 } }

    mutating func heal() { for number in machines.indices { machines[number].side = 0 } }

    mutating func removeAddress(from number: Int) {
        machines[number].leaseUntil = nil
        give(.addressesLost([Dialogue.vip]), to: number)
    }

    /// A machine without vipd takes the VIP for its own, and says so.
    mutating func addForeignHost() -> Int {
        let number = machines.count
        add(settings: .usual, number: number)
        machines[number].leaseUntil = now + .seconds(1_000_000)
        put(
            Frame(
                destination: .broadcast, source: machines[number].identity.mac,
                packet: .announcement(of: Dialogue.vip, from: machines[number].identity.mac)), from: number)
        return number
    }

    /// Gives a daemon an event, or leaves it for later.
    mutating func give(_ event: Event, to number: Int) {
        guard machines[number].isPowered, machines[number].election != nil else { return }
        guard !machines[number].isHung else { return machines[number].inbox.append(event) }
        guard let directives = machines[number].election?.handle(event, at: now) else { return }
        perform(directives, on: number)
    }
}

// How time passes.
extension Segment {
    mutating func run(_ duration: Duration) {
        let end = now + duration
        while faults.isEmpty, let next = nextInstant, next <= end {
            advance(to: next)
            takeStep()
        }
        advance(to: end)
    }

    private var nextInstant: Instant? {
        let deadlines = machines.compactMap { $0.isHung ? nil : $0.election?.nextDeadline }
        return (deadlines + machines.compactMap(\.leaseUntil) + [wire.first?.at].compactMap(\.self)).min()
    }

    private mutating func advance(to instant: Instant) {
        let passed = max(.zero, instant - now)
        if Set(machines.map(\.side)).contains(where: { owners(side: $0).count > 1 }) { doubled += passed }
        if machines.count(where: { $0.isPowered && $0.leaseUntil != nil }) > 1 { doubledAnywhere += passed }
        if owners().isEmpty { vacant += passed }
        now = max(now, instant)
    }

    /// Everything that is due: frames first, then kernels, then deadlines.
    private mutating func takeStep() {
        while let first = wire.first, first.at <= now {
            wire.removeFirst()
            receive(first.bytes, on: first.to)
        }
        for number in machines.indices {
            if let leaseUntil = machines[number].leaseUntil, leaseUntil <= now {
                machines[number].leaseUntil = nil
                give(.addressesLost([Dialogue.vip]), to: number)
            }
            guard !machines[number].isHung, let deadline = machines[number].election?.nextDeadline else { continue }
            guard deadline <= now else { continue }
            give(.timeReached, to: number)
            if let next = machines[number].election?.nextDeadline, next <= now { faults.append("n\(number) spins") }
        }
    }

    private mutating func receive(_ bytes: [UInt8], on number: Int) {
        guard machines[number].isReachable else { return }
        let frame: Frame
        do { frame = try Frame(parsing: bytes.span.bytes) } catch { return faults.append("refused: \(error)") }
        let packet = frame.packet
        // The kernel answers probes and requests, but not announcements of its own address (DESIGN.md, section 9).
        // A card takes what goes to a group for as long as a socket has joined it, which a dead daemon's has not.
        let isTaken = frame.destination != Frame.multicast || machines[number].election != nil
        if isTaken, machines[number].leaseUntil != nil, packet.operation == .request,
            packet.targetProtocolAddress == Dialogue.vip,
            !packet.isAnnouncement
        {
            let mac = machines[number].identity.mac
            let answer = ARPPacket(
                operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: Dialogue.vip,
                targetHardwareAddress: packet.senderHardwareAddress, targetProtocolAddress: packet.senderProtocolAddress
            )
            put(Frame(destination: frame.source, source: mac, packet: answer), from: number)
        }
        give(.frameReceived(frame), to: number)
    }

    /// Somebody sends what was recorded, to all machines of `side`.
    mutating func replay(_ bytes: [UInt8], side: Int = 0) {
        for number in machines.indices where machines[number].side == side {
            wire.append((now + Self.latency, number, bytes))
        }
    }

    private mutating func put(_ frame: Frame, from number: Int) {
        // Who has not read yet that it is gone cannot know.
        let knows = !machines[number].inbox.contains(.addressesLost([Dialogue.vip]))
        if frame.packet.senderProtocolAddress == Dialogue.vip, machines[number].leaseUntil == nil, knows {
            faults.append("n\(number) says that it has the VIP, and its kernel has not")
        }
        guard machines[number].isReachable else { return }
        let bytes = frame.serialized()
        if frame.trailer != nil { recording?.append(bytes) }
        for other in machines.indices where other != number && machines[other].side == machines[number].side {
            guard frame.destination.isGroup || frame.destination == machines[other].identity.mac else { continue }
            if let trailer = frame.trailer, loses?(trailer, number, other) ?? false { continue }
            wire.append((now + Self.latency, other, bytes))
        }
    }

    private mutating func perform(_ directives: [Directive], on number: Int) {
        var answers: [Event] = []
        for directive in directives {
            guard let election = machines[number].election else { return }
            switch directive {
            case .send(let frame): put(frame, from: number)
            case .announce(let addresses, let forms):
                for frame in election.announcements(of: addresses, forms: forms) { put(frame, from: number) }
            case .ask(let requests): for frame in election.frames(for: requests) { put(frame, from: number) }
            case .closeConnections, .relay, .endRelay: break
            case .probe(let addresses): for frame in election.probes(for: addresses) { put(frame, from: number) }
            case .installAddresses(_, let leaseSeconds):
                if let errno = machines[number].refuses {
                    answers.append(.addressesInstalled(refused: [AddressRefusal(address: Dialogue.vip, errno: errno)]))
                } else {
                    machines[number].leaseUntil = now + .seconds(leaseSeconds) + Self.grain
                    answers.append(.addressesInstalled(refused: []))
                }
            case .removeAddresses:
                machines[number].leaseUntil = nil
                answers.append(.addressesRemoved(refused: []))
            case .report(let report): story.append(((now - markedAt).milliseconds, "n\(number) \(report.gist)"))
            case .finish: machines[number].isFinished = true
            }
        }
        for answer in answers { give(answer, to: number) }
        if machines[number].isFinished { machines[number].election = nil }
    }
}
