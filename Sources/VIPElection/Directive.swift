// What an election wants done: small directives in the imperative, performed in order, one after the other.

public import VIPWire

/// One thing to do. What can fail comes back as an event.
public enum Directive: Hashable, Sendable {
    /// Send one frame. A failure comes back as ``Event/sendFailed(errno:)``.
    case send(Frame)
    /// Broadcast plain ARP Announcements of these addresses, all requests before all replies
    /// (``Election/announcements(of:forms:)`` makes the frames). A failure comes back as ``Event/sendFailed(errno:)``.
    case announce(addresses: [IPv4Address], forms: AnnouncementForms)
    /// Send directed ARP requests (``Election/frames(for:)`` makes the frames).
    case ask([DirectedRequest])
    /// Broadcast a plain ARP Probe for each of these addresses (``Election/probes(for:)`` makes the frames).
    case probe(addresses: [IPv4Address])
    /// Until ``endRelay``, send TCP segments to the group's addresses on to this node, from which they come, if they belong
    /// to connections that did not begin here: a client whose cache changes in the middle of a handshake is served by the
    /// node that it began with. What fails is told the operator and nobody else.
    case relay(to: MACAddress)
    /// Relay no more. Given as well where ``relay(to:)`` failed.
    case endRelay
    /// Add or renew those of the group's addresses that are in these places of ``GroupSettings/addresses`` with this lease;
    /// answered by ``Event/addressesInstalled(refused:)``. What is asked for first is done and answered first.
    case installAddresses(Range<Int>, leaseSeconds: Int)
    /// Reset the TCP connections that are bound to the group's addresses (SOCK_DESTROY, sock_diag(7)): while the kernel
    /// still has the addresses their other ends hear of it. What fails is told the operator and nobody else.
    case closeConnections
    /// Remove all the group's addresses; answered by ``Event/addressesRemoved(refused:)``.
    case removeAddresses
    /// Tell the operator.
    case report(Report)
    /// The group is released and silent: the daemon may forget this election.
    case finish
}

/// The forms in which an address is announced (RFC 5227, section 3).
public struct AnnouncementForms: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// ARP request, sender IP = target IP.
    public static let request = AnnouncementForms(rawValue: 1)
    /// ARP reply, target MAC = sender MAC.
    public static let reply = AnnouncementForms(rawValue: 2)
}
