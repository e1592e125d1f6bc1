// Which request gets which answer. Deliberately not here: the connections (WebServer.swift), and what the metrics are
// (Metrics.swift).
import VIPControl
import VIPJSON

/// A request, as far as an answer depends on it.
struct WebRequest: Equatable {
    var method = "GET"
    /// Without its query.
    var path: String
    /// That of its target, or else its field of that name; nil where there is none.
    var host: String? = "localhost"
    /// How often the field `Host` stands in its head, and whether each time with what a host may be.
    var hostFields = HostFields()
    var lastEventID: String?
    var hasBody = false
    /// It came to an address of the machine's loopback.
    var isLocal = true
}

/// The fields of a request's head that are called `Host`.
struct HostFields: Equatable {
    var count = 1
    /// False where the first of them has what no host is made of.
    var isWellFormed = true
}

/// What is done with a request.
enum Reply: Equatable {
    case answer(Answer)
    /// The daemon is asked first: the request is put again when it has answered, or was lost.
    case later
    /// A stream of events follows, if there is a place for one.
    case stream
}

/// What there is to be served.
struct Site {
    let link: DaemonLink
    private let metrics = MetricsPage()

    init(link: DaemonLink) { self.link = link }

    /// The answer to a request; `isRepeated` where it was put off before.
    func reply(to request: WebRequest, isRepeated: Bool, figures: WebFigures, at now: Instant) -> Reply {
        if let refusal = refusal(of: request) { return .answer(refusal) }
        switch request.path {
        case "/api/events/stream": return .stream
        case "/api/events":
            if case .lost(let problem) = link.state { return .answer(Self.lost(problem)) }
            return .answer(Answer(.jsonLines, link.source.ring.text.utf8))
        case "/api/status", "/metrics", "/healthz":
            let freshness = request.path == "/metrics" ? StatusDemand.metricsFreshness : StatusDemand.freshness
            if link.state == .live, !isRepeated, !link.demand.isFresh(at: now, within: freshness) {
                link.wantStatus()
                return .later
            }
            return .answer(answer(path: request.path, figures))
        default:
            let missing = "there is no \(Self.harmless(request.path)); see /"
            return .answer(Page.file(at: request.path) ?? .refusal(.notFound, missing))
        }
    }

    private func refusal(of request: WebRequest) -> Answer? {
        guard ["GET", "HEAD"].contains(request.method) else {
            return .refusal(
                .methodNotAllowed, "vipd-web only shows: use GET or HEAD",
                extra: [.init(name: "Allow", value: "GET, HEAD")])
        }
        guard request.path.hasPrefix("/") else {
            return .refusal(.badRequest, "what is asked for is a path, or http:// with a host and a path")
        }
        // RFC 9112, section 3.2: of two nobody knows which is meant. The library itself refuses HTTP/1.1 without any.
        guard request.hostFields.count <= 1 else {
            return .refusal(.badRequest, "a request has one Host field, and this one has \(request.hostFields.count)")
        }
        guard request.hostFields.isWellFormed else {
            return .refusal(.badRequest, "the Host field is a host, with a port behind a colon if need be")
        }
        guard !request.hasBody else { return .refusal(.contentTooLarge, "a request has no body here") }
        guard !request.isLocal || request.host.map(HostCheck.isOwn) ?? false else {
            return .refusal(
                .misdirected,
                "this is the loopback of a machine, asked under a name that is not its own: use localhost, 127.0.0.1 or [::1]"
            )
        }
        return nil
    }

    private func answer(path: String, _ figures: WebFigures) -> Answer {
        let problem: String?
        if case .lost(let why) = link.state { problem = why } else { problem = nil }
        if path == "/metrics" {
            var own = MetricsText()
            Metrics.write(figures, to: &own)
            return Answer(.metrics, metrics.bytes(of: link.report, number: link.answers) + own.bytes)
        }
        guard let report = link.report, problem == nil else { return Self.lost(problem ?? "vipd was lost just now") }
        return path == "/healthz"
            ? Answer(.plain, "ok\n".utf8) : Answer(.json, (report.json.text(.indented) + "\n").utf8)
    }

    private static func lost(_ problem: String) -> Answer { .refusal(.unavailable, problem) }

    /// A path as it may stand in an answer: what could steer a terminal is left out, and what is long is cut.
    private static func harmless(_ path: String) -> String {
        String(path.unicodeScalars.filter { (0x21...0x7e).contains($0.value) }.prefix(80).map(Character.init))
    }
}
