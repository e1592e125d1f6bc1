// What a frame costs the node that hears it: reading its bytes and the election's handling, timed on this machine.
// Deliberately not here: system calls and the kernel's work, which vipd's benchmarks have.

import Foundation
import VIPElection
import VIPWire

/// Times a candidate that hears a holder and many other candidates.
enum ScaleCost {
    /// Frames that are timed; as many beats of the segment are heard before.
    private static let timed = 20_000

    /// Nanoseconds a frame, the smallest of several runs: what else the machine does only adds.
    static func nanosecondsPerFrame(nodes: Int) -> Double {
        (0..<5).map { _ in run(nodes: nodes) }.min() ?? 0
    }

    private static func run(nodes: Int) -> Double {
        let settings = GroupSettings(name: "default", addresses: [IPv4Address(10, 0, 0, 1)])
        var election = Election(settings: settings, node: identity(of: 0), seed: 1)
        var now = Instant(nanoseconds: 1_000_000_000)
        _ = election.handle(.started(hasLeftover: false, obstacles: []), at: now)
        let frames = beats(of: nodes, settings)
        var began = processorTime
        for (index, frame) in frames.enumerated() {
            if index == frames.count - timed { began = processorTime }
            now = now + frame.after
            if let deadline = election.nextDeadline, deadline <= now { _ = election.handle(.timeReached, at: now) }
            guard let read = try? Frame(parsing: frame.bytes.span.bytes) else { continue }
            _ = election.handle(.frameReceived(read), at: now)
        }
        return (processorTime - began) / Double(timed)
    }

    /// Nanoseconds that this thread has run: what else the machine does counts as little as may be.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func identity(of index: Int) -> NodeIdentity {
        let mac = MACAddress(bits: 0x0200_0000_0001 + UInt64(index))
        return NodeIdentity(
            id: Digest.node(machineID: "vipsim", mac: mac), name: "k8s-controller\(index + 1)", mac: mac,
            address: IPv4Address(bits: IPv4Address(192, 168, 1, 1).bits + UInt32(index)), epoch: 1)
    }

    /// Frames of a segment as they come: the holder's every interval, and a fifth of the candidates' between two.
    private static func beats(of nodes: Int, _ settings: GroupSettings) -> [(after: Duration, bytes: [UInt8])] {
        var frames: [(after: Duration, bytes: [UInt8])] = []
        var sequences = Array(repeating: UInt64(0), count: nodes)
        let candidates = Array(2..<max(nodes, 2))
        var turn = 0
        while frames.count < 2 * timed {
            frames.append((settings.interval, bytes(from: 1, .announcement, settings, &sequences)))
            for index in candidates where index % 5 == turn % 5 {
                frames.append((.zero, bytes(from: index, .probe, settings, &sequences)))
            }
            turn += 1
        }
        return frames
    }

    private static func bytes(
        from index: Int, _ kind: Trailer.Kind, _ settings: GroupSettings, _ sequences: inout [UInt64]
    ) -> [UInt8] {
        sequences[index] += 1
        let node = identity(of: index)
        let address = settings.addresses[0]
        let trailer = Trailer(
            kind: kind, flags: .eligible, group: settings.groupDigest, configuration: settings.configurationDigest,
            priority: settings.priority, node: node.id, epoch: 1, sequence: sequences[index], term: 1,
            intervalMicroseconds: 100_000, address: node.address, name: node.name)
        let packet: ARPPacket =
            kind == .announcement ? .announcement(of: address, from: node.mac) : .probe(for: address, from: node.mac)
        return Frame(destination: Frame.multicast, source: node.mac, packet: packet, trailer: trailer).serialized()
    }
}
