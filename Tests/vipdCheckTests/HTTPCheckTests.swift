// Checks of web servers, good and bad ones, with the built checker.

import Testing
import VIPHealth

struct HTTPCheckTests {
    private func verdict(
        _ urls: String..., statuses: [ClosedRange<Int>] = [200...299], body: String? = nil,
        timeout: Duration = .seconds(20)
    ) throws -> Verdict {
        let probe = HTTPProbe(urls: urls, statuses: statuses, body: body)
        return try CheckerProcess().verdict(.http(probe), timeout: timeout)
    }

    @Test("a server that answers passes")
    func passes() throws {
        let server = try WebServer("200 OK", body: "all is well")
        #expect(try verdict(server.url("/livez?verbose")) == Verdict(passed: true, message: "HTTP 200"))
        #expect(server.requests.count == 1)
        #expect(server.requests.first?.hasPrefix("GET /livez?verbose HTTP/1.1\r\n") == true)
    }

    @Test(
        "the status decides",
        arguments: [
            ("204 No Content", [200...299], true, "HTTP 204"), ("503 Unavailable", [200...299], false, "HTTP 503"),
            ("401 Unauthorized", [200...299, 401...401], true, "HTTP 401"), ("200 OK", [204...204], false, "HTTP 200"),
        ] as [(String, [ClosedRange<Int>], Bool, String)])
    func status(status: String, good: [ClosedRange<Int>], passed: Bool, message: String) throws {
        let server = try WebServer(status)
        #expect(try verdict(server.url(), statuses: good) == Verdict(passed: passed, message: message))
    }

