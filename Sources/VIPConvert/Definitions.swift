// keepalived's parameters: $NAME=VALUE, and $NAME or ${NAME} where it is used.
// Deliberately not here: which lines are definitions (Preprocessor).

/// The parameters that have been defined so far.
struct Definitions {
    /// The lines that a parameter stands for; one, unless the definition went over several.
    private var values: [String: [SourceLine]] = [:]

    subscript(name: String) -> [SourceLine]? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// `$NAME=` at the start of a line: the name, and how many bytes it all takes; nil where the line defines nothing.
    static func beginning(of line: SourceLine) -> (name: String, length: Int)? {
        guard line.text.first == UInt8(ascii: "$") else { return nil }
        let name = line.text.dropFirst().prefix(while: isOfName)
        guard !name.isEmpty, name.endIndex < line.text.endIndex, line.text[name.endIndex] == UInt8(ascii: "=") else {
            return nil
        }
        return (String(decoding: name, as: UTF8.self), name.endIndex + 1)
    }

    /// A use of a parameter: its name, and the bytes that it takes.
    struct Use {
        let name: String
        let range: Range<Int>
    }

    /// The first use in `text` of a parameter that is defined, or that `known` has; others stay as they are.
    func firstUse(in text: [UInt8], known: [String: String]) -> Use? {
        var at = 0
        while let dollar = text[at...].firstIndex(of: UInt8(ascii: "$")) {
            at = dollar + 1
            guard let use = Self.use(at: dollar, in: text) else { continue }
            if values[use.name] != nil || known[use.name] != nil { return use }
        }
        return nil
    }

    private static func use(at dollar: Int, in text: [UInt8]) -> Use? {
        var start = dollar + 1
        let isBraced = start < text.endIndex && text[start] == UInt8(ascii: "{")
        if isBraced { start += 1 }
        let name = text[start...].prefix(while: isOfName)
        guard let first = name.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        var end = name.endIndex
        if isBraced {
            guard end < text.endIndex, text[end] == UInt8(ascii: "}") else { return nil }
            end += 1
        } else if end < text.endIndex, !isBlank(text[end]) {
            return nil
        }
        return Use(name: String(decoding: name, as: UTF8.self), range: dollar..<end)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
