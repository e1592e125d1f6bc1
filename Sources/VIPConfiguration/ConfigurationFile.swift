// Reading a configuration: a file from disk, for which nothing waits, or what a descriptor gives; both bounded.
// Deliberately not here: what stands in it.

internal import Glibc

/// The reader of configuration files.
public enum ConfigurationFile {
    /// The bytes of the file at `path`, or nil if there is no such file.
    ///
    /// Throws a one-line error if the file cannot be read, is not a regular file, or is larger than
    /// `Limits.fileBytes`. Does not wait for anything: a FIFO is refused, not read.
    public static func read(_ path: String) throws(ConfigurationError) -> [UInt8]? {
        try read(path, wanted: "vipd's own YAML file")
    }

    /// The same for a file of another kind, which `wanted` names for the error of one that is none.
    public static func read(_ path: String, wanted: String) throws(ConfigurationError) -> [UInt8]? {
        // O_NONBLOCK: opening a FIFO would wait for a writer. O_NOCTTY: a terminal must not become ours.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot open the file", path, errno)
        }
        defer { _ = close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw failure("cannot examine the file", path, errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let kind = facts.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
            throw ConfigurationError(file: path, message: "this is \(kind); name \(wanted)")
        }
        return try contents(of: descriptor, named: path, wanted: wanted)
    }

    /// All that `descriptor` gives, a pipe's too, for which this waits. Errors call it `path`; bounded as `read`.
    public static func contents(
        of descriptor: Int32, named path: String, wanted: String = "vipd's own YAML file"
    ) throws(ConfigurationError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read the file", path, errno) }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            // Counted while reading, since the size a file claims (as in /proc) need not be true.
            guard bytes.count <= Limits.fileBytes else {
                throw ConfigurationError(
                    file: path, message: "the file is larger than 1 MiB; name \(wanted)")
            }
        }
    }

    private static func failure(_ operation: String, _ path: String, _ code: Int32) -> ConfigurationError {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        let wayOut =
            code == EACCES || code == EPERM
            ? "let the user that vipd runs as read it and enter its directories"
            : "check the path and the disk"
        return ConfigurationError(file: path, message: "\(operation): \(reason); \(wayOut)")
    }
}
