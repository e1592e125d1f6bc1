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
    private let mix: [Target]

    private static let beat = Duration.milliseconds(1)
    /// As many as the least neighbour table of Linux takes without forgetting others (gc_thresh1 is 128).
    private static let senders = 100
    /// Frames that each thread has made before it begins: then it goes round.
    private static let made = 2000

    /// What is missed is made up for, but for what was missed so long ago: a machine that has no time to send it now
    /// should not send it all at once later.
    private static let longestDebt = Duration.milliseconds(100)

    /// - Parameter mix: what the frames ask for, one after the other, and from the beginning again.
    convenience init(from host: Namespace, of mix: [Target], framesPerSecond: Int) throws {
        let frames = Self.frames(of: mix, count: Self.made / mix.count * mix.count)
        try self.init(from: host, frames, of: mix, framesPerSecond: framesPerSecond)
    }

    /// Sends the same frame again and again.
    convenience init(from host: Namespace, repeating frame: [UInt8], framesPerSecond: Int) throws {
        let frames = [[UInt8]](repeating: frame, count: Self.made)
        try self.init(from: host, frames, of: [], framesPerSecond: framesPerSecond)
    }

    private init(from host: Namespace, _ frames: [[UInt8]], of mix: [Target], framesPerSecond: Int) throws {
        self.mix = mix
        let threads = min(ProcessInfo.processInfo.activeProcessorCount, max(1, framesPerSecond / 10_000))
        do {
            for _ in 0..<threads {
                let socket = try Self.socket(on: host)
                Thread.detachNewThread { [self] in
                    run(socket, frames, perSecond: framesPerSecond / threads)
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

    /// How many of a number of frames of the flood asked for `target`.
    func share(of target: Target, in frames: Int) -> Int { frames * mix.count { $0 == target } / mix.count }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Sends what is due by now, as far as the kernel has room for it, and sleeps until there is more.
    private func run(_ socket: Int32, _ frames: [[UInt8]], perSecond: Int) {
        let (length, octets) = (frames[0].count, frames.flatMap(\.self))
        var (begun, sent, place) = (Instant.now, 0, 0)
        while !state.withLock({ $0.isStopped }) {
            let now = Instant.now
            var due = Int((now - begun).inSeconds * Double(perSecond)) - sent
            if due > Int(Self.longestDebt.inSeconds * Double(perSecond)) {
                (begun, sent) = (now - Self.longestDebt, 0)
                due = Int(Self.longestDebt.inSeconds * Double(perSecond))
            }
            let wanted = min(due, frames.count - place)
            let taken =
                wanted > 0
                ? unsafe octets.withUnsafeBufferPointer { bytes in
                    guard let first = bytes.baseAddress else { return 0 }
                    return unsafe max(0, Int(viplab_send_frames(socket, first + place * length, length, wanted)))
                } : 0
            sent += taken
            place = (place + taken) % frames.count
            state.withLock { $0.sent += taken }
            if taken < wanted || due <= wanted { (now + Self.beat).sleepUntil() }
        }
    }

    private static func frames(of mix: [Target], count: Int) -> [[UInt8]] {
        (0..<count).map { number in
            let target = mix[number % mix.count]
            let sender = number / mix.count % senders
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
