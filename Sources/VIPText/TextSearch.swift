// Finding and replacing a text in another, byte for byte. The library's own functions for it bring the engine of regular
// expressions along, a megabyte that a daemon has no use for.

extension StringProtocol {
    /// Where `text`, which is not empty, first stands; nil where it does not.
    public func range(ofText text: String) -> Range<Index>? {
        let bytes = utf8
        var start = bytes.startIndex
        while start < bytes.endIndex {
            var (here, wanted) = (start, text.utf8.startIndex)
            while here < bytes.endIndex, wanted < text.utf8.endIndex, bytes[here] == text.utf8[wanted] {
                bytes.formIndex(after: &here)
                text.utf8.formIndex(after: &wanted)
            }
            if wanted == text.utf8.endIndex { return start..<here }
            bytes.formIndex(after: &start)
        }
        return nil
    }

    /// Whether `text`, which is not empty, stands somewhere.
    public func contains(text: String) -> Bool { range(ofText: text) != nil }

    /// The same with `replacement` wherever `text`, which is not empty, stands.
    public func replacing(text: String, with replacement: String) -> String {
        parts(separatedBy: text).joined(separator: replacement)
    }

    /// What stands between one `separator`, which is not empty, and the next; at least one part, which may be empty.
    public func parts(separatedBy separator: String) -> [SubSequence] {
        var parts: [SubSequence] = []
        var rest = self[...]
        while let found = rest.range(ofText: separator) {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        return parts + [rest]
    }
}
