// Patterns with `*`.
// Deliberately not here: other wildcards, which the file does not have.

/// Patterns in which `*` stands for any number of any characters, none included.
enum Glob {
    static func matches(_ text: String, pattern: String) -> Bool {
        let text = Array(text.utf8)
        let pattern = Array(pattern.utf8)
        var textIndex = 0
        var patternIndex = 0
        // Where to go on if what follows the last star does not fit: one character further on.
        var retry: (pattern: Int, text: Int)?
        while textIndex < text.count {
            if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
                patternIndex += 1
                retry = (patternIndex, textIndex)
            } else if patternIndex < pattern.count, pattern[patternIndex] == text[textIndex] {
                patternIndex += 1
                textIndex += 1
            } else if let last = retry {
                patternIndex = last.pattern
                textIndex = last.text + 1
                retry = (last.pattern, textIndex)
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
