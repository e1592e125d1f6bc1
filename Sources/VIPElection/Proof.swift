// Whether a peer's word is fresh: a tag proves who made a frame, the echo of this node's own sequence proves when
// (docs/SECURITY.md, "Replays"). Deliberately not here: keys and tags, which the link looks after.

import VIPWire

/// How far the frames of a group are known to be its nodes' own.
public enum Authentication: String, Hashable, Sendable {
    /// There is no key: whoever can send on the segment can take part.
    case unauthenticated
    /// This node signs, and believes unsigned frames as well: for the time in which keys are handed out.
    case acceptsUnsigned
    /// The link passes only frames with a valid tag. They may be recordings all the same.
    case authenticated
}

/// What an election keeps in mind about echoes: when it sent what, and whom it owes an answer or a question.
struct Echoes: Hashable, Sendable {
    /// A node to be echoed before the others have their turn.
    private struct Pending: Hashable, Sendable {
        var node: UInt64
        /// It is to answer.
        var asks: Bool
    }

    private struct Sent: Hashable, Sendable {
        var sequence: UInt64
        var at: Instant
    }

    private var pending: [Pending] = []
    /// First come, first served; no frame is sent for one of them sooner than this after the last.
    private(set) var lastAnswerAt: Instant?
    /// Some of the frames that were sent lately, oldest first. One between two of them counts as sent with the first.
    private var sent: [Sent] = []
    /// Grows with each echo; peers remember the value at theirs.
    private var round: UInt64 = 0

    /// Enough for ``GroupSettings/proofLasts``, at two an interval.
    private static let mostSent = 2 * GroupSettings.peerTimeoutIntervals + 2

    var hasPending: Bool { !pending.isEmpty }

    /// Notes that the frames from `sequence` on were sent at `now`.
    mutating func noteSent(from sequence: UInt64, interval: Duration, at now: Instant) {
        if let last = sent.last, now - last.at < interval / 2 { return }
        if sent.count == Self.mostSent { sent.removeFirst() }
        sent.append(Sent(sequence: sequence, at: now))
    }

    /// No later than when the frame was sent, if that was lately and in this life; `latest` is the last that was.
    func sentAt(_ sequence: UInt64, latest: UInt64) -> Instant? {
        sequence <= latest ? sent.last { $0.sequence <= sequence }?.at : nil
    }

    mutating func owe(_ node: UInt64, asks: Bool) {
        if let index = pending.firstIndex(where: { $0.node == node }) {
            pending[index].asks = pending[index].asks || asks
        } else if pending.count < PeerTable.capacity {
            pending.append(Pending(node: node, asks: asks))
        }
    }

    mutating func noteAnswer(at now: Instant) { lastAnswerAt = now }

    /// Whom the next frame echoes: one that is owed it, else the living peer whose turn is longest ago.
    mutating func next(among peers: inout PeerTable) -> (node: UInt64, sequence: UInt64, asks: Bool) {
        round += 1
        while !pending.isEmpty {
            let owed = pending.removeFirst()
            guard let peer = peers.peer(id: owed.node), peer.isAlive else { continue }
            peers.noteEcho(of: owed.node, round: round)
            return (owed.node, peer.sequence, owed.asks)
        }
        guard let peer = peers.peers.filter(\.isAlive).min(by: { $0.echoRound < $1.echoRound }) else {
            return (0, 0, false)
        }
        peers.noteEcho(of: peer.reference.id, round: round)
        return (peer.reference.id, peer.sequence, false)
    }
}

extension Election {
    /// Whether what `peer` says now was said lately: it has echoed a frame of this node's present life. What only a
    /// living node may bring about waits for that; without keys everything is believed.
    func isProven(_ peer: Peer, at now: Instant) -> Bool {
        guard settings.authentication == .authenticated else { return true }
        return peer.provenAt.map { now - $0 <= settings.proofLasts } ?? false
    }

    /// Whether `peer` has proved in its present life, however long ago, that it lives.
    func wasProven(_ peer: Peer) -> Bool { settings.authentication != .authenticated || peer.provenAt != nil }

    /// Whom the next frame echoes; without keys nobody.
    mutating func nextEcho() -> (node: UInt64, sequence: UInt64, asks: Bool) {
        settings.authentication == .unauthenticated ? (0, 0, false) : echoes.next(among: &peerTable)
    }

    /// Has the next frame echo a node, before the others have their turn.
    mutating func oweEcho(to node: UInt64, asks: Bool) {
        if settings.authentication != .unauthenticated { echoes.owe(node, asks: asks) }
    }

    /// Takes the proof out of a frame, and notes whether its sender is owed a question or an answer.
    mutating func noteEcho(_ trailer: Trailer, at now: Instant) {
        guard settings.authentication != .unauthenticated else { return }
        if trailer.echoedNode == node.id,
            let sentAt = echoes.sentAt(trailer.echoedSequence, latest: sequence)
        {
            peerTable.noteProof(by: trailer.node, sentAt: sentAt)
            // A recorded question echoes no frame of this life, and is not answered.
            if trailer.flags.contains(.asks) { oweEcho(to: trailer.node, asks: false) }
        }
        guard let peer = peerTable.peer(id: trailer.node), !isProven(peer, at: now) else { return }
        switch trailer.kind {
        case .announcement, .handover:
            counters.unproven += 1
            oweEcho(to: trailer.node, asks: true)
        case .resign: counters.unproven += 1
        // It claims nothing, and is asked when it does.
        case .probe: break
        }
    }

    /// When the next frame is due that only echoes; nil for never.
    var echoDeadline: Instant? {
        guard echoes.hasPending, mayEcho else { return nil }
        return echoes.lastAnswerAt.map { $0 + settings.probeSpacing } ?? Instant(nanoseconds: 0)
    }

    /// Asks or answers whoever is owed that, out of turn but not without bounds. At the end of every event.
    mutating func sendEcho(at now: Instant) {
        guard echoes.hasPending, let due = echoDeadline, due <= now else { return }
        echoes.noteAnswer(at: now)
        if case .holder = phase { send(.announcement) } else { send(.probe) }
        if settings.quorum != nil { ballot.noteSent(sequence, at: now) }
    }

    /// Whether this node may speak out of turn.
    private var mayEcho: Bool {
        guard canSpeak, standsFirst else { return false }
        switch phase {
        case .candidate, .probing, .occupied, .ineligible: return true
        case .holder(let holding): return holding.handover?.letsGoAt == nil
        case .listening, .claiming, .releasing: return false
        }
    }
}
