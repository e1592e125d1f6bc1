// Asking the system who is who: the credentials of a peer, and the group that may change things.
// Deliberately not here: the decision (AccessPolicy.swift).
import Glibc

extension PeerCredentials {
    /// `struct ucred` of unix(7), which Glibc keeps behind _GNU_SOURCE.
    private struct KernelCredentials {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    /// The credentials of whoever connected to the Unix stream socket `fd`; nil if the kernel does not tell.
    init?(peerOf fd: Int32) {
        var credentials = KernelCredentials()
        var length = socklen_t(MemoryLayout<KernelCredentials>.size)
        guard unsafe getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0,
            length == MemoryLayout<KernelCredentials>.size
        else { return nil }
        // A peer without a readable list of groups is still known by its primary one.
        self.init(uid: credentials.uid, gid: credentials.gid, groups: Self.groups(ofPeer: fd) ?? [])
    }

    /// The supplementary groups of the peer (SO_PEERGROUPS, since Linux 4.13). A first call with no room asks how many
    /// there are; they are fixed once connected.
    private static func groups(ofPeer fd: Int32) -> [UInt32]? {
        var length: socklen_t = 0
        if unsafe getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nil, &length) == 0 { return [] }
        guard errno == ERANGE else { return nil }
        var groups = [UInt32](repeating: 0, count: Int(length) / MemoryLayout<UInt32>.size)
        guard unsafe getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &groups, &length) == 0 else { return nil }
        return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size))
    }
}

extension AccessPolicy {
    /// The policy with the id the group `vipd` has on this machine.
    ///
    /// It asks the name service, which may be slow: call it when starting, not in the loop.
    public static func ofThisMachine() -> AccessPolicy {
        // A group with many members needs more room than most; beyond 1 MiB it counts as unknown.
        var size = 1024
        while size <= 1 << 20 {
            var entry = unsafe group()
            var found: UnsafeMutablePointer<group>?
            var storage = [CChar](repeating: 0, count: size)
            switch unsafe getgrnam_r(groupName, &entry, &storage, storage.count, &found) {
            case 0: return AccessPolicy(groupID: unsafe found == nil ? nil : unsafe entry.gr_gid)
            case ERANGE: size *= 4
            default: return AccessPolicy(groupID: nil)
            }
        }
        return AccessPolicy(groupID: nil)
    }
}
