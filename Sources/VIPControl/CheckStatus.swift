// One check of the answering node in `vipd status`, and its JSON. Deliberately not here: what makes it pass or fail.
import VIPJSON

/// A check as it stands. Its message comes from a service: treat it as hostile.
public struct CheckStatus: Equatable, Sendable {
    public var name: String
    /// `passing`, `failing`, or `unknown`, which fails nothing.
    public var state: String
    /// What the last run said; empty before the first.
    public var message: String
    /// Since when it is in this state.
    public var since: Timestamp

    public init(name: String, state: String, message: String, since: Timestamp) {
        self.name = name
        self.state = state
        self.message = message
        self.since = since
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "state": .string(state), "message": .string(message),
            "since": .string(since.rfc3339),
        ])
    }

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.string("name")
        state = try fields.string("state")
        message = try fields.string("message")
        since = try fields.timestamp("since")
    }
}
