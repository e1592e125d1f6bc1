// JSON as a Swift value. Deliberately not here: text, which is Jansson's business (JSONText.swift), and typed reading of
// objects (JSONFields.swift).

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

        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// An object of `members`, in that order. The keys must differ from each other and contain no NUL.
    public static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// `value` as a string, or null.
    public static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    /// `value` as an integer, or null.
    public static func optional(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }

    /// `value` as an integer; what does not fit 63 bits becomes the largest that does.
    public static func counter(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }

    /// What kind of value it is, in the words of RFC 8259, for messages.
    public var kind: String {
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

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
