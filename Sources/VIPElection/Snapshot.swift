// What an election can be asked at any time: the facts of a status line.

extension Election {
    /// The state, with the reason why it was entered.
    public var currentState: State { state }
    public var currentReason: String {
        guard case .probing(let probing) = phase, let quorum = settings.quorum else { return lastReason.description }
        let votes = probing.candidacy.map { $0.votes.count + 1 } ?? 0
        let needed = "needs the votes of \(quorum) of \(settings.members ?? 0) members, has \(votes)"
        return "\(lastReason.description); \(needed)"
    }
    /// The highest term that was seen or claimed.
    public var term: UInt64 { highestTerm }
    public var isHolder: Bool { state == .holder || state == .handingOver }
    public var isEligible: Bool { obstacles.isEmpty }
    /// What keeps this node from holding, the weightiest first.
    public var currentObstacles: [Obstacle] { obstacles.sorted() }
    /// The holder that this node hears, or is.
    public var currentHolder: (reference: NodeReference, term: UInt64, since: Instant)? {
        holder.map { ($0.reference, $0.term, $0.since) }
    }
    /// Whether the kernel should have the group's addresses, as far as this election knows.
    public var keepsAddresses: Bool {
        if case .listening(let listening) = phase { return listening.hasLeftover }
        // What was granted first may be removed by somebody else before the last is.
        if case .claiming = phase { return leases.until != nil }
        return isHolder
    }
    /// Whether the holder that named this one its successor may still have the addresses; until then this one stays.
    public var overlapsPredecessor: Bool {
        if case .holder(let holding) = phase { holding.predecessor != nil } else { false }
    }
    /// The node that this holder hands over to.
    public var namedSuccessor: NodeReference? {
        if case .holder(let holding) = phase { holding.handover?.successor } else { nil }
    }
    /// The node that holds next if nothing else changes: the successor that was named, else the best of those who may
    /// claim, this node among them.
    public var nextHolder: NodeReference? {
        if let namedSuccessor { return namedSuccessor }
        var ranked = peerTable.peers.filter { $0.mayClaim && $0.reference.id != holder?.reference.id }.map {
            (rank: $0.rank, reference: $0.reference)
        }
        if !isHolder, ownRank.standing != .ineligible { ranked.append((ownRank, ownReference)) }
        return ranked.min { $0.rank < $1.rank }?.reference
    }
    /// When the kernel ends the lease of a holder's addresses at the earliest, unless it is renewed.
    public var leaseUntil: Instant? {
        if case .holder = phase { leases.until } else { nil }
    }
    /// The peers in the order of their ids, those that are gone included.
    public var peers: [Peer] { peerTable.peers }
    public var conflicts: [Conflict] { conflictTable.conflicts }
    public var statistics: ElectionCounters { counters }
}
