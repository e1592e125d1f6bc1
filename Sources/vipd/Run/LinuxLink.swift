// One open link on Linux: a packet socket to send on, a capture to receive from, addresses through rtnetlink.

import Glibc
import VIPConfiguration
import VIPDaemon
import VIPElection
import VIPLinux
import VIPWire

/// The keys of all links at the moment; nil for none.
final class FrameGuard {
    var keyring: FrameKeyring?
}

/// A link that the daemon has opened.
final class LinuxLink: LinkPort, FrameReceiver {
    private let index: Int32
    private let socket: PacketSocket
    /// What the election goes by; read first, and to the end.
    private let voices: Capture
    /// What it merely takes note of.
    private let crowd: Capture
    private let loop: EventLoop
    private let route: RouteSocket
    private let relay: Result<OverlapRelay, SystemError>
    private let frameGuard: FrameGuard
    private let receive: (Result<Frame, FrameRefusal>) -> Void
    /// The frame that was sent last, in memory for the next.
    private var octets: [UInt8] = []
    /// What is read of the crowd: all that a busy segment has, and of a flood so little that it costs next to nothing.
    private var crowdRation = Ration(of: 1024, inNanoseconds: 100_000_000)
    private var isWatched = false
    private var hasFailed = false

    /// Frames that are handed to the kernel at once, where there are many.
    private static let sendBatch = 256
    /// Frames that are read at once.
    private static let batch = 64
    /// Batches that hold more than the ring of a capture: what had arrived before a deadline is read before it is kept.
    private static let wholeRing = 16

    init(
        _ link: LinkFacts, addresses: [IPv4Address], loop: EventLoop, route: RouteSocket,
        relay: Result<OverlapRelay, SystemError>, frameGuard: FrameGuard,
        receive: @escaping (Result<Frame, FrameRefusal>) -> Void
    ) throws {
        index = Int32(link.index)
        self.loop = loop
        self.route = route
        self.relay = relay
        self.frameGuard = frameGuard
        self.receive = receive
        socket = try PacketSocket(interfaceIndex: index, name: link.name)
        try socket.join(group: Frame.multicast)
        func capture(_ kind: CaptureFilter) throws -> Capture {
            try Capture(interface: link.name, filter: kind.text(for: addresses), ringSize: kind.ringSize)
        }
        voices = try capture(.voices)
        crowd = try capture(.crowd)
        // One batch a round of the loop: a flood must leave time for deadlines. The daemon learns of a failure when it
        // next delivers.
        try loop.watch(voices.fileDescriptor, for: .readable) { [unowned self] _ in _ = read(voices, batches: 1) }
        do {
            try loop.watch(crowd.fileDescriptor, for: .readable) { [unowned self] readiness in
                // A failure stays reported until it is read.
                readCrowd(inAnyCase: readiness.contains(.failed))
            }
        } catch {
            loop.unwatch(voices.fileDescriptor)
            throw error
        }
        isWatched = true
    }

    deinit { close() }

    func listen(for addresses: [IPv4Address]) throws {
        try voices.setFilter(CaptureFilter.voices.text(for: addresses))
        try crowd.setFilter(CaptureFilter.crowd.text(for: addresses))
    }

    func send(_ frames: [Frame]) -> Int32 {
        let signer = frameGuard.keyring?.signing
        // So many at a time that the first are on the wire while the last of thousands are still numbers.
        var octets = [[UInt8]](repeating: [], count: min(frames.count, Self.sendBatch))
        for start in stride(from: 0, to: frames.count, by: Self.sendBatch) {
            let batch = frames[start..<min(start + Self.sendBatch, frames.count)]
            if batch.count < octets.count { octets.removeLast(octets.count - batch.count) }
            for (place, frame) in batch.enumerated() { frame.serialize(into: &octets[place], signedBy: signer) }
            let errno = socket.send(octets).errno
            guard errno == 0 else { return errno }
        }
        return 0
    }

    func send(_ frame: Frame) -> Int32 {
        frame.serialize(into: &octets, signedBy: frameGuard.keyring?.signing)
        return socket.send(octets)
    }

    func install(_ addresses: ArraySlice<IPv4Address>, leaseSeconds: Int) -> [AddressRefusal] {
        refusals(
            route.setAddresses(addresses, lifetimeSeconds: UInt32(leaseSeconds), interfaceIndex: index), of: addresses)
    }

    func remove(_ addresses: [IPv4Address]) -> [AddressRefusal] {
        let answers = route.removeAddresses(addresses, interfaceIndex: index)
        return refusals(answers, of: addresses[...]).filter { $0.errno != EADDRNOTAVAIL && $0.errno != ENODEV }
    }

    private func refusals(_ answers: [Int32], of addresses: ArraySlice<IPv4Address>) -> [AddressRefusal] {
        zip(addresses, answers).compactMap { $1 == 0 ? nil : AddressRefusal(address: $0, errno: $1) }
    }

    func beginRelay(of addresses: [IPv4Address], from own: MACAddress, to predecessor: MACAddress) throws {
        try relay.get().begin(interfaceIndex: index, addresses: addresses, ownMAC: own, predecessorMAC: predecessor)
    }

    func endRelay(of addresses: [IPv4Address]) { try? relay.get().end(of: addresses) }

    func deliver() -> Bool {
        _ = read(voices, batches: Self.wholeRing)
        readCrowd(inAnyCase: false)
        return !hasFailed
    }

    /// Reads a batch of the crowd, and lets the rest wait, or be lost, once it has had its ration.
    private func readCrowd(inAnyCase: Bool) {
        let now = EventLoop.now
        guard inAnyCase || !crowdRation.isUsedUp(at: now) else { return }
        let count = read(crowd, batches: 1)
        guard isWatched, let end = crowdRation.take(count, at: now) else { return }
        // Where that fails, it is read as before.
        try? loop.rest(crowd.fileDescriptor, until: end)
    }

    /// How many frames were read.
    private func read(_ capture: Capture, batches: Int) -> Int {
        guard !hasFailed else { return 0 }
        var total = 0
        do {
            for _ in 0..<batches {
                let count = try capture.drain(limit: Self.batch, to: self)
                total += count
                if count < Self.batch { break }
            }
        } catch {
            hasFailed = true
            unwatch()
        }
        return total
    }

    /// For the captures.
    func receive(_ frame: RawSpan, originalLength: Int) {
        let result = Self.frame(of: frame, length: originalLength, verifiedBy: frameGuard.keyring)
        receive(result)
        // Whatever follows it, the ARP packet has been heard by every host.
        if case .failure = result, let claim = Frame(claimIn: frame) { receive(.success(claim)) }
    }

    private static func frame(
        of bytes: RawSpan, length: Int, verifiedBy keyring: FrameKeyring?
    ) -> Result<Frame, FrameRefusal> {
        guard length <= Frame.longest else { return .failure(.oversized) }
        do throws(FrameRefusal) {
            return .success(try Frame(parsing: bytes, verifiedBy: keyring))
        } catch {
            return .failure(error)
        }
    }

    var framesLost: Int { Self.lost(by: voices) }
    var requestsLost: Int { Self.lost(by: crowd) }

    private static func lost(by capture: Capture) -> Int { (try? capture.statistics()).map { Int($0.dropped) } ?? 0 }

    func close() { unwatch() }

    private func unwatch() {
        guard isWatched else { return }
        isWatched = false
        loop.unwatch(voices.fileDescriptor)
        loop.unwatch(crowd.fileDescriptor)
    }
}
