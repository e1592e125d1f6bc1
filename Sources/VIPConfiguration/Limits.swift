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
    public static let groupCount = 256
    public static let addressesInGroup = 4096
    /// The lengths of names, in bytes. A node's name travels in the trailer, an interface's is IFNAMSIZ less its zero.
    public static let groupNameLength = 1...32
    public static let nodeNameLength = 1...63
    public static let interfaceNameLength = 1...15
    public static let selectorPatternLength = 1...128
    public static let priority = UInt8(1)...UInt8(254)
    public static let defaultPriority: UInt8 = 100
    public static let interval = Duration.milliseconds(10)...Duration.seconds(10)
    public static let defaultInterval = Duration.milliseconds(100)
    public static let longestSuspectAfter = Duration.seconds(60)
    public static let leaseSeconds = 2...30
    public static let defaultLeaseSeconds = 3

    /// The shortest `suspectAfter` for an interval: one and a half of it. At one interval every announcement that is
    /// late by less than the machine's own jitter would already count as silence.
    public static func shortestSuspectAfter(interval: Duration) -> Duration { interval * 3 / 2 }

    /// The `suspectAfter` for an interval if nothing is said: one announcement may be lost.
    public static func defaultSuspectAfter(interval: Duration) -> Duration { interval * 2 }
}
