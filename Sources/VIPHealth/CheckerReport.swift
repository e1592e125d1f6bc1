// What the checker tells the daemon, and its packets. Deliberately not here: what follows from it (CheckTracker.swift,
// and the daemon).
//
//     {"ready":{"version":1}}                                       its first packet
//     {"result":{"id":7,"passed":false,"message":"connection refused"}}
//     {"output":{"id":8,"group":"api","event":"acquired","line":"…"}}
//     {"ended":{"id":8,"group":"api","event":"acquired","outcome":"exit code 1","failed":true}}
//     {"refused":{"problem":"…"}}                                   a request was not taken
import VIPJSON

/// A report of the checker's.
public enum CheckerReport: Hashable, Sendable {
    /// It listens. Another version of the protocol than `CheckerProtocol.version` is another program.
    case ready(version: Int)
    /// One run of a check has ended.
    case result(id: Int, passed: Bool, message: String)
    /// A hook has printed a line.
    case output(id: Int, group: String, event: HookEvent, line: String)
    /// A hook, or with no event a post, has ended or was given up.
    case ended(id: Int, group: String, event: HookEvent?, outcome: String, failed: Bool)
    /// A request was not understood, or is not allowed; the checker goes on without it.
    case refused(problem: String)

    /// The packet. Texts in it are made harmless, so that none is too long for one.
    public var packet: [UInt8] {
        let (kind, value) = json
        return Array(JSONValue.object([kind: value]).text().utf8)
    }

    private var json: (String, JSONValue) {
        switch self {
        case .ready(let version): ("ready", .object(["version": .integer(Int64(version))]))
        case .result(let id, let passed, let message):
            (
                "result",
                .object([
                    "id": .integer(Int64(id)), "passed": .bool(passed),
                    "message": .string(ServiceText.harmless(message)),
                ])
            )
        case .output(let id, let group, let event, let line):
            (
                "output",
                .object([
                    "id": .integer(Int64(id)), "group": .string(group), "event": .string(event.rawValue),
                    "line": .string(ServiceText.harmless(line, length: ServiceText.lineLength)),
                ])
            )
        case .ended(let id, let group, let event, let outcome, let failed):
            (
                "ended",
                .object([
                    "id": .integer(Int64(id)), "group": .string(group), "event": .optional(event?.rawValue),
                    "outcome": .string(ServiceText.harmless(outcome)), "failed": .bool(failed),
                ])
            )
        case .refused(let problem): ("refused", .object(["problem": .string(ServiceText.harmless(problem))]))
        }
    }

    /// Reads a packet, which may hold anything; texts are made harmless here once more.
    public init(packet: some Collection<UInt8>) throws(CheckerPacketError) {
        let (kind, value) = try openPacket(packet)
        let report: CheckerReport?
        do throws(JSONError) {
            report = try Self.report(kind, JSONFields(value, at: kind))
        } catch {
            throw CheckerPacketError(error)
        }
        guard let report else { throw .unknown(ServiceText.harmless(kind)) }
        self = report
    }

    private static func report(_ kind: String, _ fields: JSONFields) throws(JSONError) -> CheckerReport? {
        switch kind {
        case "ready": .ready(version: try fields.integer("version"))
        case "result":
            .result(
                id: try fields.integer("id"), passed: try fields.bool("passed"),
                message: ServiceText.harmless(try fields.string("message")))
        case "output":
            .output(
                id: try fields.integer("id"), group: try fields.group(), event: try fields.choice("event"),
                line: ServiceText.harmless(try fields.string("line"), length: ServiceText.lineLength))
        case "ended":
            .ended(
                id: try fields.integer("id"), group: try fields.group(), event: try fields.optionalChoice("event"),
                outcome: ServiceText.harmless(try fields.string("outcome")), failed: try fields.bool("failed"))
        case "refused": .refused(problem: ServiceText.harmless(try fields.string("problem")))
        default: nil
        }
    }
}

extension JSONFields {
    fileprivate func group() throws(JSONError) -> String {
        let group = try string("group")
        let path = path(of: "group")
        if let objection = Objection.text(group, within: CheckLimits.groupLength, at: path) {
            throw JSONError(path: "", problem: objection)
        }
        return group
    }
}
