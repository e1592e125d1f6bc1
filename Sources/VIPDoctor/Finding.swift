// What `vipd doctor` says about one thing: how bad it is, what was found, why it matters, and what cures it.
// Deliberately not here: who finds it (the judges beside), and how it is drawn.
import VIPJSON

/// How bad a finding is; the worse is the greater.
public enum Severity: String, CaseIterable, Comparable, Sendable {
    /// Looked at, and as it should be.
    case ok
    /// Worth knowing; nothing needs to be done.
    case note
    /// Works, but not in all cases.
    case warning
    /// Does not work, or two machines may answer for one address.
    case problem

    public static func < (left: Severity, right: Severity) -> Bool { left.place < right.place }

    private var place: Int {
        switch self {
        case .ok: 0
        case .note: 1
        case .warning: 2
        case .problem: 3
        }
    }
}

/// One finding.
public struct Finding: Equatable, Sendable {
    public var severity: Severity
    /// For programs; see ``FindingCode``.
    public var code: FindingCode
    /// What it is about, where there are several: an address, a link, a node. Names come off the wire: treat as hostile.
    public var subject: String?
    /// What was found, in one line.
    public var summary: String
    /// Why it matters, in a sentence or two; nil where nothing needs to be said.
    public var why: String?
    /// Commands for a root shell, in order: they cure it or, where no command does, show more. May be empty.
    public var cure: [String]

    public init(
        _ severity: Severity, _ code: FindingCode, about subject: String? = nil, _ summary: String, why: String? = nil,
        cure: [String] = []
    ) {
        self.severity = severity
        self.code = code
        self.subject = subject
        self.summary = summary
        self.why = why
        self.cure = cure
    }

    /// The finding as JSON, keys in their documented order.
    var json: JSONValue {
        .object([
            "severity": .string(severity.rawValue), "code": .string(code.rawValue), "subject": .optional(subject),
            "summary": .string(summary), "why": .optional(why), "cure": .array(cure.map(JSONValue.string)),
        ])
    }
}

/// The stable names of findings. One name may come at several severities: as ``Severity/ok`` it says that this was looked
/// at and is as it should be.
public enum FindingCode: String, CaseIterable, Sendable {
    // The configuration, and the keys it names.
    /// The file or the flags; a problem with each mistake that `vipd check` shows.
    case configuration
    /// The daemon serves something else than the file says.
    case daemonDiffers
    /// The key file.
    case key
    /// There is no key.
    case unauthenticated
    /// The process that runs checks and hooks.
    case checker

    // What the daemon may do here.
    case capabilities
    /// The user that the daemon runs as.
    case account
    case unit
    /// Whether a daemon runs, and can be asked.
    case daemon
    /// What an ordinary user cannot look at.
    case notLookedAt

    // The kernel.
    /// Addresses that the kernel removes by itself.
    case lease
    /// Whether the kernel keeps who set an address (IFA_PROTO).
    case addressOrigin
    /// Resetting connections of an address that leaves (SOCK_DESTROY).
    case socketDestroy
    /// Relaying handshakes during a handover (nf_tables at a link's ingress).
    case overlapRelay
    /// Sending and capturing frames.
    case packetSockets

    // The link.
    case link
    /// The link is part of a bridge or a bond, which is what has the addresses.
    case linkIsPort
    /// A bond that answers ARP with changing MAC addresses.
    case bondRewritesARP
    case wireless
    /// Siblings on the same host have the same MAC address (ipvlan).
    case sharedMAC
    /// The host that carries a macvlan cannot reach it.
    case macvlan
    case mtu
    /// A bridge of this machine keeps ARP from some of its ports.
    case neighbourSuppression
    /// Rules of this machine's firewall for ARP.
    case arpRules

    // The kernel's settings for the link.
    case arpIgnore, arpFilter, rpFilter, proxyARP, dropGratuitousARP

    // Who else sets addresses on the link.
    case networkd, networkManager, dhclient, ifupdown
    /// keepalived, ucarp or kube-vip on the same machine.
    case otherDaemon

    // The virtual address.
    /// In the link's subnet, and free of everything below.
    case address
    case outsideSubnet
    /// It is this machine's own address.
    case ownAddress
    /// It is a subnet's network or broadcast address.
    case reservedAddress
    /// It is the address of a default gateway.
    case gatewayAddress
    /// It is the own address of another node.
    case peerAddress
    /// Who answers ARP for it: nobody, this node, or the node that holds it.
    case answer
    /// A node of the group answers for it and does not announce it.
    case idlePeerAnswers
    /// Somebody answers for it who is no node of the group.
    case strangerAnswers
    /// More than one machine answers for it.
    case severalAnswer

    // The other nodes.
    case peers
    /// Another node has this node's id or MAC address, or two others share one.
    case clone
    case configurationDiffers
    /// A node speaks for the address in another group.
    case groupDiffers
    case keyDiffers
    case tooManyMembers
    /// The daemon sees somebody else claim the address.
    case conflict
    /// No host confirmed this node's takeover.
    case unconfirmed

    // The way of the frames between the nodes.
    /// `--probe`: all that was asked was answered.
    case frames
    case trailersCut
    case multicastLost
    case longFramesLost
    /// ARP whose sender address is not the machine's own is dropped on the way.
    case arpFiltered
    /// A node was heard and does not answer.
    case oneWay

    // Where the machine runs.
    /// A network that ARP cannot move an address in.
    case cloud
    /// A virtual machine, whose host may filter ARP.
    case virtualMachine

    // Clocks.
    case clockSource
    case civilTime
    case suspended
}
