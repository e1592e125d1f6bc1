import Glibc
import Testing

@testable import VIPControl

/// Serialized, because making a socket touches the umask of the whole process.
@Suite(.serialized)
struct ControlServerTests {
    private let directory: TemporaryDirectory
    private let reactor = PollReactor()
    private var path: String { directory.path + "/vipd.sock" }
    private let everyone = AccessPolicy(groupID: getgid())

    init() throws { directory = try TemporaryDirectory() }

    private func server(
        policy: AccessPolicy? = nil, limits: ControlServer.Limits = .init(),
        handler: @escaping (ControlRequest) -> ControlResponse = { _ in .status(Sample.report) }
    ) throws -> ControlServer {
        try ControlServer(path: path, policy: policy ?? everyone, limits: limits, reactor: reactor, handler: handler)
    }

    /// What the server answers to the raw text of `lines`.
    private func answers(to text: String) throws -> [Substring] {
        let client = try RawClient(path)
        try client.send(text)
        #expect(reactor.settle())
        return client.received().split(separator: "\n")
    }

    // Answers.

    @Test("the client gets what the handler says, time and again on one connection")
    func asks() throws {
        var asked: [ControlRequest] = []
        let server = try server { request in
            asked.append(request)
            if case .maintenance(let on) = request { return .maintenance(on: on) }
            return .status(Sample.report)
        }
        let client = try ControlClient(path: path)
        let deadline = ContinuousClock.now + .seconds(2)
        for (request, answer) in [
            (ControlRequest.status, ControlResponse.status(Sample.report)),
            (.maintenance(on: true), .maintenance(on: true)),
            (.status, .status(Sample.report)),
        ] {
            try client.send(request, by: deadline)
            #expect(reactor.settle())
            #expect(try client.receiveAnswer(by: deadline) == answer)
        }
        #expect(asked == [.status, .maintenance(on: true), .status])
        #expect(server.clientCount == 1)
    }

    @Test("the client puts a long answer together")
    func longAnswer() throws {
        let answer = ControlResponse.events([Sample.event(1, message: String(repeating: "x", count: 100_000))])
        let server = try server { _ in answer }
        defer { server.close() }
        let client = try ControlClient(path: path)
        let deadline = ContinuousClock.now + .seconds(2)
        try client.send(.status, by: deadline)
        #expect(reactor.settle())
        #expect(try client.receiveAnswer(by: deadline) == answer)
    }

