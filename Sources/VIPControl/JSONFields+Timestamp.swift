// Reading times out of JSON. Deliberately not here: the other kinds of value (VIPJSON), and the form itself
// (Timestamp.swift).
import VIPJSON

extension JSONFields {
    func timestamp(_ key: String) throws(JSONError) -> Timestamp {
        guard let time = Timestamp(rfc3339: try string(key)) else {
            throw JSONError(path: path(of: key), problem: "expected a time as in 2026-11-19T03:11:04.123Z")
        }
        return time
    }

    func optionalTimestamp(_ key: String) throws(JSONError) -> Timestamp? {
        self[key] == .null ? nil : try timestamp(key)
    }
}
