// Text in the cells of a terminal: how wide it is, and cutting it. Deliberately not here: making names harmless (`escaped` in
// Text.swift), which was done when the text was made; here it is seen to again, for what is not known to be colour goes.

/// A text whose only control sequences are colours: `ESC [ … m` (SGR of ECMA-48).
struct DisplayText {
    /// What a text is made of.
    enum Piece: Equatable {
        /// A colour sequence; takes no cell.
        case colour(String)
        case scalar(Unicode.Scalar)
    }

    let pieces: [Piece]

    /// Takes `text` apart. Control characters and sequences other than colours are left out.
    init(_ text: String) {
        var pieces: [Piece] = []
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1b}" {
                if let end = Self.endOfColour(rest) {
                    pieces.append(.colour("\u{1b}" + String(rest[..<end])))
                    rest = rest[end...]
                }
            } else if scalar.properties.generalCategory != .control {
                pieces.append(.scalar(scalar))
            }
        }
        self.pieces = pieces
    }

    /// Behind the `m` of a colour sequence whose ESC was read; nil where it is none.
    private static func endOfColour(_ rest: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView.Index? {
        guard rest.first == "[" else { return nil }
        let parameters = rest.dropFirst().prefix { ("0"..."9").contains($0) || $0 == ";" }
        guard parameters.endIndex < rest.endIndex, rest[parameters.endIndex] == "m" else { return nil }
        return rest.index(after: parameters.endIndex)
    }

    /// Cells that the text takes.
    var width: Int {
        pieces.reduce(0) { sum, piece in if case .scalar(let scalar) = piece { sum + scalar.cells } else { sum } }
    }

    /// The text in at most `width` cells, colours ended; what was cut shows by `…` in the last.
    func cut(to width: Int) -> String {
        guard self.width > width else { return ended(pieces) }
        guard width > 0 else { return "" }
        var kept: [Piece] = []
        var left = width - 1
        for piece in pieces {
            if case .scalar(let scalar) = piece {
                guard scalar.cells <= left else { break }
                left -= scalar.cells
            }
            kept.append(piece)
        }
        return ended(kept, mark: "…")
    }

    private func ended(_ pieces: [Piece], mark: String = "") -> String {
        var text = ""
        var isColoured = false
        for piece in pieces {
            switch piece {
            case .colour(let sequence):
                isColoured = sequence != "\u{1b}[0m"
                text += sequence
            case .scalar(let scalar): text.unicodeScalars.append(scalar)
            }
        }
        return text + mark + (isColoured ? "\u{1b}[0m" : "")
    }
}

/// The cells that `text` takes on a terminal; colours take none.
func displayWidth(_ text: String) -> Int {
    // Nearly all of it is plain ASCII.
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text.utf8.count }
    return DisplayText(text).width
}

extension Unicode.Scalar {
    /// The cells that it takes: none for what stands on the character before, two for East Asian characters and pictures,
    /// else one.
    fileprivate var cells: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        let isWide = properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) }
        return isWide ? 2 : 1
    }

    /// What is wide or fullwidth in Unicode's annex 11, in blocks: no name needs it more exactly.
    private static let wide: [ClosedRange<UInt32>] = [
        // Hangul letters, radicals, kana, ideographs, Yi.
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
        // More Hangul letters and its syllables, ideographs for compatibility.
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        // Forms for vertical writing, small forms, fullwidth forms.
        0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        // Tangut, Khitan, kana supplements, enclosed ideographs, the planes of ideographs.
        0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}
