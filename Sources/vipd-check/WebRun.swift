// A run of a check that goes over the network: tcp, http, etcd. Deliberately not here: what an answer means
// (WebVerdict.swift, EtcdVerdict.swift), and sending (Transfers.swift).
import Glibc
import VIPHealth

final class WebRun: CheckRun {
    /// What is tried now.
    private enum Step {
        case connect
        case url(Int)
        /// The etcd member says that it is not healthy, as told; its metrics may say more.
        case metrics(Verdict)
    }

    /// Metrics are asked for within this, beyond the timeout of the check: they only say more.
    private static let metricsTimeoutMs: Int64 = 200
    /// Metrics of etcd are some 100 KiB long.
    private static let mostMetrics = 1 << 20

    private let probe: CheckSpecification.Probe
    private let words: TransferWords
    private let transfers: Transfers
    private let clock: () -> Int64
    private let end: Int64
    private var finish: ((Verdict) -> Void)?
    private var transfer: UInt64?

    var isBusy: Bool { transfer != nil }
    var hasTold: Bool { finish == nil }
    /// Libcurl keeps the time of its transfers.
    var deadline: Int64? { nil }

    /// Begins. `finish` may be called before this returns.
    init(
        _ probe: CheckSpecification.Probe, timeoutMs: Int64, user: String, transfers: Transfers,
        clock: @escaping () -> Int64, finish: @escaping (Verdict) -> Void
    ) {
        self.probe = probe
        self.transfers = transfers
        self.clock = clock
        self.finish = finish
        words = TransferWords(timeoutMs: timeoutMs, user: user)
        end = clock() + timeoutMs
        switch probe {
        case .tcp(let host, let port):
            let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
            begin(
                .connect, TransferRequest(url: "http://\(name):\(port)/", timeoutMs: timeoutMs, isConnectionOnly: true))
        case .http, .etcd: ask(0)
        case .exec: preconditionFailure("a program is no web server")
        }
    }

    func expire(now: Int64) {}

    func cancel() {
        finish = nil
        if let transfer { transfers.cancel(transfer) }
        transfer = nil
    }

    private var web: HTTPProbe? {
        switch probe {
        case .http(let web), .etcd(let web): web
        case .tcp, .exec: nil
        }
    }

    private func request(_ url: String, timeoutMs: Int64) -> TransferRequest {
        TransferRequest(
            url: url, authorities: web?.caFile, certificate: web?.certificateFile, key: web?.keyFile,
            timeoutMs: timeoutMs, isInsecure: web?.isInsecure ?? false)
    }

    private func ask(_ index: Int) {
        guard let web, web.urls.indices.contains(index) else { return }
        let url = web.urls[index]
        if url.lowercased().hasPrefix("https:"), let objection = words.objection(toFilesOf: web) {
            return tell(.fail(objection))
        }
        begin(.url(index), request(url, timeoutMs: end - clock()))
    }

    private func begin(_ step: Step, _ request: TransferRequest) {
        transfer = transfers.begin(request) { [weak self] result in
            self?.transfer = nil
            self?.take(result, of: step)
        }
        if transfer == nil { tell(.fail("libcurl has no memory left for a request")) }
    }

    private func take(_ result: TransferResult, of step: Step) {
        switch step {
        case .connect: tell(words.verdict(ofConnection: result))
        case .url(let index): take(result, at: index)
        case .metrics(let verdict): tell(EtcdVerdict.refined(verdict, byMetrics: result))
        }
    }

    private func take(_ result: TransferResult, at index: Int) {
        guard let web else { return }
        let nothingThere = result.status == 404 || result.outcome == .unconnected(ECONNREFUSED)
        if nothingThere, index + 1 < web.urls.count, clock() < end { return ask(index + 1) }
        if case .http = probe { return tell(WebVerdict.judge(result, web, words)) }

        let verdict = EtcdVerdict.judge(result, web, words)
        // Only where the member answers can its metrics be had.
        guard !verdict.passed, result.status != 0, let metrics = EtcdVerdict.metricsURL(besides: web.urls[index]) else {
            return tell(verdict)
        }
        var request = request(metrics, timeoutMs: Self.metricsTimeoutMs)
        request.mostBody = Self.mostMetrics
        begin(.metrics(verdict), request)
    }

    private func tell(_ verdict: Verdict) {
        let tell = finish
        finish = nil
        tell?(verdict)
    }
}
