// One machine of the world: power, clock, link, kernel, and the daemon with its election.
// Deliberately not here: what happens to it (World).

public import VIPElection
import VIPWire

/// A machine that runs vipd.
public struct Machine: Sendable {
    /// Who it is; the epoch is the running daemon's.
    public internal(set) var identity: NodeIdentity
    public internal(set) var settings: GroupSettings
    var clock: LocalClock
    public internal(set) var kernel: SimulatedKernel

    public internal(set) var isPowered = false
    /// Set while the whole machine stands still.
    public internal(set) var pause: Pause?
    public internal(set) var hasCarrier = true
    /// Frames are refused by the link's driver: the daemon hears of it, the others hear nothing.
    public internal(set) var sendsFail = false
    /// An operation of the kernel takes, and its answer then takes, up to so long.
    public internal(set) var kernelDelay: Duration = .zero
    /// The operator's wish, kept across restarts of the daemon.
    public internal(set) var isInMaintenance = false
    /// What the checks say of the machine's services.
    public internal(set) var isHealthy = true

    /// The running daemon's election; nil while there is no daemon.
    public internal(set) var election: Election?
    /// The daemon is stopped by a debugger or starved: it reads nothing and does nothing.
    public internal(set) var isHung = false
    /// What has arrived for a hung daemon.
    var inbox = Inbox()
    /// Grows with each daemon that was started or ended: what was meant for an earlier one is not delivered.
    var generation = 0
    /// What the daemon knows of its carrier.
    var knownCarrier = true

    /// Kernel operations are done in the order in which they were asked for, and answered in that order.
    var operations: [KernelOperation] = []
    var operationsDoneAt = Instant(nanoseconds: 0)
    var operationsAnsweredAt = Instant(nanoseconds: 0)

    /// The world's time at which the daemon's deadline comes, and the kernel's next lease ends; nil for never.
    var deadlineAt: Instant?
    var expiryAt: Instant?
    /// Deadlines that came in a row without time passing.
    var deadlinesInPlace = 0

    /// What stands still in a pause.
    public enum Pause: String, Hashable, Sendable, CaseIterable {
        /// A hypervisor stops the guest, and its clocks with it.
        case clockStops
        /// A hypervisor stops the guest; its clocks show afterwards what time it is.
        case clockGoesOn
        /// A suspension: CLOCK_BOOTTIME goes on, the kernel's leases count ticks that stood still.
        case leaseStops
    }

    /// When the pause began, and frames that the hypervisor keeps for the guest meanwhile.
    var pausedAt = Instant(nanoseconds: 0)
    var backlog: [Carried]?

    /// Whether there is a daemon. A pattern, for `election != nil` compares, and copies all of the election to do so.
    var hasDaemon: Bool { if case .some = election { true } else { false } }
    /// Its daemon reads, decides and is heard: what keeps two holders from staying two.
    var isAttentive: Bool { acts && !sendsFail && hasCarrier }
    /// Its daemon reads and decides, heard or not.
    var acts: Bool { isPowered && pause == nil && hasDaemon && !isHung }
    /// Its kernel takes part in the segment. A guard, for operands of `&&` are closures, and all of the machine would be
    /// copied into them for each frame.
    var isOnLink: Bool {
        guard isPowered, pause == nil else { return false }
        return hasCarrier
    }
}

/// An installation or a removal that the kernel has not done yet.
enum KernelOperation: Hashable, Sendable {
    case install(Range<Int>, leaseSeconds: Int)
    case remove
}

/// What a kernel says to an operation: the addresses that it refused.
enum KernelAnswer: Hashable, Sendable {
    case installed(refused: [AddressRefusal])
    case removed(refused: [AddressRefusal])

    var event: Event {
        switch self {
        case .installed(let refused): .addressesInstalled(refused: refused)
        case .removed(let refused): .addressesRemoved(refused: refused)
        }
    }
}

/// What has arrived for a daemon that does not read: events in their order; of frames, as many as its ring holds.
struct Inbox: Sendable {
    /// A capture's ring holds about so many frames of this size; when it is full, it is the newest that are dropped.
    static let frameCapacity = 400

    private(set) var items: [Item] = []
    private var frameCount = 0

    enum Item: Sendable {
        case frame(Carried)
        case answer(KernelAnswer)
        case command(Command)
        case linkChanged
    }

    /// What an operator or the service manager wants.
    enum Command: Hashable, Sendable {
        case stop
        /// Stop, and do not take the time to hand over.
        case stopNow
        case maintenance(Bool)
        case health(Bool)
        /// Hand over, to this node or to the best one.
        case move(to: UInt64?)
    }

    mutating func append(_ item: Item) {
        if case .frame = item {
            guard frameCount < Self.frameCapacity else { return }
            frameCount += 1
        }
        items.append(item)
    }

    /// Takes out all items.
    mutating func drain() -> [Item] {
        defer { self = Inbox() }
        return items
    }
}
