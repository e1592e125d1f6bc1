// Who may do what over the control socket: the decision, as a pure function of the caller's credentials.
// Deliberately not here: asking the kernel for the credentials (Credentials.swift).

/// How much a request may touch.
public enum AccessLevel: Sendable {
    /// Looking: everyone on the machine.
    case read
    /// Changing: root and the members of the group `vipd`.
    case change
}

/// Who is at the other end of a socket, as the kernel recorded it when they connected (unix(7), SO_PEERCRED).
public struct PeerCredentials: Equatable, Sendable {
    public var uid: UInt32
    /// The primary group.
    public var gid: UInt32
    /// The supplementary groups.
    public var groups: [UInt32]

    public init(uid: UInt32, gid: UInt32, groups: [UInt32]) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }
}

/// The rule: everyone may read; root and one group may change.
public struct AccessPolicy: Equatable, Sendable {
    /// The group whose members may change things.
    public static let groupName = "vipd"

    /// The id of that group; nil where the machine has none.
    public var groupID: UInt32?

    public init(groupID: UInt32?) { self.groupID = groupID }

    /// True if somebody with `credentials` may do things of `level`. Nil credentials are those of a stranger.
    public func allows(_ level: AccessLevel, to credentials: PeerCredentials?) -> Bool {
        switch level {
        case .read: return true
        case .change:
            guard let credentials else { return false }
            if credentials.uid == 0 { return true }
            guard let groupID else { return false }
            return credentials.gid == groupID || credentials.groups.contains(groupID)
        }
    }

    /// What to tell a caller who may not do `request`.
    func refusal(of request: ControlRequest, to credentials: PeerCredentials?) -> ControlError {
        let who = credentials.map { "uid \($0.uid)" } ?? "a caller the kernel does not name"
        let group = Self.groupName
        let way =
            groupID == nil
            ? "use sudo (there is no group \(group) on this machine to join)"
            : "use sudo, or join the group (sudo usermod -aG \(group) USER) and log in again"
        return ControlError(
            .notAllowed, "\(who) may not use \(request.name): only root and members of group \(group) may; \(way)")
    }
}
