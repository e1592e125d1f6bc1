// What another program prints, for the few facts that no file and no socket of ours tells.
// Deliberately not here: anything the daemon does; it runs no programs.

internal import CVIPLinux
internal import Glibc

/// Running a program to its end.
public enum ToolOutput {
    private static let mostOctets = 4 << 20

    /// The standard output of `arguments[0]`, which is looked up in PATH and the directories of root's programs; nil where
    /// it is not there, fails, or takes longer than `limit`, after which it is killed.
    ///
    /// It reads nothing and its complaints are thrown away.
    public static func of(_ arguments: [String], within limit: Duration = .seconds(3)) -> [UInt8]? {
        guard let path = find(arguments[0]) else { return nil }
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        let reader = OwnedDescriptor(ends[0])
        // This process has one thread: nobody starts a program between the two.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var child: pid_t = 0
        let started = spawn(path, arguments, output: ends[1], &child)
        _ = close(ends[1])
        guard started else { return nil }
        let output = read(from: reader.number, until: ContinuousClock.now + limit)
        if output == nil { _ = kill(child, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? output : nil
    }

    private static func find(_ name: String) -> String? {
        let places = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let directories = places.split(separator: ":").map { String($0) } + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        return directories.map { "\($0)/\(name)" }.first(where: SystemFile.isExecutable)
    }

    private static func spawn(_ path: String, _ arguments: [String], output: Int32, _ child: inout pid_t) -> Bool {
        var actions = unsafe posix_spawn_file_actions_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return false }
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("LC_ALL=C"), nil]
        defer { unsafe environment.forEach { unsafe free($0) } }
        return unsafe posix_spawn(&child, path, &actions, nil, &words, &environment) == 0
    }

    private static func read(from descriptor: Int32, until deadline: ContinuousClock.Instant) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= mostOctets {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { return nil }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&entry, 1, Int32(left) + 1) > 0 else { continue }
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
        }
        return nil
    }
}
