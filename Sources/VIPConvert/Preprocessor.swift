// What keepalived does to its files before it reads them: includes, @conditions, $definitions (keepalived.conf(5)).
// Deliberately not here: words and blocks (LineLexer, BlockParser).

import VIPConfiguration

/// Gathers the lines of a file and of all that it includes.
struct Preprocessor {
    private let files: SourceFiles
    /// What @NAME at the start of a line is held against.
    private let configID: String
    private(set) var lines: [SourceLine] = []
    private(set) var notes: NoteList
    private var definitions = Definitions()
    /// The definition whose lines are being gathered.
    private var open: (name: String, lines: [SourceLine])?
    /// The files that are being read, each included by the one before.
    private var stack: [String] = []
    /// All files so far, in the order in which they were read.
    private(set) var fileNames: [String] = []
    private var byteCount = 0
    /// Lines that definitions have come to.
    private var expansionCount = 0

    init(files: SourceFiles, configID: String, notes: NoteList) {
        self.files = files
        self.configID = configID
        self.notes = notes
    }

    /// Reads the file at `path`; `includer` is the line that asked for it, nil for the user.
    mutating func read(_ path: String, includer: SourceLine? = nil) throws(ConversionError) {
        func refusal(_ message: String) -> ConversionError {
            includer.map { ConversionError("cannot include \(path.quoted): \(message)", at: $0.place) }
                ?? ConversionError(message, file: path)
        }
        guard !stack.contains(path) else { throw refusal("it includes itself; remove one of the two lines") }
        guard stack.count < SourceLimits.includeDepth, fileNames.count < SourceLimits.files else {
            throw refusal("there are too many files, or they include each other too deep; join some")
        }
        let found: [UInt8]?
        do throws(SourceFiles.Refusal) {
            found = try files.read(path)
        } catch {
            throw refusal(error.message)
        }
        guard let bytes = found else { throw refusal("there is no such file; check the path") }
        fileNames.append(path)
        stack.append(path)
        for line in try SourceLine.lines(of: bytes, file: path) { try take(line) }
        close()
        stack.removeLast()
    }

    /// Takes a line as it stands in a file.
    private mutating func take(_ line: SourceLine) throws(ConversionError) {
        guard open != nil else {
            if !line.text.isEmpty { try process(line, depth: 0) }
            return
        }
        var part = line
        let goesOn = part.removeContinuation()
        if !part.text.isEmpty { open?.lines.append(part) }
        if !goesOn { close() }
    }

    /// Ends the definition that is open, if one is.
    private mutating func close() {
        guard let (name, lines) = open else { return }
        definitions[name] = lines
        open = nil
    }

    /// Does what the line says, which may be the work of definitions.
    private mutating func process(_ line: SourceLine, depth: Int) throws(ConversionError) {
        var line = line
        while true {
            guard let rest = conditional(line), !rest.text.isEmpty else { return }
            line = rest
            if let (name, length) = Definitions.beginning(of: line) {
                define(name, line.dropping(length))
                return
            }
            if line.text.first == UInt8(ascii: "~") {
                notes.add(
                    "lines that begin with ~SEQ or ~LST are not unrolled: write out what they stand for, and convert again",
                    at: line.place)
                return
            }
            guard let use = definitions.firstUse(in: line.text, known: predefined) else { break }
            guard let expanded = try expand(use, in: line, depth: depth) else { return }
            line = expanded
        }
        if try !include(line) { try emit(line) }
    }

    private mutating func emit(_ line: SourceLine) throws(ConversionError) {
        byteCount += line.text.count + 1
        guard byteCount <= SourceLimits.bytes else {
            throw ConversionError(
                "with its includes and definitions the file is longer than \(SourceLimits.bytes >> 20) MiB; convert a "
                    + "part of it", at: line.place)
        }
        lines.append(line)
    }

    // Conditions.

    /// The line without its condition; nil where the condition does not hold.
    private func conditional(_ line: SourceLine) -> SourceLine? {
        guard line.text.first == UInt8(ascii: "@") else { return line }
        let isNegated = line.text.dropFirst().first == UInt8(ascii: "^")
        let name = line.text.dropFirst(isNegated ? 2 : 1).prefix { !isBlank($0) }
        guard name.elementsEqual(configID.utf8) != isNegated else { return nil }
        return line.dropping(name.endIndex)
    }

