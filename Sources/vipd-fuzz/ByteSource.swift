// An input taken apart from its front: what is left when it ends is zeros.

struct ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// A number below `bound`, which is 1...256.
    mutating func number(below bound: Int) -> Int { Int(byte()) % bound }

    mutating func bool() -> Bool { byte() & 1 == 1 }

    /// At most `count` bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A number near `base`, or at either end of the numbers, where arithmetic goes wrong.
    mutating func number(near base: UInt64) -> UInt64 {
        switch byte() {
        case 255: .max
        case 254: .max - 1
        case 253: 0
        case 252: 1
        case let byte: base &+ UInt64(byte / 2) &- (byte % 2 == 0 ? 0 : UInt64(byte))
        }
    }
}
