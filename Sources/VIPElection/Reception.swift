// Which received frames concern this election, and what they are to it.

import VIPWire

extension Election {
    mutating func receive(_ frame: Frame, at now: Instant) {
        counters.framesReceived += 1
        guard let trailer = frame.trailer else {
            if claimsOurs(frame.packet) {
                heardBareClaim(frame.packet, name: nil, at: now)
            } else {
                noteClient(frame.packet, at: now)
                noteConfirmation(frame.packet, at: now)
            }
            return
        }
        guard trailer.group == groupDigest else { return receiveOtherGroup(frame, trailer, at: now) }
        guard trailer.node != node.id && frame.source != node.mac else { return receiveFromTwin(frame, trailer) }
        let accepted = peerTable.accept(
            trailer, from: frame.source, configuration: configurationDigest,
            forgives: settings.authentication != .authenticated, at: now)
        guard case .accepted(let isNew, let configurationChanged, let hasReleased) = accepted else {
            if case .stale = accepted { counters.stale += 1 } else { receiveFromStranger(frame, trailer, at: now) }
            return
        }
        noteEcho(trailer, at: now)
        guard let peer = peerTable.peer(id: trailer.node) else { return }
        if isNew {
            emit(.report(.peerAppeared(peer.reference)))
            checkMembers()
        }
        for conflict in conflictTable.acquit(frame.source) { emit(.report(.conflictEnded(conflict))) }
        if configurationChanged && !peer.configurationMatches {
            emit(.report(.peerConfigurationDiffers(peer.reference)))
        }
        highestTerm = max(highestTerm, trailer.term)
        if hasReleased { noteRelease(by: peer) }
        switch trailer.kind {
        case .announcement: heardAnnouncement(trailer, from: peer, at: now)
        case .handover: heardHandover(trailer, from: peer, at: now)
        case .probe: heardProbe(trailer, from: peer, at: now)
        case .resign: heardResign(trailer, from: peer, at: now)
        }
    }

    /// More nodes than members could vote two majorities.
    private mutating func checkMembers() {
        let heard = peerTable.peers.count { $0.isAlive } + 1
        if let members = settings.members, heard > members { emit(.report(.tooManyMembers(heard: heard))) }
    }

    /// Whether the packet says that its sender has one of the group's addresses (RFC 5227, section 2.1.1).
    private func claimsOurs(_ packet: ARPPacket) -> Bool {
        addressSet.contains(packet.senderProtocolAddress)
    }

    /// A frame with our own id or MAC: our own, sent back by the segment, or a cloned machine's.
    private mutating func receiveFromTwin(_ frame: Frame, _ trailer: Trailer) {
        let isOurs = frame.source == node.mac && trailer.node == node.id && trailer.epoch == node.epoch
        guard !isOurs else { return }
        // With keys, nobody else can have made it: it is a recording, be it of before the link got another MAC.
        let isOwnWord = trailer.node == node.id && (trailer.epoch, trailer.sequence) <= (node.epoch, sequence)
        if settings.authentication == .authenticated && isOwnWord {
            counters.stale += 1
            return
        }
        counters.duplicateNode += 1
        if counters.duplicateNode == 1 { emit(.report(.duplicateNode(mac: frame.source, name: trailer.name))) }
    }

    /// A node that the full table has no place for: what it claims counts as a foreign host's claim.
    private mutating func receiveFromStranger(_ frame: Frame, _ trailer: Trailer, at now: Instant) {
        counters.tooManyPeers += 1
        if claimsOurs(frame.packet) { heardBareClaim(frame.packet, name: trailer.name, at: now) }
    }

    /// A vipd of another group: no business of ours, unless it claims one of our addresses.
    private mutating func receiveOtherGroup(_ frame: Frame, _ trailer: Trailer, at now: Instant) {
        counters.otherGroup += 1
        guard claimsOurs(frame.packet) else { return }
        let stranger = NodeReference(id: trailer.node, name: trailer.name, address: trailer.address, mac: frame.source)
        let isKnown = conflictTable.contains(frame.source)
        heardBareClaim(frame.packet, name: trailer.name, at: now)
        if !isKnown && conflictTable.contains(frame.source) { emit(.report(.peerGroupDiffers(stranger))) }
    }
}

/// What an election has counted since its start.
public struct ElectionCounters: Hashable, Sendable {
    /// Announcements sent, with and without a trailer.
    public var announcementsSent = 0
    /// Probes sent with a trailer, resignations included.
    public var probesSent = 0
    public var sendsFailed = 0
    /// Frames given to the election.
    public var framesReceived = 0
    /// Not newer than what was already heard from their node.
    public var stale = 0
    /// With keys: what a node claimed or gave up that was not known to live then, and may be a recording. Of those
    /// taken in.
    public var unproven = 0
    /// From another node with our own id or MAC.
    public var duplicateNode = 0
    /// Of another group.
    public var otherGroup = 0
    /// From a node that the full table had no place for.
    public var tooManyPeers = 0
    /// Claims of others that the full table of conflicts had no place for.
    public var conflictsUnnamed = 0
    /// Addresses that somebody else removed from the holder's kernel.
    public var addressesLost = 0
}
