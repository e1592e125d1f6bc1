// What is wrong with a configuration: one problem or several, each on one line with its place and the way out.
// Deliberately not here: how each value is judged (the Values files), and errors of links (LinkChoiceError).

/// Why a configuration was refused. All problems that were found are in it, in the order of the file, those of flags
/// last.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Equatable, Sendable, CustomStringConvertible {
        /// The file, as the user named it; nil if a flag is wrong.
        public let file: String?
        /// The line, from 1; nil if a flag or the file as a whole is wrong.
        public let line: Int?
        /// The column in characters, from 1; nil where `line` is.
        public let column: Int?
        /// What is wrong and the way out, in one line.
        public let message: String

        /// `file:line:column: message`, as compilers write it; always one line.
        public var description: String {
            guard let file else { return message }
            guard let line, let column else { return "\(file.printable): \(message)" }
            return "\(file.printable):\(line):\(column): \(message)"
        }
    }

    /// What is wrong, never empty; at most `problemsKept` of them.
    public let problems: [Problem]
    /// How many more problems there were than `problems` holds.
    public let omitted: Int

    /// The file of the first problem.
    public var file: String? { problems[0].file }
    /// The line of the first problem, from 1.
    public var line: Int? { problems[0].line }
    /// The column of the first problem, in characters, from 1.
    public var column: Int? { problems[0].column }
    /// The message of the first problem.
    public var message: String { problems[0].message }

    /// So many problems are told at once; the rest are only counted.
    public static let problemsKept = 20

    /// An error of a single problem.
    public init(file: String? = nil, line: Int? = nil, column: Int? = nil, message: String) {
        problems = [Problem(file: file, line: line, column: column, message: message)]
        omitted = 0
    }

    fileprivate init(problems: [Problem], omitted: Int) {
        self.problems = problems
        self.omitted = omitted
    }

    /// Each problem on a line of its own, without a final newline.
    public var description: String {
        var lines = problems.map(\.description)
        if omitted > 0 { lines.append("and \(omitted) more") }
        return lines.joined(separator: "\n")
    }
}

/// A place in a file's text, both from 1; the column counts characters.
struct Mark: Equatable, Comparable {
    var line: Int
    var column: Int

    static func < (left: Mark, right: Mark) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// The problems found so far, bounded, so that a megabyte of nonsense does not become a hundred megabytes of errors.
struct ProblemList {
    private var problems: [ConfigurationError.Problem] = []
    private var omitted = 0

    var isEmpty: Bool { problems.isEmpty }

    /// Notes a problem of `file` at `mark`, or of a flag where both are nil. The message is made only if there is room.
    mutating func add(_ message: @autoclosure () -> String, file: String? = nil, at mark: Mark? = nil) {
        guard problems.count < ConfigurationError.problemsKept else {
            omitted += 1
            return
        }
        problems.append(.init(file: file, line: mark?.line, column: mark?.column, message: message()))
    }

    /// The error of all problems in the order of the file, those without a place last; nil if there are none.
    var error: ConfigurationError? {
        guard !isEmpty else { return nil }
        let last = Mark(line: .max, column: .max)
        func place(_ problem: ConfigurationError.Problem) -> Mark {
            guard let line = problem.line, let column = problem.column else { return last }
            return Mark(line: line, column: column)
        }
        // The index keeps equals in the order in which they were found.
        let ordered = problems.enumerated().sorted {
            (place($0.element), $0.offset) < (place($1.element), $1.offset)
        }
        return ConfigurationError(problems: ordered.map(\.element), omitted: omitted)
    }
}

extension StringProtocol {
    /// The text with control characters as `\u{…}`, so that an error stays one line and no terminal obeys it.
    package var printable: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text in double quotes for an error: printable, and cut after 60 characters.
    package var quoted: String {
        let head = prefix(60)
        return "\"\(head.printable)\(head.endIndex == endIndex ? "" : "…")\""
    }
}
