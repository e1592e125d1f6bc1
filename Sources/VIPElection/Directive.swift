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
    /// Add or renew all the group's addresses with this lease; answered by ``Event/addressesInstalled(refused:)``.
    case installAddresses(leaseSeconds: Int)
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
