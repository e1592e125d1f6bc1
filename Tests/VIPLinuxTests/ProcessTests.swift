// What belongs to a whole process: capabilities, signals, the service manager, the lock, inherited descriptors.
// Tests that change the process they run in have one of their own.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// The numbers of the open descriptors that a child would inherit.
private func inheritableDescriptors() -> Set<Int32> {
    Set(
        (Int32(0)..<1024).filter { descriptor in
            let flags = fcntl(descriptor, F_GETFD)
            return flags >= 0 && flags & FD_CLOEXEC == 0
        })
}

/// A datagram socket in the file system that receives what sd_notify(3) sends.
private func listen(at path: String) throws -> Int32 {
    let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    // An abstract name is as long as the address says.
    let length =
        path.hasPrefix("\0") ? MemoryLayout<sa_family_t>.size + path.utf8.count : MemoryLayout<sockaddr_un>.size
    let status = withUnsafePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(length)) }
    }
    try #require(status == 0)
    return listener
}

private func receiveText(_ socket: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 1024)
    let length = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return length < 0 ? "" : String(decoding: buffer[..<length], as: UTF8.self)
}

@Suite struct ProcessTests {
    private static let isRoot = geteuid() == 0

    @Test(
        "What is not kept is given up, and what then is refused says what is missing",
        .enabled(if: isRoot, "needs root"))
    func capabilities() async {
        await #expect(processExitsWith: .success) {
            try inNetworkNamespace {
                try ip("link add left type veth peer name right")
                let index = try link("left").index
                let both: Capabilities = [.networkAdministration, .rawNetwork]
                try both.keepOnly()
                #expect(try Capabilities.effective() == both)
                #expect(try Capabilities.permitted() == both)
                #expect(!enterNewNetworkNamespace(), "CAP_SYS_ADMIN was not to be kept")

                try Capabilities.rawNetwork.keepOnly()
                #expect(try Capabilities.effective().names == ["CAP_NET_RAW"])
                let answers = try RouteSocket().setAddresses(
                    [IPv4Address(10, 0, 0, 1)], lifetimeSeconds: 3, interfaceIndex: index)
                #expect(answers == [EPERM])

                try both.keepOnly()
                #expect(try Capabilities.effective() == .rawNetwork, "what is given up does not come back")
                try Capabilities([]).keepOnly()
                let error = #expect(throws: SystemError.self) {
                    _ = try PacketSocket(interfaceIndex: index, name: "left")
                }
                #expect(
                    error?.description == "cannot open a packet socket on left: Operation not permitted; "
                        + "vipd needs CAP_NET_RAW: run it under systemd or with sudo")
                let captureError = #expect(throws: SystemError.self) {
                    _ = try Capture(interface: "left", filter: "arp")
                }
                #expect(captureError?.errno == EPERM)
            }
        }
    }

    @Test(
        "A child inherits none of the descriptors",
        .enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
    func inheritance() async {
        await #expect(processExitsWith: .success) {
            try inNetworkNamespace {
                try ip("link set lo up")
                let before = inheritableDescriptors()
                let lock = try AbstractSocketLock(name: "vipd-test", holder: "")
                let loop = try EventLoop()
                let packets = try PacketSocket(interfaceIndex: 1, name: "lo")
                let capture = try Capture(interface: "lo", filter: "arp")
                let route = try RouteSocket()
                let monitor = try RouteMonitor()
                let signals = try SignalSource([SIGUSR1])
                #expect(inheritableDescriptors() == before)
                withExtendedLifetime((lock, loop, packets, capture, route, monitor, signals)) {}
            }
        }
    }

    @Test("Signals are read instead of killing the process")
    func signals() async {
        await #expect(processExitsWith: .success) {
            try onFreshThread {
                let source = try SignalSource([SIGTERM, SIGHUP])
                #expect(source.read() == [])
                #expect(!isReadable(source.fileDescriptor, withinMilliseconds: 0))
                // To this thread alone: the process's others do not block it.
                pthread_kill(pthread_self(), SIGHUP)
                pthread_kill(pthread_self(), SIGTERM)
                #expect(isReadable(source.fileDescriptor))
                #expect(source.read().sorted() == [SIGHUP, SIGTERM])
                #expect(source.read() == [])
            }
        }
    }

    @Test("The service manager hears all of a notification at once, and how often it wants to hear is known")
    func serviceManager() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/vipd-notify-\(getpid())"
            let listener = try listen(at: path)
            defer { unlink(path) }
            setenv("NOTIFY_SOCKET", path, 1)
            setenv("WATCHDOG_USEC", "1500000", 1)
            setenv("WATCHDOG_PID", "\(getpid())", 1)
            let manager = ServiceManager()
            #expect(manager.isPresent)
            #expect(manager.watchdogInterval == .milliseconds(1500))
            let notifier = ServiceNotifier(manager)
            #expect(notifier.notify(.ready, .status("holder of\n192.168.1.210")) == 0)
            #expect(receiveText(listener) == "READY=1\nSTATUS=holder of 192.168.1.210")
            notifier.notify(.watchdog)
            #expect(receiveText(listener) == "WATCHDOG=1")
            notifier.notify(.reloading)
            #expect(receiveText(listener).hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
            notifier.notify(.stopping)
            #expect(receiveText(listener) == "STOPPING=1")
            close(listener)
            unlink(path)
            #expect(notifier.notify(.watchdog) == ENOENT)
            #expect(notifier.fileDescriptor == nil && notifier.flush() == 0)
            let next = try listen(at: path)
            #expect(notifier.notify(.watchdog) == 0)
            #expect(receiveText(next) == "WATCHDOG=1")
        }
    }

    @Test("A service manager that reads nothing keeps nobody waiting, and hears what holds when it reads again")
    func silentServiceManager() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/vipd-notify-\(getpid())"
            let listener = try listen(at: path)
            defer { unlink(path) }
            setenv("NOTIFY_SOCKET", path, 1)
            let others = try #require(UnixDatagramSocket(connectedTo: path))
            while others.send() {}
            // Should it wait after all, it waits for good.
            alarm(60)
            let notifier = ServiceNotifier(ServiceManager())
            #expect(notifier.notify(.status("candidate"), .ready) == EAGAIN)
            #expect(notifier.notify(.reloading) == EAGAIN)
            #expect(notifier.notify(.ready) == EAGAIN)
            #expect(notifier.notify(.watchdog, .status("holder")) == EAGAIN)
            let descriptor = try #require(notifier.fileDescriptor)
            #expect(!isWritable(descriptor))
            while receiveText(listener).utf8.count == 1 {}
            #expect(isWritable(descriptor))
            #expect(notifier.flush() == 0)
            #expect(notifier.fileDescriptor == nil)
            #expect(receiveText(listener) == "READY=1\nSTATUS=holder\nWATCHDOG=1")
            #expect(notifier.flush() == 0)
            #expect(receiveText(listener) == "")
        }
    }

    @Test("The service manager's socket may have an abstract name")
    func abstractServiceManager() async {
        await #expect(processExitsWith: .success) {
            let name = "vipd-notify-\(getpid())"
            let listener = try listen(at: "\0" + name)
            setenv("NOTIFY_SOCKET", "@" + name, 1)
            #expect(ServiceNotifier(ServiceManager()).notify(.ready) == 0)
            #expect(receiveText(listener) == "READY=1")
        }
    }

    @Test("Without a service manager notifications go nowhere, and nobody watches")
    func noServiceManager() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            unsetenv("WATCHDOG_USEC")
            let manager = ServiceManager()
            #expect(!manager.isPresent && manager.watchdogInterval == nil)
            #expect(ServiceNotifier(manager).notify(.ready) == 0)
        }
    }

    @Test("A journal that nobody reads takes entries until its queue is full, and then says so instead of waiting")
    func fullJournal() throws {
        let path = "/tmp/vipd-journal-\(getpid())"
        defer { unlink(path) }
        let reader = try #require(UnixDatagramSocket(listeningAt: path))
        let writer = JournalWriter(watching: path)
        #expect(writer.hasRoom)
        let sender = try #require(UnixDatagramSocket(connectedTo: path))
        while sender.send() {}
        #expect(!writer.hasRoom)
        #expect(writer.write([(name: "MESSAGE", value: "nobody reads this")]) == EAGAIN)
        #expect(reader.receive())
        #expect(writer.hasRoom)
    }

    @Test("Where there is no journal there is nothing to wait for")
    func noJournal() {
        #expect(JournalWriter(watching: "/tmp/vipd-no-journal-\(getpid())").hasRoom)
    }

    @Test("Standard error is the journal's only if it is the very stream the environment names")
    func journalStream() async {
        await #expect(processExitsWith: .success) {
            var status = stat()
            #expect(fstat(STDERR_FILENO, &status) == 0)
            unsetenv("JOURNAL_STREAM")
            #expect(!JournalWriter.hasStandardError)
            setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            #expect(JournalWriter.hasStandardError)
            setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino + 1)", 1)
            #expect(!JournalWriter.hasStandardError)
            setenv("JOURNAL_STREAM", "nonsense", 1)
            #expect(!JournalWriter.hasStandardError)
        }
    }

    @Test(
        "A lock is held by one in a network namespace, until it is let go",
        .enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
    func lock() async {
        // In a process of its own: a child that another test is just starting would hold a copy of the lock.
        await #expect(processExitsWith: .success) {
            let taken = SystemError(
                operation: "take the lock @vipd-192.168.1.210", errno: EADDRINUSE, advice: "another vipd runs here")
            @Sendable func take() throws(SystemError) -> AbstractSocketLock {
                try AbstractSocketLock(name: "vipd-192.168.1.210", holder: "another vipd runs here")
            }
            try inNetworkNamespace {
                var lock: AbstractSocketLock? = try take()
                #expect(throws: taken) { try take() }
                _ = try AbstractSocketLock(name: "vipd-192.168.1.211", holder: "")
                try inNetworkNamespace { _ = try take() }
                withExtendedLifetime(lock) {}
                lock = nil
                _ = try take()
            }
        }
    }

    @Test(
        "Whose process holds a lock can be told, whoever asks",
        .enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
    func lockOwner() async {
        await #expect(processExitsWith: .success) {
            try inNetworkNamespace {
                #expect(AbstractSocketLock.owner(of: "vipd-192.168.1.210") == nil)
                // As another user would: no socket of unix(7) in a file, and none with a longer name, is in the way.
                let other = try listen(at: "\0vipd-192.168.1.2101")
                seteuid(65_534)
                let lock = try AbstractSocketLock(name: "vipd-192.168.1.210", holder: "")
                #expect(AbstractSocketLock.owner(of: "vipd-192.168.1.210") == 65_534)
                seteuid(0)
                #expect(AbstractSocketLock.owner(of: "vipd-192.168.1.210") == 65_534)
                #expect(AbstractSocketLock.owner(of: "vipd-192.168.1.2101") == 0)
                withExtendedLifetime(lock) {}
                close(other)
            }
        }
    }

    @Test("A lock's name is at most 107 bytes long")
    func longLock() throws {
        let error = #expect(throws: SystemError.self) {
            _ = try AbstractSocketLock(name: String(repeating: "x", count: 108), holder: "")
        }
        #expect(error?.errno == ENAMETOOLONG)
    }

    @Test(
        "A machine id is 32 hexadecimal digits, and nothing else is one",
        arguments: [
            ("0123456789abcdef0123456789abcdef\n", "0123456789abcdef0123456789abcdef"),
            ("uninitialized\n", nil), ("", nil), ("0123456789abcdef0123456789abcde\n", nil),
            ("0123456789abcdef0123456789abcdeg\n", nil),
        ] as [(String, String?)])
    func machineID(text: String, expected: String?) {
        #expect(MachineIdentity.machineID(in: text) == expected)
    }

    @Test("The host name is the kernel's")
    func hostname() {
        let kernel = readFile("/proc/sys/kernel/hostname")?.split(separator: "\n").first
        #expect(MachineIdentity.hostname() == kernel.map { String($0) })
    }
}

/// A Unix datagram socket that does not wait: one end of what a journal's socket is.
private final class UnixDatagramSocket {
    private let descriptor: Int32

    private init?(_ path: String, _ attach: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                attach(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { return nil }
    }

    convenience init?(listeningAt path: String) { self.init(path) { bind($0, $1, $2) } }
    convenience init?(connectedTo path: String) { self.init(path) { connect($0, $1, $2) } }

    deinit { close(descriptor) }

    /// True if there was room for a byte.
    func send() -> Bool { Glibc.send(descriptor, [1], 1, 0) == 1 }
    /// True if there was a byte.
    func receive() -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 1
    }
}
