// Netlink datagrams as Swift values, over the shim's parsers. No socket here: NetlinkRequests and RouteMonitor have those.

package import CVIPLinux

/// A change the kernel reports.
public enum RouteChange: Hashable, Sendable {
    /// The link is new, or something about it may be.
    case linkChanged(Link)
    /// The link is gone from this network namespace.
    case linkRemoved(index: Int32)
    /// The address is new, or was renewed.
    case addressAdded(InterfaceAddress)
    case addressRemoved(InterfaceAddress)

    /// What a message says of a link or an address; nil for other messages.
    package init?(_ message: cvip_message) {
        switch message.kind {
        case CVIP_MESSAGE_LINK: self = .linkChanged(Link(message.link))
        case CVIP_MESSAGE_LINK_GONE: self = .linkRemoved(index: message.link.ifindex)
        case CVIP_MESSAGE_ADDRESS: self = .addressAdded(InterfaceAddress(message.address))
        case CVIP_MESSAGE_ADDRESS_GONE: self = .addressRemoved(InterfaceAddress(message.address))
        default: return nil
        }
    }
}

/// What the messages of a datagram are about: their numbers mean something else in each protocol over netlink.
enum MessageParser {
    /// rtnetlink(7).
    case route
    /// sock_diag(7).
    case sockets
}

/// Room for one datagram, aligned as the parser needs it.
// Safe because the bytes are allocated from init to deinit, and never leave the structure.
@safe struct DatagramBuffer: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer

    init() {
        unsafe bytes = .allocate(byteCount: CVIP_NETLINK_BUFFER_SIZE, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    /// Receives the kernel's next datagram; its length, or the shim's negative error number.
    mutating func receive(from socket: borrowing OwnedDescriptor, timeoutMilliseconds: Int32) -> Int32 {
        unsafe cvip_netlink_receive(socket.number, bytes.baseAddress, bytes.count, timeoutMilliseconds)
    }

    /// Receives the reports that wait, without waiting, up to ``slots`` of them; how many, or the shim's negative error
    /// number. `lengths` has one each: 0 for one that is not the kernel's, more than ``slotSize`` for one that was too long
    /// and is lost. What was received before is gone.
    mutating func receiveReports(
        from socket: borrowing OwnedDescriptor, lengths: inout [Int]
    ) -> Int32 {
        precondition(lengths.count == Self.slots, "there is a length to each slot")
        return unsafe cvip_netlink_receive_many(socket.number, bytes.baseAddress, Self.slotSize, &lengths)
    }

    static let slots = Int(CVIP_NETLINK_MANY)
    /// More than the kernel reports of a link; the buffer has room for so many.
    static let slotSize = Int(CVIP_NETLINK_BUFFER_SIZE) / slots

    /// Gives each message in the first `length` bytes, or in those of a slot, to `body`; false if one was malformed and so
    /// was left out.
    func forEachMessage(
        inSlot slot: Int = 0, length: Int32, parser: MessageParser = .route, _ body: (cvip_message) -> Void
    ) -> Bool {
        var message = cvip_message()
        var offset = 0
        var isWhole = true
        let start = unsafe bytes.baseAddress.map { unsafe $0 + slot * Self.slotSize }
        while true {
            let status =
                switch parser {
                case .route: unsafe cvip_message_next(start, Int(length), &offset, &message)
                case .sockets: unsafe cvip_socket_message_next(start, Int(length), &offset, &message)
                }
            switch status {
            case 0: return isWhole
            case 1: body(message)
            default: isWhole = false
            }
        }
    }
}
