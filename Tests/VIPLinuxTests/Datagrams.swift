// Netlink datagrams given to the shim's parsers.

import CVIPLinux
import Glibc
import Testing

@testable import VIPLinux

/// A refused message has nothing but the errno.
enum Parsed {
    case message(cvip_message)
    case refused(Int32)
}

/// Parses a datagram that ends exactly where its memory ends, so that the address sanitizer sees any step beyond.
func parse(_ datagram: [UInt8], parser: MessageParser = .route) -> [Parsed] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: datagram.count, alignment: 4)
    defer { memory.deallocate() }
    memory.copyBytes(from: datagram)
    let next = parser == .route ? cvip_message_next : cvip_socket_message_next
    var parsed: [Parsed] = []
    var offset = 0
    while true {
        var message = cvip_message()
        let before = offset
        let status = next(memory.baseAddress, memory.count, &offset, &message)
        guard status != 0 else { return parsed }
        #expect(offset > before && offset <= datagram.count, "every message moves on, and none beyond the end")
        parsed.append(status == 1 ? .message(message) : .refused(status))
    }
}

func onlyMessage(in datagram: [UInt8], parser: MessageParser = .route) throws -> cvip_message {
    let parsed = parse(datagram, parser: parser)
    try #require(parsed.count == 1)
    guard case .message(let message) = parsed[0] else { throw SystemError(operation: "parse", errno: EBADMSG) }
    return message
}

func isRefused(_ datagram: [UInt8], parser: MessageParser = .route) -> Bool {
    if case .refused(-EBADMSG)? = parse(datagram, parser: parser).first { true } else { false }
}

/// Two hundred copies of a datagram, in each of which up to seven bytes are others; the same for the same seed.
func mutants(of datagram: [UInt8], seed: Int) -> [[UInt8]] {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(below bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
    return (0..<200).map { _ in
        var mutant = datagram
        for _ in 0...random(below: 6) { mutant[random(below: mutant.count)] = UInt8(random(below: 256)) }
        return mutant
    }
}

extension [UInt8] {
    func with(_ value: UInt8, at index: Int) -> [UInt8] {
        var copy = self
        copy[index] = value
        return copy
    }

    func with(_ values: [UInt8], from index: Int) -> [UInt8] {
        Array(self[..<index]) + values + self[(index + values.count)...]
    }
}
