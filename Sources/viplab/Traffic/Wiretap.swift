// Raw frames on a machine's wire: what is sent there that no kernel would send, and what is heard.
import CVIPLab
import Foundation

/// A packet socket on a link of a namespace: it hears every frame and sends any.
final class Wiretap {
    private let socket: Int32

    /// An Ethernet header is 14 bytes, and ARP for Ethernet and IPv4 the 28 after it (RFC 826).
    static let headerLength = 14
    static let arpEnd = 42
    static let broadcast = [UInt8](repeating: 0xff, count: 6)

    init(on namespace: Namespace, link: String = Plan.interface) throws {
        socket = try namespace.open(VIPLAB_PACKETS)
        try unsafe check(viplab_bind_packets(socket, link), "cannot listen on \(link) of \(namespace.name)")
    }

    deinit { close(socket) }

    /// Sends a frame as it is, from its destination MAC on. What the kernel refuses (too short, too long) stays unsent.
    @discardableResult
    func send(_ frame: [UInt8]) -> Bool {
        unsafe write(socket, frame, frame.count) == frame.count
    }

    /// The frames heard until `limit` is up or `enough` holds for one: that one is the last.
    func listen(upTo limit: Duration, until enough: ([UInt8]) -> Bool = { _ in false }) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        let end = Instant.now + limit
        while Instant.now < end {
            try Interrupt.check()
            let count = unsafe read(socket, &buffer, buffer.count)
            if count <= 0 {
                (Instant.now + .milliseconds(1)).sleepUntil()
                continue
            }
            frames.append(Array(buffer.prefix(count)))
            if enough(frames[frames.count - 1]) { break }
        }
        return frames
    }

    /// A plain ARP frame in request form, broadcast, without trailer.
    static func arpRequest(senderMAC: [UInt8], senderIP: String, targetIP: String) -> [UInt8] {
        var frame = broadcast + senderMAC + [0x08, 0x06]
        frame += [0, 1, 8, 0, 6, 4, 0, 1]
        frame += senderMAC + Plan.octets(of: senderIP)
        frame += [UInt8](repeating: 0, count: 6) + Plan.octets(of: targetIP)
        return frame
    }

    /// Whether a frame is ARP in request form with these sender and target addresses.
    static func isRequest(_ frame: [UInt8], senderIP: [UInt8], targetIP: [UInt8]) -> Bool {
        frame.count >= arpEnd && frame[12...13] == [0x08, 0x06] && frame[20...21] == [0, 1]
            && Array(frame[28..<32]) == senderIP && Array(frame[38..<42]) == targetIP
    }

    static func mac(of address: String) -> [UInt8] {
        Plan.mac(of: address).split(separator: ":").compactMap { UInt8($0, radix: 16) }
    }
}

/// Frames that must change nothing: random ones, and vipd's own, cut short or drawn out. Every run sends the same.
struct HostileFrames {
    /// A candidate's probe as heard on the wire; an announcement would, cut or not, touch the caches of the kernels.
    let genuine: [UInt8]
    let senderMAC: [UInt8]

    func all() -> [[UInt8]] {
        var random = SplitMix64(state: 0x5649_5044)
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
        // From the client's own MAC: another sender would be a fight over the switch's table, not over the VIP.
        let original = genuine.prefix(6) + senderMAC + genuine.dropFirst(12)
        var frames: [[UInt8]] = []
        for _ in 0..<1000 {
            frames.append(
                Wiretap.broadcast + senderMAC + [0x08, 0x06] + bytes(Int.random(in: 0...1500, using: &random)))
        }
        for length in Wiretap.headerLength..<original.count { frames.append(Array(original.prefix(length))) }
        for _ in 0..<200 {
            // The magic of the trailer, and then noise: lengths and versions of every kind.
            let trailer = Wiretap.arpEnd + 4
            frames.append(original.prefix(trailer) + bytes(Int.random(in: 0...400, using: &random)))
        }
        for extra in stride(from: 1, through: 1514 - original.count, by: 37) { frames.append(original + bytes(extra)) }
        return frames.shuffled(using: &random)
    }
}

/// A small generator with a given beginning (Steele, Lea and Flood, 2014), so that a failure comes again.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
