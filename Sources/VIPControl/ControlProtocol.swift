// The control protocol: what is asked, what is answered, and the JSON of both. Deliberately not here: sockets, and who
// may ask for what (AccessPolicy.swift).
//
// Over a SOCK_STREAM Unix socket (by default /run/vipd/vipd.sock) the client writes one JSON object a line, UTF-8, ended
// by a newline, 4096 bytes at most; the daemon answers each with one line, in order. The connection stays open for more.
//
//     {"protocol":1,"command":"status"}
//     {"protocol":1,"command":"events","since":ID,"follow":true}
//     {"protocol":1,"command":"maintenance","on":true}
//     {"protocol":1,"command":"move","group":"default","to":"k8s-controller2"}   both may be left out
//     {"protocol":1,"command":"reload"}
//
//     {"protocol":1,"ok":{"status":{…}}}              the report of `vipd status --json`
//     {"protocol":1,"ok":{"events":[{…},…]}}          those after `since` (default 0: all that are kept), oldest first
//     {"protocol":1,"ok":{"maintenance":true}}        what holds from now on
//     {"protocol":1,"ok":{"move":{…}}}                a handover has begun; how it ends is told by the events after it
//     {"protocol":1,"ok":{"reload":{"groups":["default"]}}}  the groups of the new configuration, which is in force
//     {"protocol":1,"error":{"code":"notAllowed","message":"…"}}
//     {"protocol":1,"event":{…}}                      after `"follow":true`, one for each that happens, until one hangs up
//
// `protocol` may be left out of a request, which then is taken for version 1. A key the daemon does not know is refused,
// so that nothing is done by half. After the codes `malformed`, `tooLong`, `unknownCommand`, `unsupportedProtocol` and
// `busy` the daemon closes the connection. By hand: echo '{"command":"status"}' | socat - UNIX:/run/vipd/vipd.sock
public import VIPJSON

/// A command to the daemon.
public enum ControlRequest: Equatable, Sendable {
    /// The report of `vipd status`.
    case status
    /// The events with an id above `since`; with `follow`, those to come as well.
    case events(since: UInt64, follow: Bool)
    /// Step down and stay out, or come back.
    case maintenance(on: Bool)
    /// Hand a group over to a node, or to the best candidate; the group may be left out where there is only one.
    case move(group: String?, to: String?)
    /// Go over to what the configuration says now.
    case reload

    /// The names of the commands, for the message about an unknown one.
    private static let names = ["status", "events", "maintenance", "move", "reload"]

    /// What the caller must be allowed to do.
    public var access: AccessLevel {
        switch self {
        case .status, .events: .read
        case .maintenance, .move, .reload: .change
        }
    }

    /// The command's name in the protocol.
    public var name: String {
        switch self {
        case .status: "status"
        case .events: "events"
        case .maintenance: "maintenance"
        case .move: "move"
        case .reload: "reload"
        }
    }

    /// The request as one line, newline included.
    public var line: String {
        let json: JSONValue
        switch self {
        case .status, .reload: json = Self.object(name, [:])
        case .events(let since, let follow):
            json = Self.object(name, ["since": .counter(since), "follow": .bool(follow)])
        case .maintenance(let on): json = Self.object(name, ["on": .bool(on)])
        case .move(let group, let to):
            json = Self.object(name, ["group": .optional(group), "to": .optional(to)])
        }
        return json.text() + "\n"
    }

    private static func object(_ name: String, _ arguments: KeyValuePairs<String, JSONValue>) -> JSONValue {
        let common: [JSONValue.Member] = [
            .init(key: "protocol", value: .integer(Int64(controlProtocolVersion))),
            .init(key: "command", value: .string(name)),
        ]
        return .object(common + arguments.map { .init(key: $0.key, value: $0.value) })
    }

    /// Parses one line, without its newline.
    ///
    /// - Throws: `ControlError` with the code `malformed`, `unknownCommand` or `unsupportedProtocol`.
    public init(parsing line: some Collection<UInt8>) throws(ControlError) {
        let version: Int
        let command: String
        let request: ControlRequest?
        do throws(JSONError) {
            let fields = try JSONFields(JSONValue(parsing: line), at: "")
            version = try fields.optionalInteger("protocol") ?? controlProtocolVersion
            command = try fields.string("command")
            request = version == controlProtocolVersion ? try Self.request(command, fields) : nil
        } catch {
            throw ControlError(.malformed, "cannot understand the request: \(error)")
        }
        guard version == controlProtocolVersion else {
            throw ControlError(
                .unsupportedProtocol,
                "this vipd (\(vipdVersion)) speaks version \(controlProtocolVersion) of the control protocol, not "
                    + "version \(version); use the command of the same release")
        }
        guard let request else {
            let known = Self.names.joined(separator: ", ")
            throw ControlError(
                .unknownCommand, "this vipd (\(vipdVersion)) has no command \"\(command)\"; it has \(known)")
        }
        self = request
    }

