// Why the addresses changed hands: the words of the status, and the same for people.
// Deliberately not here: finding out which it was (the election).

/// The reasons that `lastTransition.reason` and an event's `reason` may have. Readers must bear with others: a newer
/// daemon may know more.
public enum TransitionReason: String, CaseIterable, Sendable {
    case start, silence, lease, resign, conflict, carrierLost, leaseLapsed, maintenance, stop, addressRefused
    case handover, unhealthy, quorumLost

    /// The reason in words that fit behind "A -> B,".
    public var inWords: String {
        switch self {
        case .start: "no holder was known"
        case .silence: "holder went silent"
        case .lease: "holder's daemon went silent, and its lease ended"
        case .resign: "holder resigned"
        case .conflict: "two held, the better claim stays"
        case .carrierLost: "no carrier"
        case .leaseLapsed: "own lease lapsed before it was renewed"
        case .maintenance: "maintenance"
        case .stop: "stopped"
        case .addressRefused: "the kernel refused an address"
        case .handover: "handed over"
        case .unhealthy: "its services are sick"
        case .quorumLost: "no majority acknowledged it"
        }
    }
}
