import Testing
import VIPHealth

struct CheckerPacketTests {
    private static let requests: [CheckerRequest] = [
        .check(id: 1, CheckSpecification(name: "port", probe: .tcp(host: "::1", port: 65_535))),
        .check(
            id: .max,
            CheckSpecification(
                name: "täst", probe: .exec(["/bin/true", "", "a \"b\"\n"]), interval: .milliseconds(100),
                timeout: .seconds(60), rise: 1, fall: 100)),
        .check(
            id: 0,
            CheckSpecification(
                name: "web",
                probe: .http(
                    HTTPProbe(
                        urls: ["http://a/", "HTTPS://b:1/x?y#z"], statuses: [200...200, 301...399], body: "ok",
                        caFile: "/ca", certificateFile: "/certificate", keyFile: "/key", isInsecure: true)))),
        .check(id: 2, CheckSpecification(name: "apiserver", probe: .kubernetes())),
        .check(id: 3, CheckSpecification(name: "etcd", probe: .etcd(caFile: "/ca"))),
        .cancel(id: 3),
        .hook(
            HookCall(
                id: 4, group: "api", event: .fault, command: ["/etc/vipd/hook", "now"],
                environment: [(name: "VIPD_GROUP", value: "api"), (name: "VIPD_REASON", value: "a=b\n")],
                facts: #"{"group":"api"}"#, timeout: .seconds(3))),
        .post(WebhookCall(id: 5, group: "api", url: "https://example.org/hook", facts: "{}")),
    ]

    @Test("a request read back is the request that was written", arguments: requests)
    func requestRoundTrip(request: CheckerRequest) throws {
        #expect(try CheckerRequest(packet: request.packet()) == request)
    }

    @Test("every beginning of a packet is malformed", arguments: requests)
    func truncated(request: CheckerRequest) throws {
        let packet = try request.packet()
        for length in 0..<packet.count {
            #expect(throws: CheckerPacketError.self) { try CheckerRequest(packet: packet.prefix(length)) }
        }
    }

    @Test(
        "a report read back is the report that was written",
        arguments: [
            .ready(version: 1), .result(id: 7, passed: true, message: "HTTP 200"),
            .result(id: .max, passed: false, message: "connection refused"),
            .output(id: 8, group: "api", event: .released, line: "gone"),
            .ended(id: 8, group: "api", event: .released, outcome: "exit code 0", failed: false),
            .ended(id: 9, group: "api", event: nil, outcome: "HTTP 500", failed: true),
            .refused(problem: "no"),
        ] as [CheckerReport])
    func reportRoundTrip(report: CheckerReport) throws {
        #expect(try CheckerReport(packet: report.packet) == report)
    }

    @Test("what a service said reaches nobody whole: it is cut, on one line, and cannot steer a terminal")
    func hostileTexts() throws {
        let message = "\u{1b}[2J\u{202e}\r\n  é\u{0}" + String(repeating: "é", count: 100_000)
        let sent = CheckerReport.result(id: 1, passed: false, message: message)
        #expect(sent.packet.count < 1000)
        // As a checker that was taken over would send it.
        let raw = #"{"result":{"id":1,"passed":false,"message":"\u001b[2J\n\u009b1m\u2028x"}}"#
        guard case .result(_, _, let read) = try CheckerReport(packet: raw.utf8) else {
            Issue.record("not read as a result")
            return
        }
        #expect(read == "\u{fffd}[2J \u{fffd}1m x")
        guard case .result(_, _, let cut) = try CheckerReport(packet: sent.packet) else {
            Issue.record("not read as a result")
            return
        }
        #expect(cut.hasPrefix("\u{fffd}[2J\u{fffd} é\u{fffd}éé"))
        #expect((199...200).contains(cut.utf8.count))
    }

    @Test(
        "a packet that is no request is an error with a name",
        arguments: [
            ("", "malformed"), ("{", "malformed"), ("[]", "expected an object"), ("{}", "expected one key, not 0"),
            (#"{"cancel":{"id":1},"post":{}}"#, "expected one key, not 2"),
            (#"{"cancel":7}"#, "cancel: expected an object"),
            (#"{"cancel":{"id":"1"}}"#, "cancel.id: expected an integer"),
            (#"{"reboot":{}}"#, "asks for \"reboot\", which is not known"),
            (#"{"check":{"id":1}}"#, "check.name: expected a string"),
        ])
    func noRequest(packet: String, reason: String) {
        let error = #expect(throws: CheckerPacketError.self) { try CheckerRequest(packet: packet.utf8) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    private static func http(_ change: (inout HTTPProbe) -> Void) -> CheckSpecification {
        var probe = HTTPProbe(urls: ["http://127.0.0.1/"])
        change(&probe)
        return CheckSpecification(name: "web", probe: .http(probe))
    }

    private static func check(_ change: (inout CheckSpecification) -> Void) -> CheckSpecification {
        var specification = CheckSpecification(name: "port", probe: .tcp(host: "localhost", port: 1))
        change(&specification)
        return specification
    }

    @Test(
        "a check beyond the bounds is refused with the bound",
        arguments: [
            (check { $0.name = "" }, "name: is empty"),
            (check { $0.name = String(repeating: "x", count: 64) }, "name: is longer than 63 bytes"),
            (check { $0.interval = .milliseconds(99) }, "interval: 0.099 seconds is not within"),
            (check { $0.interval = .seconds(1_000_000_000) }, "interval: "),
            (check { $0.interval = .seconds(-1) }, "interval: "),
            (check { $0.timeout = .zero }, "timeout: "), (check { $0.timeout = .seconds(61) }, "timeout: "),
            (check { $0.rise = 0 }, "rise: 0 is not within 1 to 100"), (check { $0.fall = .max }, "fall: "),
            (check { $0.probe = .tcp(host: "localhost", port: 0) }, "port: 0 is no port"),
            (check { $0.probe = .tcp(host: "a/b", port: 1) }, "host: a/b is no name of a host"),
            (check { $0.probe = .tcp(host: "a\u{0}", port: 1) }, "host: has a NUL in it"),
            (check { $0.probe = .exec([]) }, "exec: names no program"),
            (check { $0.probe = .exec(["true"]) }, "exec: true does not begin with /; give the whole path"),
            (check { $0.probe = .exec(["/bin/echo", "\u{0}"]) }, "exec: has a NUL in it"),
            (check { $0.probe = .exec(Array(repeating: "/x", count: 65)) }, "exec: has more than 64 arguments"),
            (http { $0.urls = [] }, "urls: give 1 to 8"),
            (http { $0.urls = ["ftp://127.0.0.1/"] }, "url: ftp://127.0.0.1/ does not begin with http:// or https://"),
            (http { $0.urls = ["file:///etc/shadow"] }, "does not begin with http:// or https://"),
            (http { $0.urls = ["http://"] }, "names no host"), (http { $0.urls = ["http:///x"] }, "names no host"),
            (http { $0.urls = ["http://a/\r\nHost: b"] }, "has a space or a control character in it"),
            (http { $0.urls = ["https://root:secret@a/"] }, "url: has a user or a password in it"),
            (http { $0.statuses = [] }, "statuses: give 1 to 16"),
            (http { $0.statuses = [0...200] }, "statuses: 0-200 is not within 100-599"),
            (http { $0.body = "" }, "body: is empty"),
            (http { $0.caFile = "ca.pem" }, "caFile: ca.pem does not begin with /"),
            (http { $0.keyFile = "/key" }, "keyFile: a key goes with a certificateFile"),
        ])
    func refusedChecks(specification: CheckSpecification, reason: String) throws {
        #expect(specification.objection?.contains(reason) == true, "\(specification.objection ?? "none")")
        let packet = try CheckerRequest.check(id: 1, specification).packet()
        #expect(throws: CheckerPacketError.self) { try CheckerRequest(packet: packet) }
    }

    @Test("a hook without a program, with a variable that is none, or with too many is refused")
    func refusedHooks() throws {
        func hook(
            _ command: [String], _ environment: [(name: String, value: String)] = [], timeout: Duration = .seconds(1)
        ) -> CheckerRequest {
            .hook(
                HookCall(
                    id: 1, group: "api", event: .acquired, command: command, environment: environment, facts: "{}",
                    timeout: timeout))
        }
        let variables = (0..<65).map { (name: "V\($0)", value: "") }
        for request in [
            hook([]), hook(["up.sh"]), hook(["/up.sh"], [(name: "", value: "")]),
            hook(["/up.sh"], [(name: "A=B", value: "")]),
            hook(["/up.sh"], [(name: "A", value: "\u{0}")]), hook(["/up.sh"], variables),
            hook(["/up.sh"], timeout: .zero),
            .post(WebhookCall(id: 1, group: "api", url: "gopher://a/", facts: "{}")),
            .post(WebhookCall(id: 1, group: "", url: "http://a/", facts: "{}")),
        ] {
            let packet = try request.packet()
            #expect(throws: CheckerPacketError.self) { try CheckerRequest(packet: packet) }
        }
    }

    @Test("a packet longer than 64 KiB is neither written nor read")
    func tooLong() {
        let facts = String(repeating: "x", count: 65_536)
        let call = CheckerRequest.post(WebhookCall(id: 1, group: "api", url: "http://a/", facts: facts))
        #expect(throws: CheckerPacketError.self) { try call.packet() }
        #expect(throws: CheckerPacketError.tooLong(bytes: 65_537)) {
            try CheckerReport(packet: [UInt8](repeating: 0x20, count: 65_537))
        }
    }
}
