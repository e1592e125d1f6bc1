// A control server that lives as long as the process, and clients of it, all on one thread. Deliberately not here: what
// they are to hear of each other (RequestsTarget.swift), and waiting for descriptors (PollReactor.swift).
import Glibc
import VIPControl

/// One server in a folder of its own, which is removed when the process ends by itself.
// Sendable because it is only reached through `shared`, from the one thread on which vipd-fuzz does everything.
final class ControlWorld: @unchecked Sendable {
    static let shared = ControlWorld()

    private let reactor = PollReactor()
    private let server: ControlServer
    private let folder: String
    private var path: String { folder + "/socket" }

    private init() {
        folder = unsafe inScratchPlace("a folder") { unsafe mkdtemp($0) }.path
        do {
            server = try ControlServer(
                path: folder + "/socket", policy: AccessPolicy(groupID: getegid()), reactor: reactor,
                handler: Self.answer)
        } catch {
            fail("\(error)")
        }
        atexit { ControlWorld.shared.remove() }
    }

    private func remove() {
        server.close()
        // The lock's file stays where the server leaves it: a lock that is removed could be had twice.
        unsafe unlink(path + ".lock")
        unsafe rmdir(folder)
    }

    /// What the daemon answers.
    static func answer(_ request: ControlRequest) -> ControlResponse {
        switch request {
        case .status: .status(StatusReport(node: NodeIdentity(name: "node", id: "01"), groups: []))
        case .events: .events([])
        case .maintenance(let on): .maintenance(on: on)
        case .move(let group, let to):
            .move(MoveBegun(group: group ?? "default", from: "node", to: to ?? "other", since: 0))
        case .reload: .reloaded(groups: ["default"])
        }
    }

    /// A client that sends `bytes` in pieces of `size` and then ends its input; returns all that it has heard.
    func converse(_ bytes: ArraySlice<UInt8>, pieces size: Int) -> String {
        let client = Client(path)
        var rest = bytes
        while !rest.isEmpty, let sent = client.send(rest.prefix(size)) {
            rest = rest.dropFirst(sent)
            settle()
            client.hear()
        }
        client.endInput()
        settle()
        client.hear()
        // A follower stays until it hangs up.
        client.hangUp()
        settle()
        demand(server.clientCount == 0, "\(server.clientCount) clients are left")
        return String(decoding: client.heard, as: UTF8.self)
    }

    private func settle() { demand(reactor.settle(), "the server finds no rest") }
}

/// A client that never waits.
private final class Client {
    private let socket: Int32
    private(set) var heard: [UInt8] = []

    init(_ path: String) {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        demand(status == 0, "cannot connect to \(path): errno \(errno)")
    }

    /// How many bytes the socket took; nil where the server has hung up.
    func send(_ bytes: ArraySlice<UInt8>) -> Int? {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(socket, $0.baseAddress, $0.count, flags) }
        guard count < 0 else { return count }
        demand(errno == EPIPE || errno == ECONNRESET, "the server does not read: errno \(errno)")
        return nil
    }

    /// Reads what is there.
    func hear() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return }
            heard += chunk[..<count]
        }
    }

    func endInput() { shutdown(socket, Int32(SHUT_WR)) }

    func hangUp() { close(socket) }
}
