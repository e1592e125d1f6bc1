// A reactor of poll(2) that the test turns by hand, raw sockets to misbehave with, and a directory of its own.
import Glibc

@testable import VIPControl

/// Turns only when told to, and never waits: everything here happens on one machine, so it is ready or it is not.
final class PollReactor: Reactor {
    private struct Watch {
        let events: Int16
        let handler: (Readiness) -> Void
    }

    private var watches: [Int32: Watch] = [:]
    private var rests: [Int32: UInt64] = [:]
    /// Goes on when the test says so.
    var nowNs: UInt64 = 1_000_000_000
    private(set) var callbacks = 0
    /// The descriptors that may not be watched: the kernel out of memory.
    var refusesToWatch = false

    struct Refused: Error {}

    func watch(_ fd: Int32, readable: Bool, writable: Bool, handler: @escaping (Readiness) -> Void) throws {
        guard !refusesToWatch else { throw Refused() }
        rests[fd] = nil
        watches[fd] = Watch(events: Int16((readable ? POLLIN : 0) | (writable ? POLLOUT : 0)), handler: handler)
    }

    func rest(_ fd: Int32, untilNs: UInt64) throws { rests[fd] = untilNs }

    func unwatch(_ fd: Int32) { (watches[fd], rests[fd]) = (nil, nil) }

    /// One turn: calls the handler of whatever is ready. False if nothing was.
    @discardableResult
    func turn() -> Bool {
        rests = rests.filter { $0.value > nowNs }
        var entries = watches.map { pollfd(fd: $0.key, events: rests[$0.key] == nil ? $0.value.events : 0, revents: 0) }
        guard poll(&entries, nfds_t(entries.count), 0) > 0 else { return false }
        for entry in entries where entry.revents != 0 {
            guard let watch = watches[entry.fd] else { continue }
            var readiness: Readiness = []
            if Int32(entry.revents) & POLLIN != 0 { readiness.insert(.readable) }
            if Int32(entry.revents) & POLLOUT != 0 { readiness.insert(.writable) }
            if Int32(entry.revents) & (POLLHUP | POLLERR) != 0 { readiness.insert(.hangup) }
            callbacks += 1
            watch.handler(readiness)
        }
        return true
    }

    /// Turns until nothing is ready. False if that never happens: a loop that spins.
    func settle() -> Bool {
        for _ in 0..<10_000 where !turn() { return true }
        return false
    }
}

/// A client without manners.
final class RawClient {
    let fd: Int32

    init(_ path: String) throws {
        fd = try UnixSocket.make()
        try UnixSocket.connect(fd, to: path)
    }

    deinit { close(fd) }

    /// Sends what the socket takes and returns how much that was.
    @discardableResult
    func send(_ text: String) throws -> Int {
        try UnixSocket.send(fd, ArraySlice(text.utf8))
    }

    /// Everything there is to read by now.
    func received() -> String {
        var bytes: [UInt8] = []
        while let more = try? UnixSocket.receive(fd, limit: 65_536), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// True where the server has closed the connection and nothing is left to read.
    var isEnded: Bool {
        do {
            return try UnixSocket.receive(fd, limit: 1)?.isEmpty ?? false
        } catch {
            return true
        }
    }

    func endInput() { shutdown(fd, Int32(SHUT_WR)) }
}

/// A new directory that goes away with its content.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/vipd-control-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError.last }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { unlink(path + "/" + name) }
            }
            closedir(directory)
        }
        rmdir(path)
    }

    var names: [String] {
        var names: [String] = []
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}
