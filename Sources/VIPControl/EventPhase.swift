// Where the time of a takeover or a handover went: the phases that an event ends, and their names.
// Deliberately not here: finding them out (the daemon), and drawing them (`vipd events --timings`).
import VIPJSON

/// One stretch of a takeover or a handover as one node saw it.
public struct EventPhase: Equatable, Sendable {
    /// One of ``PhaseName``; readers must bear with others: a newer daemon may know more.
    public var name: String
    /// How long it took, in microseconds; phases shorter than one are not told.
    public var microseconds: Int

    public init(_ name: String, microseconds: Int) {
        self.name = name
        self.microseconds = microseconds
    }

    var json: JSONValue { .object(["name": .string(name), "us": .integer(Int64(microseconds))]) }

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.string("name")
        microseconds = try fields.integer("us")
    }
}

/// The names of phases, in the order in which they can follow each other.
public enum PhaseName: String, CaseIterable, Sendable {
    /// From the old holder's last sign of life until this node noticed its silence.
    case silence
    /// From then until this node could do something about it.
    case waiting
    /// Hearing the segment out after a start.
    case listening
    /// Asking for the address while nobody answers; with quorum, asking for votes too.
    case probing
    /// A kernel answers for the address: waiting for the end of its lease.
    case occupied
    /// From the decision to claim until the kernel is asked for the addresses.
    case deciding
    /// From there to the kernel's answer for the last address.
    case netlink
    /// From there until the announcement to the other nodes was handed to the kernel.
    case announcing
    /// From there until the announcement of the last address was; with `pace`, of those that went at once.
    case addresses
    /// From there to the first answer of a host to a directed request.
    case confirmation
    /// On a node that only watches: from the noticed silence until the new holder was heard.
    case claim
    /// On a holder: from naming its successor until that was heard.
    case naming
    /// From there on, connections just accepted may finish.
    case lingering
    /// From asking the kernel to reset the connections until it is asked to remove the addresses.
    case closing
    /// From there to the kernel's answer.
    case removing
    /// From there until the resignation was handed to the kernel.
    case resigning

    /// What the phase is, in words that fit behind its figures.
    public var inWords: String {
        switch self {
        case .silence: "the old holder was silent"
        case .waiting: "nothing this node could do"
        case .listening: "heard the segment out"
        case .probing: "asked for the address, unanswered"
        case .occupied: "a kernel answered, until its lease ended"
        case .deciding: "decided to claim"
        case .netlink: "the kernel installed the addresses"
        case .announcing: "told the other nodes"
        case .addresses: "announced every address"
        case .confirmation: "a host answered"
        case .claim: "another node claimed"
        case .naming: "the successor was named, and announced"
        case .lingering: "let accepted connections finish"
        case .closing: "reset the connections"
        case .removing: "the kernel removed the addresses"
        case .resigning: "resigned"
        }
    }
}
