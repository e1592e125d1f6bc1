// Big-endian reading and writing of octets, bounds-checked, without Foundation.

/// Big-endian numbers and addresses out of borrowed bytes. Offsets out of bounds are a programmer's error and trap.
extension RawSpan {
    func uint8(at offset: Int) -> UInt8 { integer(at: offset) }
    func uint16(at offset: Int) -> UInt16 { integer(at: offset) }
    func uint32(at offset: Int) -> UInt32 { integer(at: offset) }
    func uint64(at offset: Int) -> UInt64 { integer(at: offset) }
    func ipv4(at offset: Int) -> IPv4Address { IPv4Address(bits: uint32(at: offset)) }

    func mac(at offset: Int) -> MACAddress {
        MACAddress(bits: UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset + 2)))
    }

    private func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
        // Every bit pattern is a valid integer, and RawSpan checks the bounds.
        unsafe Value(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

/// Collects octets, numbers in big-endian order.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func append(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(_ address: MACAddress) {
        append(UInt16(truncatingIfNeeded: address.bits >> 32))
        append(UInt32(truncatingIfNeeded: address.bits))
    }

    mutating func append(_ octets: some Sequence<UInt8>) { bytes.append(contentsOf: octets) }

    /// Appends zeros until there are `count` octets.
    mutating func pad(to count: Int) {
        while bytes.count < count { bytes.append(0) }
    }
}
