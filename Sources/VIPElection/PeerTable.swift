// The other nodes of a group, as their trailers tell: who lives, who is eligible, who outranks whom.

import VIPWire

/// Another node of the group.
public struct Peer: Hashable, Sendable {
    /// What the peer's last frame said about the addresses.
    public enum Role: String, Sendable {
        case candidate
        case holder
        /// It has resigned: released the addresses, or is leaving.
        case resigned
    }

    /// What stands against a peer that is not eligible, as far as it says.
    public enum Impediment: String, Sendable {
        /// Its services are sick.
        case sick
        /// An operator has taken it out.
        case maintenance
    }

    public var reference: NodeReference
    public var priority: UInt8
    public var standing: Standing
    /// Nil for one that is eligible, or that does not say.
    public var impediment: Impediment?
    public var role: Role
    public var term: UInt64
    public var lastHeard: Instant
    /// False once it was silent for longer than a living node is.
    public var isAlive: Bool
    /// Its settings digest is ours.
    public var configurationMatches: Bool
    var epoch: UInt64
    var sequence: UInt64
    /// Since when it has been heard as an eligible candidate without a break.
    var eligibleSince: Instant?
    /// With quorum: when this node sent the latest frame that the peer has acknowledged.
    var vouchedAt: Instant?
    /// With keys: when this node sent the latest frame that the peer has echoed. All that it says in this epoch from
    /// then on was said after that.
    var provenAt: Instant?
    /// With keys: ``Echoes``' round in which the peer was echoed last.
    var echoRound: UInt64 = 0

    /// When it counts as gone unless it is heard. Stored: every deadline asks every peer.
    let timeoutAt: Instant
    public var isEligible: Bool { standing == .eligible }
    /// It may be handed over to: eligible, and no holder.
    public var isCandidate: Bool { isEligible && role == .candidate }
    /// It claims in its turn if there is no holder.
    var mayClaim: Bool { isAlive && standing != .ineligible && role == .candidate }
    var rank: Rank { Rank(standing: standing, priority: priority, id: reference.id) }
}

/// Whether a node may hold, the best first.
public enum Standing: Int, Comparable, Sendable {
    case eligible
    /// Its services are sick: it takes over where no eligible node does.
    case lastResort
    case ineligible

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The order of those who may claim: standing, then priority (high first), then node id (low first). The lesser comes
/// first.
struct Rank: Hashable, Comparable, Sendable {
    var standing: Standing
    var priority: UInt8
    var id: UInt64

    static func < (left: Rank, right: Rank) -> Bool {
        if left.standing != right.standing { return left.standing < right.standing }
        if left.priority != right.priority { return left.priority > right.priority }
        return left.id < right.id
    }
}

/// The peers of a group, in the order of their ids, at most ``capacity``.
struct PeerTable: Hashable, Sendable {
    static let capacity = 256

    private(set) var peers: [Peer] = []

    enum Acceptance {
        /// `hasReleased`: until now it was heard to hold.
        case accepted(isNew: Bool, configurationChanged: Bool, hasReleased: Bool)
        /// Not newer than what was already heard from that node: a duplicate, a replay, or out of order.
        case stale
        case full
    }

    func peer(id: UInt64) -> Peer? { index(of: id).map { peers[$0] } }

    /// The peer that has this MAC, living or not: a dead daemon's kernel still answers.
    func peer(mac: MACAddress) -> Peer? { peers.first { $0.reference.mac == mac } }

    // Peers are looked at where they are, here and below: a copy of each would cost every event more than all else.
    private func index(of id: UInt64) -> Int? { peers.indices.first { peers[$0].reference.id == id } }

