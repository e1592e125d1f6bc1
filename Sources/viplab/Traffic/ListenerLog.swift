// The lab's end of the listener: its process, and all that it has reported.
import Foundation
import Synchronization

/// Keeps a listener's reports.
final class ListenerLog: Sendable {
    private let reports = Mutex<[ListenerReport]>([])

    /// Starts a listener on a host and waits until its connection stands.
    static func start(in lab: Lab, on host: Namespace, keepalive: Duration? = nil) throws -> ListenerLog {
        let pipe = try LinePipe()
        let option = keepalive.map { ["--keepalive", "\($0.components.seconds)s"] } ?? []
        _ = try lab.spawnCompanion(
            [lab.ownBinary, "listen", "--target", Plan.vip] + option, in: host, name: "listener",
            output: .descriptor(pipe.writer), errors: .file("\(lab.directory)/client.log"))
        pipe.closeWriter()
        let log = ListenerLog(reading: pipe)
        guard try Interrupt.wait(upTo: .seconds(5), for: { log.peer != nil }) else {
            throw LabError("the listener got no connection: \(try lab.situation())")
        }
        return log
    }

    private init(reading pipe: sending LinePipe) {
        LinePipe.follow(pipe) { [self] lines in
            reports.withLock { $0 += (lines ?? []).compactMap(ListenerReport.init) }
        }
    }

    /// Whose service the open connection is with; nil while there is none.
    var peer: String? {
        reports.withLock { reports in if case .opened(_, let node)? = reports.last { node } else { nil } }
    }

    /// The first end of a connection since `start`.
    func firstBreak(since start: Instant) -> (at: Instant, errno: Int32)? {
        reports.withLock { reports in
            for case .broken(let at, let errno) in reports where at >= start { return (at, errno) }
            return nil
        }
    }
}
