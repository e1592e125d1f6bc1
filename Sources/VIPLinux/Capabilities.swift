// The capabilities vipd needs, and giving up all others.

internal import CVIPLinux

/// The capabilities of capabilities(7) that vipd knows.
public struct Capabilities: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Setting addresses, raising socket buffers.
    public static let networkAdministration = Capabilities(rawValue: UInt32(CVIP_CAPABILITY_NET_ADMIN))
    /// Sending and receiving frames.
    public static let rawNetwork = Capabilities(rawValue: UInt32(CVIP_CAPABILITY_NET_RAW))

    /// Their kernel names, in order: `["CAP_NET_ADMIN", "CAP_NET_RAW"]`.
    public var names: [String] {
        var names: [String] = []
        if contains(.networkAdministration) { names.append("CAP_NET_ADMIN") }
        if contains(.rawNetwork) { names.append("CAP_NET_RAW") }
        return names
    }

    /// Those in effect for the calling thread.
    public static func effective() throws(SystemError) -> Capabilities { try current().effective }

    /// Those the calling thread may put in effect.
    public static func permitted() throws(SystemError) -> Capabilities { try current().permitted }

    /// Gives up every capability of the calling thread but these; of these, the permitted ones are in effect afterwards.
    ///
    /// Children get none, unless they run as root. Call it while there is one thread. A thread that has none keeps none.
    public func keepOnly() throws(SystemError) {
        _ = try check(cvip_capability_keep(rawValue), "give up the capabilities vipd does not need")
    }

    /// The same, as another user and group, for a process that runs as root. There is no way back. A process for which
    /// this throws may be half of each, and should end.
    public func keepOnly(as user: UserAccount) throws(SystemError) {
        _ = try check(cvip_capability_become(user.id, user.group, rawValue), "become the user \(user.name)")
    }

    /// From here on no program that this process or its children start has more rights than they (no_new_privs of
    /// prctl(2)).
    public static func renounceNew() throws(SystemError) {
        _ = try check(cvip_capability_renounce(), "renounce new privileges")
    }

    private static func current() throws(SystemError) -> (permitted: Capabilities, effective: Capabilities) {
        var permitted: UInt32 = 0
        var effective: UInt32 = 0
        _ = try check(unsafe cvip_capability_get(&permitted, &effective), "read the process's capabilities")
        return (Capabilities(rawValue: permitted), Capabilities(rawValue: effective))
    }
}
