// Watching which kernels have the VIP: a thread that hears every controller's address notifications, as they happen.
import CVIPLab
import Foundation
import Synchronization

/// Follows the VIP through the controllers' kernels (rtnetlink(7), RTM_NEWADDR and RTM_DELADDR), from outside and
/// whatever the daemons say of themselves.
final class HolderWatch: Sendable {
    private struct Watched: Sendable {
        var timeline: HolderTimeline
        /// By machine: since when its kernel has had each address that floats.
        var arrivals: [[UInt32: Instant]]
        var failure: LabError?
        var isStopped = false

        /// A renewal of an address that is there changes nothing.
        mutating func note(_ change: viplab_address_change, node: Int, at instant: Instant) {
            if !change.present {
                arrivals[node][change.address] = nil
            } else if arrivals[node][change.address] == nil {
                arrivals[node][change.address] = instant
            }
        }
    }

    private let watched: Mutex<Watched>
    private let floating: Set<UInt32>

    /// Listens before the daemons start, so that nothing precedes it: no address is there yet.
    /// - Parameter addresses: those that float, the VIP among them
    init(_ machines: [Namespace], addresses: [String]) throws {
        let arrivals = [[UInt32: Instant]](repeating: [:], count: machines.count)
        watched = Mutex(Watched(timeline: HolderTimeline(nodes: machines.count), arrivals: arrivals))
        floating = Set(addresses.map(Plan.networkOrder))
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
            try current { $0.timeline }
        }
    }

    /// How many of the addresses that float each machine's kernel has, wired or not.
    /// - Throws: as `timeline`
    var counts: [Int] { get throws { try current { $0.arrivals.map(\.count) } } }

    /// When each address came to a machine other than `node`: to the first, where it came to several.
    func arrivals(since start: Instant, otherThan node: Int) throws -> [Instant] {
        try current { $0.arrivals.earliest(since: start, otherThan: node) }
    }

    private func current<Result: Sendable>(_ read: (borrowing Watched) -> Result) throws -> Result {
        try watched.withLock { state in
            if let failure = state.failure { throw failure }
            return read(state)
        }
    }

    /// The lab's own acts belong to the history too: a machine without a wire does not count as a second holder.
    func note(node: Int, wiredTo half: Int?) {
        watched.withLock { $0.timeline.note(.wired(half: half), node: node, at: .now) }
    }

    private func follow(_ sockets: [Int32]) {
        let vip = Plan.networkOrder(Plan.vip)
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
                        isFinished = isFinished && count == 0
                        // A burst of thousands takes a while to read: its addresses are told apart.
                        let read = Instant.now
                        for change in changes.prefix(Int(max(count, 0))) where floating.contains(change.address) {
                            state.note(change, node: node, at: read)
                            if change.address == vip {
                                state.timeline.note(.holds(change.present), node: node, at: now)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension [[UInt32: Instant]] {
    /// Of moments by machine and address: the first of each address at a machine other than `node`, in the order of time.
    func earliest(since start: Instant, otherThan node: Int) -> [Instant] {
        var first: [UInt32: Instant] = [:]
        for (index, moments) in enumerated() where index != node {
            first.merge(moments.filter { $0.value >= start }, uniquingKeysWith: Swift.min)
        }
        return first.values.sorted()
    }
}
