import Testing
import VIPControl

@testable import vipd_web

struct SiteTests {
    private let site = Site(link: DaemonLink(path: "/nowhere/vipd.sock", log: { _ in }))

    private func answer(_ request: WebRequest) throws -> Answer {
        let reply = site.reply(to: request, isRepeated: false, figures: WebFigures(), at: .now)
        guard case .answer(let answer) = reply else { throw UsageError(message: "no answer: \(reply)") }
        return answer
    }

    private func text(_ answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }

    private static let files = [
        "/", "/page.css", "/page.js", "/dom.js", "/group.js", "/history.js", "/timeline.js", "/page.svg",
    ]

    @Test(
        "each file of the page is there, and refers to files that are there, and to nothing elsewhere", arguments: files
    )
    func page(path: String) throws {
        let answer = try answer(WebRequest(path: path))
        #expect(answer.status == .ok)
        let text = text(answer)
        #expect(!text.isEmpty)
        for scheme in ["http:", "https:", "//cdn", "@import", "@font-face"] where path != "/page.svg" {
            #expect(!text.replacing("http://www.w3.org/2000/svg", with: "").contains(scheme))
        }
        for part in text.split(separator: "\"") where part.hasPrefix("./") || part.hasPrefix("/page.") {
            #expect(
                try self.answer(WebRequest(path: part.hasPrefix("./") ? String(part.dropFirst()) : String(part))).status
                    == .ok)
        }
    }

    @Test("the page has no script and no style in it, which its policy would refuse")
    func nothingInline() throws {
        let page = text(try answer(WebRequest(path: "/")))
        for word in ["<style", " style=", " onclick", " onload", " onerror", "javascript:"] {
            #expect(!page.contains(word))
        }
        #expect(page.split(separator: "<script").dropFirst().allSatisfy { $0.hasPrefix(" src=\"/") })
        for path in Self.files where path.hasSuffix(".js") {
            let script = text(try answer(WebRequest(path: path)))
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!script.contains(word))
            }
        }
    }

    @Test(
        "every answer has the policy, without a way for scripts in it, and is not to be kept",
        arguments: files + ["/metrics", "/x"])
    func fields(path: String) throws {
        let fields = Dictionary(
            uniqueKeysWithValues: try answer(WebRequest(path: path)).fields.map { ($0.name, $0.value) })
        let policy = try #require(fields["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
        #expect(!policy.contains("unsafe"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(fields["X-Content-Type-Options"] == "nosniff")
        #expect(fields["Cache-Control"] == "no-store")
        #expect(fields["Access-Control-Allow-Origin"] == nil)
    }

    @Test(
        "anything but GET and HEAD is refused, with what is allowed",
        arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
    func methods(method: String) throws {
        let answer = try answer(WebRequest(method: method, path: "/metrics"))
        #expect(answer.status == .methodNotAllowed)
        #expect(answer.fields.contains(.init(name: "Allow", value: "GET, HEAD")))
    }

    @Test(
        "what is no path is refused as such", arguments: ["", "*", "metrics", "https://localhost/", "http:///metrics"])
    func noPath(path: String) throws {
        #expect(try answer(WebRequest(path: path)).status == .badRequest)
    }

    @Test("a request with a body is refused")
    func body() throws {
        #expect(try answer(WebRequest(path: "/", hasBody: true)).status == .contentTooLarge)
    }

    @Test("on the loopback a foreign name is refused, on any other address it is let through")
    func hosts() throws {
        #expect(try answer(WebRequest(path: "/", host: "evil.example")).status == .misdirected)
        #expect(try answer(WebRequest(path: "/", host: nil)).status == .misdirected)
        #expect(try answer(WebRequest(path: "/", host: "vipd.example", isLocal: false)).status == .ok)
    }

    @Test("two Host fields, or one that is no host, are a bad request wherever it came in (RFC 9112, section 3.2)")
    func manyHosts() throws {
        for isLocal in [true, false] {
            for fields in [HostFields(count: 2), HostFields(isWellFormed: false)] {
                #expect(try answer(WebRequest(path: "/", hostFields: fields, isLocal: isLocal)).status == .badRequest)
                // The host of the target makes it no better.
                let absolute = WebRequest(path: "/", host: "localhost", hostFields: fields, isLocal: isLocal)
                #expect(try answer(absolute).status == .badRequest)
            }
            let none = WebRequest(path: "/", hostFields: HostFields(count: 0), isLocal: isLocal)
            #expect(try answer(none).status == .ok)
        }
    }

    @Test("without the daemon, status, events and health say why, and metrics still answer")
    func lost() throws {
        for path in ["/api/status", "/api/events", "/healthz"] {
            let answer = try answer(WebRequest(path: path))
            #expect(answer.status == .unavailable)
            #expect(text(answer) == "vipd has not been asked yet\n")
        }
        let metrics = try answer(WebRequest(path: "/metrics"))
        #expect(metrics.status == .ok)
        #expect(text(metrics).contains("\nvipd_up 0\n"))
    }

    @Test("an unknown path is told back without what could steer a terminal")
    func unknown() throws {
        let answer = try answer(WebRequest(path: "/\u{1b}[2J<b>é" + String(repeating: "x", count: 500)))
        #expect(answer.status == .notFound)
        #expect(answer.fields.contains(.init(name: "Content-Type", value: "text/plain; charset=utf-8")))
        #expect(answer.body.count < 200)
        #expect(answer.body.allSatisfy { $0 == 0x0a || (0x20..<0x7f).contains($0) })
    }
}