    @Test("the body decides where a text is wanted in it")
    func body() throws {
        let server = try WebServer("200 OK", body: "status: ready\n")
        #expect(try verdict(server.url(), body: "ready").passed)
        #expect(
            try verdict(server.url(), body: "steady")
                == Verdict(passed: false, message: "HTTP 200, but the body has no \"steady\""))
    }

    @Test("the API server's list of what failed is told")
    func apiServer() throws {
        let body = "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/x failed\nlivez check failed\n"
        let server = try WebServer("500 Internal Server Error", body: body)
        #expect(
            try CheckerProcess().verdict(.kubernetes(urls: [server.url("/livez")]))
                == Verdict(
                    passed: false, message: "HTTP 500: etcd failed: reason withheld, poststarthook/x failed"))
    }

    @Test("where nothing listens, the connection is refused")
    func refused() throws {
        #expect(try verdict(deadURL()) == Verdict(passed: false, message: "connection refused"))
    }

    @Test("the next URL is tried after 404 and where nothing listens, and not after another answer")
    func fallback() throws {
        let good = try WebServer("200 OK"), missing = try WebServer("404 Not Found"), bad = try WebServer("500 No")
        #expect(try verdict(missing.url(), good.url()).passed)
        #expect(try verdict(deadURL(), missing.url(), good.url()).passed)
        #expect(try verdict(bad.url(), good.url()) == Verdict(passed: false, message: "HTTP 500"))
        #expect(try verdict(deadURL(), missing.url()) == Verdict(passed: false, message: "HTTP 404"))
        #expect(try verdict(missing.url(), deadURL()) == Verdict(passed: false, message: "connection refused"))
    }

    @Test("a redirect is told and not followed")
    func redirect() throws {
        let server = try WebServer("302 Found", headers: "Location: /again\r\n")
        let expected = "HTTP 302, redirects to \(server.url("/again")); vipd follows none"
        #expect(try verdict(server.url()) == Verdict(passed: false, message: expected))
        #expect(server.requests.count == 1)
    }

    @Test("of a body of 1 GB no more than 64 KiB counts, and the rest is not waited for")
    func hugeBody() throws {
        let server = try WebServer { exchange in
            exchange.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            let part = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
            while exchange.say(part) {}
        }
        let checker = try CheckerProcess()
        #expect(
            try checker.verdict(.http(HTTPProbe(urls: [server.url()]))) == Verdict(passed: true, message: "HTTP 200"))
        #expect(
            try checker.verdict(.http(HTTPProbe(urls: [server.url()], body: "y")), id: 1)
                == Verdict(passed: false, message: "HTTP 200, but the first 64 KiB of the body have no \"y\""))
        let peak = try checker.status("VmHWM").split(separator: " ").first.flatMap { Int($0) }
        // Debug builds and sanitizers have their own needs, but none has a reason to keep a gigabyte.
        #expect(try #require(peak) < 500_000)
    }

    @Test("headers without end are given up")
    func endlessHeaders() throws {
        let server = try WebServer { exchange in
            exchange.say("HTTP/1.1 200 OK\r\n")
            let line = "X-Filler: " + String(repeating: "x", count: 1000) + "\r\n"
            while exchange.say(line) {}
        }
        let result = try verdict(server.url())
        #expect(!result.passed)
        #expect(result.message.contains("headers"), "\(result.message)")
    }

    @Test("a server that never answers, or never ends, fails at the timeout")
    func timeouts() throws {
        let silent = try WebServer { $0.waitForEnd() }
        #expect(
            try verdict(silent.url(), timeout: .milliseconds(1500))
                == Verdict(passed: false, message: "no answer within 1500 ms"))
        let unfinished = try WebServer { exchange in
            exchange.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            exchange.waitForEnd()
        }
        #expect(
            try verdict(unfinished.url(), timeout: .milliseconds(1500))
                == Verdict(passed: false, message: "HTTP 200, but not the whole answer within 1500 ms"))
    }

    @Test("what is no HTTP fails")
    func noHTTP() throws {
        for text in ["", "SSH-2.0-OpenSSH\r\n", "\u{0}\u{1}\u{2}"] {
            let server = try WebServer { $0.say(text) }
            let result = try verdict(server.url())
            #expect(!result.passed)
            #expect(!result.message.isEmpty)
        }
    }

    @Test("a name without an address, and one whose address is elsewhere")
    func names() throws {
        let result = try CheckerProcess().verdict(.tcp(host: "nowhere.invalid", port: 80))
        #expect(result == Verdict(passed: false, message: "could not resolve host: nowhere.invalid"))
    }

    @Test("a port that accepts connections passes, one that does not is refused")
    func tcp() throws {
        let server = try WebServer("200 OK")
        let checker = try CheckerProcess()
        let probe = CheckSpecification.Probe.tcp(host: "127.0.0.1", port: server.port)
        #expect(try checker.verdict(probe, id: 0) == Verdict(passed: true, message: "connected"))
        server.stop()
        #expect(try checker.verdict(probe, id: 1) == Verdict(passed: false, message: "connection refused"))
        #expect(
            try checker.verdict(.tcp(host: "::1", port: server.port), id: 2)
                == Verdict(passed: false, message: "connection refused"))
    }

    @Test("each run connects anew, so that a listener that died is noticed, and nothing is left open")
    func freshConnections() throws {
        let server = try WebServer { exchange in
            exchange.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
            exchange.waitForEnd()
        }
        let checker = try CheckerProcess()
        // With a verdict its start is over, and with that what it opens for itself.
        #expect(try checker.verdict(.exec(["/bin/true"])).passed)
        let before = try checker.descriptors
        try checker.send(
            .check(
                id: 0,
                CheckSpecification(
                    name: "web", probe: .http(HTTPProbe(urls: [server.url()])), interval: .milliseconds(100),
                    timeout: .seconds(20))))
        for _ in 0..<5 { #expect(try checker.result(of: 0).passed) }
        server.stop()
        // A run that was under way may still pass.
        var results: [Verdict] = []
        while results.count < 3, results.last?.passed != false { results.append(try checker.result(of: 0)) }
        #expect(results.last == Verdict(passed: false, message: "connection refused"))
        try checker.send(.cancel(id: 0))
        try checker.sendBytes(Array("no request".utf8))
        _ = try checker.refusal()
        #expect(try checker.descriptors.count == before.count)
    }

    @Test("an etcd member says whether it is healthy, and its metrics whether it sees a leader")
    func etcd() throws {
        func etcd(_ health: String, metrics: String = "") throws -> (WebServer, Verdict) {
            let server = try WebServer { exchange in
                let isMetrics = exchange.request.hasPrefix("GET /metrics ")
                let status = isMetrics || health.contains("true") ? "200 OK" : "503 Service Unavailable"
                let body = isMetrics ? metrics : health
                exchange.say("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
            return (server, try CheckerProcess().verdict(.etcd(urls: [server.url("/health")])))
        }
        #expect(try etcd(#"{"health":"true","reason":""}"#).1 == Verdict(passed: true, message: "healthy"))
        #expect(try etcd(#"{"health":true}"#).1.passed)
        let alone = "# HELP x\n" + String(repeating: "etcd_disk 1\n", count: 20_000) + "etcd_server_has_leader 0\n"
        #expect(
            try etcd(#"{"health":"false","reason":"RAFT NO LEADER"}"#, metrics: alone).1
                == Verdict(passed: false, message: "sees no leader; unhealthy: RAFT NO LEADER"))
        #expect(
            try etcd(#"{"health":"false"}"#, metrics: "etcd_server_has_leader 1\n").1
                == Verdict(passed: false, message: "unhealthy"))
        #expect(
            try etcd(#"{"health":1}"#).1
                == Verdict(passed: false, message: "HTTP 503, and no answer of etcd's /health"))
    }
}
