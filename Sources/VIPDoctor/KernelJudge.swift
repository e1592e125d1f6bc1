// What the kernel can do of what vipd asks of it. Each feature was tried where this process may, and is otherwise told by the
// kernel's version.

/// What came of trying a feature.
public enum Trial: Equatable, Sendable {
    case works
    /// The kernel cannot: what it said.
    case refused(String)
    /// It was not tried here; the reason, as in "needs root".
    case untried(String)
}

/// A kernel's version, as far as features go by it.
public struct KernelVersion: Comparable, Sendable, CustomStringConvertible {
    public var major: Int
    public var minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads the release of uname(2): `6.1.0-18-amd64`; nil for anything else.
    public init?(release: String) {
        let parts = release.split(separator: ".", maxSplits: 2)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return nil
        }
        self.init(major, minor)
    }

    public var description: String { "\(major).\(minor)" }

    public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

/// What was found of the kernel.
public struct KernelFacts: Equatable, Sendable {
    /// Nil where uname(2) says something unreadable.
    public var version: KernelVersion?
    /// Setting an address with a lifetime, and reading the lifetime back.
    public var lease: Trial
    /// Whether what was read back tells who had set it.
    public var keepsOrigin: Bool?
    public var socketDestroy: Trial
    public var overlapRelay: Trial
    /// Opening a packet socket on the link and joining vipd's multicast address; nil without a link.
    public var packetSockets: Trial?

    public init(
        version: KernelVersion?, lease: Trial, keepsOrigin: Bool?, socketDestroy: Trial, overlapRelay: Trial,
        packetSockets: Trial? = nil
    ) {
        self.version = version
        self.lease = lease
        self.keepsOrigin = keepsOrigin
        self.socketDestroy = socketDestroy
        self.overlapRelay = overlapRelay
        self.packetSockets = packetSockets
    }
}

public enum KernelJudge {
    /// Lifetimes of IPv4 addresses, and IFA_PROTO.
    static let firstWithLeases = KernelVersion(3, 9)
    static let firstWithOrigins = KernelVersion(5, 18)

    public static func findings(_ facts: KernelFacts) -> [Finding] {
        [lease(facts), origin(facts), socketDestroy(facts), overlapRelay(facts), packetSockets(facts)]
            .compactMap(\.self)
    }

    private static func lease(_ facts: KernelFacts) -> Finding? {
        let refusal = { (what: String) in
            Finding(
                .problem, .lease, "the kernel takes no address with a lifetime: \(what)",
                why:
                    "The lease is what removes the address when the daemon dies or hangs. Without it two machines would "
                    + "answer for one address.")
        }
        switch facts.lease {
        case .works:
            return Finding(
                .ok, .lease, "the kernel removes addresses whose lease ends (tried in a namespace of its own)")
        case .refused(let what): return refusal(what)
        case .untried:
            guard let version = facts.version else { return nil }
            if version < firstWithLeases { return refusal("Linux \(version) is older than \(firstWithLeases)") }
            return Finding(.ok, .lease, "Linux \(version) has leases of addresses (by its version; root can try)")
        }
    }

    private static func origin(_ facts: KernelFacts) -> Finding? {
        guard let keeps = facts.keepsOrigin ?? facts.version.map({ $0 >= firstWithOrigins }) else { return nil }
        if keeps { return Finding(.ok, .addressOrigin, "the kernel keeps who set an address") }
        return Finding(
            .note, .addressOrigin, "the kernel does not keep who set an address (Linux before \(firstWithOrigins))",
            why: "vipd then knows its own addresses by their lease; `ip address` does not show them as proto 0x56.")
    }

    private static func socketDestroy(_ facts: KernelFacts) -> Finding? {
        switch facts.socketDestroy {
        case .works: return Finding(.ok, .socketDestroy, "the kernel can reset connections of an address that leaves")
        case .refused(let what):
            return Finding(
                .warning, .socketDestroy, "the kernel cannot reset connections of an address that leaves: \(what)",
                why: "At a move or a planned stop open connections hang until their clients give up. The kernel needs "
                    + "CONFIG_INET_DIAG_DESTROY, and its module inet_diag.",
                cure: ["modprobe -a inet_diag tcp_diag"])
        case .untried: return nil
        }
    }

    private static func overlapRelay(_ facts: KernelFacts) -> Finding? {
        switch facts.overlapRelay {
        case .works: return Finding(.ok, .overlapRelay, "the kernel can relay handshakes during a handover")
        case .refused(let what):
            return Finding(
                .note, .overlapRelay, "the kernel cannot relay handshakes during a handover: \(what)",
                why:
                    "A connection whose handshake falls into the few milliseconds of a handover may be reset. Linux 5.12 "
                    + "with CONFIG_NF_TABLES_NETDEV and CONFIG_NFT_FWD_NETDEV avoids it.")
        case .untried: return nil
        }
    }

    private static func packetSockets(_ facts: KernelFacts) -> Finding? {
        switch facts.packetSockets {
        case .works: return Finding(.ok, .packetSockets, "frames can be sent and captured on the link")
        case .refused(let what):
            return Finding(
                .problem, .packetSockets, what, why: "The nodes speak with each other by raw frames on the link.")
        case .untried, nil: return nil
        }
    }
}
