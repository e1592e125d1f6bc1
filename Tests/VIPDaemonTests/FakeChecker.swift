// The checker process, as far as its packets go: what it was asked, and reports that tests make up.

import VIPDaemon
import VIPHealth

/// One life of the checker.
final class FakeChecker: CheckerPort {
    private(set) var requests: [CheckerRequest] = []
    private(set) var isClosed = false
    private(set) var isAbandoned = false
    /// Requests that it still takes; nil: all.
    var room: Int?
    private let receive: (CheckerReport?) -> Void

    init(receive: @escaping (CheckerReport?) -> Void) { self.receive = receive }

    func send(_ request: CheckerRequest) -> Bool {
        if let room {
            guard room > 0 else { return false }
            self.room = room - 1
        }
        requests.append(request)
        return true
    }

    func close() { isClosed = true }

    func abandon() {
        isAbandoned = true
        close()
    }

    // What tests ask.

    func report(_ report: CheckerReport) { if !isClosed { receive(report) } }

    /// The process dies.
    func die() { if !isClosed { receive(nil) } }

    /// The checks that it has, by name, with their numbers.
    var checks: [String: Int] {
        var checks: [String: Int] = [:]
        for request in requests {
            switch request {
            case .check(let id, let specification): checks[specification.name] = id
            case .cancel(let id): checks = checks.filter { $0.value != id }
            case .hook, .post: break
            }
        }
        return checks
    }

    var hooks: [HookCall] {
        requests.compactMap { if case .hook(let call) = $0 { call } else { nil } }
    }

    var posts: [WebhookCall] {
        requests.compactMap { if case .post(let call) = $0 { call } else { nil } }
    }
}
