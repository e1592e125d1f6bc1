// The bytes of a trailer, as docs/PROTOCOL.md lists them: reading and writing, version 1.

extension Trailer {
    /// Where the fields begin, counted from the magic.
    enum Offset {
        static let magic = 0
        static let version = 4
        static let length = 5
        static let kind = 7
        static let flags = 8
        static let group = 10
        static let configuration = 18
        static let priority = 26
        static let node = 27
        static let epoch = 35
        static let sequence = 43
        static let term = 51
        static let interval = 59
        static let subject = 63
        static let acknowledgedSequence = 71
        static let echoedNode = 79
        static let echoedSequence = 87
        static let address = 95
        static let nameLength = 99
        static let name = 100
    }

    /// "VIPD".
    static let magic: UInt32 = 0x5649_5044
    static let version: UInt8 = 1

    /// Reads the trailer that begins at `start`, and where its seal begins, if it has one.
    /// - Returns: nil where there is none: fewer than four octets, or another beginning than the magic.
    /// - Throws: the reason why what follows the magic is no trailer of this version. The ranges of its numbers, and
    ///   which texts may be names, are not judged here: see ``Frame/refusal``.
    static func parse(
        _ bytes: RawSpan, at start: Int
    ) throws(FrameRefusal) -> (trailer: Trailer, sealStart: Int?)? {
        let available = bytes.byteCount - start
        guard available >= 4, bytes.uint32(at: start + Offset.magic) == Self.magic else { return nil }
        guard available > Offset.version else { throw .trailerTruncated }
        guard bytes.uint8(at: start + Offset.version) == Self.version else { throw .unknownVersion }
        guard available >= Offset.name else { throw .trailerTruncated }
        let length = Int(bytes.uint16(at: start + Offset.length))
        let nameLength = Int(bytes.uint8(at: start + Offset.nameLength))
        let nameEnd = Offset.name + nameLength
        guard length == nameEnd || length == nameEnd + FrameSeal.length else { throw .trailerLengthWrong }
        guard available >= length else { throw .trailerTruncated }

        guard let kind = Kind(rawValue: bytes.uint8(at: start + Offset.kind)) else { throw .unknownKind }
        guard let name = bytes.text(in: start + Offset.name..<start + nameEnd) else { throw .badName }
        let trailer = Trailer(
            kind: kind,
            flags: Flags(rawValue: bytes.uint16(at: start + Offset.flags)),
            group: bytes.uint64(at: start + Offset.group),
            configuration: bytes.uint64(at: start + Offset.configuration),
            priority: bytes.uint8(at: start + Offset.priority),
            node: bytes.uint64(at: start + Offset.node),
            epoch: bytes.uint64(at: start + Offset.epoch),
            sequence: bytes.uint64(at: start + Offset.sequence),
            term: bytes.uint64(at: start + Offset.term),
            intervalMicroseconds: bytes.uint32(at: start + Offset.interval),
            subject: bytes.uint64(at: start + Offset.subject),
            acknowledgedSequence: bytes.uint64(at: start + Offset.acknowledgedSequence),
            echoedNode: bytes.uint64(at: start + Offset.echoedNode),
            echoedSequence: bytes.uint64(at: start + Offset.echoedSequence),
            address: bytes.ipv4(at: start + Offset.address),
            name: name
        )
        return (trailer, length == nameEnd ? nil : start + nameEnd)
    }

    /// Octets of the trailer, with its seal if it has one.
    func length(isSealed: Bool) -> Int { Offset.name + name.utf8.count + (isSealed ? FrameSeal.length : 0) }

    /// Appends the octets of a trailer whose ``refusal`` is nil, up to the end of its name.
    func append(to writer: inout ByteWriter, isSealed: Bool) {
        writer.append(Self.magic)
        writer.append(Self.version)
        writer.append(UInt16(length(isSealed: isSealed)))
        writer.append(kind.rawValue)
        writer.append(flags.rawValue)
        writer.append(group)
        writer.append(configuration)
        writer.append(priority)
        writer.append(node)
        writer.append(epoch)
        writer.append(sequence)
        writer.append(term)
        writer.append(intervalMicroseconds)
        writer.append(subject)
        writer.append(acknowledgedSequence)
        writer.append(echoedNode)
        writer.append(echoedSequence)
        writer.append(address.bits)
        writer.append(UInt8(name.utf8.count))
        writer.append(name.utf8)
    }
}
