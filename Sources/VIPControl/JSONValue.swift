// JSON as a Swift value, and typed reading of its objects. Deliberately not here: text, which is Jansson's business
// (JSONText.swift), and what the keys mean, which each model says for itself.

/// One JSON value (RFC 8259). Objects keep the order of their keys, because people read them.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One `"key": value` of an object.
    public struct Member: Equatable, Sendable {
        public let key: String
        public let value: JSONValue
    }

    /// An object of `members`, in that order. The keys must differ from each other and contain no NUL.
    static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// `value` as a string, or null.
    static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    /// `value` as an integer, or null.
    static func optional(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }

    /// `value` as an integer; what does not fit 63 bits becomes the largest that does.
    static func counter(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }

    /// What kind of value it is, in the words of RFC 8259, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .real: "a fraction"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Why a JSON text or a value in it was refused.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where in the document, as in `groups[0].holder`; empty for the whole of it.
    public let path: String
    /// What is wrong there.
    public let problem: String

    public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}

/// Typed reading of one JSON object. An absent key reads as null, so that a reader may be newer than the writer.
struct JSONFields {
    private let members: [JSONValue.Member]
    private let path: String

    /// `value` as an object; `path` is where it stands, for messages.
    init(_ value: JSONValue, at path: String) throws(JSONError) {
        guard case .object(let members) = value else {
            throw JSONError(path: path, problem: "expected an object, not \(value.kind)")
        }
        self.members = members
        self.path = path
    }

    /// The keys, in the order of the text.
    var keys: [String] { members.map(\.key) }

    subscript(key: String) -> JSONValue { members.first { $0.key == key }?.value ?? .null }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func refused(_ key: String, expected: String) -> JSONError {
        JSONError(path: path(of: key), problem: "expected \(expected), not \(self[key].kind)")
    }

    func string(_ key: String) throws(JSONError) -> String {
        guard case .string(let text) = self[key] else { throw refused(key, expected: "a string") }
        return text
    }

    func optionalString(_ key: String) throws(JSONError) -> String? {
        self[key] == .null ? nil : try string(key)
    }

    func bool(_ key: String) throws(JSONError) -> Bool {
        guard case .bool(let value) = self[key] else { throw refused(key, expected: "true or false") }
        return value
    }

    func integer(_ key: String) throws(JSONError) -> Int {
        guard case .integer(let value) = self[key] else { throw refused(key, expected: "an integer") }
        return Int(clamping: value)
    }

    func optionalInteger(_ key: String) throws(JSONError) -> Int? {
        self[key] == .null ? nil : try integer(key)
    }

    /// An integer that is never negative.
    func counter(_ key: String) throws(JSONError) -> UInt64 {
        guard case .integer(let value) = self[key], value >= 0 else {
            throw refused(key, expected: "an integer from 0 up")
        }
        return UInt64(value)
    }

    func timestamp(_ key: String) throws(JSONError) -> Timestamp {
        guard let time = Timestamp(rfc3339: try string(key)) else {
            throw JSONError(path: path(of: key), problem: "expected a time as in 2026-11-19T03:11:04.123Z")
        }
        return time
    }

    func optionalTimestamp(_ key: String) throws(JSONError) -> Timestamp? {
        self[key] == .null ? nil : try timestamp(key)
    }

    /// One of the names of `Choice`.
    func choice<Choice: RawRepresentable<String>>(_ key: String) throws(JSONError) -> Choice {
        let text = try string(key)
        guard let choice = Choice(rawValue: text) else {
            throw JSONError(path: path(of: key), problem: "\"\(text)\" is not known here")
        }
        return choice
    }

    func optionalChoice<Choice: RawRepresentable<String>>(_ key: String) throws(JSONError) -> Choice? {
        guard self[key] != .null else { return nil }
        let known: Choice = try choice(key)
        return known
    }

    func optionalObject<Model>(
        _ key: String, as decode: (JSONFields) throws(JSONError) -> Model
    ) throws(JSONError) -> Model? {
        self[key] == .null ? nil : try decode(JSONFields(self[key], at: path(of: key)))
    }

    func object(_ key: String) throws(JSONError) -> JSONFields { try JSONFields(self[key], at: path(of: key)) }

    func array<Model>(
        _ key: String, of decode: (JSONFields) throws(JSONError) -> Model
    ) throws(JSONError) -> [Model] {
        guard case .array(let values) = self[key] else { throw refused(key, expected: "an array") }
        var models: [Model] = []
        for (index, value) in values.enumerated() {
            models.append(try decode(JSONFields(value, at: "\(path(of: key))[\(index)]")))
        }
        return models
    }

    func strings(_ key: String) throws(JSONError) -> [String] {
        guard case .array(let values) = self[key] else { throw refused(key, expected: "an array") }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else {
                throw JSONError(path: path(of: key), problem: "expected strings, not \(value.kind)")
            }
            texts.append(text)
        }
        return texts
    }
}
