// The only door to jansson: JSON text to values and back. Deliberately not here: what the values mean.
internal import CJansson

extension JSONValue {
    /// How a value is laid out as text.
    public enum Layout: Sendable {
        /// One line without spaces: what programs tell each other.
        case compact
        /// One line that may reach a terminal. Everything beyond ASCII is written as `\u` escapes, so that a name from
        /// the wire cannot steer it.
        case asciiLine
        /// The same, in lines indented by two spaces a level.
        case indented

        fileprivate var flags: Int {
            switch self {
            case .compact: Int(JSON_COMPACT)
            case .asciiLine: Int(JSON_COMPACT) | Int(JSON_ENSURE_ASCII)
            // The indent is a plain number in the low bits (JSON_INDENT is a macro with an argument).
            case .indented: 2 | Int(JSON_ENSURE_ASCII)
            }
        }
    }

    /// Objects and arrays may stand in each other this often; vipd itself needs six. It bounds the recursion a hostile
    /// text can cause here; jansson has a bound of its own (2048) for its parser.
    public static let maximumDepth = 32

    /// Parses one JSON text, which must be an object or an array in UTF-8 with nothing after it.
    ///
    /// - Throws: `JSONError` for malformed text, duplicate keys, or nesting deeper than 32.
    public init(parsing text: some Collection<UInt8>) throws(JSONError) {
        var error = json_error_t()
        let bytes = Array(text)
        let flags = Int(JSON_REJECT_DUPLICATES) | Int(JSON_ALLOW_NUL)
        let root = unsafe bytes.withUnsafeBytes { buffer in
            unsafe json_loadb(buffer.baseAddress, buffer.count, flags, &error)
        }
        guard let root = unsafe root else {
            throw JSONError(path: "", problem: "malformed JSON: \(Self.message(of: error))")
        }
        defer { unsafe json_decref(root) }
        self = try unsafe Self.value(of: root, depth: 1)
    }

    /// The value as JSON text, without a newline at the end. It must be an object or an array.
    public func text(_ layout: Layout = .compact) -> String {
        let root = unsafe node()
        defer { unsafe json_decref(root) }
        guard let text = unsafe json_dumps(root, layout.flags) else {
            preconditionFailure("only an object or an array is a document")
        }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    private static func message(of error: json_error_t) -> String {
        // `text` is a C array, imported as a tuple: the text ends at the first NUL, which jansson always writes.
        unsafe withUnsafeBytes(of: error.text) { buffer in
            unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func value(
        of node: UnsafeMutablePointer<json_t>, depth: Int
    ) throws(JSONError) -> JSONValue {
        guard depth <= maximumDepth else {
            throw JSONError(path: "", problem: "nested deeper than \(maximumDepth) levels")
        }
        switch unsafe node.pointee.type {
        case JSON_OBJECT: return .object(try unsafe members(of: node, depth: depth))
        case JSON_ARRAY:
            var values: [JSONValue] = []
            for index in 0..<(unsafe json_array_size(node)) {
                guard let element = unsafe json_array_get(node, index) else { break }
                values.append(try unsafe value(of: element, depth: depth + 1))
            }
            return .array(values)
        case JSON_STRING:
            let bytes = unsafe UnsafeRawBufferPointer(start: json_string_value(node), count: json_string_length(node))
            return .string(unsafe String(decoding: bytes, as: UTF8.self))
        case JSON_INTEGER: return .integer(unsafe Int64(json_integer_value(node)))
        case JSON_REAL: return .real(unsafe json_real_value(node))
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        default: return .null
        }
    }

    private static func members(
        of node: UnsafeMutablePointer<json_t>, depth: Int
    ) throws(JSONError) -> [Member] {
        var members: [Member] = []
        var iterator = unsafe json_object_iter(node)
        while let here = unsafe iterator {
            if let key = unsafe json_object_iter_key(here), let member = unsafe json_object_iter_value(here) {
                let value = try unsafe value(of: member, depth: depth + 1)
                members.append(Member(key: unsafe String(cString: key), value: value))
            }
            unsafe iterator = unsafe json_object_iter_next(node, here)
        }
        return members
    }

    /// A new jansson value, which the caller owns. Jansson fails here only for lack of memory, where the process cannot
    /// go on anyway.
    private func node() -> UnsafeMutablePointer<json_t> {
        let made: UnsafeMutablePointer<json_t>?
        switch self {
        case .null: unsafe made = json_null()
        case .bool(let value): unsafe made = value ? json_true() : json_false()
        case .integer(let value): unsafe made = json_integer(json_int_t(value))
        // JSON has no infinities and no NaN.
        case .real(let value): unsafe made = value.isFinite ? json_real(value) : json_null()
        case .string(let text):
            var text = text
            unsafe made = text.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe json_stringn($0.baseAddress, $0.count) }
            }
        case .array(let values):
            unsafe made = json_array()
            for value in values { unsafe json_array_append_new(made, value.node()) }
        case .object(let members):
            unsafe made = json_object()
            for member in members { unsafe json_object_set_new(made, member.key, member.value.node()) }
        }
        guard let made = unsafe made else { fatalError("out of memory") }
        return unsafe made
    }
}
