// Watching which kernels have the VIP: a thread that hears every controller's address notifications, as they happen.
import CVIPLab
import Foundation
import Synchronization

/// Follows the VIP through the controllers' kernels (rtnetlink(7), RTM_NEWADDR and RTM_DELADDR), from outside and
/// whatever the daemons say of themselves.
final class HolderWatch: Sendable {
    private struct Watched: Sendable {
        var timeline: HolderTimeline
        var failure: LabError?
        var isStopped = false
    }

    private let watched: Mutex<Watched>

    /// Listens before the daemons start, so that nothing precedes it: no address is there yet.
    init(_ machines: [Namespace]) throws {
        watched = Mutex(Watched(timeline: HolderTimeline(nodes: machines.count)))
        var sockets: [Int32] = []
        for machine in machines { sockets.append(try machine.open(VIPLAB_ADDRESSES)) }
        let opened = sockets
        Thread.detachNewThread { [self] in
            follow(opened)
            for socket in opened { close(socket) }
        }
    }

    /// Ends the thread within a moment.
    func stop() { watched.withLock { $0.isStopped = true } }

    /// What has happened so far.
    /// - Throws: `LabError` when the kernel dropped notifications, so that the history has a hole
    var timeline: HolderTimeline {
        get throws {
            try watched.withLock { state in
                if let failure = state.failure { throw failure }
                return state.timeline
            }
        }
    }

    /// The lab's own acts belong to the history too: a machine without a wire does not count as a second holder.
    func note(node: Int, wiredTo half: Int?) {
        watched.withLock { $0.timeline.note(.wired(half: half), node: node, at: .now) }
    }

    private func follow(_ sockets: [Int32]) {
        let vip = Plan.octets(of: Plan.vip).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }.bigEndian
        var waiting = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var changes = [viplab_address_change](repeating: viplab_address_change(), count: 64)
        while !watched.withLock({ $0.isStopped }) {
            guard unsafe viplab_poll(&waiting, waiting.count, Duration.milliseconds(100).inNanoseconds) > 0 else {
                continue
            }
            // Nothing tells in which order changes of two machines came that wait at the same time: one let go, perhaps,
            // before the other claimed. So all that waits has one time, and a turn ends when a whole round finds nothing.
            watched.withLock { state in
                let now = Instant.now
                var isFinished = false
                while !isFinished && state.failure == nil {
                    isFinished = true
                    for (node, socket) in sockets.enumerated() {
                        let count = unsafe viplab_read_addresses(socket, &changes, changes.count)
                        if count < 0 {
                            state.failure = LabError("lost sight of node \(node + 1)'s addresses", code: count)
                        }
                        for change in changes.prefix(Int(max(count, 0))) where change.address == vip {
                            state.timeline.note(.holds(change.present), node: node, at: now)
                            isFinished = false
                        }
                    }
                }
            }
        }
    }
}
