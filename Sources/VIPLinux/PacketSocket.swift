// Sending Ethernet frames on one interface. Receiving them is Capture's; what is in them is VIPWire's.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// A socket that sends whole Ethernet frames on one interface and receives nothing (packet(7)).
///
/// It stays with the interface through down and up; when the interface is deleted, sending fails with ENXIO for good.
public final class PacketSocket {
    /// How far a batch got.
    public struct Outcome: Hashable, Sendable {
        /// How many frames the kernel took, from the first on.
        public let sent: Int
        /// 0 if it took all, else the errno for the first it did not take: ENETDOWN, ENXIO, EMSGSIZE, ENOBUFS, EAGAIN.
        public let errno: Int32
    }

    /// Room for the announcements of some thousand addresses to wait in a device's queue.
    private static let sendBuffer: Int32 = 4 << 20

    private let descriptor: OwnedDescriptor
    private let interfaceIndex: Int32
    private let name: String

    /// Opens the socket; the interface may be down. `name` is for messages only. Needs CAP_NET_RAW.
    public init(interfaceIndex: Int32, name: String) throws(SystemError) {
        self.interfaceIndex = interfaceIndex
        self.name = name
        let opened = cvip_packet_open(interfaceIndex, Self.sendBuffer)
        descriptor = OwnedDescriptor(
            try check(opened, "open a packet socket on \(name)") { adviceForInterface($0, capability: "CAP_NET_RAW") })
    }

    /// Sends the frames in order, each from the destination MAC on; never waits.
    public func send(_ frames: [[UInt8]]) -> Outcome {
        unsafe withVectors(of: frames) { vectors in
            var sent = 0
            while sent < vectors.count {
                let rest = unsafe UnsafeBufferPointer(rebasing: vectors[sent...])
                let result = unsafe cvip_packet_send(descriptor.number, rest.baseAddress, UInt32(rest.count))
                guard result > 0 else { return Outcome(sent: sent, errno: 0 &- result) }
                sent += Int(result)
            }
            return Outcome(sent: sent, errno: 0)
        }
    }

    /// Sends one frame, from the destination MAC on; never waits. Returns 0 or the errno.
    public func send(_ frame: [UInt8]) -> Int32 {
        unsafe frame.withUnsafeBytes { bytes in
            var vector = unsafe iovec(
                iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            let result = unsafe cvip_packet_send(descriptor.number, &vector, 1)
            return result < 0 ? 0 &- result : 0
        }
    }

    /// Has the interface receive frames to a multicast MAC for as long as this socket lives, through down and up.
    public func join(group: MACAddress) throws(SystemError) {
        let octets = (0..<6).map { group[$0] }
        _ = try check(
            unsafe cvip_packet_join(descriptor.number, interfaceIndex, octets), "receive frames to \(group) on \(name)")
    }
}
