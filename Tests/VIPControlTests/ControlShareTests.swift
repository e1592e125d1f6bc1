// What callers of the control socket may have of the daemon's time and memory, all together.
import Glibc
import Testing

@testable import VIPControl

@Suite struct ControlShareTests {
    /// A server whose answers each take 40 ns, and clients who may only look.
    private static func slowlyAnswered(
        _ limits: ControlServer.Limits, octets: Int = 100,
        _ body: (ControlServer, PollReactor, _ path: String, [RawClient]) throws -> Void
    ) throws {
        let directory = try TemporaryDirectory()
        let reactor = PollReactor()
        let path = directory.path + "/vipd.sock"
        let server = try ControlServer(
            path: path, policy: AccessPolicy(groupID: nil), limits: limits, reactor: reactor
        ) { [reactor] _ in
            reactor.nowNs += 40
            return .events([Sample.event(1, message: String(repeating: "x", count: octets))])
        }
        defer { server.close() }
        chmod(directory.path, 0o755)
        // The user id is the whole process's.
        if getuid() == 0 { seteuid(65_534) }
        let clients = try (0..<6).map { _ in try RawClient(path) }
        if getuid() == 0 { seteuid(0) }
        try body(server, reactor, path, clients)
    }

    @Test("those who may only look share a part of the time, and get their answers in the next one")
    func share() async {
        await #expect(processExitsWith: .success) {
            var limits = ControlServer.Limits()
            (limits.answeringNs, limits.answeringWindowNs) = (100, 1000)
            try ControlShareTests.slowlyAnswered(limits) { server, reactor, _, clients in
                for client in clients { try client.send(ControlRequest.status.line) }
                #expect(reactor.settle())
                var received = clients.map { $0.received() }
                #expect(received.count { !$0.isEmpty } == 3)
                #expect(server.counters.delayedRequests == 3)
                reactor.nowNs += 1000
                #expect(reactor.settle())
                for (number, client) in clients.enumerated() { received[number] += client.received() }
                #expect(received.allSatisfy { $0.contains("ok") })
            }
        }
    }

    @Test("who may change things waits for nobody's answers", .enabled(if: getuid() == 0, "becomes another user"))
    func privilegedFirst() async {
        await #expect(processExitsWith: .success) {
            var limits = ControlServer.Limits()
            (limits.answeringNs, limits.answeringWindowNs) = (100, 1000)
            try ControlShareTests.slowlyAnswered(limits) { server, reactor, path, clients in
                for client in clients { try client.send(ControlRequest.status.line) }
                #expect(reactor.settle())
                let root = try RawClient(path)
                try root.send(ControlRequest.status.line)
                #expect(reactor.settle())
                #expect(root.received().contains("ok"))
            }
        }
    }

    @Test("what waits for all clients together is bounded: those who read the least are dropped")
    func totalOutput() async {
        await #expect(processExitsWith: .success) {
            var limits = ControlServer.Limits()
            limits.totalOutputBytes = 900_000
            limits.answeringNs = .max
            // More than a socket takes, so that some of it waits here.
            try ControlShareTests.slowlyAnswered(limits, octets: 600_000) { server, reactor, path, clients in
                for client in clients { try client.send(ControlRequest.status.line) }
                #expect(reactor.settle())
                #expect(server.clientCount < 3)
                #expect(server.counters.droppedSlow == UInt64(6 - server.clientCount))
                let last = try RawClient(path)
                try last.send(ControlRequest.status.line)
                var received = 0
                for _ in 0..<100 {
                    #expect(reactor.settle())
                    received += last.received().utf8.count
                }
                #expect(received > 600_000)
            }
        }
    }
}
