// What went wrong with a request, in words people understand. Deliberately not here: what an answer means.
import Glibc
import VIPHealth
import VIPText

struct TransferWords {
    /// Of the whole run.
    let timeoutMs: Int64
    /// The user this process is, for advice.
    let user: String

    /// More of a certificate or a key is none.
    private static let longestFile = 1 << 20

    /// For a connection for its own sake.
    func verdict(ofConnection result: TransferResult) -> Verdict {
        problem(result, nil).map { .fail($0) } ?? .pass("connected")
    }

    /// Why there is no whole answer, or no connection; nil: there is.
    func problem(_ result: TransferResult, _ probe: HTTPProbe?) -> String? {
        switch result.outcome {
        case .done: return nil
        case .headersTooLong: return "the headers of the answer are longer than 64 KiB"
        // GnuTLS cannot use the client's key or certificate, which libcurl takes for a failed handshake.
        case .failed where result.message.contains(text: "X.509 key or certificate"): return misfit(result, probe)
        case .unresolved, .failed: return ErrorText.continuing(result.message)
        case .unconnected(let number):
            return number == 0 ? ErrorText.continuing(result.message) : ErrorText.lowercased(number)
        case .timedOut(let isConnected):
            if result.status != 0 { return "HTTP \(result.status), but not the whole answer within \(timeoutMs) ms" }
            return "no \(isConnected ? "answer" : "connection") within \(timeoutMs) ms"
        case .untrusted(let notBefore, let notAfter):
            return distrust(result, notBefore: notBefore, notAfter: notAfter, authorities: probe?.caFile)
        case .certificateUnusable: return misfit(result, probe)
        case .authoritiesUnusable:
            guard let file = probe?.caFile else {
                return "this system has no list of authorities; install ca-certificates, or name a file of authorities"
            }
            return "there is no authority's certificate in \(file)"
        }
    }

    private func misfit(_ result: TransferResult, _ probe: HTTPProbe?) -> String {
        let file = probe?.certificateFile ?? "", key = probe?.keyFile ?? file
        return "cannot use the client certificate \(file) with the key \(key): \(ErrorText.continuing(result.message))"
    }

    private func distrust(
        _ result: TransferResult, notBefore: String, notAfter: String, authorities: String?
    ) -> String {
        let now = Self.now()
        // Times of that form are ordered as their texts.
        if !notAfter.isEmpty, notAfter < now { return "certificate has expired: it was good until \(notAfter) GMT" }
        if !notBefore.isEmpty, notBefore > now { return "certificate is not good before \(notBefore) GMT" }
        // "certificate subject name (x) does not match target host name 'y'", and OpenSSL's "no alternative certificate
        // subject name matches target host name 'y'".
        if result.message.contains(text: "subject name") {
            let host = result.message.split(separator: "'").dropFirst().first.map { String($0) }
            return "certificate does not match \(host ?? "the host's name")"
        }
        return "certificate is signed by no authority in \(authorities ?? "the system's list")"
    }

    /// The time it is, as `2026-11-20 12:00:00`, in GMT.
    private static func now() -> String {
        var seconds = time(nil)
        var fields = unsafe tm()
        var text = [CChar](repeating: 0, count: 32)
        guard unsafe gmtime_r(&seconds, &fields) != nil else { return "" }
        let length = unsafe strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &fields)
        return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Why one of the files a probe names cannot be used; nil: each can be read. Libcurl opens them itself later on, and
    /// would wait at a pipe, or say less.
    func objection(toFilesOf probe: HTTPProbe) -> String? {
        objection(to: probe.caFile, "the file of authorities")
            ?? objection(to: probe.certificateFile, "the client certificate")
            ?? objection(to: probe.keyFile, "the client key")
    }

    private func objection(to path: String?, _ what: String) -> String? {
        guard let path else { return nil }
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            let advice = errno == EACCES || errno == EPERM ? "; let the user \(user) read it" : ""
            return "cannot read \(what) \(path): \(ErrorText.of(errno))\(advice)"
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return "cannot read \(what) \(path): it is no regular file"
        }
        return status.st_size > Self.longestFile ? "\(what) \(path) is longer than 1 MiB" : nil
    }
}
