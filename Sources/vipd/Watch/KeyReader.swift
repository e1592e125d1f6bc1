// Keys out of the bytes that a terminal sends. Deliberately not here: reading them, and what the keys do.

/// What the watcher of the status can ask for.
enum WatchKey: Equatable {
    case quit, lineUp, lineDown, pageUp, pageDown, first, last, redraw
}

/// Understands bytes as they come; a sequence may come in parts. What it does not know it passes over whole, so that a key
/// without a meaning does not act as the letters in its sequence.
struct KeyReader {
    private enum State {
        case plain
        /// Behind ESC.
        case escape
        /// Behind ESC [ or ESC O, with the parameters so far.
        case sequence(parameters: [UInt8])
    }

    private var state = State.plain
    /// A longer sequence is none.
    private static let mostParameters = 16

    /// The keys that `bytes` complete, in order.
    mutating func read(_ bytes: [UInt8]) -> [WatchKey] { bytes.compactMap { read($0) } }

    private mutating func read(_ byte: UInt8) -> WatchKey? {
        switch state {
        case .plain:
            if byte == 0x1B {
                state = .escape
                return nil
            }
            return Self.key(byte)
        case .escape:
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "O"): state = .sequence(parameters: [])
            case 0x1B: break
            default: state = .plain
            }
            return nil
        case .sequence(let parameters):
            // Parameters and intermediates, up to the final byte (ECMA-48, section 5.4).
            if (0x20...0x3F).contains(byte), parameters.count < Self.mostParameters {
                state = .sequence(parameters: parameters + [byte])
                return nil
            }
            state = byte == 0x1B ? .escape : .plain
            return Self.key(parameters, byte)
        }
    }

    private static func key(_ byte: UInt8) -> WatchKey? {
        switch byte {
        case UInt8(ascii: "q"), UInt8(ascii: "Q"): .quit
        case UInt8(ascii: "k"): .lineUp
        case UInt8(ascii: "j"), 0x0A, 0x0D: .lineDown
        case UInt8(ascii: "b"), 0x02: .pageUp
        case UInt8(ascii: " "), UInt8(ascii: "f"), 0x06: .pageDown
        case UInt8(ascii: "g"): .first
        case UInt8(ascii: "G"): .last
        case 0x0C: .redraw
        default: nil
        }
    }

    private static func key(_ parameters: [UInt8], _ final: UInt8) -> WatchKey? {
        switch (final, String(decoding: parameters, as: UTF8.self)) {
        case (UInt8(ascii: "A"), _): .lineUp
        case (UInt8(ascii: "B"), _): .lineDown
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .first
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .last
        case (UInt8(ascii: "~"), "5"): .pageUp
        case (UInt8(ascii: "~"), "6"): .pageDown
        default: nil
        }
    }
}
