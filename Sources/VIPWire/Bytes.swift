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

    /// The octets as text, nil where they are no UTF-8.
    func text(in range: Range<Int>) -> String? {
        // What is copied is within bounds, and every octet is a valid number.
        unsafe extracting(range).withUnsafeBytes { octets in
            // Nearly all text is ASCII, which needs no repair: this way is several times as fast as that of all encodings.
            guard unsafe octets.allSatisfy({ $0 < 0x80 }) else {
                return unsafe octets.withMemoryRebound(to: UInt8.self) { unsafe String(validating: $0, as: UTF8.self) }
            }
            return unsafe String(decoding: octets, as: UTF8.self)
        }
    }

    private func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
        // Every bit pattern is a valid integer, and RawSpan checks the bounds.
        unsafe Value(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

/// Octets of a known number, written from the first on, numbers in big-endian order; what is not written is zero.
struct ByteWriter {
    var bytes: [UInt8]
    /// How many have been written so far.
    private(set) var end = 0

    /// Takes the memory of `storage`, whose octets are forgotten, and leaves none there.
    init(count: Int, in storage: inout [UInt8]) {
        bytes = []
        swap(&bytes, &storage)
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    mutating func append(_ value: some FixedWidthInteger & BitwiseCopyable) {
        let start = end
        end += value.bitWidth / 8
        var span = bytes.mutableSpan
        // Octets may be given any value; the span checks the bounds.
        var octets = unsafe span.mutableBytes
        octets.storeBytes(of: value.bigEndian, toByteOffset: start, as: type(of: value))
    }

    mutating func append(_ address: MACAddress) {
        append(UInt16(truncatingIfNeeded: address.bits >> 32))
        append(UInt32(truncatingIfNeeded: address.bits))
    }

    mutating func append(_ octets: some Sequence<UInt8>) {
        for octet in octets { append(octet) }
    }
}
