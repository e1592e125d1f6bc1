// What the checker tells the service manager (sd_notify(3)), with the built checker.

import Glibc
import Testing
import VIPHealth

/// The socket of a service manager: an abstract name, which goes with its last descriptor.
private final class NoticeSocket {
    let name: String
    private let descriptor: Int32

    init(_ name: String) throws {
        self.name = "\(name)-\(getpid())"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(withAddress { bind(descriptor, $0, $1) } == 0)
    }

    deinit { close(descriptor) }

    /// What a process is told of it; it wants a sign of life five times a second.
    var environment: [String] { ["NOTIFY_SOCKET=@\(name)", "WATCHDOG_USEC=200000"] }

    /// Has others fill its queue.
    func fill() throws {
        let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(sender) }
        try #require(withAddress { connect(sender, $0, $1) } == 0)
        while send(sender, "x", 1, Int32(MSG_DONTWAIT)) == 1 {}
        try #require(errno == EAGAIN)
    }

    /// The next notice of somebody else than `fill`.
    func next() throws -> String {
        while true {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            try #require(poll(&watched, 1, patienceMs) == 1, "nothing is told")
            var buffer = [UInt8](repeating: 0, count: 256)
            let length = recv(descriptor, &buffer, buffer.count, 0)
            let text = String(decoding: buffer[..<max(0, length)], as: UTF8.self)
            if text != "x" { return text }
        }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.dropFirst().copyBytes(from: name.utf8) }
        // The family, the NUL that makes it abstract, the name.
        let size = MemoryLayout<sa_family_t>.size + 1 + name.utf8.count
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
        }
    }
}

struct ServiceNoticeTests {
    @Test("the service manager hears that the checker is ready, again and again that it lives, and that it stops")
    func told() throws {
        let manager = try NoticeSocket("vipd-check-told")
        let checker = try CheckerProcess(environment: manager.environment)
        #expect(try manager.next() == "READY=1")
        #expect(try manager.next() == "WATCHDOG=1")
        #expect(try manager.next() == "WATCHDOG=1")
        checker.hangUp()
        var last = try manager.next()
        while last == "WATCHDOG=1" { last = try manager.next() }
        #expect(last == "STOPPING=1")
        #expect(checker.exitCode() == 0)
    }

    @Test("a service manager that reads nothing keeps no check waiting, and hears all when it reads again")
    func silent() throws {
        let manager = try NoticeSocket("vipd-check-silent")
        try manager.fill()
        let checker = try CheckerProcess(environment: manager.environment)
        #expect(try checker.verdict(.exec(["/bin/true"])).passed)
        #expect(try manager.next() == "READY=1")
        #expect(try manager.next() == "WATCHDOG=1")
        // While it runs as well.
        try manager.fill()
        for id in 1...3 { #expect(try checker.verdict(.exec(["/bin/true"]), id: id).passed) }
        #expect(try manager.next() == "WATCHDOG=1")
        checker.hangUp()
        #expect(checker.exitCode() == 0)
    }
}
