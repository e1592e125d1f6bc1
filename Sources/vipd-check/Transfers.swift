// Requests to web servers, several at a time, with libcurl behind the shim. Deliberately not here: what an answer means.
import CVIPCheck
import Glibc

/// What is asked of a web server.
struct TransferRequest {
    var url: String
    /// PEM files.
    var authorities: String?
    var certificate: String?
    var key: String?
    /// JSON to be posted; nil: GET.
    var post: [UInt8]?
    /// Bytes of the body that are kept; what comes after them is not waited for.
    var mostBody = 65_536
    var timeoutMs: Int64
    var isInsecure = false
    /// Only connects.
    var isConnectionOnly = false
}

/// What came of it.
struct TransferResult: Equatable {
    enum Outcome: Equatable {
        /// An answer is there, whole or cut to what was to be kept; or the connection stands.
        case done(isCut: Bool)
        case headersTooLong
        case unresolved
        /// With the errno.
        case unconnected(Int32)
        case timedOut(isConnected: Bool)
        /// The server's certificate is not good. Its dates, as in `2026-11-20 12:00:00`, in GMT; empty where not known.
        case untrusted(notBefore: String, notAfter: String)
        case certificateUnusable
        case authoritiesUnusable
        case failed
    }

    var outcome: Outcome
    /// Of HTTP; 0 where there is no answer.
    var status = 0
    var body: [UInt8] = []
    /// Where the answer points to, if it does.
    var redirect: String?
    /// Libcurl's words for what went wrong.
    var message = ""
}

/// All transfers that go on. It belongs to one thread.
// Safe because: what the pointers lead to lives from `init` to `deinit`, or from `begin` to the one removal
// from `running`, and is reached through this class only.
@safe final class Transfers {
    /// Called once, at the end.
    typealias Completion = (TransferResult) -> Void

    @safe private struct Running {
        let transfer: OpaquePointer
        let completion: Completion
    }

    private let transfers: OpaquePointer
    private var running: [UInt64: Running] = [:]
    private var lastToken: UInt64 = 0

    /// Prepares libcurl. Call it once, while there is one thread; nil where libcurl refuses.
    init?() {
        var opened: OpaquePointer?
        guard unsafe cvip_transfers_open(&opened) == 0, let opened = unsafe opened else { return nil }
        unsafe transfers = opened
    }

    deinit {
        for transfer in running.values { unsafe cvip_transfer_end(transfers, transfer.transfer) }
        unsafe cvip_transfers_close(transfers)
    }

    /// Begins one, and names it. `completion` is called by a later `deliver`. Nil where there is no memory.
    func begin(_ request: TransferRequest, completion: @escaping Completion) -> UInt64? {
        lastToken += 1
        var options = unsafe cvip_transfer_options()
        unsafe options.timeout_ms = UInt32(clamping: max(1, request.timeoutMs))
        unsafe options.most_body = request.mostBody
        unsafe options.is_insecure = request.isInsecure ? 1 : 0
        unsafe options.is_connection_only = request.isConnectionOnly ? 1 : 0
        var begun: OpaquePointer?
        let token = lastToken
        let status = unsafe withCString(request.url) { url in
            unsafe withCString(request.authorities) { authorities in
                unsafe withCString(request.certificate) { certificate in
                    unsafe withCString(request.key) { key in
                        unsafe (request.post ?? []).withUnsafeBytes { post in
                            unsafe options.url = url
                            unsafe options.authorities = authorities
                            unsafe options.certificate = certificate
                            unsafe options.key = key
                            // Of no bytes the base may be missing; what is posted is JSON, hence never empty.
                            unsafe options.post = request.post == nil ? nil : post.baseAddress
                            unsafe options.post_length = post.count
                            return unsafe cvip_transfers_begin(transfers, &options, token, &begun)
                        }
                    }
                }
            }
        }
        guard status == 0, let transfer = unsafe begun else { return nil }
        running[token] = unsafe Running(transfer: transfer, completion: completion)
        return token
    }

    /// Ends one at once; its completion is not called. One that has ended is passed over.
    func cancel(_ token: UInt64) {
        guard let ended = running.removeValue(forKey: token) else { return }
        unsafe cvip_transfer_end(transfers, ended.transfer)
    }

    /// Waits until a transfer can go on, `descriptor` is readable, or `timeoutMs` have passed, and moves transfers on.
    /// False where libcurl gives up for good.
    func wait(_ descriptor: Int32, timeoutMs: Int64) -> Bool {
        unsafe cvip_transfers_wait(transfers, descriptor, Int32(clamping: timeoutMs)) == 0
    }

    /// Calls the completions of those that have ended.
    func deliver() {
        var ended = cvip_transfer_result()
        while unsafe cvip_transfers_next(transfers, &ended) == 1 {
            guard let transfer = running.removeValue(forKey: ended.token) else { continue }
            var length = 0
            let body = unsafe cvip_transfer_body(transfer.transfer, &length)
            var result = Self.result(ended)
            unsafe result.body = Array(UnsafeBufferPointer(start: body, count: length))
            unsafe cvip_transfer_end(transfers, transfer.transfer)
            transfer.completion(result)
        }
    }

    private static func result(_ ended: cvip_transfer_result) -> TransferResult {
        let outcome: TransferResult.Outcome =
            switch ended.outcome {
            case CVIP_TRANSFER_DONE: .done(isCut: false)
            case CVIP_TRANSFER_CUT: .done(isCut: true)
            case CVIP_TRANSFER_HEADERS: .headersTooLong
            case CVIP_TRANSFER_UNRESOLVED: .unresolved
            case CVIP_TRANSFER_UNCONNECTED: .unconnected(ended.system_error)
            case CVIP_TRANSFER_TIMEOUT: .timedOut(isConnected: ended.is_connected != 0)
            case CVIP_TRANSFER_UNTRUSTED:
                .untrusted(notBefore: text(ended.not_before), notAfter: text(ended.not_after))
            case CVIP_TRANSFER_CERTIFICATE: .certificateUnusable
            case CVIP_TRANSFER_AUTHORITIES: .authoritiesUnusable
            default: .failed
            }
        let redirect = text(ended.redirect)
        return TransferResult(
            outcome: outcome, status: Int(ended.status), redirect: redirect.isEmpty ? nil : redirect,
            message: text(ended.message))
    }

    /// A C array of characters, imported as a tuple, up to its first NUL, which the shim always writes.
    private static func text<Characters>(_ characters: Characters) -> String {
        unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// Calls `body` with `text` as a C string, or with nil.
private func withCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}
