// The frames of a run as a capture that Wireshark and tcpdump read (pcap, nanosecond resolution).
// Deliberately not here: writing the file.

import VIPElection

/// Collects every frame that went out, in order, with the world's time as its time.
public struct CaptureFile: Watcher, Sendable {
    /// The file's octets: header and records, little-endian.
    public private(set) var bytes: [UInt8] = []

    public init() {
        append(0xA1B2_3C4D)  // Magic of captures with nanoseconds.
        append(2 | 4 << 16)  // Version 2.4.
        append(0)  // Time zone.
        append(0)  // Accuracy.
        append(65535)  // Longest frame.
        append(1)  // LINKTYPE_ETHERNET.
    }

    public mutating func observe(_ occurrence: Occurrence) {
        guard case .sent(_, let frame, _) = occurrence.fact else { return }
        append(UInt32(truncatingIfNeeded: occurrence.at.nanoseconds / 1_000_000_000))
        append(UInt32(truncatingIfNeeded: occurrence.at.nanoseconds % 1_000_000_000))
        append(UInt32(frame.count))
        append(UInt32(frame.count))
        bytes += frame
    }

    private mutating func append(_ number: UInt32) {
        for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
