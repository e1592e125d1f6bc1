// A flood of ARP frames, as a loop in the network or a host gone mad makes one.
import CVIPLab
import Foundation
import Synchronization

/// Sends broadcast ARP requests from a host, at a rate, until it is stopped; by a thread for each processor, for one alone
/// is kept busy by the switch and the hosts that it sends to: the kernel takes a frame all the way in the sender's time.
final class Flood: Sendable {
    /// What the frames ask for.
    enum Target: String, CaseIterable, Sendable {
        /// Addresses that are nobody's business here.
        case others
        /// The VIP, as a crowd of clients would.
        case vip
        /// Frames as vipd's own, from nodes of another group.
        case trailers
    }

    private struct State: Sendable {
        var sent = 0
        var isStopped = false
    }

    private let state = Mutex(State())

    private static let beat = Duration.milliseconds(1)
    /// As many as the least neighbour table of Linux takes without forgetting others (gc_thresh1 is 128).
    private static let senders = 100

    /// What is missed is made up for, but for what was missed so long ago: a machine that has no time to send it now
    /// should not send it all at once later.
    private static let longestDebt = Duration.milliseconds(100)

    init(from host: Namespace, target: Target, framesPerSecond: Int) throws {
        let threads = ProcessInfo.processInfo.activeProcessorCount
        let perBeat = max(1, framesPerSecond / 1000 / threads)
        let frames = Self.frames(for: target, count: perBeat)
        do {
            for _ in 0..<threads {
                let socket = try Self.socket(on: host)
                Thread.detachNewThread { [self] in
                    run(socket, frames, perBeat: perBeat)
                    close(socket)
                }
            }
        } catch {
            stop()
            throw error
        }
    }

    private static func socket(on host: Namespace) throws -> Int32 {
        let socket = try host.open(VIPLAB_PACKETS)
        do {
            try unsafe check(viplab_bind_packets(socket, Plan.interface), "cannot send on \(host.name)")
            try check(viplab_bypass_queue(socket), "cannot send past the queue of \(host.name)")
            return socket
        } catch {
            close(socket)
            throw error
        }
    }

    /// How many frames the kernel has taken so far.
    var sent: Int { state.withLock { $0.sent } }

    func stop() { state.withLock { $0.isStopped = true } }

    private func run(_ socket: Int32, _ frames: [UInt8], perBeat: Int) {
        let length = frames.count / perBeat
        var beat = Instant.now
        while !state.withLock({ $0.isStopped }) {
            let taken = unsafe viplab_send_frames(socket, frames, length, perBeat)
            state.withLock { $0.sent += Int(max(taken, 0)) }
            beat = beat + Self.beat
            let now = Instant.now
            if beat > now { beat.sleepUntil() } else if now - beat > Self.longestDebt { beat = now }
        }
    }

    private static func frames(for target: Target, count: Int) -> [UInt8] {
        (0..<count).flatMap { number -> [UInt8] in
            let sender = number % senders
            let mac: [UInt8] = [0x02, 0x11, 0, 0, 0, UInt8(sender)]
            let ip = target == .trailers ? "0.0.0.0" : "192.168.1.\(sender + 55)"
            let wanted = target == .others ? "10.\(number / 256 % 256).\(number % 256).1" : Plan.vip
            let frame = Wiretap.arpRequest(senderMAC: mac, senderIP: ip, targetIP: wanted)
            // The least Ethernet frame is 60 octets without its check sequence; these begin as a trailer and are none.
            let rest = target == .trailers ? Array("VIPD".utf8) + [1] : []
            return frame + rest + [UInt8](repeating: 0, count: 60 - frame.count - rest.count)
        }
    }
}
