// Random frames that are the same in every run.

import VIPWire

/// SplitMix64: a small generator whose numbers are fixed by its seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// `count` octets, eight out of each number.
    mutating func octets(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var number: UInt64 = 0
            for index in 0..<count {
                if index % 8 == 0 { number = next() }
                buffer.initializeElement(at: index, to: UInt8(truncatingIfNeeded: number))
                number >>= 8
            }
            written = count
        }
    }

    /// Extremes as often as all else: that is where the mistakes are.
    mutating func number() -> UInt64 {
        [0, 1, .max, next()].randomElement(using: &self) ?? 0
    }

    mutating func unicastMAC() -> MACAddress {
        MACAddress(bits: next() & 0xFEFF_FFFF_FFFF | 0x0200_0000_0000)
    }

    /// A name of 1...63 octets, of characters of one to four octets each.
    mutating func name() -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0xA0...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
        ]
        let wanted = Int.random(in: 1...Trailer.longestName, using: &self)
        var name = ""
        while name.utf8.count < wanted {
            let range = ranges.randomElement(using: &self) ?? 0x20...0x7E
            let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) ?? "?"
            let left = wanted - name.utf8.count
            name.unicodeScalars.append(UTF8.width(scalar) <= left ? scalar : "-")
        }
        return name
    }
}

extension Frame {
    /// A frame that may be sent, with a trailer three times out of four.
    static func random(using generator: inout SeededGenerator) -> Frame {
        let source = generator.unicastMAC()
        let vip = IPv4Address(bits: UInt32.random(in: 1...UInt32.max, using: &generator))
        let destination =
            [Frame.multicast, .broadcast, generator.unicastMAC()].randomElement(using: &generator) ?? Frame.multicast
        var frame = Frame(destination: destination, source: source, packet: .probe(for: vip, from: source))
        guard Int.random(in: 0..<4, using: &generator) > 0 else {
            frame.packet = ARPPacket(
                operation: Bool.random(using: &generator) ? .request : .reply,
                senderHardwareAddress: generator.unicastMAC(),
                senderProtocolAddress: IPv4Address(bits: UInt32(truncatingIfNeeded: generator.number())),
                targetHardwareAddress: MACAddress(bits: generator.number()),
                targetProtocolAddress: vip
            )
            return frame
        }
        let kind = Trailer.Kind.allCases.randomElement(using: &generator) ?? .probe
        if kind == .announcement || kind == .handover { frame.packet = .announcement(of: vip, from: source) }
        frame.trailer = .random(kind: kind, using: &generator)
        return frame
    }
}

extension Trailer {
    fileprivate static func random(kind: Kind, using generator: inout SeededGenerator) -> Trailer {
        let address = IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()))
        return Trailer(
            kind: kind,
            flags: Flags(rawValue: UInt16(truncatingIfNeeded: generator.number())),
            group: generator.number(),
            configuration: generator.number(),
            priority: UInt8.random(in: priorities, using: &generator),
            node: max(1, generator.number()),
            epoch: generator.number(),
            sequence: generator.number(),
            term: generator.number(),
            intervalMicroseconds: UInt32.random(in: intervals, using: &generator),
            subject: generator.number(),
            acknowledgedSequence: generator.number(),
            echoedNode: generator.number(),
            echoedSequence: generator.number(),
            address: address.isUnicast ? address : .unspecified,
            name: generator.name()
        )
    }
}

extension [UInt8] {
    /// The frame with a tag of IEEE 802.1Q behind its addresses; `control` is priority, DEI and VLAN.
    func tagged(control: UInt16) -> [UInt8] {
        prefix(12) + [0x81, 0x00, UInt8(control >> 8), UInt8(control & 0xFF)] + dropFirst(12)
    }
}
