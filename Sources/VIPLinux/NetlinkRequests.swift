// A netlink socket that asks the kernel for lists. What is asked and what the answers mean is RouteSocket's and
// SocketDestroyer's; being told without asking is RouteMonitor's.

internal import CVIPLinux
internal import Glibc

/// A socket for requests, with the numbers that tell their answers apart.
struct NetlinkRequests: ~Copyable {
    private static let timeoutMilliseconds: Int32 = 1000

    let descriptor: OwnedDescriptor
    /// The last request's number.
    var sequence: UInt32 = 0
    private var buffer = DatagramBuffer()

    /// Takes over an open descriptor.
    init(_ descriptor: Int32) { self.descriptor = OwnedDescriptor(descriptor) }

    /// Sends one request for a list through `request(descriptor, number)` and gives each message of the answer to
    /// `body`; false if the kernel says that a change disturbed it, so that it has to be taken again.
    ///
    /// Never waits longer than a second for a part of the answer.
    mutating func dump(
        _ operation: String, parser: MessageParser = .route, request: (Int32, UInt32) -> Int32,
        _ body: (cvip_message) -> Void
    ) throws(SystemError) -> Bool {
        sequence &+= 1
        let number = sequence
        _ = try check(request(descriptor.number, number), operation)
        var isDisturbed = false
        while true {
            let received = buffer.receive(from: descriptor, timeoutMilliseconds: Self.timeoutMilliseconds)
            let length = try check(received == -EAGAIN ? -ETIMEDOUT : received, operation)
            var end: cvip_message?
            let isWhole = buffer.forEachMessage(length: length, parser: parser) { message in
                guard message.sequence == number else { return }
                if message.interrupted != 0 { isDisturbed = true }
                if message.kind == CVIP_MESSAGE_DONE || message.kind == CVIP_MESSAGE_ERROR { end = message }
                body(message)
            }
            guard isWhole else { throw SystemError(operation: operation, errno: EBADMSG) }
            if let end {
                _ = try check(0 &- end.error, operation)
                return !isDisturbed
            }
        }
    }
}
