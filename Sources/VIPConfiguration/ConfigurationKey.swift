// The table of all keys: what each is called, what it does, its type, default and range. The decoder goes by it, and so
// does whatever explains the file to people. The enums make the compiler ask for both when a key is added.
// Deliberately not here: how values are read (ConfigurationDecoder, Values).

/// A key of the configuration file, as it is explained to people.
public struct ConfigurationKey: Equatable, Sendable {
    /// The key as it is written.
    public let name: String
    /// What it does: one line, without a full stop.
    public let summary: String
    /// What kind of value it takes: "duration".
    public let type: String
    /// The value without the key, as one would write or say it; nil if there is none.
    public let defaultValue: String?
    /// Which values are allowed; nil where the type says it all.
    public let range: String?

    /// The keys at the top of the file. Those of `besideVIP` may stand there too, if `groups` does not.
    public static let ofFile = FileKey.allCases.map(\.entry)
    /// The keys of one entry of `groups`.
    public static let ofGroup = GroupKey.allCases.map(\.entry)
    /// The keys of a group that may stand at the top of the file, beside `vip`.
    public static let besideVIP = GroupKey.allCases.filter(\.mayStandBesideVIP).map(\.entry)
    /// The keys of `deviceSelector`.
    public static let ofDeviceSelector = SelectorKey.allCases.map(\.entry)
    /// The keys of one entry of `checks`.
    public static let ofCheck = CheckKey.allCases.map(\.entry)
    /// The keys of `http`, `https`, `kubernetes` and `etcd` of a check; not each of them has all.
    public static let ofProbe = ProbeKey.allCases.map(\.entry)
    /// The keys of `hooks`.
    public static let ofHooks = HookKey.allCases.map(\.entry)
    /// All tables, each with the key under which its keys stand; nil for the top of the file.
    public static let tables: [(parent: String?, keys: [ConfigurationKey])] = [
        (nil, ofFile), ("groups", ofGroup), ("deviceSelector", ofDeviceSelector), ("checks", ofCheck),
        ("https", ofProbe), ("hooks", ofHooks),
    ]
}

/// The keys at the top of the file.
enum FileKey: String, CaseIterable {
    case node, vip, groups, keyFile, accept, acceptUnsigned, realtime

    /// Those that are for all groups, and for none in particular.
    static let ofAllGroups: [FileKey] = [.keyFile, .accept, .acceptUnsigned, .realtime]

    var entry: ConfigurationKey {
        switch self {
        case .node:
            ConfigurationKey(
                name: rawValue, summary: "the name of this machine among the nodes", type: "name",
                defaultValue: "the hostname", range: NameRule.node.range)
        case .vip:
            ConfigurationKey(
                name: rawValue, summary: "the virtual IP, or a list of them: short for one group named default",
                type: "address or list of addresses", defaultValue: nil, range: AddressRule.range)
        case .groups:
            ConfigurationKey(
                name: rawValue, summary: "the groups of addresses, each moving as one", type: "list of groups",
                defaultValue: nil, range: "1 to \(Limits.groupCount) groups")
        case .keyFile:
            ConfigurationKey(
                name: rawValue, summary: "the key that frames are signed with, the same on all nodes", type: "path",
                defaultValue: "none: frames are not signed", range: "an absolute path; 'vipd key' makes the file")
        case .accept:
            ConfigurationKey(
                name: rawValue, summary: "further keys whose frames are believed: old ones, or those to come",
                type: "list of paths", defaultValue: nil, range: "at most \(Limits.acceptedKeys) absolute paths")
        case .acceptUnsigned:
            ConfigurationKey(
                name: rawValue, summary: "believe unsigned frames as well, while keys are handed out",
                type: "true or false", defaultValue: "false", range: nil)
        case .realtime:
            ConfigurationKey(
                name: rawValue,
                summary: "run before all else, in locked memory; under systemd it takes the drop-in realtime.conf",
                type: "true or false", defaultValue: "false", range: nil)
        }
    }
}

/// The keys of a group.
enum GroupKey: String, CaseIterable {
    case name, addresses, interface, deviceSelector, priority, interval, suspectAfter, lease, broadcast
    case preempt, preemptDelay, members, strict, confirm, pace
    case checks, whenAllUnhealthy, holdDown, hooks, webhook

    /// False for what `vip` says already.
    var mayStandBesideVIP: Bool { self != .name && self != .addresses }

