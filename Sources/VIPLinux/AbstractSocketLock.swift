// A lock that holds in one network namespace, whatever the file systems and the processes' ids are.

internal import CVIPLinux
internal import Glibc

/// A name that one process of a network namespace can hold, through an abstract Unix socket (unix(7)).
///
/// The kernel frees it when the holder dies, however it dies. Any user of the machine can take a free name: ``owner(of:)``
/// tells whose it is.
public final class AbstractSocketLock {
    private let descriptor: OwnedDescriptor

    /// Takes the name, of at most 107 bytes, until this object is gone. Throws EADDRINUSE where it is taken; `holder`
    /// says in words who may have it.
    public init(name: String, holder: String) throws(SystemError) {
        let opened = unsafe cvip_lock_open(name)
        descriptor = OwnedDescriptor(
            try check(opened, "take the lock @\(name)") { $0 == EADDRINUSE ? holder : nil })
    }

    /// The user whose process holds the name, by sock_diag(7); nil where nobody does, or the kernel cannot tell.
    public static func owner(of name: String) -> UInt32? {
        let owner = unsafe cvip_lock_owner(name)
        return owner >= 0 ? UInt32(owner) : nil
    }
}
