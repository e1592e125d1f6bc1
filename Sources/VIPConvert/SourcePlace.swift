// Where something stands in the files that are converted, and why they could not be.
// Deliberately not here: what was left out of a conversion that went well (ConversionNote).

import VIPConfiguration

/// A place in one of the files, both numbers from 1; the column counts characters.
public struct SourcePlace: Hashable, Sendable {
    /// The file, as the user or an include named it.
    public let file: String
    public let line: Int
    public let column: Int

    init(file: String, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// Why there is no conversion, in one line with the way out.
public struct ConversionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file that is wrong.
    public let file: String
    /// The place in it; nil where the file as a whole is wrong.
    public let place: SourcePlace?
    /// What is wrong, and the way out.
    public let message: String
    /// What stands in the files for which vipd has nothing; empty where they were not understood.
    public let notes: [ConversionNote]

    init(_ message: String, at place: SourcePlace) {
        self.file = place.file
        self.place = place
        self.message = message
        notes = []
    }

    init(_ message: String, file: String, notes: [ConversionNote] = []) {
        self.file = file
        self.place = nil
        self.message = message
        self.notes = notes
    }

    /// `file:line:column: message`, as compilers write it; always one line.
    public var description: String {
        guard let place else { return "\(file.printable): \(message)" }
        return "\(place.file.printable):\(place.line):\(place.column): \(message)"
    }
}

/// The files of a conversion, read for it by its caller.
public struct SourceFiles {
    /// Why a file cannot be read: a phrase without the file's name, with the way out.
    public struct Refusal: Error {
        public let message: String

        public init(message: String) { self.message = message }
    }

    /// The bytes of the file at a path; nil if there is no such file.
    public let read: (String) throws(Refusal) -> [UInt8]?
    /// The files that match a pattern of glob(7), sorted.
    public let matches: (String) -> [String]

    public init(
        read: @escaping (String) throws(Refusal) -> [UInt8]?, matches: @escaping (String) -> [String]
    ) {
        self.read = read
        self.matches = matches
    }
}

/// The bounds of what is read, so that a small file cannot become a huge one.
enum SourceLimits {
    /// Files, with those that they include.
    static let files = 1000
    /// Files that include each other.
    static let includeDepth = 16
    /// Definitions within definitions.
    static let definitionDepth = 32
    /// Blocks within blocks; keepalived's own nest six deep.
    static let blockDepth = 32
    /// Bytes of a line, with what its definitions come to.
    static let lineBytes = 16384
    /// Lines that definitions come to, and steps on the way there.
    static let expansions = 50_000
    /// Bytes of all lines, with what their definitions come to.
    static let bytes = 8 << 20
}
