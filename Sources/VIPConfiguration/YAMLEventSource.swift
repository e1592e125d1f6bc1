// libyaml's parser as a Swift value: one event at a time, its errors in our words.
// Deliberately not here: the tree (YAMLParser).

internal import CYAML
internal import VIPText

/// A step of libyaml through the text.
struct YAMLEvent {
    enum Kind: Equatable {
        case streamStart, streamEnd
        case documentStart, documentEnd
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
        case scalar(String, isPlain: Bool)
    }

    let kind: Kind
    let mark: Mark
}

/// Hands out the events of one text. Owns libyaml's parser; the text is the maker's and must outlive it.
@safe struct YAMLEventSource: ~Copyable {
    /// On the heap, since libyaml keeps the parser's own address in it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeBufferPointer<UInt8>

    /// Nil if there is no memory. `text` must stay where it is for as long as this value lives.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            return nil
        }
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
        // Else libyaml would guess UTF-16 from the first bytes.
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe self.parser = unsafe parser
        unsafe self.text = unsafe text
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// The next event. Throws where the text is no YAML, and on anchors, aliases and tags. Not to be called after a
    /// throw or the end of the stream.
    func next() throws(YAMLError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe Mark(event.start_mark)
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, mark: mark)
        case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, mark: mark)
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, mark: mark)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, mark: mark)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            try unsafe refuse(anchor: start.anchor, tag: start.tag, at: mark)
            return YAMLEvent(kind: .sequenceStart, mark: mark)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, mark: mark)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            try unsafe refuse(anchor: start.anchor, tag: start.tag, at: mark)
            return YAMLEvent(kind: .mappingStart, mark: mark)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, mark: mark)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            try unsafe refuse(anchor: scalar.anchor, tag: scalar.tag, at: mark)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return YAMLEvent(kind: .scalar(unsafe String(decoding: bytes, as: UTF8.self), isPlain: isPlain), mark: mark)
        case YAML_ALIAS_EVENT: throw anchorError(at: mark)
        default: preconditionFailure("libyaml has no other event")
        }
    }

    /// Anchors could make a small file expand into a huge one; tags would give a value a type that its key has already.
    private func refuse(
        anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, at mark: Mark
    ) throws(YAMLError) {
        if unsafe anchor != nil { throw anchorError(at: mark) }
        if unsafe tag != nil {
            throw YAMLError(mark: mark, message: "tags (!…) are not used in this file; write the value alone")
        }
    }

    private func anchorError(at mark: Mark) -> YAMLError {
        YAMLError(
            mark: mark,
            message: "anchors and aliases are not used in this file; write the value out, and quote a text that begins "
                + "with & or *")
    }

    /// What libyaml stumbled over, with the way out that fits most often.
    private func syntaxError() -> YAMLError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "unknown problem"
        switch unsafe parser.pointee.error {
        case YAML_MEMORY_ERROR:
            return YAMLError(mark: unsafe Mark(parser.pointee.mark), message: "not enough memory to read YAML")
        case YAML_READER_ERROR:
            let mark = mark(atOffset: unsafe parser.pointee.problem_offset)
            if problem.contains(text: "control characters") {
                return YAMLError(mark: mark, message: "a control character stands here; remove it")
            }
            return YAMLError(mark: mark, message: "the text is not UTF-8 (\(problem)); save the file as UTF-8")
        default: break
        }
        let mark = unsafe Mark(parser.pointee.problem_mark)
        if unsafe byte(at: parser.pointee.problem_mark.index) == UInt8(ascii: "\t") {
            return YAMLError(mark: mark, message: "a tab stands here; YAML is indented with spaces")
        }
        var message = "this is not YAML: \(problem)"
        if let context = unsafe parser.pointee.context.map({ unsafe String(cString: $0) }) {
            message += " \(context)"
            let start = unsafe Mark(parser.pointee.context_mark)
            if start.line != mark.line { message += " that begins on line \(start.line)" }
        }
        return YAMLError(
            mark: mark, message: message + "; check the indentation, brackets, quotes and colons up to here")
    }

    /// The first byte of the character that libyaml counts as `index`; nil past the end.
    private func byte(at index: Int) -> UInt8? {
        unsafe text.lazy.filter { !UTF8.isContinuation($0) }.dropFirst(index).first
    }

    /// The place of a byte: libyaml's reader, which runs ahead of its scanner, knows only the offset.
    private func mark(atOffset offset: Int) -> Mark {
        unsafe text.prefix(offset).reduce(into: Mark(line: 1, column: 1)) { mark, byte in
            if byte == UInt8(ascii: "\n") {
                mark = Mark(line: mark.line + 1, column: 1)
            } else if !UTF8.isContinuation(byte) {
                mark.column += 1
            }
        }
    }
}

extension Mark {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
