// Text for terminals: names made harmless, columns, durations, colour. Deliberately not here: writing it (Output.swift).

/// `text` with everything that could steer a terminal, or hide in a line, written as `\u{…}`: names come off the wire.
func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        // Format covers what turns the direction of writing; the separators break lines.
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// `text` with spaces behind it up to `width` columns.
func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - displayWidth(text)))
}

/// A span of time in the two largest units that matter, as in `4 h 12 min`; less than nothing is `0 s`.
func durationText(milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1000
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
    if days > 0 { return "\(days) d \(hours % 24) h" }
    if hours > 0 { return "\(hours) h \(minutes % 60) min" }
    if minutes > 0 { return "\(minutes) min \(seconds % 60) s" }
    return "\(seconds) s"
}

/// `words` with a space between them in lines of at most `width` columns; a longer word has a line of its own.
func wrapped(_ words: [String], to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words {
        if !line.isEmpty, displayWidth(line) + 1 + displayWidth(word) > width {
            lines.append(line)
            line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
    }
    return lines + (line.isEmpty ? [] : [line])
}

/// Colours of a terminal, or none.
struct Palette {
    let isColoured: Bool

    /// What a colour says, not what it looks like.
    enum Meaning: String {
        case good = "32"
        case warning = "33"
        case bad = "1;31"
        case heading = "1"
    }

    func paint(_ text: String, _ meaning: Meaning) -> String {
        isColoured ? "\u{1b}[\(meaning.rawValue)m\(text)\u{1b}[0m" : text
    }
}
