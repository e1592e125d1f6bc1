// From lines to a tree of statements: words, and a block of further statements where braces follow.
// Deliberately not here: which words there are (Keepalived…).

import VIPConfiguration

/// A word and where it stands.
struct Word {
    let text: String
    let place: SourcePlace
}

/// A line of the configuration, with the block that belongs to it.
struct Statement {
    /// At least one.
    let words: [Word]
    /// Nil where no braces follow.
    var block: [Statement]?

    var keyword: String { words[0].text }
    var place: SourcePlace { words[0].place }
    var arguments: ArraySlice<Word> { words.dropFirst() }
    /// The word behind the keyword.
    var argument: Word? { words.count > 1 ? words[1] : nil }
    /// All of it, as it was meant.
    var text: String { words.map(\.text).joined(separator: " ") }
}

/// Builds the tree.
struct BlockParser {
    private let lines: [SourceLine]
    /// The next line, and the tokens of the one before with the next of them.
    private var line = 0
    private var tokens: [Token] = []
    private var index = 0

    /// The statements of `lines`.
    static func statements(of lines: [SourceLine]) throws(ConversionError) -> [Statement] {
        var parser = BlockParser(lines: lines)
        return try parser.block(openedAt: nil, depth: 0)
    }

    private init(lines: [SourceLine]) { self.lines = lines }

    /// The next token and whether it is the first of its line.
    private mutating func next() throws(ConversionError) -> (token: Token, isFirst: Bool)? {
        while index == tokens.count {
            guard line < lines.count else { return nil }
            tokens = try LineLexer.tokens(of: lines[line])
            index = 0
            line += 1
        }
        index += 1
        return (tokens[index - 1], index == 1)
    }

    /// The statements up to the brace that ends the block, or up to the end. The recursion is bounded.
    private mutating func block(openedAt opening: SourcePlace?, depth: Int) throws(ConversionError) -> [Statement] {
        var statements: [Statement] = []
        var words: [Word] = []
        func finish() {
            if !words.isEmpty { statements.append(Statement(words: words)) }
            words = []
        }
        while let (token, isFirst) = try next() {
            if isFirst, token.kind != .open { finish() }
            switch token.kind {
            case .word(let text): words.append(Word(text: text, place: token.place))
            case .close:
                finish()
                guard opening != nil else {
                    throw ConversionError("this } ends no block; remove it, or add the { before it", at: token.place)
                }
                return statements
            case .open:
                finish()
                guard depth < SourceLimits.blockDepth else {
                    throw ConversionError(
                        "blocks are nested deeper than \(SourceLimits.blockDepth) levels; no block of keepalived's is",
                        at: token.place)
                }
                guard let last = statements.indices.last, statements[last].block == nil else {
                    throw ConversionError("this { has no word before it; remove it, or name the block", at: token.place)
                }
                statements[last].block = try block(openedAt: token.place, depth: depth + 1)
            }
        }
        finish()
        if let opening {
            throw ConversionError("the block that begins here has no end; add its }", at: opening)
        }
        return statements
    }
}
