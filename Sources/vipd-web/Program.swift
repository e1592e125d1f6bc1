// vipd-web from its first line to its last: options, listening, giving up rights, the loop. Deliberately not here: the work
// (WebLoop.swift).
import CVIPPrivilege
import CVIPWeb
import Glibc
import VIPControl

enum Program {
    /// Memory of the process, in bytes: many times what all clients together can take.
    private static let memory = 128 << 20

    /// Runs to the end and returns the exit code: 0, 1 for a failure, 2 for wrong usage.
    static func run(_ arguments: [String]) -> Int32 {
        let invocation: WebInvocation
        do throws(UsageError) {
            invocation = try WebOptions.parse(arguments)
        } catch {
            return fail(error.message, code: 2)
        }
        switch invocation {
        case .help:
            write(WebOptions.help, to: STDOUT_FILENO)
            return 0
        case .version:
            write("vipd-web \(vipdVersion)\n", to: STDOUT_FILENO)
            return 0
        case .serve(let options):
            do throws(Failure) {
                try serve(options)
            } catch {
                return fail(error.message, code: 1)
            }
        }
    }

    private struct Failure: Error {
        let message: String
    }

    private static func serve(_ options: WebOptions) throws(Failure) -> Never {
        let listeners = try openListeners(options.listen)
        let user = try confine()
        // A client or a daemon that goes away is an error of a system call, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let places = listeners.map { "http://\($0.address)/" }.joined(separator: " and ")
        log("serves \(places) as \(user)")
        let link = DaemonLink(path: options.socketPath, log: log)
        guard let server = WebServer(site: Site(link: link)) else {
            throw Failure(message: "cannot prepare the HTTP server: out of descriptors or memory")
        }
        WebLoop(listeners: listeners.map(\.fd), link: link, server: server).run()
    }

    private static func openListeners(
        _ chosen: [ListenAddress]?
    ) throws(Failure) -> [(address: ListenAddress, fd: Int32)] {
        var listeners: [(address: ListenAddress, fd: Int32)] = []
        for address in chosen ?? ListenAddress.standard {
            let fd = unsafe cvip_listener_open(address.address, address.port)
            if fd >= 0 {
                listeners.append((address, fd))
            } else if chosen != nil || address.address != "::1" || -fd == EADDRINUSE {
                throw Failure(message: "cannot listen on \(address): \(text(of: -fd)); \(wayOut(of: -fd))")
            }
        }
        return listeners
    }

    private static func wayOut(of errno: Int32) -> String {
        switch errno {
        case EADDRINUSE: "another process does: ss -ltnp shows it; choose another port with --listen"
        case EACCES: "ports below 1024 are root's: choose another with --listen"
        default: "choose another address with --listen"
        }
    }

    /// Gives up every right; the name of the user that it goes on as.
    private static func confine() throws(Failure) -> String {
        var name = [CChar](repeating: 0, count: Int(CVIP_USER_SIZE))
        let dropped = unsafe cvip_privilege_drop(&name)
        guard dropped == 0 else {
            throw Failure(
                message: "cannot give up the privileges it has: \(text(of: -dropped)); "
                    + "add a user vipd, or start it as an unprivileged user")
        }
        var before = cvip_limits()
        let bounded = unsafe cvip_privilege_bound(memory, &before)
        guard bounded == 0 else { throw Failure(message: "cannot bound its memory: \(text(of: -bounded))") }
        return "user " + String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func text(of errno: Int32) -> String { unsafe String(cString: strerror(errno)) }

    private static func log(_ line: String) { write("vipd-web: \(line)\n", to: STDERR_FILENO) }

    private static func fail(_ problem: String, code: Int32) -> Int32 {
        log(problem)
        return code
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
    }
}
