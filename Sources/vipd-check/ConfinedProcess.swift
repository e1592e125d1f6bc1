// What is done to the process itself before it reads a request. Deliberately not here: the bounds that systemd sets.
import CVIPCheck
import CVIPPrivilege
import Glibc

/// Why the process could not be confined, in one line with the way out.
struct ConfinementError: Error, CustomStringConvertible {
    let description: String
}

/// The process without its privileges, with bounded memory, and with orphans of its children for its own.
struct ConfinedProcess {
    /// The user it runs as, for advice.
    let user: String
    /// Readable when a child has ended or SIGTERM has come.
    let watch: Int32
    /// What children get back.
    let limits: cvip_limits

    /// Confines the calling process, for good; call it once and while there is one thread. It must end after a failure.
    init(memory: Int) throws(ConfinementError) {
        var name = [CChar](repeating: 0, count: Int(CVIP_USER_SIZE))
        let dropped = unsafe cvip_privilege_drop(&name)
        guard dropped == 0 else {
            throw ConfinementError(
                description: "cannot give up the privileges it has: \(ErrorText.of(dropped)); "
                    + "add a user vipd, or start it as an unprivileged user")
        }
        user = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        var before = cvip_limits()
        let bounded = unsafe cvip_privilege_bound(memory, &before)
        guard bounded == 0 else {
            throw ConfinementError(description: "cannot bound its memory: \(ErrorText.of(bounded))")
        }
        limits = before
        watch = cvip_child_watch()
        guard watch >= 0 else {
            throw ConfinementError(description: "cannot watch its children: \(ErrorText.of(watch))")
        }
        // A thread of libcurl waits for each name server, also after the run that asked has failed: not for long, so that
        // such threads do not become many. Runs and posts are attempts enough.
        _ = unsafe setenv("RES_OPTIONS", "timeout:1 attempts:1", 1)
    }
}
