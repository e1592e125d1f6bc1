// The kinds of trouble that chaos draws from: what each is called, what it takes hold of, and how long it lasts. Doing them
// is ChaosActs'.

/// Something that goes wrong on a controller, or around it.
enum ChaosKind: String, CaseIterable, Sendable {
    case powerCut = "power cut"
    case kill = "daemon killed"
    case restart = "daemon killed and started again at once"
    case hang = "daemon hung"
    case stop = "daemon stopped"
    case partition
    case mute = "mute: nothing comes from it"
    case deaf = "deaf: nothing comes to it"
    case loss = "frames lost"
    case duplication = "frames doubled"
    case unplug = "cable pulled"
    case linkDown = "link down"
    case addressDeleted = "address deleted"
    case addressFlushed = "address flushed"
    case linkFlushed = "all addresses of the link flushed"
    case rename = "link renamed"
    case recreate = "link deleted"
    case newMAC = "MAC address changed"
    case foreignHost = "foreign host claims the VIP"
    case move
    case maintenance
    case reload = "reload with another priority"
    case checkerKilled = "checker killed"
    case checkerHung = "checker hung"
    case serviceKilled = "service killed"
    case serviceHung = "service hung"
    case linkStorm = "storm of other links"
    case flood = "flood of ARP"
    case crowd = "clients that never read"
    case noDescriptors = "no file descriptors left"
    case checkerStarved = "checker without memory"
    case clockBack = "clock set back a year"
    case keyRolled = "reload with another key"

    /// What a trouble takes hold of: of two that want the same on one machine, the later is passed over.
    enum Domain: CaseIterable, Sendable {
        case daemon, wire, link, checker, service, maintenance, segment, door, clock
    }

    var domains: Set<Domain> {
        switch self {
        case .powerCut: Set(Domain.allCases).subtracting([.maintenance, .segment, .clock])
        case .kill, .restart, .hang, .stop: [.daemon, .checker, .door]
        case .partition, .mute, .deaf, .loss, .duplication, .unplug: [.wire]
        case .linkDown, .linkFlushed, .rename, .newMAC: [.link]
        case .recreate: [.wire, .link]
        case .checkerKilled, .checkerHung, .checkerStarved: [.checker]
        case .serviceKilled, .serviceHung: [.service]
        case .maintenance: [.maintenance]
        case .foreignHost, .flood: [.segment]
        case .crowd: [.door]
        // Without a descriptor there is no new child, and nobody is heard who has something to say.
        case .noDescriptors: [.daemon, .checker, .door, .maintenance]
        case .clockBack: [.clock]
        case .addressDeleted, .addressFlushed, .move, .reload, .linkStorm, .keyRolled: []
        }
    }

    /// Whether there is a repair to wait for; the others are done with when they are done.
    var lasts: Bool {
        switch self {
        case .restart, .addressDeleted, .addressFlushed, .move, .reload, .checkerKilled, .linkStorm, .keyRolled: false
        default: true
        }
    }

    /// Whether it takes a run whose nodes sign their frames.
    var needsKey: Bool { self == .keyRolled }

    /// How often it is drawn, beside the others.
    var weight: Int {
        switch self {
        case .powerCut, .kill, .hang, .partition, .loss, .move, .stop: 3
        case .checkerKilled, .checkerHung, .serviceHung, .duplication, .addressFlushed, .linkStorm: 1
        case .flood, .crowd, .noDescriptors, .checkerStarved: 1
        default: 2
        }
    }

    /// Why two machines may have the VIP in spite of the promises, while this lasts on one of them.
    func disturbance(strength: Int) -> Disturbance.Kind? {
        switch self {
        case .powerCut: .powerless
        case .kill, .restart, .hang, .stop: .absent
        case .partition, .mute, .deaf, .unplug, .linkDown, .recreate: .cutOff
        case .loss: .lossy(percent: strength)
        // All others are heard and act, whatever they lose.
        default: nil
        }
    }
}

/// Why a machine does not count, or not fully, for the promise of one holder.
struct Disturbance: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Without power: its kernel has what it has, out of everyone's reach.
        case powerless
        /// Its daemon is not there, or hangs: its kernel's lease ends what it holds.
        case absent
        /// It does not hear, or is not heard.
        case cutOff
        /// Some of its frames are lost.
        case lossy(percent: Int)
    }

    let node: Int
    let kind: Kind
    /// Just before it began.
    let start: Instant
    /// Just after it was over; nil: it is not.
    var end: Instant?
}
