// The writing client: a process that starts `etcdctl put` through the VIP at a steady beat, whatever became of the earlier
// ones, and reports each. It runs in the client's namespace and judges nothing.
import Foundation

/// What came of one write: a key with the write's number, which no other write has.
struct EtcdWrite: Try, Hashable, Sendable {
    let number: Int
    let start: Instant
    let end: Instant
    /// Why etcd did not acknowledge it, in etcdctl's words; nil: it did. A write that failed may be there all the same.
    let problem: String?

    var isSuccess: Bool { problem == nil }
    var account: String { problem ?? "acknowledged" }

    static let prefix = "viplab/"
    /// Digits enough that the order of keys is that of numbers.
    static func key(_ number: Int) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// As the writer's process tells of it:
    ///
    ///     write 17 5120000000 5128000000 acknowledged
    ///     write 18 5220000000 6223000000 failed context deadline exceeded
    var line: String {
        "write \(number) \(start.nanoseconds) \(end.nanoseconds) " + (problem.map { "failed \($0)" } ?? "acknowledged")
    }

    init(number: Int, start: Instant, end: Instant, problem: String?) {
        (self.number, self.start, self.end, self.problem) = (number, start, end, problem)
    }

    init?(line: String) {
        let words = line.split(separator: " ", maxSplits: 5).map(String.init)
        guard words.count >= 5, words[0] == "write", let number = Int(words[1]), let start = Int64(words[2]),
            let end = Int64(words[3])
        else { return nil }
        (self.number, self.start, self.end) = (number, Instant(nanoseconds: start), Instant(nanoseconds: end))
        switch (words[4], words.count) {
        case ("acknowledged", 5): problem = nil
        case ("failed", 6): problem = words[5]
        default: return nil
        }
    }
}

/// The work of `viplab write`, until its reader goes away.
struct EtcdWriter {
    /// Between two writes. etcdctl is a program of some size: ten starts a second leave the machine some rest.
    static let every = Duration.milliseconds(100)
    /// etcdctl's own time limit for a write. Those who wait longer for etcd have given up.
    static let timeLimit = Duration.seconds(1)
    /// An etcdctl that takes this long does not keep to its own limits.
    private static let mostTime = Duration.seconds(5)

    let tools: EtcdTools
    let endpoint: String

    private struct Pending {
        let number: Int
        let start: Instant
        let child: ChildProcess
        let errors: LinePipe
        var complaints: [String] = []
    }

    /// Writes 1, 2, 3…, each as its own value, on an absolute schedule; beats that this machine swallowed are skipped.
    func run() throws {
        var pending: [Pending] = []
        defer { for write in pending { write.child.end() } }
        var beat = Instant.now
        for number in 1... {
            pending.append(try start(number))
            beat = max(beat + Self.every, .now)
            while Instant.now < beat {
                try Interrupt.sleep(.milliseconds(2))
                var ended: [EtcdWrite] = []
                pending = pending.compactMap { write in
                    var write = write
                    guard let outcome = Self.outcome(of: &write) else { return write }
                    ended.append(outcome)
                    return nil
                }
                guard ReportLines.write(ended.map(\.line)) else { return }
            }
        }
    }

    private func start(_ number: Int) throws -> Pending {
        let errors = try LinePipe()
        let limit = "\(Self.timeLimit.components.seconds)s"
        let start = Instant.now
        let child = try ChildProcess(
            [tools.etcdctl, "--endpoints=\(endpoint)", "--dial-timeout=\(limit)", "--command-timeout=\(limit)"]
                + ["put", EtcdWrite.key(number), "\(number)"],
            name: "etcdctl", environment: EtcdTools.environment, errors: .descriptor(errors.writer))
        errors.closeWriter()
        return Pending(number: number, start: start, child: child, errors: errors)
    }

    /// What came of a write, or nil while it is under way.
    private static func outcome(of write: inout Pending) -> EtcdWrite? {
        let isOverdue = .now - write.start > mostTime
        if isOverdue { write.child.end() }
        let status = write.child.reap()
        write.complaints += write.errors.lines(waitingUpTo: .zero)
        guard let status else { return nil }
        var problem: String?
        if status != .exited(0) {
            let said = write.complaints.last { $0.hasPrefix("Error: ") }.map { String($0.dropFirst("Error: ".count)) }
            problem = isOverdue ? "etcdctl came to no end" : said ?? write.complaints.last ?? "\(status)"
        }
        return EtcdWrite(number: write.number, start: write.start, end: .now, problem: problem)
    }
}
