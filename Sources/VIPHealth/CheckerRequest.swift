// What the daemon asks of the checker, and its packets. Deliberately not here: how a check is written
// (CheckSpecification+JSON.swift), and doing any of it (vipd-check).
//
//     {"check":{"id":7,"name":"apiserver","intervalMs":1000,…}}    run it from now on, until it is cancelled
//     {"cancel":{"id":7}}
//     {"hook":{"id":8,"group":"api","event":"acquired","command":["/etc/vipd/up.sh"],"environment":[…],"facts":"{…}",…}}
//     {"post":{"id":9,"group":"api","url":"https://…","facts":"{…}","timeoutMs":10000}}
import VIPJSON

/// A request to the checker. The daemon numbers its requests; reports carry the number.
public enum CheckerRequest: Hashable, Sendable {
    /// Runs the check from now on; another check with that number is replaced.
    case check(id: Int, CheckSpecification)
    /// Ends a check; one that is not there is passed over. No result of it comes after the checker has read this.
    case cancel(id: Int)
    /// Runs a program when those before it have ended.
    case hook(HookCall)
    /// Posts to a web server when the posts before it have ended.
    case post(WebhookCall)

    /// The packet.
    public func packet() throws(CheckerPacketError) -> [UInt8] {
        switch self {
        case .check(let id, let specification):
            try VIPHealth.packet(
                "check", .object([.init(key: "id", value: .integer(Int64(id)))] + specification.members))
        case .cancel(let id): try VIPHealth.packet("cancel", .object(["id": .integer(Int64(id))]))
        case .hook(let call): try VIPHealth.packet("hook", call.json)
        case .post(let call): try VIPHealth.packet("post", call.json)
        }
    }

    /// Reads a packet, which may hold anything.
    public init(packet: some Collection<UInt8>) throws(CheckerPacketError) {
        let (kind, value) = try openPacket(packet)
        let request: CheckerRequest?
        do throws(JSONError) {
            request = try Self.request(kind, JSONFields(value, at: kind))
        } catch {
            throw CheckerPacketError(error)
        }
        guard let request else { throw .unknown(ServiceText.harmless(kind)) }
        if let objection = request.objection { throw .refused(objection) }
        self = request
    }

    private static func request(_ kind: String, _ fields: JSONFields) throws(JSONError) -> CheckerRequest? {
        switch kind {
        case "check": .check(id: try fields.integer("id"), try CheckSpecification(fields))
        case "cancel": .cancel(id: try fields.integer("id"))
        case "hook": .hook(try HookCall(fields))
        case "post": .post(try WebhookCall(fields))
        default: nil
        }
    }

    private var objection: String? {
        switch self {
        case .check(_, let specification): specification.objection
        case .cancel: nil
        case .hook(let call): call.objection
        case .post(let call): call.objection
        }
    }
}

/// What happened to a group that a hook is run for.
public enum HookEvent: String, Hashable, Sendable, CaseIterable {
    case acquired
    case released
    case fault
}

/// A program to be run because something happened.
public struct HookCall: Hashable, Sendable {
    /// One variable of the environment.
    public struct Variable: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var id: Int
    public var group: String
    public var event: HookEvent
    /// The program's arguments, of which the first is its absolute path.
    public var command: [String]
    /// All of its environment but `PATH`.
    public var environment: [Variable]
    /// JSON text, which the program reads from its standard input.
    public var facts: String
    /// When it is killed, with all that it started.
    public var timeout: Duration

    public init(
        id: Int, group: String, event: HookEvent, command: [String], environment: [(name: String, value: String)],
        facts: String, timeout: Duration = .seconds(10)
    ) {
        self.id = id
        self.group = group
        self.event = event
        self.command = command
        self.environment = environment.map { Variable(name: $0.name, value: $0.value) }
        self.facts = facts
        self.timeout = timeout
    }

    /// What keeps it from being run; nil: nothing.
    public var objection: String? {
        for variable in environment {
            let name = variable.name
            if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) { return "environment: \"\(name)\" is no name" }
            if let objection = Objection.text(name, within: CheckLimits.textLength, at: "environment")
                ?? Objection.text(variable.value, within: 0...CheckLimits.textLength.upperBound, at: name)
            {
                return objection
            }
        }
        return Objection.value(environment.count, within: CheckLimits.variables, at: "variables")
            ?? Objection.text(group, within: CheckLimits.groupLength, at: "group")
            ?? Objection.value(timeout, within: CheckLimits.hookTimeouts, at: "timeout")
            ?? Objection.command(command, at: "command")
    }

    var json: JSONValue {
        .object([
            "id": .integer(Int64(id)), "group": .string(group), "event": .string(event.rawValue),
            "command": .array(command.map(JSONValue.string)),
            "environment": .array(environment.map { .object(["name": .string($0.name), "value": .string($0.value)]) }),
            "facts": .string(facts), "timeoutMs": .integer(timeout.milliseconds),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        self.init(
            id: try fields.integer("id"), group: try fields.string("group"), event: try fields.choice("event"),
            command: try fields.strings("command"),
            environment: try fields.array("environment") { variable throws(JSONError) in
                (name: try variable.string("name"), value: try variable.string("value"))
            },
            facts: try fields.string("facts"), timeout: try fields.duration("timeoutMs"))
    }
}

/// Facts to be posted to a web server, as `application/json`.
public struct WebhookCall: Hashable, Sendable {
    public var id: Int
    public var group: String
    public var url: String
    /// JSON text.
    public var facts: String
    /// Of one attempt; there are a few.
    public var timeout: Duration

    public init(id: Int, group: String, url: String, facts: String, timeout: Duration = .seconds(10)) {
        self.id = id
        self.group = group
        self.url = url
        self.facts = facts
        self.timeout = timeout
    }

    /// What keeps it from being posted; nil: nothing.
    public var objection: String? {
        Objection.text(group, within: CheckLimits.groupLength, at: "group")
            ?? Objection.value(timeout, within: CheckLimits.hookTimeouts, at: "timeout")
            ?? Objection.url(url, at: "url")
    }

    var json: JSONValue {
        .object([
            "id": .integer(Int64(id)), "group": .string(group), "url": .string(url), "facts": .string(facts),
            "timeoutMs": .integer(timeout.milliseconds),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        self.init(
            id: try fields.integer("id"), group: try fields.string("group"), url: try fields.string("url"),
            facts: try fields.string("facts"), timeout: try fields.duration("timeoutMs"))
    }
}
