// A check as JSON and back. Deliberately not here: what is allowed (CheckSpecification+Limits.swift).
//
//     {"name":"apiserver","intervalMs":1000,"timeoutMs":500,"rise":2,"fall":3,"probe":{"http":{"urls":[…],…}}}
import VIPJSON

extension CheckSpecification {
    var members: [JSONValue.Member] {
        [
            .init(key: "name", value: .string(name)), .init(key: "intervalMs", value: .integer(interval.milliseconds)),
            .init(key: "timeoutMs", value: .integer(timeout.milliseconds)),
            .init(key: "rise", value: .integer(Int64(rise))), .init(key: "fall", value: .integer(Int64(fall))),
            .init(key: "probe", value: probe.json),
        ]
    }

    init(_ fields: JSONFields) throws(JSONError) {
        self.init(
            name: try fields.string("name"), probe: try Probe(fields.object("probe"), at: fields.path(of: "probe")),
            interval: try fields.duration("intervalMs"), timeout: try fields.duration("timeoutMs"),
            rise: try fields.integer("rise"), fall: try fields.integer("fall"))
    }
}

extension CheckSpecification.Probe {
    fileprivate var json: JSONValue {
        switch self {
        case .tcp(let host, let port):
            .object(["tcp": .object(["host": .string(host), "port": .integer(Int64(port))])])
        case .http(let probe): .object(["http": probe.json])
        case .exec(let arguments): .object(["exec": .object(["command": .array(arguments.map(JSONValue.string))])])
        case .etcd(let probe): .object(["etcd": probe.json])
        }
    }

    fileprivate init(_ fields: JSONFields, at path: String) throws(JSONError) {
        guard let kind = fields.keys.first, fields.keys.count == 1 else {
            throw JSONError(path: path, problem: "expected one kind of probe, not \(fields.keys.count)")
        }
        let probe = try fields.object(kind)
        switch kind {
        case "tcp":
            guard let port = UInt16(exactly: try probe.integer("port")) else {
                throw JSONError(path: probe.path(of: "port"), problem: "is no port")
            }
            self = .tcp(host: try probe.string("host"), port: port)
        case "http": self = .http(try HTTPProbe(probe))
        case "exec": self = .exec(try probe.strings("command"))
        case "etcd": self = .etcd(try HTTPProbe(probe))
        default: throw JSONError(path: path, problem: "there is no probe of the kind \"\(kind)\"")
        }
    }
}

extension HTTPProbe {
    fileprivate var json: JSONValue {
        .object([
            "urls": .array(urls.map(JSONValue.string)),
            "statuses": .array(
                statuses.map {
                    .object(["from": .integer(Int64($0.lowerBound)), "to": .integer(Int64($0.upperBound))])
                }),
            "body": .optional(body), "caFile": .optional(caFile), "certificateFile": .optional(certificateFile),
            "keyFile": .optional(keyFile), "insecure": .bool(isInsecure),
        ])
    }

    fileprivate init(_ fields: JSONFields) throws(JSONError) {
        self.init(
            urls: try fields.strings("urls"),
            statuses: try fields.array("statuses") { range throws(JSONError) in
                let (first, last) = (try range.integer("from"), try range.integer("to"))
                guard first <= last else {
                    throw JSONError(path: range.path(of: "to"), problem: "\(last) is less than \(first)")
                }
                return first...last
            },
            body: try fields.optionalString("body"), caFile: try fields.optionalString("caFile"),
            certificateFile: try fields.optionalString("certificateFile"),
            keyFile: try fields.optionalString("keyFile"), isInsecure: try fields.bool("insecure"))
    }
}
