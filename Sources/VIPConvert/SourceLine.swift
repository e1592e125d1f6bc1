// From the bytes of a file to its lines: UTF-8 without control characters, comments and line ends cut off.
// Deliberately not here: what a line means (Preprocessor, LineLexer).

/// A line, or what a definition made of one. Its text has no blanks at either end.
struct SourceLine {
    var text: [UInt8]
    var place: SourcePlace
    /// False where a definition was put in, so that columns no longer tell where something stood.
    var isVerbatim = true

    /// The place of the byte at `offset`.
    func place(at offset: Int) -> SourcePlace { place(at: offset, from: (0, place)) }

    /// The same, counted from a place before it.
    func place(at offset: Int, from known: (offset: Int, place: SourcePlace)) -> SourcePlace {
        guard isVerbatim else { return place }
        let characters = text[known.offset..<offset].count { !UTF8.isContinuation($0) }
        return SourcePlace(file: place.file, line: place.line, column: known.place.column + characters)
    }

    /// Without the first `count` bytes and the blanks behind them.
    func dropping(_ count: Int) -> SourceLine {
        let rest = text[count...].drop(while: isBlank)
        return SourceLine(text: Array(rest), place: place(at: rest.startIndex), isVerbatim: isVerbatim)
    }

    var string: String { String(decoding: text, as: UTF8.self) }
}

func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

extension SourceLine {
    /// The lines of a file, comments cut off; a line without text is empty, and keeps its number.
    static func lines(of bytes: [UInt8], file: String) throws(ConversionError) -> [SourceLine] {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let body = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
        var lines: [SourceLine] = []
        for part in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let raw = part.last == UInt8(ascii: "\r") ? part.dropLast() : part
            let line = SourceLine(text: Array(raw), place: SourcePlace(file: file, line: lines.count + 1))
            try line.check()
            lines.append(line.decommented)
        }
        return lines
    }

    private func check() throws(ConversionError) {
        guard text.count <= SourceLimits.lineBytes else {
            throw ConversionError(
                "the line is longer than \(SourceLimits.lineBytes) bytes; this is no file of keepalived's",
                at: place(at: SourceLimits.lineBytes))
        }
        if let offset = invalidOffset {
            throw ConversionError("the text is not UTF-8; save the file as UTF-8", at: place(at: offset))
        }
        if let offset = text.firstIndex(where: { $0 < 0x20 && $0 != UInt8(ascii: "\t") || $0 == 0x7F }) {
            throw ConversionError("a control character stands here; remove it", at: place(at: offset))
        }
    }

    /// Where the text stops being UTF-8; nil where it is all of it.
    private var invalidOffset: Int? {
        guard String(validating: text, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var iterator = text.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return offset
    }

    /// Without its comment and the blanks at its ends. A comment begins with # or ! outside double quotes; a backslash
    /// before one of them makes it an ordinary character.
    private var decommented: SourceLine {
        var kept: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for byte in text {
            let isMark = byte == UInt8(ascii: "#") || byte == UInt8(ascii: "!")
            if isEscaped {
                if isMark && !isQuoted { kept.removeLast() }
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if isMark && !isQuoted {
                break
            }
            kept.append(byte)
        }
        while let last = kept.last, isBlank(last) { kept.removeLast() }
        return SourceLine(text: kept, place: place).dropping(0)
    }
}

extension UTF8 {
    fileprivate static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
