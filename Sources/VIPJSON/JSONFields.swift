// Typed reading of JSON objects. Deliberately not here: what the keys mean, which each model says for itself.

/// Typed reading of one JSON object. An absent key reads as null, so that a reader may be newer than the writer. Each
/// reader throws a `JSONError` that names the key's place in the document if its value is of another kind.
public struct JSONFields {
    private let members: [JSONValue.Member]
    private let path: String

    /// `value` as an object; `path` is where it stands, for messages.
    public init(_ value: JSONValue, at path: String) throws(JSONError) {
        guard case .object(let members) = value else {
            throw JSONError(path: path, problem: "expected an object, not \(value.kind)")
        }
        self.members = members
        self.path = path
    }

    /// The keys, in the order of the text.
    public var keys: [String] { members.map(\.key) }

    /// The value of `key`; null where there is none.
    public subscript(key: String) -> JSONValue { members.first { $0.key == key }?.value ?? .null }

    /// Where the value of `key` stands in the document, for messages.
    public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func refused(_ key: String, expected: String) -> JSONError {
        JSONError(path: path(of: key), problem: "expected \(expected), not \(self[key].kind)")
    }

    /// A string.
    public func string(_ key: String) throws(JSONError) -> String {
        guard case .string(let text) = self[key] else { throw refused(key, expected: "a string") }
        return text
    }

    /// A string, or nil for null.
    public func optionalString(_ key: String) throws(JSONError) -> String? {
        self[key] == .null ? nil : try string(key)
    }

    /// True or false.
    public func bool(_ key: String) throws(JSONError) -> Bool {
        guard case .bool(let value) = self[key] else { throw refused(key, expected: "true or false") }
        return value
    }

    /// An integer.
    public func integer(_ key: String) throws(JSONError) -> Int {
        guard case .integer(let value) = self[key] else { throw refused(key, expected: "an integer") }
        return Int(clamping: value)
    }

    /// An integer, or nil for null.
    public func optionalInteger(_ key: String) throws(JSONError) -> Int? {
        self[key] == .null ? nil : try integer(key)
    }

    /// An integer that is never negative.
    public func counter(_ key: String) throws(JSONError) -> UInt64 {
        guard case .integer(let value) = self[key], value >= 0 else {
            throw refused(key, expected: "an integer from 0 up")
        }
        return UInt64(value)
    }

    /// One of the names of `Choice`.
    public func choice<Choice: RawRepresentable<String>>(_ key: String) throws(JSONError) -> Choice {
        let text = try string(key)
        guard let choice = Choice(rawValue: text) else {
            throw JSONError(path: path(of: key), problem: "\"\(text)\" is not known here")
        }
        return choice
    }

    /// One of the names of `Choice`, or nil for null.
    public func optionalChoice<Choice: RawRepresentable<String>>(_ key: String) throws(JSONError) -> Choice? {
        guard self[key] != .null else { return nil }
        let known: Choice = try choice(key)
        return known
    }

    /// An object, read by `decode`, or nil for null.
    public func optionalObject<Model>(
        _ key: String, as decode: (JSONFields) throws(JSONError) -> Model
    ) throws(JSONError) -> Model? {
        self[key] == .null ? nil : try decode(JSONFields(self[key], at: path(of: key)))
    }

    /// An object.
    public func object(_ key: String) throws(JSONError) -> JSONFields { try JSONFields(self[key], at: path(of: key)) }

    /// An array of objects, each read by `decode`.
    public func array<Model>(
        _ key: String, of decode: (JSONFields) throws(JSONError) -> Model
    ) throws(JSONError) -> [Model] {
        guard case .array(let values) = self[key] else { throw refused(key, expected: "an array") }
        var models: [Model] = []
        for (index, value) in values.enumerated() {
            models.append(try decode(JSONFields(value, at: "\(path(of: key))[\(index)]")))
        }
        return models
    }

    /// An array of strings.
    public func strings(_ key: String) throws(JSONError) -> [String] {
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
