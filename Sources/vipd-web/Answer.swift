// Answers with their header fields. Deliberately not here: which request gets which (Site.swift).

/// What is sent for a request, but for streams.
struct Answer: Equatable {
    struct Field: Equatable {
        let name: String
        let value: String
    }

    enum Status: UInt32 {
        case ok = 200
        case badRequest = 400
        case notFound = 404
        case methodNotAllowed = 405
        case contentTooLarge = 413
        case misdirected = 421
        case unavailable = 503
    }

    /// Media types; all text is UTF-8.
    enum Media: String {
        case html = "text/html; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case script = "text/javascript; charset=utf-8"
        case icon = "image/svg+xml"
        case plain = "text/plain; charset=utf-8"
        case metrics = "text/plain; version=0.0.4; charset=utf-8"
        case json = "application/json"
        /// A JSON object a line.
        case jsonLines = "application/x-ndjson"
        case events = "text/event-stream"
    }

    let status: Status
    let fields: [Field]
    let body: [UInt8]

    init(_ media: Media, _ body: some Sequence<UInt8>, status: Status = .ok, extra: [Field] = []) {
        self.status = status
        self.fields = Self.fields(of: media) + extra
        self.body = Array(body)
    }

    /// A refusal, in one line with the way out.
    static func refusal(_ status: Status, _ text: String, extra: [Field] = []) -> Answer {
        Answer(.plain, "\(text)\n".utf8, status: status, extra: extra)
    }

    /// What is told to who may come back in a few seconds.
    static func busy(_ text: String) -> Answer {
        refusal(.unavailable, text, extra: [Field(name: "Retry-After", value: "10")])
    }

    /// The fields that go with every answer. The page is made of what is served here and of nothing else: no script and
    /// no style in it, no frame around it, and no way from text to markup (Trusted Types).
    static func fields(of media: Media) -> [Field] {
        [
            Field(name: "Content-Type", value: media.rawValue),
            Field(
                name: "Content-Security-Policy",
                value: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                    + "require-trusted-types-for 'script'; trusted-types 'none'"),
            Field(name: "X-Content-Type-Options", value: "nosniff"),
            Field(name: "X-Frame-Options", value: "DENY"),
            Field(name: "Referrer-Policy", value: "no-referrer"),
            Field(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
            Field(name: "Cache-Control", value: "no-store"),
        ]
    }
}
