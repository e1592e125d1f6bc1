// The bounds and defaults of all settings, in one place.
// Deliberately not here: the checks themselves and their wording.

/// What a setting may be, and what it is if nothing is said.
public enum Limits {
    /// Where `vipd run` looks without `--config`.
    public static let defaultPath = "/etc/vipd/vipd.yaml"
    /// The largest file that is read, in bytes.
    public static let fileBytes = 1 << 20
    /// The name of a group that is given none.
    public static let defaultGroupName = "default"
    /// The most keys that are accepted beside the one that frames are signed with.
    public static let acceptedKeys = 8
    /// The most groups a file may have.
    public static let groupCount = 256
    /// The most addresses a group may have.
    public static let addressesInGroup = 4096
    /// The length of a group's name, in bytes.
    public static let groupNameLength = 1...32
    /// The length of a node's name, in bytes: it travels in the trailer.
    public static let nodeNameLength = 1...63
    /// The length of an interface's name, in bytes: IFNAMSIZ without the final zero.
    public static let interfaceNameLength = 1...15
    /// The length of a pattern of `deviceSelector`, in bytes.
    public static let selectorPatternLength = 1...128
    /// The priorities a node may have; 0 and 255 stay free for the protocol.
    public static let priority = UInt8(1)...UInt8(254)
    /// The priority if nothing is said.
    public static let defaultPriority: UInt8 = 100
    /// The time between two announcements.
    public static let interval = Duration.milliseconds(10)...Duration.seconds(10)
    /// The interval if nothing is said.
    public static let defaultInterval = Duration.milliseconds(100)
    /// The upper bound of `suspectAfter`.
    public static let longestSuspectAfter = Duration.seconds(60)
    /// The kernel's lease, in seconds.
    public static let leaseSeconds = 2...30
    /// The lease if nothing is said, in seconds.
    public static let defaultLeaseSeconds = 3

    /// How long a node of higher priority must have been eligible.
    public static let preemptDelay = Duration.zero...Duration.seconds(3600)
    /// That, if nothing is said.
    public static let defaultPreemptDelay = Duration.seconds(5)
    /// The most hosts that are asked to confirm a takeover.
    public static let confirmers = 16
    /// Announcements and directed requests a second.
    public static let pace = 1...100_000
    /// The nodes of a cluster with quorum.
    public static let members = 2...256

    /// The most checks that a group may have; all groups together have `CheckLimits.checks` at most.
    public static let checkCount = 16
    /// The length of all words of a command together, in bytes: it goes to the checker in one packet, with the facts.
    public static let commandBytes = 8192
    /// Between two moves for reasons of health.
    public static let holdDown = Duration.zero...Duration.seconds(3600)
    /// That, if nothing is said.
    public static let defaultHoldDown = Duration.seconds(5)
    /// How long a hook may run if nothing is said.
    public static let defaultHookTimeout = Duration.seconds(10)

    /// The shortest `suspectAfter` for an interval: one and a half of it, since at one interval every announcement that
    /// is late by less than the machine's own jitter would count as silence; with quorum three, since an acknowledgement
    /// counts for four fifths of `suspectAfter` only.
    public static func shortestSuspectAfter(interval: Duration, hasQuorum: Bool) -> Duration {
        hasQuorum ? interval * 3 : interval * 3 / 2
    }

    /// The `suspectAfter` for an interval if nothing is said: one announcement may be lost, with quorum two of the
    /// acknowledgements.
    public static func defaultSuspectAfter(interval: Duration, hasQuorum: Bool) -> Duration {
        interval * (hasQuorum ? 5 : 2)
    }
}