    /// The request `command` with the arguments of `fields`; nil for an unknown command.
    private static func request(_ command: String, _ fields: JSONFields) throws(JSONError) -> ControlRequest? {
        let arguments: [String]
        let request: ControlRequest
        switch command {
        case "status":
            arguments = []
            request = .status
        case "events":
            arguments = ["since", "follow"]
            let since = fields["since"] == .null ? 0 : try fields.counter("since")
            request = .events(since: since, follow: fields["follow"] == .null ? false : try fields.bool("follow"))
        case "maintenance":
            arguments = ["on"]
            request = .maintenance(on: try fields.bool("on"))
        case "move":
            arguments = ["group", "to"]
            request = .move(group: try fields.optionalString("group"), to: try fields.optionalString("to"))
        case "reload":
            arguments = []
            request = .reload
        default: return nil
        }
        for key in fields.keys where !(["protocol", "command"] + arguments).contains(key) {
            throw JSONError(path: key, problem: "\(command) has no such key")
        }
        return request
    }
}

/// What the daemon answers.
public enum ControlResponse: Equatable, Sendable {
    case status(StatusReport)
    case events([EventRecord])
    case maintenance(on: Bool)
    case move(MoveBegun)
    /// The names of the groups that are served from now on.
    case reloaded(groups: [String])
    case failure(ControlError)

    /// The answer as one line, newline included.
    public var line: String {
        switch self {
        case .status(let report): Self.line("ok", .object(["status": report.json]))
        case .events(let events): Self.line("ok", .object(["events": .array(events.map(\.json))]))
        case .maintenance(let on): Self.line("ok", .object(["maintenance": .bool(on)]))
        case .move(let begun): Self.line("ok", .object(["move": begun.json]))
        case .reloaded(let groups):
            Self.line("ok", .object(["reload": .object(["groups": .array(groups.map(JSONValue.string))])]))
        case .failure(let error): Self.line("error", error.json)
        }
    }

    static func line(_ key: String, _ value: JSONValue) -> String {
        JSONValue.object(["protocol": .integer(Int64(controlProtocolVersion)), key: value]).text() + "\n"
    }

    /// Parses one line, without its newline.
    public init(parsing line: some Collection<UInt8>) throws(JSONError) {
        try self.init(JSONFields(JSONValue(parsing: line), at: ""))
    }

    init(_ fields: JSONFields) throws(JSONError) {
        if fields["error"] != .null {
            self = .failure(try ControlError(fields.object("error")))
            return
        }
        let answer = try fields.object("ok")
        switch answer.keys.first {
        case "status": self = .status(try StatusReport(answer.object("status")))
        case "events": self = .events(try answer.array("events", of: EventRecord.init))
        case "maintenance": self = .maintenance(on: try answer.bool("maintenance"))
        case "move": self = .move(try MoveBegun(answer.object("move")))
        case "reload": self = .reloaded(groups: try answer.object("reload").strings("groups"))
        default: throw JSONError(path: "ok", problem: "an answer of an unknown kind")
        }
    }
}

/// A handover that an operator has asked for and that is under way.
public struct MoveBegun: Equatable, Sendable {
    public var group: String
    /// The node that hands over, and the one it has named.
    public var from: String
    public var to: String
    /// ``EventRecord/id`` of the last event before; how the handover ends stands among those after it: a `transition`
    /// of the group, or a `handoverFailed`.
    public var since: UInt64

    public init(group: String, from: String, to: String, since: UInt64) {
        self.group = group
        self.from = from
        self.to = to
        self.since = since
    }

    var json: JSONValue {
        .object(["group": .string(group), "from": .string(from), "to": .string(to), "since": .counter(since)])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        group = try fields.string("group")
        from = try fields.string("from")
        to = try fields.string("to")
        since = try fields.counter("since")
    }
}

extension EventRecord {
    /// The event as one line for followers, newline included.
    var line: String { ControlResponse.line("event", json) }

    /// Parses one line of a followed stream, without its newline.
    init(parsingLine line: some Collection<UInt8>) throws(JSONError) {
        try self.init(JSONFields(JSONValue(parsing: line), at: "").object("event"))
    }
}

/// Why a request was refused or failed: a code for programs and one line for people that names the way out.
public struct ControlError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No JSON object, a wrong type, a key that does not belong.
        case malformed
        case tooLong
        case unknownCommand
        case unsupportedProtocol
        /// The caller may not do this.
        case notAllowed
        /// Too many clients.
        case busy
        /// The daemon tried, and it did not work.
        case failed
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    var json: JSONValue { .object(["code": .string(code.rawValue), "message": .string(message)]) }

    init(_ fields: JSONFields) throws(JSONError) {
        // A newer daemon may have codes this one does not know; the message still tells.
        code = Code(rawValue: try fields.string("code")) ?? .failed
        message = try fields.string("message")
    }
}
