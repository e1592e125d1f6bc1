// A thread of its own for a test's body, with or without a network namespace that vanishes with it.

import Glibc
import Testing

@testable import VIPLinux

/// Runs `body` on a new thread and waits for it: an event loop belongs to one, and a namespace can be left with one.
func onFreshThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let work = Work(body)
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<AnyWork>.fromOpaque(context).takeUnretainedValue().run()
            return nil
        }, Unmanaged<AnyWork>.passUnretained(work).toOpaque())
    try #require(status == 0)
    pthread_join(thread, nil)
    return try #require(work.result).get()
}

private class AnyWork {
    func run() {}
}

private final class Work<Value>: AnyWork {
    let body: () throws -> Value
    var result: Result<Value, any Error>?

    init(_ body: @escaping () throws -> Value) { self.body = body }
    override func run() { result = Result { try body() } }
}

/// Runs `body` on a new thread in a new network namespace, which has nothing but a loopback interface that is down.
func inNetworkNamespace<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    try onFreshThread {
        try #require(enterNewNetworkNamespace())
        return try body()
    }
}

/// True where this process may make network namespaces: what the tests marked with it need.
let canMakeNetworkNamespaces = (try? onFreshThread { enterNewNetworkNamespace() }) ?? false

/// Gives the calling thread a network namespace of its own.
func enterNewNetworkNamespace() -> Bool {
    // <sched.h> shows it only to GNU sources, and Swift's importer is none.
    guard let symbol = dlsym(nil, "unshare") else { return false }
    let unshare = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
    let newNetwork: Int32 = 0x4000_0000  // CLONE_NEWNET
    return unshare(newNetwork) == 0
}

/// Runs iproute2's `ip` in the calling thread's network namespace; fails the test where it fails.
func ip(_ words: String) throws {
    let arguments = ["ip"] + words.split(separator: " ").map { String($0) }
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { pointers.forEach { free($0) } }
    var child = pid_t()
    let spawned = posix_spawnp(&child, "ip", nil, nil, pointers, nil)
    try #require(spawned == 0, "ip is not there: \(String(cString: strerror(spawned)))")
    var status: Int32 = 0
    try #require(waitpid(child, &status, 0) == child)
    try #require(status == 0, "ip \(words) failed")
}

/// The link of that name once it is as wanted: the kernel tells of carriers, and opens the way for frames, in its own
/// time after `ip` has returned. Fails the test where that takes longer than on any loaded machine.
@discardableResult
func link(_ name: String, when isWanted: (Link) -> Bool = { _ in true }) throws -> Link {
    let monitor = try RouteMonitor()
    while true {
        if let link = try RouteSocket().links().first(where: { $0.name == name && isWanted($0) }) { return link }
        try #require(isReadable(monitor.fileDescriptor), "\(name) did not become what was waited for")
        _ = monitor.drain { _ in }
    }
}

/// Makes a pair of connected Ethernet links, `left` and `right`, that carry frames.
func makePair() throws {
    try ip("link add left type veth peer name right")
    try ip("link set left up")
    try ip("link set right up")
    try link("left", when: \.isOperational)
    try link("right", when: \.isOperational)
}

/// Waits for a descriptor to be readable, for so long as a loaded machine may take; true when it is.
func isReadable(_ descriptor: Int32, withinMilliseconds timeout: Int32 = 5000) -> Bool {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&ready, 1, timeout) == 1
}

/// Whether a descriptor takes something at once.
func isWritable(_ descriptor: Int32) -> Bool {
    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&ready, 1, 0) == 1
}

/// A pipe whose ends are closed with it.
final class Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    func write(_ bytes: UInt8...) throws {
        try #require(Glibc.write(writing, bytes, bytes.count) == bytes.count)
    }

    func readByte() -> UInt8? {
        var byte: UInt8 = 0
        return read(reading, &byte, 1) == 1 ? byte : nil
    }
}
