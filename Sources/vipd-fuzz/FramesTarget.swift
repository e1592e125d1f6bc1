// Octets off the wire as a frame: read or refused, and what was read is written as it came.
import VIPWire

extension Target {
    static let frames = Target(
        name: "frames", summary: "a frame off the wire, read and written again", longestInput: 1600
    ) { octets in
        guard let frame = try? Frame(octets) else { return }
        let written = frame.serialized()
        demand((Frame.shortestSent...Frame.longest).contains(written.count), "\(written.count) octets were written")
        do {
            let again = try Frame(written)
            demand(again == frame, "written and read again, \(frame) becomes \(again)")
        } catch {
            fail("what was read is refused once it is written: \(error), \(frame)")
        }
        // Behind the last field that is written there is padding, which nobody owes us; all before it is the sender's.
        let meaning = written[..<(written.lastIndex { $0 != 0 } ?? 0)]
        let untagged = isTagged(octets) ? Array(octets[..<12] + octets[16...]) : octets
        demand(untagged.starts(with: meaning), "an octet that was read is not the one that is written: \(frame)")
    }

    /// Whether a priority tag stands between the addresses and the EtherType (IEEE 802.1Q).
    private static func isTagged(_ octets: [UInt8]) -> Bool { octets[12] == 0x81 && octets[13] == 0x00 }
}

extension Frame {
    /// Reads a frame's octets, as `init(parsing:)`.
    init(_ octets: [UInt8]) throws(FrameRefusal) { try unsafe self.init(parsing: octets.span.bytes) }
}
