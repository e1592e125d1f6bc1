// What an etcd member says of its health. Pure. Deliberately not here: asking it.
import VIPHealth
import VIPJSON

enum EtcdVerdict {
    private static let leaderless = "etcd_server_has_leader 0"

    /// Judges the answer of `/health`: `{"health":"true"}`, or a boolean as other versions write it. The status, 503 where
    /// it is not healthy, says no more than the body.
    static func judge(_ result: TransferResult, _ probe: HTTPProbe, _ words: TransferWords) -> Verdict {
        if let problem = words.problem(result, probe) { return .fail(problem) }
        let fields: JSONFields
        do throws(JSONError) {
            fields = try JSONFields(JSONValue(parsing: result.body), at: "")
        } catch {
            return .fail("\(WebVerdict.status(result)), and no answer of etcd's /health")
        }
        switch fields["health"] {
        case .string("true"), .bool(true): return .pass("healthy")
        case .string("false"), .bool(false):
            guard case .string(let reason) = fields["reason"], !reason.isEmpty else { return .fail("unhealthy") }
            return .fail("unhealthy: \(ServiceText.harmless(reason))")
        default: return .fail("\(WebVerdict.status(result)), and no answer of etcd's /health")
        }
    }

    /// The `/metrics` of the server whose `/health` is `url`; nil where that has another path.
    static func metricsURL(besides url: String) -> String? {
        url.hasSuffix("/health") ? url.dropLast("/health".count) + "/metrics" : nil
    }

    /// `verdict`, and that the member sees no leader where its metrics say so.
    static func refined(_ verdict: Verdict, byMetrics result: TransferResult) -> Verdict {
        let lines = result.body.split(separator: UInt8(ascii: "\n"))
        guard lines.contains(where: { $0.elementsEqual(leaderless.utf8) }) else { return verdict }
        return .fail("sees no leader; \(verdict.message)")
    }
}
