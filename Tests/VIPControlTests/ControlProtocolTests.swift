import Testing

@testable import VIPControl

struct ControlProtocolTests {
    private static let requests: [ControlRequest] = [
        .status, .events(since: 0, follow: false), .events(since: 41, follow: true), .maintenance(on: true),
        .maintenance(on: false), .reload,
    ]

    @Test("a request read back is the request that was written", arguments: requests)
    func requestRoundTrip(request: ControlRequest) throws {
        #expect(request.line.hasSuffix("}\n"))
        #expect(try ControlRequest(parsing: request.line.utf8.dropLast()) == request)
    }

    @Test("a request by hand may leave out what has a default")
    func shortRequests() throws {
        #expect(try ControlRequest(parsing: #"{"command":"status"}"#.utf8) == .status)
        #expect(try ControlRequest(parsing: #"{"command":"events"}"#.utf8) == .events(since: 0, follow: false))
        #expect(try ControlRequest(parsing: "{\"command\":\"status\"}\r".utf8) == .status)
    }

    @Test(
        "a request that is none is refused with a code and a reason",
        arguments: [
            ("", .malformed, "malformed JSON"),
            ("status", .malformed, "malformed JSON"),
            (#"{"command":"status""#, .malformed, "malformed JSON"),
            (#"{"command":"status"} {}"#, .malformed, "malformed JSON"),
            (#"["status"]"#, .malformed, "expected an object, not an array"),
            (#"{}"#, .malformed, "command: expected a string, not null"),
            (#"{"command":7}"#, .malformed, "command: expected a string, not an integer"),
            (#"{"command":"status","command":"status"}"#, .malformed, "duplicate object key"),
            (#"{"command":"status","group":"api"}"#, .malformed, "group: status has no such key"),
            (#"{"command":"maintenance"}"#, .malformed, "on: expected true or false, not null"),
            (#"{"command":"maintenance","on":"yes"}"#, .malformed, "on: expected true or false, not a string"),
            (#"{"command":"events","since":-1}"#, .malformed, "since: expected an integer from 0 up"),
            (#"{"command":"events","since":99999999999999999999}"#, .malformed, "too big integer"),
            (#"{"command":"reboot"}"#, .unknownCommand, #"no command "reboot"; it has status, events, maintenance"#),
            (#"{"protocol":2,"command":"status"}"#, .unsupportedProtocol, "not version 2"),
            (#"{"protocol":"1","command":"status"}"#, .malformed, "protocol: expected an integer, not a string"),
        ] as [(String, ControlError.Code, String)])
    func refused(line: String, code: ControlError.Code, reason: String) {
        let error = #expect(throws: ControlError.self) { try ControlRequest(parsing: line.utf8) }
        #expect(error?.code == code)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("bytes that are no text are refused", arguments: [[0xff, 0xfe], [0], [0x7b, 0x22, 0xc0, 0x80], [0xc2]])
    func binary(bytes: [UInt8]) {
        let error = #expect(throws: ControlError.self) { try ControlRequest(parsing: bytes) }
        #expect(error?.code == .malformed)
    }

    @Test("every beginning of a request is refused")
    func truncated() throws {
        let line = Array(ControlRequest.events(since: 41, follow: true).line.utf8.dropLast())
        for length in 0..<line.count {
            #expect(throws: ControlError.self) { try ControlRequest(parsing: line.prefix(length)) }
        }
    }

    @Test(
        "an answer read back is the answer that was written",
        arguments: [
            .status(Sample.report), .events([]), .events([Sample.event(1), Sample.event(2)]), .maintenance(on: true),
            .reloaded(groups: ["api", "b"]),
            .failure(ControlError(.notAllowed, "no")),
        ] as [ControlResponse])
    func responseRoundTrip(response: ControlResponse) throws {
        #expect(response.line.hasPrefix(#"{"protocol":1,""#))
        #expect(response.line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(try ControlResponse(parsing: response.line.utf8.dropLast()) == response)
    }

    @Test("a followed event read back is the event that was written")
    func eventLine() throws {
        let event = Sample.event(9, message: "line\nbreak")
        #expect(event.line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(try EventRecord(parsingLine: event.line.utf8.dropLast()) == event)
    }

    @Test("an error of a newer daemon still tells its message")
    func unknownCode() throws {
        let line = #"{"protocol":1,"error":{"code":"moonPhase","message":"not tonight"}}"#
        #expect(try ControlResponse(parsing: line.utf8) == .failure(ControlError(.failed, "not tonight")))
    }
}
