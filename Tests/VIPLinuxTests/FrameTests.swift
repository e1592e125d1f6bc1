// Frames that go out and come in over a pair of links in a network namespace of the tests' own.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

private let group = MACAddress(bits: 0x03_00_5E_10_00_01)

/// A broadcast frame of that type: its payload is a mark and zeros, `length` bytes with the header.
private func frame(type: UInt16 = 0x0806, mark: UInt8, length: Int = 60) -> [UInt8] {
    let header =
        [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, mark] + [UInt8(type >> 8), UInt8(type & 255), mark]
    return header + [UInt8](repeating: 0, count: length - header.count)
}

/// What came, by mark; waits for the first, as delivery need not be done when sending is.
private func marks(_ capture: Capture) throws -> [UInt8] {
    try #require(isReadable(capture.fileDescriptor))
    var marks: [UInt8] = []
    _ = try capture.drain(limit: 1000) { frame, _ in
        marks.append(frame.byteCount > 14 ? frame.unsafeLoad(fromByteOffset: 14, as: UInt8.self) : 0)
    }
    return marks
}

/// Both ends of a connected pair, up and open.
private struct Pair {
    let left: PacketSocket
    let right: PacketSocket

    init() throws {
        // IPv6 speaks by itself when a link comes up: what reaches a capture before its filter is set wakes it, and is
        // dropped when it is read, where a test waits for something else.
        for scope in ["all", "default"] { try Self.write("1", to: "/proc/sys/net/ipv6/conf/\(scope)/disable_ipv6") }
        try makePair()
        left = try Pair.open("left")
        right = try Pair.open("right")
    }

    static func open(_ name: String) throws -> PacketSocket {
        try PacketSocket(interfaceIndex: try link(name).index, name: name)
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        try #require(fputs(text, file) >= 0)
    }
}

