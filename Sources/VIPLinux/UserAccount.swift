// Accounts of passwd(5), and giving them files.

internal import Glibc

/// A user of this machine.
public struct UserAccount: Hashable, Sendable {
    public let name: String
    public let id: UInt32
    /// Its primary group.
    public let group: UInt32

    /// The account of that name; nil where there is none. It may ask a name service: call it before anything is at stake.
    public init?(named name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        self.name = name
        unsafe id = entry.pointee.pw_uid
        unsafe group = entry.pointee.pw_gid
    }

    /// Whether this process runs as root.
    public static var isRoot: Bool { geteuid() == 0 }

    /// Gives a file or a directory to the account, links not followed; what is not there is passed over.
    public func own(_ path: String) throws(SystemError) {
        guard unsafe lchown(path, id, group) != 0, errno != ENOENT else { return }
        throw SystemError(operation: "give \(path) to the user \(name)", errno: errno)
    }
}