    /// Takes in what a frame's trailer says. (node, epoch, sequence) must grow, unless the node was silent for so
    /// long that it counts as gone and `forgives` is true: it may have come back with a clock that went back.
    mutating func accept(
        _ trailer: Trailer, from mac: MACAddress, configuration: UInt64, forgives: Bool, at now: Instant
    ) -> Acceptance {
        let index = index(of: trailer.node)
        if let index, !forgives || now < peers[index].timeoutAt {
            let known = (epoch: peers[index].epoch, sequence: peers[index].sequence)
            guard (known.epoch, known.sequence) < (trailer.epoch, trailer.sequence) else { return .stale }
        }
        let timeout = Int64(trailer.intervalMicroseconds) * Int64(GroupSettings.peerTimeoutIntervals)
        var peer = Peer(
            reference: NodeReference(id: trailer.node, name: trailer.name, address: trailer.address, mac: mac),
            priority: trailer.priority,
            standing: Standing(trailer.flags),
            impediment: Peer.Impediment(trailer.flags),
            role: Peer.Role(trailer.kind),
            term: trailer.term,
            lastHeard: now,
            isAlive: true,
            configurationMatches: trailer.configuration == configuration,
            epoch: trailer.epoch,
            sequence: trailer.sequence,
            timeoutAt: now + .microseconds(timeout)
        )
        if peer.isCandidate { peer.eligibleSince = now }
        guard let index else {
            guard makeRoom() else { return .full }
            let place = peers.firstIndex { $0.reference.id > trailer.node } ?? peers.count
            peers.insert(peer, at: place)
            return .accepted(isNew: true, configurationChanged: true, hasReleased: false)
        }
        let known = peers[index]
        if known.isAlive && known.isCandidate && peer.isCandidate { peer.eligibleSince = known.eligibleSince }
        // A daemon that started anew votes for nobody for longer than what its earlier life acknowledged binds it.
        peer.vouchedAt = known.vouchedAt
        if known.epoch == peer.epoch { peer.provenAt = known.provenAt }
        peer.echoRound = known.echoRound
        peers[index] = peer
        return .accepted(
            isNew: !known.isAlive,
            configurationChanged: known.configurationMatches != peer.configurationMatches,
            hasReleased: known.isAlive && known.role == .holder && peer.role != .holder
        )
    }

    /// True if there is a free place, made by forgetting the one that has been gone for longest if need be.
    private mutating func makeRoom() -> Bool {
        if peers.count < Self.capacity { return true }
        let gone = peers.indices.filter { !peers[$0].isAlive }.min { peers[$0].lastHeard < peers[$1].lastHeard }
        guard let gone else { return false }
        peers.remove(at: gone)
        return true
    }

    /// Notes that a peer has acknowledged a frame that was sent at `sentAt`.
    mutating func noteVouch(by id: UInt64, sentAt: Instant) {
        guard let index = index(of: id) else { return }
        peers[index].vouchedAt = max(peers[index].vouchedAt ?? sentAt, sentAt)
    }

    /// When the latest frames were sent that the peers have acknowledged, one each at most, the latest first.
    var vouchings: [Instant] {
        var vouchings: [Instant] = []
        for index in peers.indices {
            if let vouchedAt = peers[index].vouchedAt { vouchings.append(vouchedAt) }
        }
        vouchings.sort(by: >)
        return vouchings
    }

    /// Notes that a peer has echoed a frame that was sent at `sentAt`.
    mutating func noteProof(by id: UInt64, sentAt: Instant) {
        guard let index = index(of: id) else { return }
        peers[index].provenAt = max(peers[index].provenAt ?? sentAt, sentAt)
    }

    mutating func noteEcho(of id: UInt64, round: UInt64) {
        guard let index = index(of: id) else { return }
        peers[index].echoRound = round
    }

    /// The candidates that may take over, the best first.
    var successors: [Peer] { peers.filter { $0.isAlive && $0.isCandidate }.sorted { $0.rank < $1.rank } }

    /// Since when the first of the candidates that may take over has been eligible, of those above `priority` that are
    /// meant.
    func firstEligible(above priority: UInt8 = 0, where isMeant: (Peer) -> Bool = { _ in true }) -> Instant? {
        var first: Instant?
        for index in peers.indices where peers[index].isAlive && peers[index].priority > priority {
            if isMeant(peers[index]) { first = earlier(first, peers[index].eligibleSince) }
        }
        return first
    }

    /// How many of those who may claim come before `rank`.
    func turn(of rank: Rank) -> Int {
        peers.count { $0.mayClaim && $0.rank < rank }
    }

    var nextTimeout: Instant? {
        var next: Instant?
        for index in peers.indices where peers[index].isAlive { next = earlier(next, peers[index].timeoutAt) }
        return next
    }

    /// Marks, and returns, those that have been silent for too long.
    mutating func expire(at now: Instant) -> [Peer] {
        var gone: [Peer] = []
        for index in peers.indices where peers[index].isAlive && peers[index].timeoutAt <= now {
            peers[index].isAlive = false
            gone.append(peers[index])
        }
        return gone
    }
}

extension Standing {
    init(_ flags: Trailer.Flags) {
        self = flags.contains(.eligible) ? .eligible : flags.contains(.lastResort) ? .lastResort : .ineligible
    }
}

extension Peer.Impediment {
    init?(_ flags: Trailer.Flags) {
        guard !flags.contains(.eligible) else { return nil }
        if flags.contains(.maintenance) {
            self = .maintenance
        } else if flags.contains(.sick) {
            self = .sick
        } else {
            return nil
        }
    }
}

extension Peer.Role {
    init(_ kind: Trailer.Kind) {
        switch kind {
        case .probe: self = .candidate
        case .announcement, .handover: self = .holder
        case .resign: self = .resigned
        }
    }
}
