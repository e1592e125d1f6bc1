// Requests over a socket whose other end is no kernel: junk first, then the honest answers. Deliberately not here: the
// datagrams as such (NetlinkTarget.swift).
import CVIPLinux
import Glibc

enum Exchange {
    private static let addresses: [UInt32] = [0xC0A8_01D2, 0xC0A8_01D3, 0xC0A8_01D4]
    /// The number before that of the first request; the numbers wrap around.
    private static let lastSequence = UInt32.max - 1

    /// Removes three addresses while `junk` lies in front of the answers; the call must end with an answer for each.
    static func run(_ junk: [UInt8]) {
        guard !junk.isEmpty else { return }
        var ends: [Int32] = [-1, -1]
        demand(unsafe socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0, "no pair of sockets")
        defer { ends.forEach { close($0) } }
        send(junk, over: ends[1])
        send(honestAnswers, over: ends[1])
        var sequence = lastSequence
        var answers = [Int32](repeating: -7, count: addresses.count)
        let granted = unsafe cvip_address_remove(ends[0], &sequence, 2, addresses, &answers, addresses.count)
        demand(sequence == lastSequence &+ UInt32(addresses.count), "the numbers went to \(sequence)")
        demand(answers.allSatisfy { $0 >= 0 }, "the answers are \(answers)")
        demand(answers.count { $0 == 0 } == granted, "\(granted) of \(answers) were counted")
    }

    private static func send(_ bytes: [UInt8], over socket: Int32) {
        demand(unsafe Glibc.send(socket, bytes, bytes.count, 0) == bytes.count, "a datagram was not sent")
    }

    /// NLMSG_ERROR with error 0 for each request, in one datagram.
    private static let honestAnswers: [UInt8] = addresses.indices.flatMap { index in
        let words: [UInt32] = [
            36, 2, lastSequence &+ UInt32(index + 1), 0,  // nlmsghdr: length, NLMSG_ERROR, number, port
            0, 20, 0x15, lastSequence &+ UInt32(index + 1), 0,  // error, and the header of the request
        ]
        return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }
}
