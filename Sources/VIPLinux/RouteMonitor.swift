// Being told of changes of links and IPv4 addresses. Asking for them is RouteSocket's.

internal import CVIPLinux
internal import Glibc

/// A socket to which the kernel reports every change of links and IPv4 addresses in its network namespace.
///
/// Open it before the first dump, so that nothing falls between the two.
public final class RouteMonitor {
    /// What a drain found out about itself.
    public enum DrainResult: Hashable, Sendable {
        /// All changes were given.
        case drained
        /// Changes were lost: take a fresh dump. What waited has been read, so nothing older than the dump follows it.
        case overrun
    }

    /// Room for the reports of some thousand addresses that are renewed at once.
    public static let defaultReceiveBuffer: Int32 = 8 << 20

    private let descriptor: OwnedDescriptor
    private var buffer = DatagramBuffer()
    private var lengths = [Int](repeating: 0, count: DatagramBuffer.slots)

    /// Opens the socket. `receiveBuffer`: bytes that reports may take while they wait, about 1 KB each; a limit, not
    /// memory taken.
    public init(receiveBuffer: Int32 = defaultReceiveBuffer) throws(SystemError) {
        descriptor = OwnedDescriptor(
            try check(cvip_netlink_open_monitor(receiveBuffer), "open an rtnetlink socket for link and address changes")
        )
    }

    /// The descriptor to wait on until it is readable; stays ours.
    public var fileDescriptor: Int32 { descriptor.number }

    /// Gives every report that waits to `body`, in the kernel's order; never waits itself.
    public func drain(_ body: (RouteChange) -> Void) -> DrainResult {
        var result = DrainResult.drained
        while true {
            // A thousand addresses that are renewed are a thousand datagrams.
            let count = buffer.receiveReports(from: descriptor, lengths: &lengths)
            switch count {
            case 0...:
                for slot in 0..<Int(count) where !take(slot, body) { result = .overrun }
            case -EAGAIN:
                return result
            case -ENOBUFS, -ENOMEM:
                result = .overrun
            default:
                preconditionFailure("a netlink socket failed: \(SystemError.text(of: 0 &- count))")
            }
        }
    }

    /// Gives the reports of a datagram to `body`; false if some were lost.
    private func take(_ slot: Int, _ body: (RouteChange) -> Void) -> Bool {
        guard lengths[slot] <= DatagramBuffer.slotSize else { return false }
        var isComplete = true
        let isWhole = buffer.forEachMessage(inSlot: slot, length: Int32(lengths[slot])) { message in
            if message.kind == CVIP_MESSAGE_OVERRUN { isComplete = false }
            if let change = RouteChange(message) { body(change) }
        }
        return isWhole && isComplete
    }
}
