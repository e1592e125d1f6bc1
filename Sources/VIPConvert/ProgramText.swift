// From the text of a script in keepalived's file to the words of a program that vipd runs.
// Deliberately not here: when it runs (CheckMapping, HookMapping).

import VIPConfiguration
import VIPHealth

/// A script as keepalived's file has it.
struct Script {
    /// The command with its arguments.
    let text: String
    /// The user it shall run as, and perhaps a group.
    let user: String?
    let place: SourcePlace

    /// The script of `notify_master "…" USER GROUP` and the like; nil where none is named.
    init?(_ statement: Statement) {
        guard let word = statement.argument, !word.text.isEmpty else { return nil }
        text = word.text
        user = statement.words.count > 2 ? statement.words[2].text : nil
        place = word.place
    }

    /// Runs what is no program with a whole path.
    static let shell = "/bin/sh"

    /// What a shell would do more with than split it.
    private static let shellCharacters = Set("|&;<>()$`*?~\n")

    /// The words to run, with `extra` behind them. A program without a whole path, and what only a shell understands, is
    /// given to /bin/sh, which looks for it.
    func command(extra: [String] = []) -> [String] {
        let words = Self.words(of: text)
        if let program = words.first, program.hasPrefix("/"), !text.contains(where: Self.shellCharacters.contains) {
            return words + extra
        }
        return extra.isEmpty ? [Self.shell, "-c", text] : [Self.shell, "-c", text + " \"$@\"", "sh"] + extra
    }

    /// Split at blanks outside quotes; a backslash takes what is behind it as it is.
    static func words(of text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character == " " || character == "\t" {
                if let finished = word { words.append(finished) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}

/// What vipd takes as a command.
enum CommandLimits {
    /// Why vipd would not run `words`; nil: it would.
    static func objection(to words: [String]) -> String? {
        if words.contains(where: { $0.utf8.contains(0) }) { return "it has a NUL in it" }
        let isTooLong =
            words.count > CheckLimits.arguments.upperBound
            || words.contains { $0.utf8.count > CheckLimits.textLength.upperBound }
            || words.reduce(0) { $0 + $1.utf8.count } > Limits.commandBytes
        return isTooLong ? "it is longer than vipd takes" : nil
    }
}