    @Test("requests sent at once are answered in order, one a turn")
    func pipelined() throws {
        var asked = 0
        let server = try server { _ in
            asked += 1
            return .events([Sample.event(UInt64(asked))])
        }
        defer { server.close() }
        let client = try RawClient(path)
        try client.send(String(repeating: "{\"command\":\"status\"}\n", count: 20))
        reactor.turn()
        var before = asked
        while reactor.turn() {
            #expect(asked <= before + 1)
            before = asked
        }
        let lines = client.received().split(separator: "\n")
        #expect(
            try lines.map { try ControlResponse(parsing: $0.utf8) }
                == (1...20).map { .events([Sample.event($0)]) })
    }

    @Test("a request in pieces is answered when it is whole, one without a newline when the client ends it")
    func pieces() throws {
        let server = try server()
        defer { server.close() }
        let client = try RawClient(path)
        try client.send(#"{"comm"#)
        #expect(reactor.settle())
        #expect(client.received().isEmpty)
        try client.send(#"and":"status"}"#)
        client.endInput()
        #expect(reactor.settle())
        #expect(client.received() == ControlResponse.status(Sample.report).line)
        #expect(client.isEnded)
        #expect(server.clientCount == 0)
    }

    @Test("a client that hangs up at once still has done what it asked for")
    func fireAndForget() throws {
        var asked: [ControlRequest] = []
        let server = try server { request in
            asked.append(request)
            return .maintenance(on: true)
        }
        do {
            let client = try RawClient(path)
            try client.send(ControlRequest.maintenance(on: true).line)
        }
        #expect(reactor.settle())
        #expect(asked == [.maintenance(on: true)])
        #expect(server.clientCount == 0)
    }

    // Hostile input.

    /// What somebody may send; the name stands for it in the log.
    struct HostileText: CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let code: ControlError.Code

        init(_ name: String, _ text: String, _ code: ControlError.Code) {
            testDescription = name
            self.text = text
            self.code = code
        }

        static let all = [
            HostileText("an empty line", "\n", .malformed),
            HostileText("a truncated object", "{\"command\":\n", .malformed),
            HostileText("an unknown command", "{\"command\":\"reboot\"}\n", .unknownCommand),
            HostileText("control characters", "\u{0}\u{1}\u{7f}\n", .malformed),
            HostileText("4000 brackets", String(repeating: "[", count: 4000) + "\n", .malformed),
            HostileText("4096 bytes without an end", String(repeating: "x", count: 4096), .tooLong),
            HostileText("4096 spaces and an end", String(repeating: " ", count: 4096) + "\n", .tooLong),
            HostileText("a line of 1 MiB", String(repeating: "x", count: 1 << 20) + "\n", .tooLong),
            HostileText("a later protocol", "{\"protocol\":9,\"command\":\"status\"}\n", .unsupportedProtocol),
        ]
    }

    @Test("what is no request gets one error and the end of the connection", arguments: HostileText.all)
    func hostile(hostile: HostileText) throws {
        let server = try server()
        defer { server.close() }
        let client = try RawClient(path)
        try client.send(hostile.text)
        #expect(reactor.settle())
        let lines = client.received().split(separator: "\n")
        #expect(lines.count == 1)
        guard case .failure(let error) = try ControlResponse(parsing: (lines.first ?? "").utf8) else {
            Issue.record("\(lines) is no error")
            return
        }
        #expect(error.code == hostile.code)
        #expect(client.isEnded)
        #expect(server.clientCount == 0)
        #expect(server.counters.refusedRequests == 1)
    }

    @Test("the longest request allowed is read, one byte more is not")
    func longest() throws {
        let server = try server()
        defer { server.close() }
        let request = #"{"command":"status"}"#
        let padding = String(repeating: " ", count: 4095 - request.utf8.count)
        #expect(try answers(to: request + padding + "\n").first?.hasPrefix(#"{"protocol":1,"ok""#) == true)
        #expect(try answers(to: request + padding + " \n").first?.contains("tooLong") == true)
    }

    // Access.

    @Test("the kernel tells who connected")
    func credentials() throws {
        let server = try server()
        defer { server.close() }
        let client = try RawClient(path)
        let credentials = try #require(PeerCredentials(peerOf: client.fd))
        #expect(credentials.uid == geteuid())
        #expect(credentials.gid == getegid())
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = getgroups(Int32(groups.count), &groups)
        #expect(credentials.groups == Array(groups.prefix(Int(count))))
    }

    // Followers.

    @Test("a follower gets what is kept, then what happens, and the others do not")
    func followers() throws {
        let server = try server { request in
            guard case .events(let since, _) = request else { return .maintenance(on: true) }
            return .events([Sample.event(since + 1)])
        }
        let follower = try ControlClient(path: path)
        let other = try RawClient(path)
        let deadline = ContinuousClock.now + .seconds(2)
        try follower.send(.events(since: 6, follow: true), by: deadline)
        try other.send(ControlRequest.events(since: 6, follow: false).line)
        #expect(reactor.settle())
        #expect(try follower.receiveAnswer(by: deadline) == .events([Sample.event(7)]))
        server.publish(Sample.event(8))
        server.publish(Sample.event(9))
        #expect(try follower.nextEvent() == Sample.event(8))
        #expect(try follower.nextEvent() == Sample.event(9))
        #expect(other.received() == ControlResponse.events([Sample.event(7)]).line)
        server.close()
        let error = #expect(throws: ControlClientError.self) { try follower.nextEvent() }
        #expect(error?.description.hasPrefix("vipd at \(path) closed the connection") == true)
    }

    @Test("a follower that ended its own input is still told, until it hangs up")
    func halfClosedFollower() throws {
        let server = try server { _ in .events([]) }
        var follower: RawClient? = try RawClient(path)
        try follower?.send(ControlRequest.events(since: 0, follow: true).line)
        follower?.endInput()
        #expect(reactor.settle())
        server.publish(Sample.event(1))
        #expect(follower?.received() == ControlResponse.events([]).line + Sample.event(1).line)
        #expect(server.clientCount == 1)
        follower = nil
        #expect(reactor.settle())
        #expect(server.clientCount == 0)
    }

    @Test("a follower that does not read is dropped at its bound, and the loop does not spin over it")
    func slowFollower() throws {
        var limits = ControlServer.Limits()
        limits.outputBytes = 100_000
        let server = try server(limits: limits) { _ in .events([]) }
        let slow = try RawClient(path)
        try slow.send(ControlRequest.events(since: 0, follow: true).line)
        #expect(reactor.settle())
        let event = Sample.event(1, message: String(repeating: "x", count: 10_000))
        var published = 0
        while server.clientCount == 1, published < 1000 {
            server.publish(event)
            #expect(reactor.settle())
            published += 1
        }
        #expect(server.clientCount == 0)
        #expect(server.counters.droppedSlow == 1)
        #expect(published >= 10)
    }

    @Test("a client that asks without end and reads nothing costs one answer")
    func greedy() throws {
        var asked = 0
        let big = ControlResponse.events([Sample.event(1, message: String(repeating: "x", count: 900_000))])
        let server = try server { _ in
            asked += 1
            return big
        }
        defer { server.close() }
        let client = try RawClient(path)
        try client.send(String(repeating: ControlRequest.status.line, count: 50))
        #expect(reactor.settle())
        #expect(asked == 1)
        while client.received().utf8.count > 0 { #expect(reactor.settle()) }
        #expect(asked == 50)
        #expect(server.counters.droppedSlow == 0)
    }

    @Test("an answer beyond the bound of a client becomes an error")
    func oversizedAnswer() throws {
        var limits = ControlServer.Limits()
        limits.outputBytes = 1000
        let server = try server(limits: limits)
        defer { server.close() }
        #expect(try answers(to: ControlRequest.status.line).first?.contains(#""code":"failed""#) == true)
    }

    // Bounds.

    @Test("the client after the last is told that vipd is busy, and gets in when one has left")
    func tooMany() throws {
        let server = try server()
        defer { server.close() }
        var clients: [RawClient] = []
        // The queue of the kernel is no longer than the number of places.
        for _ in 0..<64 {
            clients.append(try RawClient(path))
            #expect(reactor.settle())
        }
        #expect(server.clientCount == 64)
        let refused = try RawClient(path)
        #expect(reactor.settle())
        #expect(refused.received().contains(#""code":"busy","message":"vipd already serves 64 clients"#))
        #expect(refused.isEnded)
        #expect(server.counters.refusedBusy == 1)
        clients.removeLast()
        #expect(reactor.settle())
        #expect(try answers(to: ControlRequest.status.line).count == 1)
    }

    @Test("places are kept for those who may change things", .enabled(if: getuid() == 0, "becomes another user"))
    func reservedPlaces() async {
        // The user id is the whole process's.
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let reactor = PollReactor()
            let path = directory.path + "/vipd.sock"
            var limits = ControlServer.Limits()
            (limits.clients, limits.reservedClients) = (3, 1)
            let server = try ControlServer(
                path: path, policy: AccessPolicy(groupID: nil), limits: limits, reactor: reactor
            ) { _ in .events([]) }
            chmod(directory.path, 0o755)
            seteuid(65_534)
            let strangers = try (0..<3).map { _ in try RawClient(path) }
            seteuid(0)
            #expect(reactor.settle())
            #expect(server.clientCount == 2)
            #expect(strangers[2].received().contains("busy"))
            let root = try RawClient(path)
            try root.send(ControlRequest.status.line)
            try strangers[0].send(ControlRequest.maintenance(on: true).line + ControlRequest.status.line)
            #expect(reactor.settle())
            #expect(root.received().contains("ok"))
            let answers = strangers[0].received().split(separator: "\n")
            #expect(answers.first?.contains("uid 65534 may not use maintenance") == true)
            #expect(answers.last?.contains("ok") == true)
            #expect(server.counters.deniedRequests == 1)
            server.close()
        }
    }

    @Test("who does nothing is dropped in time, who follows or just asked is not")
    func idle() throws {
        var limits = ControlServer.Limits()
        limits.idleNs = 1000
        let server = try server(limits: limits) { _ in .events([]) }
        defer { server.close() }
        let (silent, busy, follower) = (try RawClient(path), try RawClient(path), try RawClient(path))
        try follower.send(ControlRequest.events(since: 0, follow: true).line)
        #expect(reactor.settle())
        server.tick(nowNs: 5_000_000)
        server.tick(nowNs: 5_000_999)
        #expect(server.clientCount == 3)
        try busy.send(ControlRequest.status.line)
        #expect(reactor.settle())
        server.tick(nowNs: 5_001_000)
        #expect(server.clientCount == 2)
        #expect(server.counters.droppedIdle == 1)
        #expect(silent.isEnded)
        server.tick(nowNs: 5_002_000)
        #expect(server.clientCount == 1)
    }

    @Test("where no descriptor is left the loop does not spin, and accepts again later")
    func noDescriptors() async {
        // The limit is the whole process's.
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let reactor = PollReactor()
            let path = directory.path + "/vipd.sock"
            let server = try ControlServer(
                path: path, policy: AccessPolicy(groupID: nil), reactor: reactor
            ) { _ in .events([]) }
            let client = try RawClient(path)
            try client.send(ControlRequest.status.line)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            var limit = rlimit()
            getrlimit(resource, &limit)
            var none = rlimit(rlim_cur: rlim_t(client.fd) + 1, rlim_max: limit.rlim_max)
            setrlimit(resource, &none)
            let fillers = (0..<64).map { _ in dup(0) }
            #expect(fillers.contains(-1))
            #expect(reactor.settle())
            #expect(server.counters.acceptFailures == 1)
            #expect(server.clientCount == 0)
            setrlimit(resource, &limit)
            #expect(client.received().isEmpty)
            server.tick(nowNs: 1)
            #expect(reactor.settle())
            #expect(client.received() == ControlResponse.events([]).line)
            server.close()
        }
    }

    @Test("a client that cannot be watched is dropped, and a server that cannot be is not made")
    func unwatchable() throws {
        let server = try server()
        let client = try RawClient(path)
        reactor.refusesToWatch = true
        #expect(reactor.settle())
        #expect(server.clientCount == 0)
        #expect(client.isEnded)
        server.close()
        #expect(throws: ControlServerError.self) { try self.server() }
        #expect(directory.names.isEmpty)
    }
}
