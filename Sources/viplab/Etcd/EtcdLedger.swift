// The lab's end of the writing client: its process, what it has reported, and whether all that etcd acknowledged is there.
import Foundation
import Synchronization

/// Keeps all writes of a lab, of which none is forgotten: the last question is about all of them.
final class EtcdLedger: Sendable {
    private struct State: Sendable {
        var writes: [EtcdWrite] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let tools: EtcdTools

    /// Starts the writer in the client's namespace and waits for its first acknowledged write.
    static func start(in lab: Lab, _ tools: EtcdTools) throws -> EtcdLedger {
        let pipe = try LinePipe()
        _ = try lab.spawnCompanion(
            [lab.ownBinary, "write", "--endpoint", EtcdTools.vipEndpoint], in: lab.network.client, name: "writer",
            output: .descriptor(pipe.writer), errors: .file("\(lab.directory)/client.log"))
        pipe.closeWriter()
        let ledger = EtcdLedger(tools, reading: pipe)
        let begun = Instant.now
        guard try ledger.waitForAcknowledgement(since: begun, upTo: .seconds(15)) != nil else {
            throw LabError("etcd acknowledged nothing through the VIP: \(ledger.lastProblem ?? "no answer")")
        }
        return ledger
    }

    private init(_ tools: EtcdTools, reading pipe: sending LinePipe) {
        self.tools = tools
        LinePipe.follow(pipe) { [self] lines in
            let writes = lines?.compactMap(EtcdWrite.init)
            state.withLock { state in
                state.hasEnded = writes == nil
                state.writes += writes ?? []
            }
        }
    }

    var writes: [EtcdWrite] { state.withLock { $0.writes } }
    var lastProblem: String? { state.withLock { $0.writes.last { !$0.isSuccess }?.problem } }

    /// The first acknowledged write that was begun after `start`, waiting for it; nil: none in time.
    func waitForAcknowledgement(since start: Instant, upTo limit: Duration) throws -> EtcdWrite? {
        var found: EtcdWrite?
        _ = try Interrupt.wait(upTo: limit) {
            if state.withLock({ $0.hasEnded }) { throw LabError("the writing client died") }
            found = writes.first { $0.isSuccess && $0.start >= start }
            return found != nil
        }
        return found
    }

    /// What the client went through between two moments.
    func outage(from start: Instant, to end: Instant) -> Outage {
        Outage(of: writes.sorted { $0.end < $1.end }, from: start, to: end)
    }

    /// Reads all keys through the VIP in one range, and holds them against what etcd acknowledged until then.
    func audit(on host: Namespace) throws -> EtcdAudit {
        let acknowledged = writes.filter(\.isSuccess).map(\.number)
        let asked = try tools.ask(["get", "--prefix", EtcdWrite.prefix], on: host, limit: .seconds(20))
        guard asked.status == .exited(0) else { throw LabError("etcdctl get through the VIP: \(asked.said)") }
        return EtcdAudit(acknowledged: acknowledged, read: asked.output)
    }
}

/// Whether everything that was acknowledged was there in the end.
struct EtcdAudit: Equatable {
    let acknowledged: Int
    /// Keys with their value, as they were written.
    let present: Int
    /// Numbers of acknowledged writes that are not there, or with another value.
    let lost: [Int]

    /// - Parameter read: what `etcdctl get --prefix` prints: a line with a key, a line with its value, and so on
    init(acknowledged: [Int], read: String) {
        let lines = read.split(separator: "\n").map(String.init)
        var values: [String: String] = [:]
        for index in stride(from: 0, to: lines.count - 1, by: 2) { values[lines[index]] = lines[index + 1] }
        self.acknowledged = acknowledged.count
        present = values.count { $0.key == Int($0.value).map(EtcdWrite.key) }
        lost = acknowledged.filter { values[EtcdWrite.key($0)] != "\($0)" }.sorted()
    }
}
