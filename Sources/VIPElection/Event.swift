// What an election is told: events in the past tense.

public import VIPWire

/// Something that has happened to the node. Events are handled in the order in which they arrived; frames that have
/// arrived come before ``timeReached``, or a late reader takes its own lateness for silence.
public enum Event: Hashable, Sendable {
    /// The first event, once. `hasLeftover`: the kernel still has all the group's addresses, under a lease of this
    /// program's. (Others left over must be removed by the caller before.) `obstacles`: what is already known to keep
    /// the node from holding.
    case started(hasLeftover: Bool, obstacles: Set<Obstacle>)
    /// A well-formed frame from the group's link, of any group and any kind.
    case frameReceived(Frame)
    /// ``Election/nextDeadline`` has come.
    case timeReached
    /// The kernel's answer to ``Directive/installAddresses(_:leaseSeconds:)``: the addresses that it refused.
    case addressesInstalled(refused: [AddressRefusal])
    /// The kernel's answer to ``Directive/removeAddresses``; an address that was not there is not refused.
    case addressesRemoved(refused: [AddressRefusal])
    /// Addresses are gone from the kernel that the election did not ask to remove.
    case addressesLost([IPv4Address])
    /// A frame could not be sent.
    case sendFailed(errno: Int32)
    case carrierLost
    case carrierReturned
    /// An operator wants the node to stay out (true) or lets it back in.
    case maintenanceSet(Bool)
    /// The node's services can serve (true) or cannot.
    case healthSet(Bool)
    /// An operator wants the addresses moved: to this node, or to the best candidate. Answered by
    /// ``Report/handoverRefused(_:)``, ``Report/handoverFailed(_:)`` or ``Report/holderChanged(_:)``.
    case handoverRequested(to: UInt64?)
    /// The daemon is to stop. Answered by ``Directive/finish``, at once, or after a handover and the release.
    case stopRequested
    /// The daemon is to stop and has no time to hand over. Answered by ``Directive/finish``, after the release if any.
    case stopDemanded
    /// A reload brought other settings; name and addresses are the same.
    case settingsChanged(GroupSettings)
    /// The link's default gateways are others now; the first word of them comes right after the start.
    case gatewaysChanged([IPv4Address])
    /// The link's MAC or the node's own address is another now.
    case identityChanged(NodeIdentity)
}

/// An address that the kernel would not install or remove.
public struct AddressRefusal: Hashable, Sendable {
    public var address: IPv4Address
    /// The kernel's answer, errno(3), positive.
    public var errno: Int32

    public init(address: IPv4Address, errno: Int32) {
        self.address = address
        self.errno = errno
    }
}
