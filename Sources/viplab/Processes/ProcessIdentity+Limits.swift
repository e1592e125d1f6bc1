// What /proc/PID/status tells of processes that run already, and their limits.
import Foundation

extension ProcessIdentity {
    /// Changes a limit of this process, in prlimit(1)'s words, as its own user, who may: root needs CAP_SYS_RESOURCE, which
    /// not every container has.
    func limit(_ change: String) throws {
        let user = try owner()
        try Tool.need(
            ["setpriv", "--reuid", user.uid, "--regid", user.gid, "--clear-groups"]
                + ["prlimit", "--pid", "\(pid)", change])
    }

    /// Whether it has blocked SIGHUP, as who reads it from a descriptor has (signalfd(2)): else the signal ends it.
    var waitsForHangup: Bool {
        guard let mask = try? UInt64(statusField("SigBlk:"), radix: 16) else { return false }
        return mask & 1 << (SIGHUP - 1) != 0
    }

    /// As whom it runs. Not whose /proc/PID is: root's, for whoever gave up rights.
    private func owner() throws -> (uid: String, gid: String) { (try statusField("Uid:"), try statusField("Gid:")) }

    private func statusField(_ name: String) throws -> String {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
            throw LabError("process \(pid) has ended")
        }
        let words = text.split(separator: "\n").first { $0.hasPrefix(name) }?.split(whereSeparator: \.isWhitespace)
        guard let words, words.count > 1 else { throw LabError("/proc/\(pid)/status has no \(name)") }
        return String(words[1])
    }
}
