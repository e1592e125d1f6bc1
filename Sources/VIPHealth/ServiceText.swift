// Texts that come from services and programs, made fit for a log, a terminal and a packet.
// Deliberately not here: texts of vipd's own.

public enum ServiceText {
    /// Bytes that are left of a message.
    public static let messageLength = 200
    /// Bytes that are left of a line that a hook printed.
    public static let lineLength = 500

    /// `bytes` as text: what is not UTF-8 replaced, then as `harmless(_:length:)`.
    public static func harmless(_ bytes: some Collection<UInt8>, length: Int = messageLength) -> String {
        // What lies beyond four times the length is cut off in any case, so it is not even decoded.
        harmless(String(decoding: bytes.prefix(4 * length), as: UTF8.self), length: length)
    }

    /// `text` on one line that cannot steer a terminal, of at most `length` bytes, cut between characters. Runs of spaces,
    /// tabs and line ends become one space; other control characters, and those that turn the direction of writing,
    /// become U+FFFD. There is no space at either end.
    public static func harmless(_ text: String, length: Int = messageLength) -> String {
        var result = String.UnicodeScalarView()
        var size = 0
        var needsSpace = false
        for scalar in text.unicodeScalars {
            if isSpace(scalar) {
                needsSpace = size > 0
                continue
            }
            let shown = isSteering(scalar) ? "\u{fffd}" : scalar
            let added = (needsSpace ? 1 : 0) + UTF8.width(shown)
            guard size + added <= length else { break }
            if needsSpace { result.append(" ") }
            result.append(shown)
            size += added
            needsSpace = false
        }
        return String(result)
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20, 0x09...0x0d, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1f, 0x7f...0x9f, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069, 0xfeff: true
        default: false
        }
    }
}
