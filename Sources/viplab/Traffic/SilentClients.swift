// A crowd at a control socket that asks and never reads.
import CVIPLab
import Foundation

/// Clients of a control socket that ask and never read.
final class SilentClients {
    private var sockets: [Int32] = []
    private(set) var connected = 0
    /// nobody: no user of the machine, and not one who may change things.
    static let nobody: UInt32 = 65534

    /// Connects them one after the other; a queue that is full is waited for, so long in all.
    init(count: Int, of path: String, patience: Duration = .seconds(10)) throws {
        try Self.raiseLimit(to: count + 256)
        let end = Instant.now + patience
        let question = Array(String(repeating: "{\"command\":\"status\"}\n", count: 100).utf8)
        while connected < count && Instant.now < end {
            try Interrupt.check()
            let socket = unsafe viplab_connect_as(path, Self.nobody)
            if socket == -EAGAIN {
                (Instant.now + .milliseconds(1)).sleepUntil()
                continue
            }
            try check(socket, "cannot connect to \(path)")
            sockets.append(socket)
            connected += 1
            // Whoever was turned away already gets EPIPE here: as good as a question.
            _ = unsafe send(socket, question, question.count, Int32(MSG_NOSIGNAL))
        }
    }

    deinit { leave() }

    func leave() {
        for socket in sockets { close(socket) }
        sockets = []
    }

    private static func raiseLimit(to count: Int) throws {
        var limits = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(kind, &limits) == 0 else {
            throw LabError("cannot read the limit of files", code: errno)
        }
        guard limits.rlim_cur < rlim_t(count) else { return }
        limits.rlim_cur = rlim_t(count)
        limits.rlim_max = max(limits.rlim_max, limits.rlim_cur)
        guard unsafe setrlimit(kind, &limits) == 0 else {
            throw LabError("cannot open \(count) files at once", code: errno)
        }
    }
}
