// Recorded frames of nodes with a key, played back and mangled, thrown at a holder and at a candidate of the same key:
// the addresses must stay where they are. Deliberately not here: what one input does to a reader (the targets).
import Glibc
import VIPElection
import VIPLinux
import VIPWire

/// One run of `vipd-fuzz mangle COUNT [SEED]`. What is mangled, and how, follows from the seed; the keys are new each time.
struct MangledTraffic {
    /// Hostile frames between two looks at the clock: 100,000 of them a second.
    private static let burst = 1000
    private static let burstLength = Duration.milliseconds(10)
    private static let peer: UInt64 = 3
    private static let settings = GroupSettings(
        name: "api", addresses: ElectionWorld.addresses, authentication: .authenticated)

    private let key: FrameKey
    private let foreignKey: FrameKey
    private let keyring: FrameKeyring
    private var random: SplitMix
    private var refusals: [FrameRefusal: Int] = [:]
    /// Hostile frames that were read: recordings, and frames whose trailer is gone, which are any host's ARP.
    private var read = 0
    /// Frames that were refused and are plain ARP that claims an address.
    private var claims = 0

    /// Throws `count` frames, half of them at a holder and half at a candidate, and returns the exit status. What must not
    /// happen ends the process.
    static func run(count: Int, seed: UInt64) -> Int32 {
        do {
            var traffic = try MangledTraffic(seed: seed)
            traffic.attack(count: count / 2, asHolder: true)
            traffic.attack(count: count - count / 2, asHolder: false)
            traffic.report(count)
            return 0
        } catch {
            write("vipd-fuzz: \(error)", to: STDERR_FILENO)
            return 1
        }
    }

    private init(seed: UInt64) throws {
        key = try Self.newKey()
        foreignKey = try Self.newKey()
        keyring = FrameKeyring(signing: key)
        random = SplitMix(state: seed)
    }

    private static func newKey() throws -> FrameKey {
        try KeyFile.read(ScratchFile.shared.filled(with: Array(KeyFile.newText().utf8)))
    }

    private mutating func attack(count: Int, asHolder: Bool) {
        var world = ElectionWorld(settings: Self.settings, seed: 1)
        world.start(hasLeftover: false, obstacles: [])
        if asHolder { world.pass(.seconds(1)) }
        speak(for: asHolder ? .probe : .announcement, to: &world)
        let recordings = recordings(for: world)
        var left = count
        var turn = 0
        while left > 0 {
            let burst = min(left, Self.burst)
            for _ in 0..<burst { give(hostile(from: recordings), to: &world) }
            left -= burst
            turn += 1
            // The living peer goes on: every fifth interval as a candidate, every interval as the holder.
            if turn % (asHolder ? 50 : 10) == 0 { speak(for: asHolder ? .probe : .announcement, to: &world) }
            world.pass(Self.burstLength)
            let state = world.election.currentState
            demand(state == (asHolder ? .holder : .candidate), "after \(count - left) frames it is \(state)")
            let holder = world.election.currentHolder?.reference.id
            demand(
                holder == (asHolder ? ElectionWorld.ownIdentity.id : Self.peer),
                "after \(count - left) frames it takes \(holder.map { "\($0)" } ?? "nobody") for the holder")
        }
    }

    /// A frame of the living peer, which has heard this node's last.
    private func speak(for kind: Trailer.Kind, to world: inout ElectionWorld) {
        var frame = Self.frame(kind, epoch: 5, sequence: world.nextSequence, term: 1)
        frame.trailer?.echoedNode = ElectionWorld.ownIdentity.id
        frame.trailer?.echoedSequence = world.lastSequence
        let octets = frame.serialized(signedBy: key)
        world.receive(frame, as: octets, verifier: keyring)
    }

    /// What somebody could have recorded: all kinds, of a peer's earlier life and of this one's past, of terms that are
    /// over, and as signed by a key that is not this group's.
    private func recordings(for world: ElectionWorld) -> [[UInt8]] {
        var recordings: [[UInt8]] = []
        for kind in Trailer.Kind.allCases {
            for (epoch, sequence, term) in [(4, 1_000_000, 1_000), (5, 1, 1)] as [(UInt64, UInt64, UInt64)] {
                let frame = Self.frame(kind, epoch: epoch, sequence: sequence, term: term)
                recordings.append(frame.serialized(signedBy: key))
                recordings.append(frame.serialized(signedBy: foreignKey))
                recordings.append(frame.serialized())
            }
        }
        return recordings
    }

    private static func frame(_ kind: Trailer.Kind, epoch: UInt64, sequence: UInt64, term: UInt64) -> Frame {
        let mac = MACAddress(bits: 0x0200_0000_0000 | peer)
        let address = ElectionWorld.addresses[0]
        let packet: ARPPacket =
            switch kind {
            case .probe, .resign: .probe(for: address, from: mac)
            case .announcement, .handover: .announcement(of: address, from: mac)
            }
        let trailer = Trailer(
            kind: kind, flags: .eligible, group: settings.groupDigest, configuration: settings.configurationDigest,
            priority: 100, node: peer, epoch: epoch, sequence: sequence, term: term, intervalMicroseconds: 100_000,
            subject: kind == .handover ? ElectionWorld.ownIdentity.id : 0, acknowledgedSequence: 0, echoedNode: 0,
            echoedSequence: 0, address: IPv4Address(192, 168, 1, UInt8(peer)), name: "n3")
        return Frame(destination: Frame.multicast, source: mac, packet: packet, trailer: trailer)
    }

    /// A recording: one in sixteen as it was, the others with some bits turned, cut short or made longer.
    private mutating func hostile(from recordings: [[UInt8]]) -> [UInt8] {
        let dice = random.next()
        var octets = recordings[Int(truncatingIfNeeded: dice & 0xFFFF) % recordings.count]
        if dice >> 16 & 15 == 0 { return octets }
        for _ in 0...(dice >> 20 & 7) {
            let place = random.next()
            octets[Int(truncatingIfNeeded: place & 0xFFFF) % octets.count] ^= 1 << UInt8(place >> 16 & 7)
        }
        switch dice >> 24 & 15 {
        case 0: octets.removeLast(Int(truncatingIfNeeded: dice >> 32 & 0xFFFF) % octets.count)
        case 1: octets += (0..<(dice >> 32 & 255)).map { UInt8(truncatingIfNeeded: $0) }
        default: break
        }
        return octets
    }

    private mutating func give(_ octets: [UInt8], to world: inout ElectionWorld) {
        do throws(FrameRefusal) {
            let frame = try Frame(octets, verifier: keyring)
            read += 1
            world.handle(.frameReceived(frame))
        } catch {
            refusals[error, default: 0] += 1
            // As the daemon's link does: to hosts it is ARP all the same.
            if let claim = Frame(claimIn: octets) {
                claims += 1
                world.handle(.frameReceived(claim))
            }
        }
    }

    private func report(_ count: Int) {
        let reasons = refusals.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        write(
            "\(count) frames: \(read) read, refused: \(reasons); of these \(claims) claim an address; the holder held, the candidate waited",
            to: STDOUT_FILENO)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): numbers that follow from a seed.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
