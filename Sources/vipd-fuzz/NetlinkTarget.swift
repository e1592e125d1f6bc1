// Datagrams of rtnetlink and sock_diag: every message is read or refused, no step leads beyond the end, and whatever
// came before the kernel's answers to requests, each request gets one.
import CVIPLinux
import Glibc
import VIPLinux

extension Target {
    static let netlink = Target(
        name: "netlink", summary: "datagrams from the kernel, and answers to requests", longestInput: 4096
    ) { datagram in
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: datagram.count, alignment: 4)
        defer { unsafe memory.deallocate() }
        unsafe memory.copyBytes(from: datagram)
        unsafe read(UnsafeRawBufferPointer(memory), next: cvip_message_next)
        unsafe read(UnsafeRawBufferPointer(memory), next: cvip_socket_message_next)
        Exchange.run(datagram)
    }

    private typealias Next = (
        UnsafeRawPointer?, Int, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<cvip_message>?
    ) -> Int32

    /// Steps through memory that ends where the datagram does, so that the address sanitizer sees a step beyond.
    private static func read(_ datagram: UnsafeRawBufferPointer, next: Next) {
        var offset = 0
        while true {
            var message = cvip_message()
            let before = offset
            let status = unsafe next(datagram.baseAddress, datagram.count, &offset, &message)
            guard status != 0 else { break }
            demand(status == 1 || status == -EBADMSG, "a message gives \(status)")
            demand(offset > before && offset <= datagram.count, "from \(before) to \(offset) of \(datagram.count)")
            if status == 1 { judge(message) }
        }
        demand(offset == datagram.count, "the end is at \(offset) of \(datagram.count)")
    }

    private static func judge(_ message: cvip_message) {
        demand(message.error >= 0, "errno \(message.error)")
        demand(message.address.prefix_length <= 32, "a prefix of \(message.address.prefix_length) bits")
        demand(message.ipv6_address.prefix_length <= 128, "a prefix of \(message.ipv6_address.prefix_length) bits")
        demand(message.route.hop_count <= UInt32(CVIP_HOPS_SIZE), "\(message.route.hop_count) hops")
        // The texts end within their fields, or this reads on.
        guard case .linkChanged(let link)? = RouteChange(message) else { return }
        demand(!link.name.isEmpty && link.name.utf8.count <= 3 * 15, "the name \(link.name)")
    }
}
