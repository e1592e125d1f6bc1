// Whether an operator has taken this node out: a file in the state directory, which outlives restarts.

import Glibc
import VIPLinux

/// The mark of maintenance: there while it is on.
struct MaintenanceFile {
    /// $STATE_DIRECTORY of systemd.exec(5), else where the unit's would be.
    let directory: String
    private var path: String { directory + "/maintenance" }

    init() {
        let given = unsafe getenv("STATE_DIRECTORY").map { unsafe String(cString: $0) }
        directory = given.flatMap { $0.split(separator: ":").first.map(String.init) } ?? "/var/lib/vipd"
    }

    /// The directory and the file.
    var files: [String] { [directory, path] }

    /// Makes the directory if it is missing and that is possible; whether it is, shows when it is written to.
    func prepare() { _ = unsafe mkdir(directory, 0o755) }

    /// - Throws: where it cannot be known; a node must not come back from maintenance because of a broken disk.
    func load() throws(SystemError) -> Bool {
        if unsafe access(path, F_OK) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else {
            throw SystemError(operation: "read \(path)", errno: errno, advice: "make it readable, or remove it")
        }
        return false
    }

    func store(_ isOn: Bool) throws(SystemError) {
        let advice = "give vipd a writable state directory (StateDirectory= in the unit, or STATE_DIRECTORY)"
        if isOn {
            _ = unsafe mkdir(directory, 0o755)
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw SystemError(operation: "write \(path)", errno: errno, advice: advice) }
            defer { Glibc.close(descriptor) }
            guard fsync(descriptor) == 0 else {
                throw SystemError(operation: "write \(path)", errno: errno, advice: advice)
            }
        } else if unsafe unlink(path) != 0 {
            guard errno == ENOENT else { throw SystemError(operation: "remove \(path)", errno: errno, advice: advice) }
            return
        }
        try storeDirectory(advice: advice)
    }

    /// A name that is new or gone survives a power cut once its directory is on the disk (fsync(2)).
    private func storeDirectory(advice: String) throws(SystemError) {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(operation: "open \(directory)", errno: errno, advice: advice) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw SystemError(operation: "write \(directory)", errno: errno, advice: advice)
        }
    }
}
