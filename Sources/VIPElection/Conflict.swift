// Who else claims the group's addresses, remembered for as long as an operator should see it.

public import VIPWire

/// Another machine that says it has one of the group's addresses.
public struct Conflict: Hashable, Sendable {
    public var address: IPv4Address
    public var mac: MACAddress
    /// The node's name where the MAC is a peer's or another group's vipd.
    public var name: String?
    public var since: Instant
    public var lastSeen: Instant
    /// Frames seen.
    public var count: Int
    /// The MAC is no peer's: while it claims, a candidate does not.
    public var isForeign: Bool
}

/// The conflicts of a group, at most ``capacity``; what further machines claim is counted only
/// (``ElectionCounters/conflictsUnnamed``).
struct ConflictTable: Hashable, Sendable {
    static let capacity = 32

    private(set) var conflicts: [Conflict] = []
    /// Machines that are no peers, and claim what found no place above: more than ``capacity`` addresses, most likely.
    private var unnamed: [Unnamed] = []
    /// When such a claim by a machine that found no place there either was last seen.
    private var overflowLastSeen: Instant?

    private struct Unnamed: Hashable {
        var mac: MACAddress
        var lastSeen: Instant
    }

    /// When a claim by a machine that is no peer was last seen.
    var foreignLastSeen: Instant? {
        let named = conflicts.lazy.filter(\.isForeign).map(\.lastSeen).max()
        return [named, unnamed.lazy.map(\.lastSeen).max(), overflowLastSeen].compactMap(\.self).max()
    }

    func contains(_ mac: MACAddress) -> Bool { conflicts.contains { $0.mac == mac } }

    enum Noted { case new(Conflict), known, overflowed }

    /// Notes a claim seen at `now`.
    mutating func note(address: IPv4Address, mac: MACAddress, name: String?, isForeign: Bool, at now: Instant) -> Noted
    {
        if let index = conflicts.firstIndex(where: { $0.mac == mac && $0.address == address }) {
            conflicts[index].lastSeen = now
            conflicts[index].count += 1
            conflicts[index].isForeign = isForeign
            return .known
        }
        guard conflicts.count < Self.capacity else {
            if isForeign { noteUnnamed(mac, at: now) }
            return .overflowed
        }
        let conflict = Conflict(
            address: address, mac: mac, name: name, since: now, lastSeen: now, count: 1, isForeign: isForeign
        )
        conflicts.append(conflict)
        return .new(conflict)
    }

    private mutating func noteUnnamed(_ mac: MACAddress, at now: Instant) {
        if let index = unnamed.firstIndex(where: { $0.mac == mac }) {
            unnamed[index].lastSeen = now
        } else if unnamed.count < Self.capacity {
            unnamed.append(Unnamed(mac: mac, lastSeen: now))
        } else {
            overflowLastSeen = now
        }
    }

    /// Forgets, and returns, what a machine did before it turned out to be a peer: the holder's own traffic.
    mutating func acquit(_ mac: MACAddress) -> [Conflict] {
        if !unnamed.isEmpty { unnamed.removeAll { $0.mac == mac } }
        let acquitted = conflicts.filter { $0.mac == mac && $0.isForeign }
        if !acquitted.isEmpty { conflicts.removeAll { $0.mac == mac && $0.isForeign } }
        return acquitted
    }

    /// When the oldest conflict may be forgotten.
    var nextExpiry: Instant? { conflicts.lazy.map(\.lastSeen).min().map { $0 + GroupSettings.conflictMemory } }

    /// Forgets, and returns, those not seen for ``GroupSettings/conflictMemory``.
    mutating func expire(at now: Instant) -> [Conflict] {
        let isOver = { (conflict: Conflict) in conflict.lastSeen + GroupSettings.conflictMemory <= now }
        if !unnamed.isEmpty { unnamed.removeAll { $0.lastSeen + GroupSettings.conflictMemory <= now } }
        let ended = conflicts.filter(isOver)
        if !ended.isEmpty { conflicts.removeAll(where: isOver) }
        return ended
    }
}
