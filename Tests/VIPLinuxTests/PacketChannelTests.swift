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

    @Test("Whoever starts a program does not wait for it to be loaded")
    func slowProgram() throws {
        let path = "/tmp/vipd-slow-program-\(getpid())"
        try #require(ToolOutput.of(["cp", "/bin/true", path]) != nil)
        defer { unsafe unlink(path) }
        // A lease on it keeps everybody from opening it until it is given back (fcntl(2), F_SETLEASE), and is told so by a
        // signal that does nothing.
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let (setSignal, setLease): (Int32, Int32) = (10, 1024)
        try #require(fcntl(file, setSignal, SIGURG) == 0 && fcntl(file, setLease, Int32(F_WRLCK)) == 0)
        let (channel, child) = try PacketChannel.starting(path, longest: 100)
        let own = try #require(executable(of: "self"))
        let information = try #require(SystemFile.text("/proc/self/fdinfo/\(child.fileDescriptor)"))
        let line = try #require(information.split(separator: "\n").first { $0.hasPrefix("Pid:") })
        #expect(executable(of: String(line.split(separator: "\t")[1])) == own)
        try #require(fcntl(file, setLease, Int32(F_UNLCK)) == 0)
        #expect(wait(for: channel.fileDescriptor))
        #expect(channel.receive() == .end)
        #expect(wait(for: child.fileDescriptor))
        #expect(child.reap())
    }

    /// The program that a process runs.
    private func executable(of process: String) -> String? {
        guard let path = unsafe realpath("/proc/\(process)/exe", nil) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
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
