// A group as the doctor sees it: what the configuration says of it, or where there is none the daemon.
import VIPJSON
public import VIPWire

/// What is known of a group.
public struct GroupFacts: Equatable, Sendable {
    public var name: String
    public var addresses: [IPv4Address]
    /// Its link; nil where there is none.
    public var interface: String?
    /// Digest of the settings that nodes must share; nil where only the daemon was asked, which does not tell it.
    public var configurationDigest: UInt64?
    public var members: Int?
    /// Frames between nodes are broadcast, and do not depend on multicast.
    public var broadcast: Bool
    /// Between two announcements of a holder.
    public var interval: Duration
    /// Some of its checks or hooks need the checker.
    public var needsChecker: Bool

    public init(
        name: String, addresses: [IPv4Address], interface: String? = nil, configurationDigest: UInt64? = nil,
        members: Int? = nil, broadcast: Bool = false, needsChecker: Bool = false,
        interval: Duration = .milliseconds(100)
    ) {
        self.name = name
        self.addresses = addresses
        self.interface = interface
        self.configurationDigest = configurationDigest
        self.members = members
        self.broadcast = broadcast
        self.needsChecker = needsChecker
        self.interval = interval
    }

    /// What nodes of the group know each other by.
    public var digest: UInt64 { Digest.group(name: name, addresses: addresses) }

    var json: JSONValue {
        .object([
            "name": .string(name), "addresses": .array(addresses.map { .string($0.description) }),
            "interface": .optional(interface),
        ])
    }
}
