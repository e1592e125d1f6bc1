// Groups and notes as the text of a vipd.yaml. Deliberately not here: what they are made of (Mapping).

/// Writes a configuration line by line.
struct YAMLWriter {
    private(set) var text = ""
    private var indent = 0

    /// So many columns, and a comment goes on in the next line.
    private static let width = 100

    // Comments.

    /// Words on one or more lines behind #, those after the first moved in by `hanging`.
    mutating func comment(_ words: String, hanging: Int = 0) {
        var line = ""
        var isFirst = true
        func lead() -> String { "#" + String(repeating: " ", count: isFirst ? 1 : 1 + hanging) }
        for word in Self.harmless(words).split(separator: " ") {
            if !line.isEmpty, indent + line.count + word.count + 2 + hanging > Self.width {
                self.line(lead() + line)
                isFirst = false
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        self.line(line.isEmpty ? "#" : lead() + line)
    }

    mutating func blank() { text += "\n" }

    /// Without what YAML does not take, or a terminal would obey.
    private static func harmless(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII ? (0x20...0x7E).contains(scalar.value) : scalar.properties.isAlphabetic {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    // Keys and values.

    mutating func key(_ key: String, _ value: String) { line("\(key): \(value)") }

    mutating func key(_ key: String, string: String) { line("\(key): \(Self.scalar(string))") }

    mutating func key(_ key: String, list: [String]) {
        let items = list.map(Self.scalar)
        let flow = "\(key): [\(items.joined(separator: ", "))]"
        guard indent + flow.count > Self.width else { return line(flow) }
        block(key) { writer in
            for item in items { writer.line("- \(item)") }
        }
    }

    /// A key with what `body` writes under it.
    mutating func block(_ key: String, _ body: (inout YAMLWriter) -> Void) {
        line("\(key):")
        indent += 2
        body(&self)
        indent -= 2
    }

    /// An entry of a list: a first key, and what `body` writes beside it.
    mutating func entry(_ key: String, string: String, _ body: (inout YAMLWriter) -> Void) {
        line("- \(key): \(Self.scalar(string))")
        indent += 2
        body(&self)
        indent -= 2
    }

    private mutating func line(_ words: String) {
        text += String(repeating: " ", count: indent) + words + "\n"
    }

    /// Plain where nobody could take it for something else, in double quotes elsewhere (YAML 1.1, section 5.7).
    static func scalar(_ text: String) -> String {
        let words: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let first = text.utf8.first ?? 0
        let isPlain =
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) || first == UInt8(ascii: "/")
            || isAddress(text)
        if isPlain, !words.contains(text.lowercased()), text.utf8.allSatisfy(isOfPlain) { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let width = scalar.value > 0xFFFF ? 8 : 4
                quoted += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return quoted + "\""
    }

    /// Four numbers with dots between them, which no reader takes for a number.
    private static func isAddress(_ text: String) -> Bool {
        text.utf8.count { $0 == UInt8(ascii: ".") } == 3
            && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isOfPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
