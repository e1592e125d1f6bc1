// A capture file of Ethernet frames that grows frame by frame: pcap, with nanoseconds (magic a1b23c4d).
// Deliberately not here: which frames go into it.

internal import CVIPLinux
internal import Glibc

/// Writes a capture that Wireshark and tcpdump read. Each frame is in the file whole once ``write(_:)`` returns, or not at
/// all: whatever then becomes of the process, the file stays one that can be read.
public final class CaptureWriter {
    private let descriptor: OwnedDescriptor
    private let path: String
    /// The length of the file up to the last whole frame.
    private var length = 0

    /// Makes the file, which must not be there yet. Its owner alone may read it: frames say who is in the network.
    public init(path: String) throws(SystemError) {
        self.path = path
        guard !path.utf8.contains(0) else {
            throw SystemError(operation: "make the capture \(path)", errno: ENOENT, advice: "a path has no NUL in it")
        }
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0o600)
        guard opened >= 0 else {
            throw SystemError(
                operation: "make the capture \(path)", errno: errno,
                advice: errno == EEXIST
                    ? "nothing was overwritten: name another file, or remove it" : "check the path behind --write")
        }
        descriptor = OwnedDescriptor(opened)
        try append(Self.header)
    }

    /// Appends a frame.
    /// - Throws: where it finds no room; the file then ends behind the frame before.
    public func write(_ frame: SeenFrame) throws(SystemError) { try append(Self.record(of: frame)) }

    private func append(_ bytes: [UInt8]) throws(SystemError) {
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let cause = count < 0 ? errno : ENOSPC
                _ = ftruncate(descriptor.number, length)
                throw SystemError(
                    operation: "write the capture \(path)", errno: cause,
                    advice: "what was written before can be read; make room on the disk")
            }
            rest = rest.dropFirst(count)
        }
        length += bytes.count
    }

    /// The octets that a file begins with, little-endian.
    static let header: [UInt8] = [
        numbers([0xA1B2_3C4D]),
        // Version 2.4.
        [2, 0, 4, 0],
        // Time zone, accuracy, longest frame, LINKTYPE_ETHERNET.
        numbers([0, 0, 65_535, 1]),
    ].flatMap(\.self)

    static func record(of frame: SeenFrame) -> [UInt8] {
        // The format has no time before 1970.
        let time = UInt64(max(0, frame.time))
        return numbers([
            UInt32(truncatingIfNeeded: time / 1_000_000_000), UInt32(time % 1_000_000_000), UInt32(frame.bytes.count),
            UInt32(clamping: frame.originalLength),
        ]) + frame.bytes
    }

    private static func numbers(_ values: [UInt32]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
    }
}
