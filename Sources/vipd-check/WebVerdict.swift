// What the answer of a web server means. Pure. Deliberately not here: etcd's (EtcdVerdict.swift).
import VIPHealth

enum WebVerdict {
    /// Judges an answer, or the want of one, by what `probe` calls good.
    static func judge(_ result: TransferResult, _ probe: HTTPProbe, _ words: TransferWords) -> Verdict {
        if let problem = words.problem(result, probe) { return .fail(problem) }
        guard probe.statuses.contains(where: { $0.contains(result.status) }) else {
            return .fail(status(result) + complaints(result.body))
        }
        guard let wanted = probe.body, !contains(result.body, Array(wanted.utf8)) else {
            return .pass("HTTP \(result.status)")
        }
        let part = result.outcome == .done(isCut: true) ? "the first 64 KiB of the body have" : "the body has"
        return .fail("HTTP \(result.status), but \(part) no \"\(wanted)\"")
    }

    /// As in `HTTP 503`.
    static func status(_ result: TransferResult) -> String {
        guard let redirect = result.redirect else { return "HTTP \(result.status)" }
        return "HTTP \(result.status), redirects to \(ServiceText.harmless(redirect, length: 120)); vipd follows none"
    }

    /// The API server lists its checks, one a line, those that failed marked `[-]`; another server does not.
    private static func complaints(_ body: [UInt8]) -> String {
        let lines = body.split(separator: UInt8(ascii: "\n")).filter { $0.starts(with: "[-]".utf8) }
        return lines.isEmpty ? "" : ": " + lines.map { ServiceText.harmless($0.dropFirst(3)) }.joined(separator: ", ")
    }

    private static func contains(_ body: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first, body.count >= wanted.count else { return false }
        return body.indices.dropLast(wanted.count - 1).contains { index in
            body[index] == first && body[index...].starts(with: wanted)
        }
    }
}
