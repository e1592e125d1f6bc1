// "Did you mean": the nearest right word to a wrong one, for keys, flags and commands.
// Deliberately not here: the wording of the errors that use it.

/// Finds what someone probably meant to write.
public enum Suggestion {
    /// The longest word that is compared, in bytes: no key, flag or command is near it.
    private static let longestWord = 64

    /// The candidate nearest to `word`, or nil if none is near enough to be worth naming.
    ///
    /// Near is an edit distance (insertions, deletions, substitutions and swaps of neighbours, letter case ignored) of
    /// at most a third of the longer word's length, rounded up; else a candidate that begins with the three or more
    /// letters of `word`. Of equals the first wins.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        guard !word.isEmpty, word.utf8.count <= longestWord else { return nil }
        let letters = Array(word.lowercased().utf8)
        var best: (candidate: String, distance: Int)?
        var beginning: String?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8)
            let longer = max(letters.count, other.count)
            let distance = editDistance(letters, other)
            if distance <= (longer + 2) / 3, distance < longer, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
            if beginning == nil, letters.count >= 3, other.starts(with: letters) { beginning = candidate }
        }
        return best?.candidate ?? beginning
    }

    /// The optimal string alignment distance of two words.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var distance = min(substitution, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    distance = min(distance, beforeLast[column - 1] + 1)
                }
                current.append(distance)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
