// A named network namespace of a run, and how commands and sockets get into it. What is wired to what is Network's.
import CVIPLab
import Foundation

/// A network namespace as ip-netns(8) names them: /run/netns/NAME.
struct Namespace: Hashable, Sendable {
    let name: String

    init(run id: String, _ role: String) { name = Self.prefix(of: id) + role }

    /// Every namespace of a run bears the run's name.
    static func prefix(of id: String) -> String { "vl\(id)-" }

    /// The command line that runs `command` in here. ip(8) executes the command in its own place, so the pid stays, and
    /// gives it a /sys that shows this namespace's links.
    func inside(_ command: [String]) -> [String] { ["ip", "netns", "exec", name] + command }

    /// Runs ip(8) commands, one a line, in one process.
    func ip(_ lines: [String]) throws {
        try Tool.need(["ip", "-n", name, "-batch", "-"], input: lines.map { $0 + "\n" }.joined())
    }

    /// A socket that lives in here, whichever thread uses it. The caller closes it.
    func open(_ kind: viplab_socket) throws -> Int32 {
        let path = "/run/netns/\(name)"
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LabError("cannot open \(path)", code: errno) }
        defer { close(descriptor) }
        return try check(viplab_open_inside(descriptor, kind), "cannot open a socket in \(name)")
    }
}
