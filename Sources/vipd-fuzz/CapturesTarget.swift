// A capture file, pcap or pcapng, as `vipd monitor --read` takes it: refused with words, or frames, each of which is
// read or refused in its turn.
import VIPLinux
import VIPWire

extension Target {
    static let captures = Target(
        name: "captures", summary: "a capture file, and the frames in it", longestInput: 4096
    ) { octets in
        do throws(SystemError) {
            let source = try FrameSource(file: ScratchFile.shared.filled(with: octets))
            // A record takes more than one octet of the file.
            for _ in 0...octets.count {
                guard let seen = try source.next() else { return }
                demand(seen.time >= 0, "a frame before 1970")
                demand(seen.bytes.count <= octets.count, "\(seen.bytes.count) octets out of \(octets.count)")
                _ = try? Frame(seen.bytes)
            }
            fail("more frames than octets")
        } catch {
            demand(!error.description.utf8.contains { $0 < 0x20 }, "control characters in: \(error)")
        }
    }
}
