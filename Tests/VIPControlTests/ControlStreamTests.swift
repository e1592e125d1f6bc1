import Glibc
import Testing

@testable import VIPControl

/// Serialized, because making a socket touches the umask of the whole process.
@Suite(.serialized)
struct ControlStreamTests {
    private let directory: TemporaryDirectory
    private let reactor = PollReactor()
    private var path: String { directory.path + "/vipd.sock" }

    init() throws { directory = try TemporaryDirectory() }

    private func server() throws -> ControlServer {
        try ControlServer(path: path, policy: AccessPolicy(groupID: getgid()), reactor: reactor) { request in
            switch request {
            case .events: .events([Sample.event(1)])
            default: .status(Sample.report)
            }
        }
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
}