@Suite(.enabled(if: canMakeNetworkNamespaces, "making network namespaces needs root"))
struct FrameTests {
    @Test("A capture gets what the other end sends and the filter lets through, and nothing of its own end")
    func capture() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            #expect(pair.left.send([frame(mark: 1)]) == PacketSocket.Outcome(sent: 1, errno: 0))
            #expect(pair.right.send([frame(type: 0x88B5, mark: 2), frame(mark: 3)]).sent == 2)
            #expect(try marks(capture) == [3])
            #expect(try capture.drain(limit: 10) { _, _ in Issue.record("nothing is left") } == 0)
            #expect(!isReadable(capture.fileDescriptor, withinMilliseconds: 0))
        }
    }

    @Test("A drain gives no more than was asked for, and the rest later")
    func limit() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            _ = pair.right.send((1...5).map { frame(mark: $0) })
            try #require(isReadable(capture.fileDescriptor))
            #expect(try capture.drain(limit: 2) { _, _ in } == 2)
            #expect(isReadable(capture.fileDescriptor, withinMilliseconds: 0))
            #expect(try capture.drain(limit: 100) { _, _ in } == 3)
        }
    }

    @Test("A long frame comes cut, with its length on the wire")
    func longFrame() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            _ = pair.right.send([frame(mark: 1, length: 1500)])
            try #require(isReadable(capture.fileDescriptor))
            var lengths: [Int] = []
            _ = try capture.drain(limit: 1) { frame, original in lengths += [frame.byteCount, original] }
            #expect(lengths == [Capture.snapshotLength, 1500])
        }
    }

    @Test("A burst larger than the ring is counted: what came, and what was lost")
    func burst() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            let outcome = pair.right.send([[UInt8]](repeating: frame(mark: 1), count: 3000))
            #expect(outcome == PacketSocket.Outcome(sent: 3000, errno: 0))
            var captured = 0
            while isReadable(capture.fileDescriptor, withinMilliseconds: 0) {
                captured += try capture.drain(limit: 4096) { _, _ in }
            }
            let statistics = try capture.statistics()
            #expect(statistics.received == 3000)
            #expect(Int(statistics.received) - Int(statistics.dropped) == captured)
            #expect(captured >= 256, "the ring holds what a node of a large group sends at once")
        }
    }

    @Test("A batch stops at the frame the kernel refuses, and says why and where")
    func partialBatch() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let frames = [frame(mark: 1), frame(mark: 2), frame(mark: 3, length: 2000), frame(mark: 4)]
            #expect(pair.left.send(frames) == PacketSocket.Outcome(sent: 2, errno: EMSGSIZE))
            #expect(pair.left.send([]) == PacketSocket.Outcome(sent: 0, errno: 0))
        }
    }

    @Test("Socket and capture go on after the link went down and up")
    func downAndUp() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            try ip("link set left down")
            #expect(pair.left.send([frame(mark: 1)]) == PacketSocket.Outcome(sent: 0, errno: ENETDOWN))
            #expect(isReadable(capture.fileDescriptor), "a link that goes down wakes the waiter")
            #expect(try capture.drain(limit: 10) { _, _ in } == 0)
            #expect(!isReadable(capture.fileDescriptor, withinMilliseconds: 0), "and wakes it once")

            try ip("link set left up")
            try link("right", when: \.isOperational)
            #expect(pair.left.send([frame(mark: 2)]).errno == 0)
            #expect(pair.right.send([frame(mark: 3)]).errno == 0)
            #expect(try marks(capture) == [3])
        }
    }

    @Test("A capture of a deleted link ends with an error, and so does sending there")
    func deleted() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            try ip("link delete left")
            #expect(isReadable(capture.fileDescriptor))
            let error = #expect(throws: SystemError.self) { try capture.drain(limit: 10) { _, _ in } }
            #expect(error?.errno == ENODEV)
            #expect(error?.description.hasPrefix("cannot capture on left: No such device; ") == true)
            #expect(pair.left.send([frame(mark: 1)]) == PacketSocket.Outcome(sent: 0, errno: ENXIO))
        }
    }

    @Test("A capture that heard of the link's going down only later learns that it was deleted")
    func downThenDeleted() throws {
        try inNetworkNamespace {
            let pair = try Pair()
            let capture = try Capture(interface: "left", filter: "arp")
            try ip("link set left down")
            #expect(try capture.drain(limit: 10) { _, _ in } == 0)
            try ip("link delete left")
            let error = #expect(throws: SystemError.self) { try capture.drain(limit: 10) { _, _ in } }
            #expect(error?.errno == ENODEV)
            _ = pair
        }
    }

    @Test("A link that is down, or not there, or a filter that makes no sense, is told when a capture is opened")
    func refusedCaptures() throws {
        try inNetworkNamespace {
            try ip("link add left type veth peer name right")
            func error(_ interface: String, _ filter: String) -> SystemError? {
                #expect(throws: SystemError.self) { _ = try Capture(interface: interface, filter: filter) }
            }
            #expect(error("left", "arp")?.errno == ENETDOWN)
            #expect(error("none", "arp")?.errno == ENODEV)
            try ip("link set left up")
            let filterError = error("left", "arp and and")
            #expect(filterError?.errno == EINVAL)
            #expect(filterError?.advice?.contains("syntax error") == true)
        }
    }

    @Test("A packet socket can be opened on a link that is down, but not on one that is not there")
    func refusedSockets() throws {
        try inNetworkNamespace {
            try ip("link add left type veth peer name right")
            _ = try Pair.open("left")
            let error = #expect(throws: SystemError.self) { _ = try PacketSocket(interfaceIndex: 4711, name: "eth7") }
            #expect(error?.errno == ENODEV)
        }
    }

    @Test("A multicast group is joined for as long as the socket lives, through down and up")
    func membership() async {
        // In a process of its own: a child that another test is just starting would hold a copy of the socket.
        await #expect(processExitsWith: .success) {
            try inNetworkNamespace {
                // The thread's own, as the process has another network namespace.
                func isJoined() -> Bool {
                    readFile("/proc/thread-self/net/dev_mcast")?.contains("03005e100001") == true
                }
                var pair: Pair? = try Pair()
                #expect(!isJoined())
                try pair?.left.join(group: group)
                #expect(isJoined())
                try ip("link set left down")
                try ip("link set left up")
                #expect(isJoined())
                pair = nil
                #expect(!isJoined())
            }
        }
    }
}
