// What can go wrong in the world, and its repair: each a fact in the past tense.
// Deliberately not here: when it happens (Scenario) and what follows (World).

/// A change of the world that no daemon asked for. Machines are numbered from 0; a fault that does not apply (say, the
/// boot of a machine that is on) changes nothing.
public enum Fault: Hashable, Sendable {
    /// The machine is off at once; its kernel's addresses are gone.
    case powerCut(Int)
    /// It comes up again; its daemon starts later. `clockWentBack`: its daemon's epoch is lower than the last.
    case booted(Int, clockWentBack: Bool)
    /// SIGKILL: the kernel keeps the addresses for their lease.
    case daemonKilled(Int)
    case daemonStarted(Int)
    /// SIGTERM: the daemon hands over or releases, and ends. `isUrgent`: it is to take no time for a handover.
    case daemonStopped(Int, isUrgent: Bool)
    case daemonHung(Int)
    case daemonResumed(Int)
    /// The whole machine stands still. `keepsFrames`: what arrives meanwhile is delivered afterwards.
    case machinePaused(Int, Machine.Pause, keepsFrames: Bool)
    case machineResumed(Int)
    case carrierLost(Int)
    case carrierReturned(Int)
    /// Frames go no more from one machine to the other; the other direction is not touched.
    case linkCut(from: Int, to: Int)
    case linkRestored(from: Int, to: Int)
    /// The segment falls into two: bit i stands for the machine that is on the second side.
    case split(UInt32)
    /// All links do this to frames from now on.
    case qualityChanged(LinkQuality)
    /// The kernel refuses to add these addresses, with that errno; errno 0: no more.
    case kernelRefuses(Int, errno: Int32, AddressMask)
    /// The kernel refuses to remove addresses, with that errno; nil: no more.
    case kernelKeeps(Int, errno: Int32?)
    /// The kernel takes up to so long for an operation, and for its answer.
    case kernelSlow(Int, longestMicroseconds: Int64)
    /// Somebody removes one of the addresses from the machine, if it has it.
    case addressRemoved(Int, index: Int)
    case sendsFail(Int)
    case sendsWork(Int)
    /// A machine that is none of ours configures one of the addresses. A stubborn one answers every announcement.
    case foreignHostAppeared(index: Int, isStubborn: Bool)
    case foreignHostLeft
    case maintenanceSet(Int, Bool)
    /// The machine's services can serve, or cannot.
    case healthSet(Int, Bool)
    /// An operator has the addresses moved away from the machine, to that one or to the best.
    case moveRequested(Int, to: Int?)
    /// Everything is repaired: the healed phase begins.
    case healed
}
