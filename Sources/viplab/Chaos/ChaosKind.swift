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

    /// What a trouble takes hold of: of two that want the same on one machine, the later is passed over.
    enum Domain: CaseIterable, Sendable { case daemon, wire, link, checker, service, maintenance, segment }

    var domains: Set<Domain> {
        switch self {
        case .powerCut: Set(Domain.allCases).subtracting([.maintenance, .segment])
        case .kill, .restart, .hang, .stop: [.daemon, .checker]
        case .partition, .mute, .deaf, .loss, .duplication, .unplug: [.wire]
        case .linkDown, .linkFlushed, .rename, .newMAC: [.link]
        case .recreate: [.wire, .link]
        case .checkerKilled, .checkerHung: [.checker]
        case .serviceKilled, .serviceHung: [.service]
        case .maintenance: [.maintenance]
        case .foreignHost: [.segment]
        case .addressDeleted, .addressFlushed, .move, .reload, .linkStorm: []
        }
    }

    /// Whether there is a repair to wait for; the others are done with when they are done.
    var lasts: Bool {
        switch self {
        case .restart, .addressDeleted, .addressFlushed, .move, .reload, .checkerKilled, .linkStorm: false
        default: true
        }
    }

    /// How often it is drawn, beside the others.
    var weight: Int {
        switch self {
        case .powerCut, .kill, .hang, .partition, .loss, .move, .stop: 3
        case .checkerKilled, .checkerHung, .serviceHung, .duplication, .addressFlushed, .linkStorm: 1
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