    // Definitions.

    /// What keepalived itself defines.
    private var predefined: [String: String] {
        let path = stack.last ?? ""
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return ["_PWD": folder, "_INSTANCE": configID, "_HASH": "#", "_BANG": "!"]
    }

    private mutating func define(_ name: String, _ value: SourceLine) {
        var value = value
        let goesOn = value.removeContinuation()
        open = (name, value.text.isEmpty && goesOn ? [] : [value])
        if !goesOn { close() }
    }

    /// Puts the parameter's value into the line. A value of several lines is processed at once, and the line is done
    /// with: nil.
    private mutating func expand(
        _ use: Definitions.Use, in line: SourceLine, depth: Int
    ) throws(ConversionError) -> SourceLine? {
        let before = line.text[..<use.range.lowerBound]
        let after = line.text[use.range.upperBound...]
        guard depth < SourceLimits.definitionDepth else { throw endless(use, line) }
        guard let value = definitions[use.name], value.count != 1 else {
            let text = definitions[use.name]?.first?.text ?? Array((predefined[use.name] ?? "").utf8)
            let whole = Array(before) + text + Array(after)
            // Each step is counted, so that a value that names itself comes to an end.
            expansionCount += 1
            guard whole.count <= SourceLimits.lineBytes, expansionCount <= SourceLimits.expansions else {
                throw endless(use, line)
            }
            return SourceLine(text: whole, place: line.place, isVerbatim: false).dropping(0)
        }
        for (index, part) in value.enumerated() {
            var text = part.text
            if index == 0 { text = before + text }
            if index == value.count - 1 { text += after }
            expansionCount += 1
            guard text.count <= SourceLimits.lineBytes, expansionCount <= SourceLimits.expansions else {
                throw endless(use, line)
            }
            try process(SourceLine(text: text, place: part.place, isVerbatim: false).dropping(0), depth: depth + 1)
        }
        return nil
    }

    private func endless(_ use: Definitions.Use, _ line: SourceLine) -> ConversionError {
        ConversionError("$\(use.name) stands for too much, or for itself; check its definition", at: line.place)
    }

    // Includes.

    /// What the words mean beside including: whether a pattern without a match is an error.
    private static let includeWords = [
        "include": false, "includer": false, "includem": false, "includew": true, "includeb": false, "includea": true,
    ]

    /// Reads what the line includes; false where it includes nothing.
    private mutating func include(_ line: SourceLine) throws(ConversionError) -> Bool {
        let word = line.text.prefix { !isBlank($0) }
        guard let needsMatch = Self.includeWords[String(decoding: word, as: UTF8.self)] else { return false }
        let name = line.dropping(word.count).string.filter { $0 != "\"" }
        guard !name.isEmpty else {
            throw ConversionError("include names no file; write one behind it, or remove the line", at: line.place)
        }
        let path = absolute(name)
        guard path.contains(where: { "*?[{".contains($0) }) else {
            try read(path, includer: line)
            return true
        }
        let matches = files.matches(path)
        if matches.isEmpty {
            if needsMatch {
                throw ConversionError("\(path.quoted) matches no file; check the pattern", at: line.place)
            }
            notes.add("the pattern \(path.quoted) matches no file", at: line.place)
        }
        for match in matches { try read(match, includer: line) }
        return true
    }

    /// Seen from the folder of the file that is being read.
    private func absolute(_ name: String) -> String {
        guard !name.hasPrefix("/"), let current = stack.last, let slash = current.lastIndex(of: "/") else {
            return name
        }
        return String(current[...slash]) + name
    }
}

extension SourceLine {
    /// Takes the backslash off that says that the next line goes on; true if there was one.
    fileprivate mutating func removeContinuation() -> Bool {
        guard text.last == UInt8(ascii: "\\") else { return false }
        text.removeLast()
        while let last = text.last, isBlank(last) { text.removeLast() }
        return true
    }
}
