// When each address that floats was first heard on the wire, and from which machine: at the switch, by the kernel's clock.
import CVIPLab
import Foundation
import Synchronization

/// Hears the ARP frames of all controllers, in a thread of its own. A frame speaks for an address where that is its sender's:
/// this is what moves caches, in whichever form a daemon sends it.
final class AnnouncementWatch: Sendable {
    private struct State: Sendable {
        var since: Instant
        /// By machine: when each address was heard of first.
        var first: [[UInt32: Instant]]
        var failure: LabError?
        var isStopped = false
    }

    private let state: Mutex<State>
    private let floating: Set<UInt32>

    init(_ network: Network, addresses: [String]) throws {
        floating = Set(addresses.map(Plan.networkOrder))
        let none = [[UInt32: Instant]](repeating: [:], count: network.machines.count)
        state = Mutex(State(since: .now, first: none))
        var sockets: [Int32] = []
        for machine in network.machines {
            let socket = try network.switch.hear(machine)
            sockets.append(socket)
            try check(viplab_stamp_frames(socket), "cannot have frames of \(machine.name) stamped")
        }
        let opened = sockets
        Thread.detachNewThread { [self] in
            follow(opened)
            for socket in opened { close(socket) }
        }
    }

    /// Ends the thread within a moment.
    func stop() { state.withLock { $0.isStopped = true } }

    /// Forgets all that came before now.
    func reset() {
        state.withLock { state in
            state.since = .now
            for node in state.first.indices { state.first[node] = [:] }
        }
    }

    /// When a machine other than `node` was first heard to speak for each address, since the reset.
    func heard(since start: Instant, otherThan node: Int) throws -> [Instant] {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.first.earliest(since: start, otherThan: node)
        }
    }

    private func follow(_ sockets: [Int32]) {
        var waiting = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var frames = [viplab_arp](repeating: viplab_arp(), count: 256)
        while !state.withLock({ $0.isStopped || $0.failure != nil }) {
            guard unsafe viplab_poll(&waiting, waiting.count, Duration.milliseconds(100).inNanoseconds) > 0 else {
                continue
            }
            for (node, socket) in sockets.enumerated() where waiting[node].revents != 0 {
                let count = unsafe viplab_read_arp(socket, &frames, frames.count)
                state.withLock { state in
                    if count < 0 {
                        state.failure = LabError("cannot hear node \(node + 1) at the switch", code: count)
                    }
                    for frame in frames.prefix(Int(max(count, 0))) where floating.contains(frame.sender) {
                        let at = Instant(nanoseconds: frame.at)
                        if at >= state.since && state.first[node][frame.sender] == nil {
                            state.first[node][frame.sender] = at
                        }
                    }
                }
            }
        }
    }
}
