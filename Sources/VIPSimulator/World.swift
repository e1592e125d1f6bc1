// The world: machines on one segment in virtual time, and the one loop that makes things happen in a total order.
// Deliberately not here: faults (World+Faults), daemons (World+Daemon), kernels (World+Kernel), frames (World+Frames).

public import VIPElection
import VIPWire

/// Is told of everything that happens in a world, in order.
public protocol Watcher {
    mutating func observe(_ occurrence: Occurrence)
}

/// What a world is made of at its beginning.
public struct MachinePlan: Hashable, Sendable {
    public var settings: GroupSettings
    /// How much faster than the world's time the machine's clock runs, in parts per million.
    public var clockRate: Int64

    public init(settings: GroupSettings, clockRate: Int64 = 0) {
        self.settings = settings
        self.clockRate = clockRate
    }
}

/// Machines with vipd on one Ethernet segment.
///
/// All machines are off at first: ``schedule(_:at:)`` boots them and starts their daemons. The same plans, seed and
/// faults make the same run on every machine: time is whole nanoseconds, and everything happens in one total order.
public struct World<Observer: Watcher> {
    /// The world's time.
    public private(set) var now = Instant(nanoseconds: 0)
    public internal(set) var machines: [Machine] = []
    public var observer: Observer
    public internal(set) var isHealed = false

    var network: Network
    var foreignHost: ForeignHost?
    var random: RandomSource
    var queue = EventQueue<Happening>()
    /// The last that was told of reach and attention, to tell of changes only.
    var toldReach: [Bool]
    var toldAttention: [Bool]
    var toldAction: [Bool]
    var toldDelays: (frame: Duration, kernel: Duration) = (.zero, .zero)

    /// Something planned. `generation`: of the daemon that it is meant for.
    enum Happening: Sendable {
        indirect case fault(Fault)
        indirect case trouble(Trouble)
        /// Dropped once everything is repaired.
        indirect case repair(Fault)
        case frameArrives(to: Int, Carried)
        case operationDone(machine: Int, generation: Int)
        case operationAnswered(machine: Int, generation: Int, answer: KernelAnswer)
        case linkNoticed(machine: Int, generation: Int)
        case foreignHostRepeats
    }

    /// - Parameters:
    ///   - plans: 1 to 256 machines, all of one group; those beyond the 30th take no part in partitions.
    ///   - quality: what links do to frames until a fault changes it.
    public init(plans: [MachinePlan], quality: LinkQuality, seed: UInt64, observer: Observer) {
        precondition((1...256).contains(plans.count), "a world has 1 to 256 machines")
        self.observer = observer
        random = RandomSource(seed: seed)
        network = Network(portCount: plans.count + 1, quality: quality)
        toldReach = Array(repeating: false, count: plans.count * plans.count)
        toldAttention = Array(repeating: false, count: plans.count)
        toldAction = toldAttention
        for (index, plan) in plans.enumerated() {
            let mac = MACAddress(bits: 0x0200_0000_0001 + UInt64(index))
            let identity = NodeIdentity(
                id: Digest.node(machineID: "vipsim", mac: mac), name: "node-\(index + 1)", mac: mac,
                address: IPv4Address(bits: IPv4Address(192, 168, 1, 211).bits + UInt32(index)), epoch: 0
            )
            // Clocks count from a boot some time ago, each from another.
            let clock = LocalClock(
                rate: plan.clockRate, world: now, local: now + random.duration(in: .seconds(1) ... .seconds(1000)))
            machines.append(
                Machine(
                    identity: identity, settings: plan.settings, clock: clock,
                    kernel: SimulatedKernel(addresses: plan.settings.addresses)
                ))
        }
        noteDelays()
    }

    /// Plans a fault or a repair for `time`, which must not be past.
    public mutating func schedule(_ fault: Fault, at time: Instant) {
        precondition(now <= time, "what is past cannot be planned")
        queue.push(.fault(fault), at: time)
    }

    /// Lets everything happen that is due up to `end`, and makes it the present.
    public mutating func run(until end: Instant) {
        while let next = Self.nextMoment(of: machines, queuedAt: queue.nextTime), next.time <= end {
            now = next.time
            switch next.source {
            case .queue: if let happening = queue.pop() { perform(happening) }
            case .expiry(let index): expireLeases(of: index)
            case .deadline(let index): reachDeadline(of: index)
            }
        }
        now = end
    }

    private enum Source { case queue, expiry(Int), deadline(Int) }

    /// The next thing to happen. At one moment frames come before leases, those before deadlines: what has arrived is
    /// read first, as the daemon's loop does.
    private static func nextMoment(of machines: [Machine], queuedAt: Instant?) -> (time: Instant, source: Source)? {
        var time = queuedAt ?? Instant(nanoseconds: .max)
        var source = Source.queue
        for index in machines.indices {
            if let expiry = machines[index].expiryAt, expiry < time {
                time = expiry
                source = .expiry(index)
            }
        }
        for index in machines.indices {
            if let deadline = machines[index].deadlineAt, deadline < time {
                time = deadline
                source = .deadline(index)
            }
        }
        return time.nanoseconds == .max ? nil : (time, source)
    }

    private mutating func perform(_ happening: Happening) {
        switch happening {
        case .fault(let fault): apply(fault)
        case .trouble(let trouble): begin(trouble)
        case .repair(let fault): if !isHealed { apply(fault) }
        case .frameArrives(let port, let carried): arrive(carried, at: port)
        case .operationDone(let index, let generation):
            if machines[index].generation == generation { doOperation(on: index) }
        case .operationAnswered(let index, let generation, let answer):
            if machines[index].generation == generation { deliver(.answer(answer), to: index) }
        case .linkNoticed(let index, let generation):
            if machines[index].generation == generation { deliver(.linkChanged, to: index) }
        case .foreignHostRepeats: if let foreignHost { transmit(foreignHost.announcement, .foreignHost) }
        }
    }

    /// Tells the observer.
    mutating func note(_ fact: Occurrence.Fact) {
        observer.observe(Occurrence(at: now, fact: fact))
    }

    /// Tells of what has changed in who can reach whom, and in who attends.
    mutating func noteReach() {
        for index in machines.indices where machines[index].isAttentive != toldAttention[index] {
            toldAttention[index].toggle()
            note(.attentionChanged(index, isAttentive: toldAttention[index]))
        }
        for index in machines.indices where machines[index].acts != toldAction[index] {
            toldAction[index].toggle()
            note(.actionChanged(index, acts: toldAction[index]))
        }
        for from in machines.indices {
            for to in machines.indices where from != to {
                let isOpen =
                    machines[from].isOnLink && machines[to].isOnLink && network.isOpen(from: from, to: to)
                guard isOpen != toldReach[from * machines.count + to] else { continue }
                toldReach[from * machines.count + to] = isOpen
                note(.reachChanged(from: from, to: to, isOpen: isOpen))
            }
        }
    }

    mutating func noteDelays() {
        let frame = network.longestDelay
        // An operation waits for those before it, of which there is at most one: a renewal before a release.
        let kernel = machines.lazy.map(\.kernelDelay).max() ?? .zero
        guard (frame, kernel) != toldDelays else { return }
        toldDelays = (frame, kernel)
        note(.delaysChanged(frame: frame, kernel: kernel))
    }
}
