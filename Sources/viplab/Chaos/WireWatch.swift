// What the controllers say on the wire, heard at their ports of the switch: who speaks in the VIP's name, and when.
import CVIPLab
import Foundation
import Synchronization

/// A frame that says something of the VIP's holder.
struct Saying: Equatable, Sendable {
    let at: Instant
    let node: Int
    /// Whether it names a successor: a frame of vipd's of kind handover (docs/PROTOCOL.md).
    let isHandover: Bool

    /// Reads a frame of an ARP sender; nil where it does not speak in the VIP's name.
    init?(_ frame: some RandomAccessCollection<UInt8>, node: Int, at instant: Instant) {
        let bytes = Array(frame)
        guard bytes.count >= Wiretap.arpEnd, bytes[12...13] == [0x08, 0x06],
            Array(bytes[28..<32]) == Self.vip
        else { return nil }
        let kindOffset = Wiretap.arpEnd + 7
        isHandover =
            bytes.count > kindOffset && Array(bytes[Wiretap.arpEnd..<Wiretap.arpEnd + 4]) == Self.magic
            && bytes[kindOffset] == 4
        self.node = node
        at = instant
    }

    private static let vip = Plan.octets(of: Plan.vip)
    private static let magic = Array("VIPD".utf8)
}

/// Hears all controllers, in a thread of its own, before anything of the switch's that could lose a frame.
final class WireWatch: Sendable {
    private struct State: Sendable {
        var sockets: [Int32]
        var sayings: [Saying] = []
        var isStopped = false
    }

    private static let capacity = 50_000
    private let state: Mutex<State>

    init(_ network: Network) throws {
        state = Mutex(State(sockets: try network.machines.map(network.switch.hear)))
        Thread.detachNewThread { [self] in follow() }
    }

    /// Ends the thread within a moment.
    func stop() { state.withLock { $0.isStopped = true } }

    /// Listens at a port that was made anew.
    func listenAgain(to node: Int, in network: Network) throws {
        let fresh = try network.switch.hear(network.machines[node])
        state.withLock { state in
            close(state.sockets[node])
            state.sockets[node] = fresh
        }
    }

    func sayings(since start: Instant) -> [Saying] { state.withLock { $0.sayings.filter { $0.at >= start } } }

    private func follow() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while !state.withLock({ $0.isStopped }) {
            var waiting = state.withLock { $0.sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) } }
            guard unsafe viplab_poll(&waiting, waiting.count, Duration.milliseconds(50).inNanoseconds) > 0 else {
                continue
            }
            state.withLock { state in
                let now = Instant.now
                for (node, socket) in state.sockets.enumerated() {
                    // Bounded, so that a machine that floods does not keep the others from being heard.
                    for _ in 0..<256 {
                        let count = unsafe recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                        if count <= 0 { break }
                        if let saying = Saying(buffer.prefix(count), node: node, at: now) {
                            state.sayings.append(saying, keeping: Self.capacity)
                        }
                    }
                }
            }
        }
        state.withLock { state in
            for socket in state.sockets { close(socket) }
        }
    }
}
