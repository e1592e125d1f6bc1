// Reading what a child writes: whole, or line by line as it comes.
import CVIPLab
import Foundation

extension LinePipe {
    /// Reads `pipe`, which nobody else uses from then on, in a thread of its own: each batch of lines goes to `take`, and
    /// the end is told by nil.
    static func follow(_ pipe: sending LinePipe, _ take: @escaping @Sendable ([String]?) -> Void) {
        let reader = Exclusive(pipe)
        Thread.detachNewThread {
            while !reader.value.hasEnded { take(reader.value.lines(waitingUpTo: .seconds(1))) }
            take(nil)
        }
    }
}

/// A pipe whose ends close themselves; the reading end does not block.
final class LinePipe {
    let writer: Int32
    private let reader: Int32
    private var isWriterOpen = true
    private var pending: [UInt8] = []
    private(set) var hasEnded = false

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw LabError("cannot make a pipe", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        closeWriter()
    }

    /// To be called once the child has its copy: else the end of the child is not seen.
    func closeWriter() {
        if isWriterOpen { close(writer) }
        isWriterOpen = false
    }

    /// The whole lines that have come, waiting up to `limit` for the first; a last line without an end counts at the end.
    func lines(waitingUpTo limit: Duration) -> [String] {
        var ready = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        guard !hasEnded, unsafe viplab_poll(&ready, 1, limit.inNanoseconds) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe read(reader, &buffer, buffer.count)
            if count > 0 {
                pending += buffer[0..<count]
            } else {
                if count == 0 { hasEnded = true }
                if count == 0 || errno != EINTR { break }
            }
        }
        var lines = pending.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let rest = lines.popLast() ?? []
        if hasEnded && !rest.isEmpty {
            lines.append(rest)
            pending = []
        } else {
            pending = Array(rest)
        }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
