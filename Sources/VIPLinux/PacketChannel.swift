// A channel of packets to another process of this machine, which may be a child of this one.
// Deliberately not here: what the packets say, and when a child is started again.

internal import CVIPLinux
internal import Glibc

/// One end of a channel that keeps the bounds of packets (SOCK_SEQPACKET of unix(7)). Nothing waits; whoever uses it
/// watches ``fileDescriptor``.
public final class PacketChannel {
    private let descriptor: OwnedDescriptor
    private var buffer: [UInt8]

    /// For waiting until there is something to read.
    public var fileDescriptor: Int32 { descriptor.number }

    /// What came of reading.
    public enum Reception: Equatable, Sendable {
        case packet([UInt8])
        /// A packet longer than the channel takes; it is gone.
        case oversized
        case nothing
        /// The other end is closed, or cannot be read.
        case end
    }

    /// Connects to the socket at `path`. Packets longer than `longest` bytes are not received.
    public convenience init(connectingTo path: String, longest: Int) throws(SystemError) {
        let opened = unsafe cvip_channel_connect(path)
        self.init(owning: try check(opened, "connect to \(path)"), longest: longest)
    }

    fileprivate init(owning descriptor: Int32, longest: Int) {
        self.descriptor = OwnedDescriptor(descriptor)
        buffer = [UInt8](repeating: 0, count: longest)
    }

    /// Starts a program, which finds the other end as its descriptor 3 and is told so by `--fd 3`.
    public static func starting(
        _ path: String, longest: Int
    ) throws(SystemError) -> (channel: PacketChannel, child: ChildHandle) {
        var pidfd: Int32 = -1
        let opened = unsafe cvip_channel_spawn(path, &pidfd)
        let descriptor = try check(opened, "start \(path)")
        return (PacketChannel(owning: descriptor, longest: longest), ChildHandle(owning: pidfd))
    }

    /// Sends a packet of at least one byte; returns 0, or the error number: EAGAIN where there is no room, EPIPE or
    /// ECONNRESET where nobody is left to read it.
    public func send(_ packet: [UInt8]) -> Int32 {
        0 &- (unsafe cvip_channel_send(descriptor.number, packet, packet.count))
    }

    /// Takes the next packet that waits.
    public func receive() -> Reception {
        let length = unsafe cvip_channel_receive(descriptor.number, &buffer, buffer.count)
        switch length {
        case 0: return .end
        case 1...: return Int(length) <= buffer.count ? .packet(Array(buffer[..<Int(length)])) : .oversized
        case 0 &- EAGAIN, 0 &- EINTR: return .nothing
        default: return .end
        }
    }
}

/// A child of this process, which must be reaped by ``reap()`` once it has ended.
public final class ChildHandle {
    private let descriptor: OwnedDescriptor

    /// Readable once the child has ended (pidfd_open(2)).
    public var fileDescriptor: Int32 { descriptor.number }

    fileprivate init(owning descriptor: Int32) { self.descriptor = OwnedDescriptor(descriptor) }

    /// Ends it at once, whatever it does (SIGKILL).
    public func kill() { _ = cvip_channel_kill(descriptor.number) }

    /// Collects its end, if it has ended; returns whether there is nothing left to collect.
    public func reap() -> Bool { cvip_channel_reap(descriptor.number) != 0 }
}
