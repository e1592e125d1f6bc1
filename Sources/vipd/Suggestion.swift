// The nearest right word to a wrong one, for error messages. Deliberately not here: the messages.

/// Finds what a mistyped word was probably meant to be.
enum Suggestion {
    /// The candidate with the fewest edits to `word`, if it is near enough that a slip of the keys explains it: a third
    /// of its length, at least one edit. The first of equals wins.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        var best: (candidate: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(Array(word.utf8.prefix(64)), Array(candidate.utf8))
            if edits <= max(1, candidate.utf8.count / 3), edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.candidate
    }

    /// The insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var edits = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    edits = min(edits, beforeLast[column - 1] + 1)
                }
                current.append(edits)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
