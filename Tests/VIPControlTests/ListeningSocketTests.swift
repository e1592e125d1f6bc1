import Glibc
import Testing

@testable import VIPControl

extension ControlServerTests {
    /// Inside the serialized suite, for the sake of the umask.
    struct ListeningSocketTests {
        private let directory: TemporaryDirectory
        private var path: String { directory.path + "/vipd.sock" }

        init() throws { directory = try TemporaryDirectory() }

        @Test("the socket is everyone's to connect to whatever the umask, and its files go with it")
        func modes() async {
            // The umask is the whole process's.
            await #expect(processExitsWith: .success) {
                func mode(_ path: String) -> mode_t {
                    var status = stat()
                    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
                }
                let directory = try TemporaryDirectory()
                umask(0o077)
                let path = directory.path + "/run/vipd.sock"
                let socket = try ListeningSocket(path: path)
                #expect(mode(path) == 0o666)
                #expect(mode(path + ".lock") == 0o600)
                #expect(mode(directory.path + "/run") == 0o755)
                #expect(umask(0o077) == 0o077)
                socket.close()
                #expect(rmdir(directory.path + "/run") == 0)
            }
        }

        @Test("a second daemon on the same path is refused, and leaves the first alone")
        func live() throws {
            let first = try ListeningSocket(path: path)
            let message = "another vipd already answers on \(path); stop it or give --socket another path"
            #expect(throws: ControlServerError(description: message)) { try ListeningSocket(path: path) }
            // Somebody removed the lock file: the socket itself still answers.
            unlink(path + ".lock")
            #expect(throws: ControlServerError(description: message)) { try ListeningSocket(path: path) }
            _ = try RawClient(path)
            first.close()
            #expect(directory.names.isEmpty)
        }

        @Test("the socket of a dead daemon is replaced")
        func stale() throws {
            let dead = try UnixSocket.make()
            try UnixSocket.bind(dead, to: path)
            close(dead)
            #expect(directory.names == ["vipd.sock"])
            let socket = try ListeningSocket(path: path)
            _ = try RawClient(path)
            socket.close()
            #expect(directory.names.isEmpty)
        }

        @Test("a file that is no socket is left alone")
        func noSocket() throws {
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            let message = "\(path) exists and is no socket; move it away or give --socket another path"
            #expect(throws: ControlServerError(description: message)) { try ListeningSocket(path: path) }
            #expect(directory.names == ["vipd.sock"])
        }

        @Test("a socket that took the place of ours is not removed")
        func replaced() throws {
            let first = try ListeningSocket(path: path)
            unlink(path)
            unlink(path + ".lock")
            let second = try ListeningSocket(path: path)
            first.close()
            #expect(directory.names == ["vipd.sock", "vipd.sock.lock"])
            second.close()
            #expect(directory.names.isEmpty)
        }

        @Test("a path the kernel cannot take is refused in words, by server and client")
        func longPath() throws {
            let longest = "/tmp/" + String(repeating: "x", count: 102)
            #expect(UnixSocket.objection(to: longest) == nil)
            let message =
                "the path of the control socket is 108 bytes long, the kernel allows 107: \(longest)x; "
                + "give --socket a shorter path"
            #expect(throws: ControlServerError(description: message)) { try ListeningSocket(path: longest + "x") }
            #expect(throws: ControlClientError(description: message)) { try ControlClient(path: longest + "x") }
            #expect(throws: ControlServerError.self) { try ListeningSocket(path: "") }
            #expect(throws: ControlServerError.self) { try ListeningSocket(path: "/tmp/a\u{0}b") }
        }

        @Test("where nobody answers the client says how to find out why")
        func unreachable() throws {
            let way = "is it running? systemctl status vipd"
            let missing = "cannot reach vipd at \(path): No such file or directory; \(way)"
            #expect(throws: ControlClientError(description: missing)) { try ControlClient(path: path) }
            let dead = try UnixSocket.make()
            try UnixSocket.bind(dead, to: path)
            close(dead)
            let refused = "cannot reach vipd at \(path): Connection refused; \(way)"
            #expect(throws: ControlClientError(description: refused)) { try ControlClient(path: path) }
        }

        @Test("a daemon that does not answer costs the client its timeout and no more")
        func silent() throws {
            let socket = try ListeningSocket(path: path)
            defer { socket.close() }
            let client = try ControlClient(path: path, timeout: .milliseconds(1))
            let error = #expect(throws: ControlClientError.self) { try client.ask(.status) }
            #expect(error?.description.contains("did not answer within 0.001 seconds; does it hang?") == true)
            #expect(error?.looksHung == true)
        }
    }
}
