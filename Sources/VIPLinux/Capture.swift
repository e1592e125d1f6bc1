// Receiving filtered frames on one interface. Sending them is PacketSocket's; what is in them is VIPWire's.

internal import CVIPLinux
internal import Glibc

/// Takes in frames of a capture.
public protocol FrameReceiver: AnyObject {
    /// `frame` is gone when this returns; it may be less than the `originalLength` bytes that it had on the wire.
    func receive(_ frame: RawSpan, originalLength: Int)
}

/// A live libpcap capture of the frames that come in on an interface and pass a filter; own frames do not.
///
/// It stays with the interface through down and up. When the interface is deleted it ends with an error; as a deletion
/// need not wake a waiter, close the capture when `RouteMonitor` reports the link removed.
// Safe because the pointer is libpcap's handle from init to deinit, and never leaves the class.
@safe public final class Capture {
    /// Frames since the capture was opened.
    public struct Statistics: Hashable, Sendable {
        /// Frames that passed the filter, dropped ones included; modulo 2^32.
        public let received: UInt32
        /// Frames lost because the ring was full; modulo 2^32.
        public let dropped: UInt32
    }

    /// Frames longer than this many bytes are delivered cut.
    public static let snapshotLength = 512
    /// Bytes shared with the kernel, where nothing else is asked for: some 400 frames, read at once after a stall.
    public static let defaultRingSize: Int32 = 256 << 10

    private let capture: OpaquePointer
    private let interface: String

    /// Opens the capture of an Ethernet interface by its name. Needs CAP_NET_RAW.
    ///
    /// `filter` is in the language of pcap-filter(7): `arp`. `ringSize`: bytes shared with the kernel, in which frames wait;
    /// what finds no room is dropped and counted. Throws ENETDOWN while the interface is down.
    public init(
        interface: String, filter: String, ringSize: Int32 = defaultRingSize
    ) throws(SystemError) {
        let operation = "capture on \(interface)"
        guard !interface.utf8.contains(0), !filter.utf8.contains(0) else {
            throw SystemError(operation: operation, errno: EINVAL, advice: "a name or a filter has no NUL in it")
        }
        var opened: OpaquePointer?
        var message = [CChar](repeating: 0, count: CVIP_CAPTURE_MESSAGE_SIZE)
        let status = unsafe interface.withCString { interface in
            unsafe filter.withCString { filter in
                var options = unsafe cvip_capture_options(
                    interface: interface, filter: filter, snapshot_length: Int32(Self.snapshotLength),
                    ring_size: ringSize)
                return unsafe cvip_capture_open(&options, &opened, &message)
            }
        }
        guard status == 0, let opened = unsafe opened else {
            throw SystemError(
                operation: operation, errno: status,
                advice: adviceForInterface(0 &- status, capability: "CAP_NET_RAW")
                    ?? "libpcap says: \(text(upToNUL: message))")
        }
        unsafe capture = opened
        self.interface = interface
    }

    deinit { unsafe cvip_capture_close(capture) }

    /// Puts another filter, as of `init`, in the place of the one before. Frames that arrive in the few microseconds
    /// between the two are lost.
    public func setFilter(_ filter: String) throws(SystemError) {
        _ = try check(unsafe cvip_capture_set_filter(capture, filter), "filter the capture on \(interface)")
    }

    /// The descriptor to wait on until it is readable, which it also becomes when the interface goes down; stays ours.
    public var fileDescriptor: Int32 { unsafe cvip_capture_fd(capture) }

    /// Gives up to `limit` (at least 1) waiting frames to `body`, with each one's length on the wire.
    ///
    /// Returns how many; 0 also while the interface is down. Throws when the capture is over: ENODEV when the
    /// interface is gone; open another then, when it is there again.
    public func drain(
        limit: Int, _ body: (_ frame: RawSpan, _ originalLength: Int) -> Void
    ) throws(SystemError) -> Int {
        precondition(limit > 0, "a limit of no frames would be libpcap's word for no limit")
        let count = withoutActuallyEscaping(body) { body in
            var receiver = Receiver(body: body)
            return unsafe withUnsafeMutablePointer(to: &receiver) { context in
                let deliver: cvip_capture_deliver = { context, bytes, captured, original in
                    guard let receiver = unsafe context?.assumingMemoryBound(to: Receiver.self) else { return }
                    let frame = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(captured))
                    unsafe receiver.pointee.body(frame.bytes, Int(original))
                }
                return unsafe cvip_capture_drain(capture, Int32(clamping: limit), deliver, context)
            }
        }
        return Int(try check(count, "capture on \(interface)") { adviceForInterface($0, capability: "CAP_NET_RAW") })
    }

    /// The same for a receiver that is called for as long as there are frames: nothing is allocated for it.
    public func drain(limit: Int, to receiver: any FrameReceiver) throws(SystemError) -> Int {
        precondition(limit > 0, "a limit of no frames would be libpcap's word for no limit")
        var receiver = receiver
        let count = unsafe withUnsafeMutablePointer(to: &receiver) { context in
            let deliver: cvip_capture_deliver = { context, bytes, captured, original in
                guard let receiver = unsafe context?.assumingMemoryBound(to: (any FrameReceiver).self) else { return }
                let frame = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(captured))
                unsafe receiver.pointee.receive(frame.bytes, originalLength: Int(original))
            }
            return unsafe cvip_capture_drain(capture, Int32(clamping: limit), deliver, context)
        }
        return Int(try check(count, "capture on \(interface)") { adviceForInterface($0, capability: "CAP_NET_RAW") })
    }

    /// Counters since the capture was opened.
    public func statistics() throws(SystemError) -> Statistics {
        var received: UInt32 = 0
        var dropped: UInt32 = 0
        let status = unsafe cvip_capture_statistics(capture, &received, &dropped)
        _ = try check(status, "read the counters of the capture on \(interface)")
        return Statistics(received: received, dropped: dropped)
    }

    /// What the C callback's context points to.
    private struct Receiver {
        let body: (RawSpan, Int) -> Void
    }
}
