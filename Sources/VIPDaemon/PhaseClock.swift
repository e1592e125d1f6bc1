// Where the time of a takeover or a handover goes on this node: the instants at which one phase gave way to the next.
// Deliberately not here: what the phases are called for people (VIPControl), and any clock: instants come in as arguments.

import VIPControl
import VIPElection

/// Follows one group from phase to phase. It keeps what the daemon does anyway, and decides nothing.
///
/// The instants are those that the election is given; where the daemon hands something to the kernel, those of that
/// moment, and of its answer.
struct PhaseClock {
    private struct Mark {
        var phase: PhaseName
        var since: Instant
    }

    /// What this node has gone through, the present phase last. There is nothing to follow while there are none: a holder
    /// that holds and a candidate that waits cost nothing here.
    private var marks: [Mark] = []
    /// When the event that is being performed was handled.
    private var handledAt = Instant(nanoseconds: 0)

    /// A host that answers later has not waited for this takeover: it was asked once more, as switches age.
    private static let longestConfirmation: Duration = .seconds(5)

    private var present: PhaseName? { marks.last?.phase }

    private mutating func begin(_ phase: PhaseName, at now: Instant) { marks.append(Mark(phase: phase, since: now)) }

    /// The election is about to be given `event`. With the kernel's answer to a removal the resignation begins.
    mutating func noteEvent(_ event: Event, at now: Instant) {
        handledAt = now
        switch event {
        case .started: marks = [Mark(phase: .listening, since: now)]
        case .addressesRemoved: if present == .removing { begin(.resigning, at: now) }
        default: break
        }
    }

    /// The kernel is about to be asked for the addresses: for a claim, or to renew a lease, which is nobody's phase.
    mutating func noteInstallation(at now: @autoclosure () -> Instant) {
        if present == .deciding { begin(.netlink, at: now()) }
    }

    /// A frame to the other nodes was handed to the kernel.
    mutating func noteSign(at now: @autoclosure () -> Instant) {
        if present == .announcing { begin(.addresses, at: now()) }
    }

    /// Announcements of addresses were handed to the kernel.
    mutating func noteAnnouncements(at now: @autoclosure () -> Instant) {
        if present == .addresses { begin(.confirmation, at: now()) }
    }

    /// The kernel is about to be asked to reset connections.
    mutating func noteClosing(at now: Instant) { begin(.closing, at: now) }

    /// The kernel is about to be asked to remove the addresses.
    mutating func noteRemoval(at now: Instant) { begin(.removing, at: now) }

    /// The phases that `report` ends, for its event; what comes of it for the clock is noted.
    ///
    /// - Parameters:
    ///   - id: this node's.
    ///   - now: the moment at which it is told, and so after what was performed before it.
    mutating func take(for report: Report, ofNode id: UInt64, at now: @autoclosure () -> Instant) -> [EventPhase] {
        switch report {
        case .stateChanged(let from, let to, _):
            defer { enter(to, from: from) }
            return from == .releasing ? finish(at: now()) : []
        case .holderChanged(let change): return change.to?.id == id ? takeClaim(change) : takeLoss(change)
        case .confirmed:
            guard present == .confirmation, let since = marks.last?.since else { return [] }
            let answered = finish(at: handledAt)
            return handledAt - since <= Self.longestConfirmation ? answered : []
        default: return []
        }
    }

    private mutating func enter(_ state: State, from former: State) {
        switch state {
        case .listening: marks = [Mark(phase: .listening, since: handledAt)]
        case .candidate, .ineligible: marks = []
        case .probing: begin(.probing, at: handledAt)
        case .occupied: begin(.occupied, at: handledAt)
        case .claiming: begin(.deciding, at: handledAt)
        case .holder where former == .claiming: begin(.announcing, at: handledAt)
        // A handover came to nothing.
        case .holder: marks = []
        case .handingOver: marks = [Mark(phase: .naming, since: handledAt)]
        case .releasing: marks.removeAll { !$0.phase.isLeaving }
        }
    }

    /// This node holds: all that led there, since the old holder's last sign of life where there was one.
    private mutating func takeClaim(_ change: HolderChange) -> [EventPhase] {
        guard let end = marks.last else { return [] }
        var course = Array(marks.dropLast())
        if let silence = change.silence, let claim = change.claim {
            let noticedAt = handledAt - claim
            // What this node did before was about something else.
            course = course.filter { $0.since >= noticedAt }
            if course.first.map({ $0.since > noticedAt }) ?? true {
                course.insert(Mark(phase: .waiting, since: noticedAt), at: 0)
            }
            course.insert(Mark(phase: .silence, since: noticedAt - silence), at: 0)
        }
        marks = [end]
        return Self.phases(of: course, until: end.since)
    }

    /// Another node holds, or none.
    private mutating func takeLoss(_ change: HolderChange) -> [EventPhase] {
        if change.to != nil, present == .naming {
            defer { marks = [Mark(phase: .lingering, since: handledAt)] }
            return Self.phases(of: marks, until: handledAt)
        }
        marks.removeAll { $0.phase == .confirmation || $0.phase == .naming }
        guard change.to != nil, let silence = change.silence, let claim = change.claim else { return [] }
        let noticedAt = handledAt - claim
        let course = [
            Mark(phase: .silence, since: noticedAt - silence), Mark(phase: .claim, since: noticedAt),
        ]
        return Self.phases(of: course, until: handledAt)
    }

    /// All marks up to `end`; there is nothing to follow any more.
    private mutating func finish(at end: Instant) -> [EventPhase] {
        defer { marks = [] }
        return Self.phases(of: marks, until: end)
    }

    /// The stretches between marks, in whole microseconds of which none is lost in between: what is cut off one belongs
    /// to the next.
    private static func phases(of marks: [Mark], until end: Instant) -> [EventPhase] {
        guard let start = marks.first?.since else { return [] }
        func microseconds(to instant: Instant) -> Int { Int((instant - start).nanoseconds / 1000) }
        let ends = marks.dropFirst().map(\.since) + [end]
        return zip(marks, ends).compactMap { mark, end in
            let length = microseconds(to: end) - microseconds(to: mark.since)
            return length > 0 ? EventPhase(mark.phase.rawValue, microseconds: length) : nil
        }
    }
}

extension PhaseName {
    /// Whether a node that lets the addresses go is in it.
    fileprivate var isLeaving: Bool {
        switch self {
        case .lingering, .closing, .removing, .resigning: true
        case .silence, .waiting, .listening, .probing, .occupied, .deciding, .netlink, .announcing, .addresses,
            .confirmation, .claim, .naming:
            false
        }
    }
}
