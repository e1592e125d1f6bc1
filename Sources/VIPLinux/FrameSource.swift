// Frames to look at, with the time at which they were seen: from an interface, or from a capture file.
// Deliberately not here: what is in them (VIPWire), and the election's own capture (Capture), which leaves out own frames.

internal import CVIPLinux
internal import Glibc
internal import VIPWire

/// A frame as it was seen.
public struct SeenFrame: Equatable, Sendable {
    /// Nanoseconds since 1970, UTC; not less than 0.
    public var time: Int64
    /// From the destination on; may be less than there was.
    public var bytes: [UInt8]
    /// How many bytes it had on the wire.
    public var originalLength: Int
    /// The VLANs whose tags it had where it was recorded, the outermost first; `bytes` are without them.
    public var vlans: [UInt16] = []
    /// False where the capture does not tell the destination, which `bytes` then begin with a guess at.
    public var hasKnownDestination = true

    public init(time: Int64, bytes: [UInt8], originalLength: Int? = nil) {
        self.time = time
        self.bytes = bytes
        self.originalLength = originalLength ?? bytes.count
    }
}

/// Where frames come from, one after the other.
// Safe because the pointer is libpcap's handle from init to deinit, and never leaves the class.
@safe public final class FrameSource {
    /// Longer frames are cut: more than the longest that is read at all.
    private static let snapshotLength: Int32 = 2048
    /// Bytes shared with the kernel, in which frames wait for a slow reader; what finds no room is dropped and counted.
    private static let ringSize: Int32 = 2 << 20

    private let source: OpaquePointer
    /// What is read, for messages: `capture on eth0`.
    private let operation: String
    private let header: CapturedHeader
    /// A file may be of a trunk; an interface is one link.
    private let isFile: Bool

    /// The ARP frames on an Ethernet interface from now on, those that this machine sends among them. Needs CAP_NET_RAW.
    public init(interface: String) throws(SystemError) {
        operation = "capture on \(interface)"
        guard !interface.utf8.contains(0) else {
            throw SystemError(operation: operation, errno: ENODEV, advice: "a name has no NUL in it")
        }
        var opened: OpaquePointer?
        var message = [CChar](repeating: 0, count: CVIP_CAPTURE_MESSAGE_SIZE)
        let group = (0..<6).map { Frame.multicast[$0] }
        let status = unsafe interface.withCString { interface in
            unsafe "arp".withCString { filter in
                var options = unsafe cvip_capture_options(
                    interface: interface, filter: filter, snapshot_length: Self.snapshotLength,
                    ring_size: Self.ringSize)
                return unsafe cvip_source_open_live(&options, group, &opened, &message)
            }
        }
        guard status == 0, let opened = unsafe opened else {
            throw SystemError(
                operation: operation, errno: status,
                advice: adviceForInterface(0 &- status, capability: "CAP_NET_RAW")
                    ?? "libpcap says: \(text(upToNUL: message))")
        }
        unsafe source = opened
        (header, isFile) = (.ethernet, false)
    }

    /// The frames of a capture file, pcap or pcapng, of Ethernet, or of all interfaces of a Linux (`tcpdump -i any`).
    /// The tags of VLANs are taken off them.
    public convenience init(file path: String) throws(SystemError) {
        let operation = Self.reading(path)
        guard !path.utf8.contains(0) else {
            throw SystemError(operation: operation, errno: ENOENT, advice: "a path has no NUL in it")
        }
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else {
            throw SystemError(operation: operation, errno: errno, advice: "check the path behind --read")
        }
        try self.init(takingOver: file, operation)
    }

    /// The same from `descriptor`, which stays the caller's: a pipe will do. Errors call it `name`.
    public convenience init(reading descriptor: Int32, named name: String) throws(SystemError) {
        let operation = Self.reading(name)
        let file = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard file >= 0 else {
            throw SystemError(operation: operation, errno: errno, advice: "put a capture into it")
        }
        try self.init(takingOver: file, operation)
    }

    private static func reading(_ name: String) -> String { "read the capture \(name)" }

    private init(takingOver file: Int32, _ operation: String) throws(SystemError) {
        self.operation = operation
        var opened: OpaquePointer?
        var message = [CChar](repeating: 0, count: CVIP_CAPTURE_MESSAGE_SIZE)
        let status = unsafe cvip_source_open_file(file, &opened, &message)
        guard status == 0, let opened = unsafe opened else {
            let said = text(upToNUL: message)
            throw SystemError(
                operation: operation, errno: status,
                advice: status == -EMEDIUMTYPE
                    ? "its frames are \(said), not Ethernet: record on one interface, as in 'tcpdump -i eth0 arp -w FILE'"
                    : "libpcap says: \(said)")
        }
        unsafe source = opened
        isFile = true
        header =
            switch unsafe cvip_source_link(opened) {
            case Int32(CVIP_CAPTURED_COOKED.rawValue): .cooked
            case Int32(CVIP_CAPTURED_COOKED_2.rawValue): .cooked2
            default: .ethernet
            }
    }

    deinit { unsafe cvip_source_close(source) }

    /// The descriptor of an interface's source to wait on until it is readable; stays ours.
    public var fileDescriptor: Int32 { unsafe cvip_source_fd(source) }

    /// The next frame; nil where none waits, or where the file ends. What a file has of links that are not Ethernet's
    /// is passed over.
    ///
    /// - Throws: where there will be no more: the interface is gone or went down, the file is damaged or cut off here.
    public func next() throws(SystemError) -> SeenFrame? {
        while let frame = try nextAsRecorded() {
            if !isFile { return frame }
            if let frame = header.ethernet(frame) { return frame.withoutVLANs }
        }
        return nil
    }

    private func nextAsRecorded() throws(SystemError) -> SeenFrame? {
        var seen = unsafe cvip_seen()
        var message = [CChar](repeating: 0, count: CVIP_CAPTURE_MESSAGE_SIZE)
        let status = unsafe cvip_source_next(source, &seen, &message)
        guard status >= 0 else {
            throw SystemError(operation: operation, errno: status, advice: "libpcap says: \(text(upToNUL: message))")
        }
        guard status > 0 else { return nil }
        return unsafe SeenFrame(
            time: seen.time, bytes: Array(UnsafeBufferPointer(start: seen.bytes, count: Int(seen.captured))),
            originalLength: Int(seen.original))
    }

    /// How many frames were lost since an interface's source was opened, for its reader was too slow.
    public var lost: Int {
        var (received, dropped): (UInt32, UInt32) = (0, 0)
        let status = unsafe cvip_capture_statistics(source, &received, &dropped)
        return status == 0 ? Int(dropped) : 0
    }
}
