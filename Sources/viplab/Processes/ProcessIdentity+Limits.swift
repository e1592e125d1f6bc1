// Limits of processes that run already.
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

    /// As whom it runs. Not whose /proc/PID is: root's, for whoever gave up rights.
    private func owner() throws -> (uid: String, gid: String) {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
            throw LabError("process \(pid) has ended")
        }
        func field(_ name: String) throws -> String {
            let words = text.split(separator: "\n").first { $0.hasPrefix(name) }?.split(whereSeparator: \.isWhitespace)
            guard let words, words.count > 1 else { throw LabError("/proc/\(pid)/status has no \(name)") }
            return String(words[1])
        }
        return (try field("Uid:"), try field("Gid:"))
    }
}
