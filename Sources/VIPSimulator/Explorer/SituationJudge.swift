// What must hold at the end of every instant: how many hold, for how long, and that somebody does.
// Deliberately not here: what one machine says and claims (its own checkers in ExploredMachine).

import VIPElection
import VIPWire

extension Property {
    /// Safety: who gives way.
    static let betterClaimStays = Property(
        name: "better-claim-stays",
        statement: "Of two holders that hear each other it is the one with the worse claim that lets go.")
    /// Liveness.
    static let somebodyHolds = Property(
        name: "somebody-holds",
        statement: """
            While nothing is to be repaired, somebody holds after at most a lease and two seconds, the suspicion, \
            two intervals, and four probe spacings for each node; with quorum, after the pauses for votes as well.
            """)
}

/// Judges situations one after the other along a path.
struct SituationJudge: Sendable {
    private let bound: Duration
    private let lateBound: Duration
    private let consentBound: Duration
    private let patience: Duration
    private let members: Int?
    private let isStrict: Bool
    /// Until when each pair that holds must be one, in the order (0, 1), (0, 2), (1, 2).
    private var deadlines: [Instant?]
    private var leaderlessSince: Instant?

    init(settings: GroupSettings, machines: Int, cell: Duration) {
        let bounds = Bounds(settings)
        // Timers and frames are late by less than a cell each.
        bound = bounds.conflict(frame: cell * 2, kernel: cell)
        lateBound = bound + bounds.listening
        consentBound = bounds.overlap + cell * 4
        let healing = bounds.lease + .seconds(2) + bounds.suspectAfter + bounds.interval * 2
        let pauses = settings.members == nil ? .zero : bounds.suspectAfter * 4 + (bounds.lease + .seconds(1)) * 2
        patience = healing + bounds.probeSpacing * (4 * machines) + pauses
        members = settings.members
        isStrict = settings.strict
        deadlines = Array(repeating: nil, count: machines * (machines - 1) / 2)
    }

    var fingerprint: UInt64 {
        guard leaderlessSince != nil || deadlines.contains(where: { $0 != nil }) else { return 0 }
        var hasher = Hasher()
        hasher.combine(deadlines)
        hasher.combine(leaderlessSince)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// A frame was lost, or comes at the latest at `time`: what it was to end may last until the next one.
    mutating func noteLoss(of flight: Situation.Flight, at time: Instant) {
        guard flight.parcel.frame.packet.isAnnouncement, flight.parcel.frame.trailer != nil else { return }
        let pair = pairIndex(Int(min(flight.from, flight.to)), Int(max(flight.from, flight.to)))
        if let deadline = deadlines[pair] { deadlines[pair] = max(deadline, time + bound) }
    }

    /// Something began or ended with a machine: whatever it is one of two in begins anew.
    mutating func noteChange(of machine: Int, machines: Int) {
        for other in 0..<machines where other != machine {
            deadlines[pairIndex(min(machine, other), max(machine, other))] = nil
        }
    }

    private func pairIndex(_ low: Int, _ high: Int) -> Int { low + high - 1 }

    /// Judges the end of an instant.
    mutating func review(_ situation: Situation) -> Violation? {
        for high in situation.nodes.indices {
            for low in 0..<high {
                if let violation = review(situation, low, high) { return violation }
            }
        }
        let isLeaderless = situation.isInRepair && situation.nodes.allSatisfy { !$0.sketch.isHolder }
        leaderlessSince = isLeaderless ? leaderlessSince ?? situation.now : nil
        guard let leaderlessSince, situation.now - leaderlessSince > patience else { return nil }
        let milliseconds = (situation.now - leaderlessSince).milliseconds
        return Violation(property: .somebodyHolds, at: situation.now, detail: "nobody has held for \(milliseconds) ms")
    }

    private mutating func review(_ situation: Situation, _ low: Int, _ high: Int) -> Violation? {
        let one = situation.sketch(low)
        let other = situation.sketch(high)
        let pair = pairIndex(low, high)
        guard one.lease != nil, other.lease != nil,
            let allowed = members == nil
                ? allowedInSegment(situation, low, high) : allowedWithQuorum(situation, low, high)
        else {
            deadlines[pair] = nil
            return nil
        }
        let deadline = deadlines[pair] ?? situation.now + allowed
        deadlines[pair] = deadline
        // An allowance of nothing is one of nothing at all.
        guard deadline < situation.now || allowed == .zero else { return nil }
        return Violation(
            property: members == nil ? .oneHolderPerSegment : .oneHolderAnywhere, at: situation.now,
            detail: "node-\(low + 1) and node-\(high + 1) both have the address")
    }

    /// For how long the two may both have the address; nil if there is no bound but a lease's.
    private func allowedInSegment(_ situation: Situation, _ low: Int, _ high: Int) -> Duration? {
        let (one, other) = (situation.sketch(low), situation.sketch(high))
        guard one.isAttentive, other.isAttentive, situation.isConnected(low, high) else { return nil }
        return one.isListening || other.isListening ? lateBound : bound
    }

    private func allowedWithQuorum(_ situation: Situation, _ low: Int, _ high: Int) -> Duration? {
        let (one, other) = (situation.sketch(low), situation.sketch(high))
        let hasConsent = one.consented & (1 << UInt8(high)) != 0 || other.consented & (1 << UInt8(low)) != 0
        let isAttentive = one.isAttentive && other.isAttentive
        if hasConsent { return isAttentive ? consentBound : nil }
        return isAttentive || isStrict ? .zero : nil
    }
}
