import Glibc
import Testing

@testable import VIPControl

extension ControlServerTests {
    /// Within the suite of the server, which is serialized: making a socket touches the umask of the whole process.
    @Suite struct StreamTests {
        private let directory: TemporaryDirectory
        private let reactor = PollReactor()
        private var path: String { directory.path + "/vipd.sock" }

        init() throws { directory = try TemporaryDirectory() }

        private func server() throws -> ControlServer {
            try server { request in
                switch request {
                case .events: .events([Sample.event(1)])
                default: .status(Sample.report)
                }
            }
        }

        private func server(_ handler: @escaping (ControlRequest) -> ControlResponse) throws -> ControlServer {
            try ControlServer(path: path, policy: AccessPolicy(groupID: getgid()), reactor: reactor, handler: handler)
        }

        @Test("answers and events come in their order, over one connection, without waiting for any")
        func exchange() throws {
            let server = try server()
            defer { server.close() }
            let stream = try ControlStream(path: path)
            #expect(try stream.exchange() == [])
            stream.ask(.events(since: 0, follow: true))
            stream.ask(.status)
            #expect(try stream.exchange() == [])
            #expect(reactor.settle())
            server.publish(Sample.event(2))
            #expect(
                try stream.exchange() == [
                    .answer(.events([Sample.event(1)])), .answer(.status(Sample.report)), .event(Sample.event(2)),
                ])
            #expect(!stream.wantsRoom)
        }

        @Test("what the daemon said before it hung up is heard, and then that it did")
        func hangup() throws {
            let server = try server()
            let stream = try ControlStream(path: path)
            stream.ask(.status)
            #expect(reactor.settle())
            server.close()
            #expect(try stream.exchange() == [.answer(.status(Sample.report))])
            let error = #expect(throws: ControlClientError.self) { try stream.exchange() }
            #expect(error?.description.contains("closed the connection") == true)
        }

        @Test("where no daemon listens, the error says where and what to do")
        func unreachable() {
            let error = #expect(throws: ControlClientError.self) { try ControlStream(path: path) }
            #expect(error?.description.contains("cannot reach vipd at \(path)") == true)
        }

        @Test("an answer that comes in pieces is put together, and what it is in the middle of costs nothing")
        func pieces() throws {
            let long = ControlResponse.events([Sample.event(1, message: String(repeating: "x", count: 400_000))])
            let server = try server { _ in long }
            defer { server.close() }
            let stream = try ControlStream(path: path)
            stream.ask(.status)
            var received: [ControlStream.Message] = []
            var turns = 0
            while received.isEmpty, turns < 1000 {
                reactor.turn()
                received = try stream.exchange()
                turns += 1
            }
            #expect(received == [.answer(long)])
            #expect(turns > 2)
        }

        @Test("what is no answer of vipd's is refused")
        func garbled() throws {
            let listener = try ListeningSocket(path: path)
            defer { listener.close() }
            let stream = try ControlStream(path: path)
            let peer = accept(listener.fd, nil, nil)
            try #require(peer >= 0)
            defer { close(peer) }
            let text = Array("{\"ok\":{\"tea\":1}}\n".utf8)
            #expect(write(peer, text, text.count) == text.count)
            let error = #expect(throws: ControlClientError.self) { try stream.exchange() }
            #expect(error?.description.contains("an answer of an unknown kind") == true)
        }
    }
}
