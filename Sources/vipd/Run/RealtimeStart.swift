// `realtime: true` at the start of the daemon, while root's rights are still there.
// Deliberately not here: how it is done (VIPLinux), and what is told of it later (VIPDaemon).

import VIPControl
import VIPLinux

/// What came of taking what realtime consists of. What is refused is gone without: an election that others keep waiting
/// is better than none.
struct RealtimeStart {
    private(set) var status: RealtimeStatus
    /// What was refused and why, a line each.
    private(set) var warnings: [String] = []

    init(isWanted: Bool) {
        status = RealtimeStatus(isWanted: isWanted, isScheduled: Realtime.isScheduled)
        guard isWanted else { return }
        status.isScheduled = take { () throws(SystemError) in try Realtime.schedule() }
        status.isMemoryLocked = take { () throws(SystemError) in try Realtime.lockMemory() }
    }

    private mutating func take(_ body: () throws(SystemError) -> Void) -> Bool {
        do throws(SystemError) {
            try body()
            return true
        } catch {
            warnings.append("goes on without what realtime asks for: \(error)")
            return false
        }
    }
}
