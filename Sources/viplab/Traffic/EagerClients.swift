// A crowd at a control socket that asks for the longest answer, reads it, and asks again, without a pause.
import CVIPLab
import Foundation
import Synchronization

/// Clients of a control socket that want all of its time.
final class EagerClients: Sendable {
    private struct State: Sendable {
        var answers = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private static let question = Array("{\"command\":\"events\"}\n".utf8)

    /// Connects so many at once, as the user nobody, and has them ask until ``stop()``.
    init(count: Int, of path: String) throws {
        var sockets: [Int32] = []
        for _ in 0..<count {
            let socket = unsafe viplab_connect_as(path, SilentClients.nobody)
            guard socket >= 0 else {
                for socket in sockets { close(socket) }
                throw LabError("cannot connect to \(path)", code: 0 &- socket)
            }
            sockets.append(socket)
        }
        let clients = sockets
        Thread.detachNewThread { [self] in
            run(clients)
            for socket in clients { close(socket) }
        }
    }

    /// Answers that were read to their ends.
    var answers: Int { state.withLock { $0.answers } }

    func stop() { state.withLock { $0.isStopped = true } }

    private func run(_ all: [Int32]) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var sockets = all
        for socket in sockets { ask(socket) }
        while !state.withLock({ $0.isStopped }) {
            var waiting = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard unsafe viplab_poll(&waiting, waiting.count, 100_000_000) > 0 else { continue }
            for place in waiting where place.revents != 0 {
                let count = unsafe read(place.fd, &buffer, buffer.count)
                // Whoever was turned away, or dropped, is not there any more.
                if count == 0 || (count < 0 && errno != EAGAIN) { sockets.removeAll { $0 == place.fd } }
                guard count > 0, buffer[count - 1] == UInt8(ascii: "\n") else { continue }
                state.withLock { $0.answers += 1 }
                ask(place.fd)
            }
        }
    }

    private func ask(_ socket: Int32) {
        _ = unsafe send(socket, Self.question, Self.question.count, Int32(MSG_NOSIGNAL))
    }
}
