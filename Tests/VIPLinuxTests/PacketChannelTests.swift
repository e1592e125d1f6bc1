// Packets to another process, and children at the other end.

import Glibc
import Testing

@testable import VIPLinux

@Suite struct PacketChannelTests {
    /// Waits until a descriptor is readable, ten seconds at most.
    private func wait(for descriptor: Int32) -> Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&watched, 1, 10_000) == 1
    }

    @Test("A child finds the channel as its descriptor 3, is heard to end, and is collected")
    func child() throws {
        // true(1) takes any arguments and ends.
        let (channel, child) = try PacketChannel.starting("/bin/true", longest: 100)
        #expect(wait(for: channel.fileDescriptor))
        #expect(channel.receive() == .end)
        #expect(wait(for: child.fileDescriptor))
        #expect(child.reap())
    }

    @Test("A child that does not end by itself is killed")
    func kill() throws {
        // yes(1) refuses --fd at once, or repeats it for ever: either way it is gone after this.
        let (_, child) = try PacketChannel.starting("/usr/bin/yes", longest: 100)
        child.kill()
        #expect(wait(for: child.fileDescriptor))
        #expect(child.reap())
    }

    @Test("A program that is missing is an error that names it")
    func missing() {
        #expect(throws: SystemError(operation: "start /nonexistent/vipd-check", errno: ENOENT)) {
            _ = try PacketChannel.starting("/nonexistent/vipd-check", longest: 100)
        }
    }

    @Test("Packets keep their bounds; one that is too long is told of and gone; a full channel is an error number")
    func packets() throws {
        let path = "/tmp/vipd-channel-\(getpid())"
        let listener = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        defer {
            close(listener)
            unsafe unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(listener, 1) == 0)
        let channel = try PacketChannel(connectingTo: path, longest: 4)
        let other = accept(listener, nil, nil)
        #expect(channel.receive() == .nothing)
        for packet in [[1, 2, 3], [1, 2, 3, 4, 5], [9]] as [[UInt8]] { _ = unsafe send(other, packet, packet.count, 0) }
        #expect(channel.receive() == .packet([1, 2, 3]))
        #expect(channel.receive() == .oversized)
        #expect(channel.receive() == .packet([9]))
        var sent = 0
        var errno: Int32 = 0
        while errno == 0 && sent < 100_000 {
            errno = channel.send([UInt8](repeating: 7, count: 1000))
            sent += 1
        }
        #expect(errno == EAGAIN)
        // Not closed yet: a process that another test starts just now may have inherited it, and would keep it open.
        shutdown(other, Int32(SHUT_RDWR))
        defer { close(other) }
        #expect(channel.receive() == .end)
        #expect(channel.send([1]) == EPIPE)
    }
}