    var entry: ConfigurationKey {
        switch self {
        case .name:
            ConfigurationKey(
                name: rawValue, summary: "the name of the group, the same on all nodes", type: "name",
                defaultValue: Limits.defaultGroupName, range: NameRule.group.range)
        case .addresses:
            ConfigurationKey(
                name: rawValue, summary: "the virtual IPs of the group", type: "list of addresses",
                defaultValue: nil, range: AddressRule.range)
        case .interface:
            ConfigurationKey(
                name: rawValue, summary: "the interface that gets the addresses", type: "name",
                defaultValue: "the one whose subnet holds the addresses", range: NameRule.interface.range)
        case .deviceSelector:
            ConfigurationKey(
                name: rawValue, summary: "properties that find the interface, instead of its name",
                type: "set of keys", defaultValue: nil, range: "all that are given must match exactly one interface")
        case .priority:
            ConfigurationKey(
                name: rawValue, summary: "who goes first when the holder is gone; higher is better",
                type: "whole number", defaultValue: String(Limits.defaultPriority),
                range: rangeText(Limits.priority.lowerBound, Limits.priority.upperBound))
        case .interval:
            ConfigurationKey(
                name: rawValue, summary: "time between two announcements of the holder", type: "duration",
                defaultValue: DurationText.format(Limits.defaultInterval),
                range: DurationText.format(Limits.interval))
        case .suspectAfter:
            ConfigurationKey(
                name: rawValue, summary: "silence of the holder after which it is suspected to be gone",
                type: "duration", defaultValue: "2 intervals, with members 5",
                range: "1.5 intervals, with members 3, to \(DurationText.format(Limits.longestSuspectAfter))")
        case .lease:
            ConfigurationKey(
                name: rawValue, summary: "how long the kernel keeps the addresses of a daemon that hangs or died",
                type: "duration", defaultValue: "\(Limits.defaultLeaseSeconds)s",
                range: "whole seconds, \(Limits.leaseSeconds.lowerBound)s to \(Limits.leaseSeconds.upperBound)s")
        case .broadcast:
            ConfigurationKey(
                name: rawValue, summary: "send signs of life as broadcasts, for networks that lose multicast",
                type: "true or false", defaultValue: "false", range: nil)
        case .preempt:
            ConfigurationKey(
                name: rawValue, summary: "hand the addresses over to a node of higher priority", type: "true or false",
                defaultValue: "false", range: nil)
        case .preemptDelay:
            ConfigurationKey(
                name: rawValue, summary: "how long that node must have been eligible before", type: "duration",
                defaultValue: DurationText.format(Limits.defaultPreemptDelay),
                range: DurationText.format(Limits.preemptDelay))
        case .members:
            ConfigurationKey(
                name: rawValue,
                summary: "the number of nodes: only a majority of them has a holder, however the network is cut",
                type: "whole number", defaultValue: nil,
                range: rangeText(Limits.members.lowerBound, Limits.members.upperBound))
        case .strict:
            ConfigurationKey(
                name: rawValue,
                summary: "with members: wait until no hung holder's lease can stand, at the price of lease + 1s",
                type: "true or false", defaultValue: "false", range: nil)
        case .confirm:
            ConfigurationKey(
                name: rawValue, summary: "hosts that are asked to confirm a takeover, beside the gateway",
                type: "list of addresses", defaultValue: nil, range: "at most \(Limits.confirmers) addresses")
        case .pace:
            ConfigurationKey(
                name: rawValue,
                summary: "announcements and requests a second at most, for switches that limit ARP",
                type: "whole number", defaultValue: "no limit",
                range: rangeText(Limits.pace.lowerBound, Limits.pace.upperBound))
        case .checks, .whenAllUnhealthy, .holdDown, .hooks, .webhook: healthEntry
        }
    }
}

/// The keys of `deviceSelector`; the words are those of Talos Linux.
enum SelectorKey: String, CaseIterable {
    case physical, hardwareAddr, permanentAddr, busPath, pciID, driver

    var entry: ConfigurationKey {
        switch self {
        case .physical:
            entry("whether it is hardware: no bridge, bond, VLAN, veth or tunnel", type: "true or false")
        case .hardwareAddr: entry("its MAC address, as in 52:54:00:*", type: "pattern")
        case .permanentAddr: entry("the MAC address it was made with", type: "pattern")
        case .busPath: entry("its place on the bus, as in 0000:03:00.*", type: "pattern")
        case .pciID: entry("its PCI vendor and device, as in 8086:*", type: "pattern")
        case .driver: entry("its kernel driver, as in virtio_net", type: "pattern")
        }
    }

    private func entry(_ summary: String, type: String) -> ConfigurationKey {
        let length = Limits.selectorPatternLength.upperBound
        return ConfigurationKey(
            name: rawValue, summary: summary, type: type, defaultValue: nil,
            range: type == "pattern" ? "at most \(length) bytes; * stands for anything" : nil)
    }
}

/// "1 to 254".
func rangeText(_ lower: some CustomStringConvertible, _ upper: some CustomStringConvertible) -> String {
    "\(lower) to \(upper)"
}
