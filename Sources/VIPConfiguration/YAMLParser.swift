// From bytes to a YAMLNode through libyaml's events, with bounds and without anchors, aliases and tags.
// Deliberately not here: keys and values (ConfigurationDecoder), and reading files (ConfigurationFile).

/// Why a text is not the YAML that vipd reads: its place and a message with the way out.
struct YAMLError: Error, Equatable {
    let mark: Mark
    let message: String
}

/// Reads YAML documents.
enum YAMLParser {
    /// How deep lists and keys may nest; vipd's own keys nest four deep.
    static let deepestNesting = 32

    /// How many documents a file may have.
    static let mostDocuments = 64

    /// The trees of the documents in `text`; none if it has nothing but comments.
    ///
    /// The text must be UTF-8; a byte order mark in front is skipped. Throws at the first thing that is wrong.
    static func parse(_ text: [UInt8]) throws(YAMLError) -> [YAMLNode] {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let body = text.starts(with: byteOrderMark) ? Array(text.dropFirst(3)) : text
        return try unsafe body.withUnsafeBufferPointer { bytes throws(YAMLError) in
            guard let source = unsafe YAMLEventSource(bytes) else {
                throw YAMLError(mark: Mark(line: 1, column: 1), message: "not enough memory to read YAML")
            }
            return try documents(from: source)
        }
    }

    private static func documents(from source: borrowing YAMLEventSource) throws(YAMLError) -> [YAMLNode] {
        var roots: [YAMLNode] = []
        while true {
            let event = try source.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd: return roots
            case .documentStart:
                guard roots.count < mostDocuments else {
                    throw YAMLError(
                        mark: event.mark, message: "there are more than \(mostDocuments) documents; write a single one")
                }
            default: roots.append(try node(from: event, of: source, depth: 0))
            }
        }
    }

    /// The node that begins with `event`. The recursion is bounded by `deepestNesting`.
    private static func node(
        from event: YAMLEvent, of source: borrowing YAMLEventSource, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        guard depth < deepestNesting else {
            throw YAMLError(
                mark: event.mark, message: "nested deeper than \(deepestNesting) levels; no key of vipd needs that")
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            return YAMLNode(mark: event.mark, content: .scalar(text, isPlain: isPlain))
        case .sequenceStart:
            var items: [YAMLNode] = []
            while true {
                let item = try source.next()
                if item.kind == .sequenceEnd { break }
                items.append(try node(from: item, of: source, depth: depth + 1))
            }
            return YAMLNode(mark: event.mark, content: .sequence(items))
        case .mappingStart:
            var entries: [YAMLNode.Entry] = []
            while true {
                let key = try source.next()
                if key.kind == .mappingEnd { break }
                guard case .scalar(let name, _) = key.kind else {
                    throw YAMLError(mark: key.mark, message: "a key must be a single word, not a list or a set of keys")
                }
                let value = try node(from: try source.next(), of: source, depth: depth + 1)
                entries.append(.init(key: name, keyMark: key.mark, value: value))
            }
            return YAMLNode(mark: event.mark, content: .mapping(entries))
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            preconditionFailure("libyaml's grammar lets a node begin with a scalar, a sequence or a mapping only")
        }
    }
}
