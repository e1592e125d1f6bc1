// From a line to words and braces, quotes undone.
// Deliberately not here: comments, definitions (Preprocessor), and what the words of a command are (ProgramText).

import VIPConfiguration

/// A word, or a brace that opens or ends a block.
struct Token {
    enum Kind: Equatable {
        case word(String)
        case open
        case close
    }

    let kind: Kind
    let place: SourcePlace
}

/// Reads one line.
struct LineLexer {
    private let line: SourceLine
    private var at = 0
    /// The last place that was told, from which the next one is counted: a line may have many words.
    private var known: (offset: Int, place: SourcePlace)

    /// The words and braces of `line`.
    static func tokens(of line: SourceLine) throws(ConversionError) -> [Token] {
        var lexer = LineLexer(line: line)
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private init(line: SourceLine) {
        self.line = line
        known = (0, line.place)
    }

    /// Where the lexer is.
    private mutating func place() -> SourcePlace {
        known = (at, line.place(at: at, from: known))
        return known.place
    }

    private mutating func next() throws(ConversionError) -> Token? {
        while at < line.text.count, isBlank(line.text[at]) { at += 1 }
        guard at < line.text.count else { return nil }
        let place = place()
        switch line.text[at] {
        case UInt8(ascii: "{"):
            at += 1
            return Token(kind: .open, place: place)
        case UInt8(ascii: "}"):
            at += 1
            return Token(kind: .close, place: place)
        default: return Token(kind: .word(try word()), place: place)
        }
    }

    /// The word that begins here: up to a blank or a brace, with quoted parts in which these are ordinary characters.
    private mutating func word() throws(ConversionError) -> String {
        var bytes: [UInt8] = []
        while at < line.text.count {
            let byte = line.text[at]
            if isBlank(byte) { break }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") && line.text[(at + 1)...].contains(byte) {
                try takeQuoted(by: byte, into: &bytes)
                continue
            }
            if byte == UInt8(ascii: "$"), let end = parameterEnd {
                bytes += line.text[at..<end]
                at = end
                continue
            }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") { break }
            bytes.append(byte)
            at += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Behind the brace of a ${…} that no definition has taken.
    private var parameterEnd: Int? {
        guard at + 1 < line.text.count, line.text[at + 1] == UInt8(ascii: "{") else { return nil }
        return line.text[at...].firstIndex(of: UInt8(ascii: "}")).map { $0 + 1 }
    }

    private mutating func takeQuoted(by quote: UInt8, into bytes: inout [UInt8]) throws(ConversionError) {
        let start = place()
        at += 1
        while at < line.text.count, line.text[at] != quote {
            if line.text[at] == UInt8(ascii: "\\"), at + 1 < line.text.count {
                at += 1
                takeEscape(into: &bytes)
            } else {
                bytes.append(line.text[at])
                at += 1
            }
        }
        guard at < line.text.count else {
            throw ConversionError(
                "the quote that begins here does not end on its line; add the other one", at: start)
        }
        at += 1
    }

    /// What stands behind a backslash: a letter of C's, an octal or a hexadecimal number, a control character, or the
    /// character itself.
    private mutating func takeEscape(into bytes: inout [UInt8]) {
        let byte = line.text[at]
        at += 1
        switch byte {
        case UInt8(ascii: "a"): bytes.append(7)
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "E"): bytes.append(0x1B)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "v"): bytes.append(0x0B)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            at -= 1
            takeNumber(base: 8, mostDigits: 3, into: &bytes)
        case UInt8(ascii: "x"): takeNumber(base: 16, mostDigits: 8, into: &bytes)
        case UInt8(ascii: "c") where at < line.text.count:
            bytes.append(line.text[at] & 0x1F)
            at += 1
        default: bytes.append(byte)
        }
    }

    private mutating func takeNumber(base: Int, mostDigits: Int, into bytes: inout [UInt8]) {
        var value = 0
        for _ in 0..<mostDigits {
            guard at < line.text.count, let digit = Character(Unicode.Scalar(line.text[at])).hexDigitValue, digit < base
            else { break }
            value = value * base + digit
            at += 1
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }
}
