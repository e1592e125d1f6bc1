// Hosts with network namespaces of their own on one switch, all of a test's thread, which visits them one by one.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// A host: a network namespace with `eth0`, which is connected to the switch.
final class Host {
    let address: IPv4Address
    private let namespace: Int32
    private(set) var mac = MACAddress.zero
    private(set) var index: Int32 = 0

    /// Makes a host and its port on the switch. The calling thread is in the switch's namespace before and after.
    fileprivate init(number: UInt8, switchNamespace: Int32) throws {
        address = IPv4Address(10, 0, 0, number)
        try #require(enterNewNetworkNamespace())
        namespace = openOwnNamespace()
        try #require(enter(switchNamespace))
        try ip("link add port\(number) type veth peer name eth0 netns /proc/\(getpid())/fd/\(namespace)")
        try ip("link set port\(number) master switch up")
        try visit {
            try ip("link set lo up")
            try ip("link set eth0 up")
            try ip("address add \(address)/24 dev eth0")
            let eth0 = try link("eth0", when: \.isOperational)
            (mac, index) = (try #require(eth0.mac), eth0.index)
        }
    }

    deinit { close(namespace) }

    /// Runs `body` on this host; what it opens stays there.
    func visit<Value>(_ body: () throws -> Value) throws -> Value {
        let home = openOwnNamespace()
        defer { close(home) }
        try #require(enter(namespace))
        defer { _ = enter(home) }
        return try body()
    }

    /// Sends what goes to `address` to another host from now on.
    func resolve(_ address: IPv4Address, to other: Host) throws {
        try visit { try ip("neighbour replace \(address) lladdr \(other.mac) dev eth0 nud permanent") }
    }
}

/// Makes hosts of those numbers on a switch of their own: host n has 10.0.0.n/24. The calling thread stays in the switch's
/// namespace.
func makeHosts(_ numbers: UInt8...) throws -> [Host] {
    try #require(enterNewNetworkNamespace())
    try ip("link add switch type bridge")
    try ip("link set switch up")
    let namespace = openOwnNamespace()
    defer { close(namespace) }
    return try numbers.map { try Host(number: $0, switchNamespace: namespace) }
}

/// A descriptor of the calling thread's network namespace.
private func openOwnNamespace() -> Int32 { open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) }

private func enter(_ namespace: Int32) -> Bool {
    // As for unshare: Swift's importer does not see it.
    guard let symbol = dlsym(nil, "setns") else { return false }
    let setns = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
    return setns(namespace, 0) == 0
}
