// Small files in which the kernel and other programs keep what they know, and directories of them.
// Deliberately not here: what is in them.

internal import Glibc

/// Files that are read and never written.
public enum SystemFile {
    /// The first 4096 octets of a file as text; nil where it cannot be read.
    public static func text(_ path: String) -> String? { path.utf8.contains(0) ? nil : readFile(path) }

    /// The same without white space at its ends; nil where nothing is left.
    public static func line(_ path: String) -> String? {
        guard let text = text(path) else { return nil }
        let line = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return line.isEmpty ? nil : String(line)
    }

    /// The whole number in a file.
    public static func number(_ path: String) -> Int? { line(path).flatMap { Int($0) } }

    /// True if there is something at `path`.
    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// True if it is a program that this process may run.
    public static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// Whether an account may read a file, by the file's own owner, group and mode; the directories above are not looked at.
    public static func mayRead(_ path: String, as user: UserAccount) -> Bool {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return false }
        if facts.st_uid == user.id { return facts.st_mode & 0o400 != 0 }
        if facts.st_gid == user.group { return facts.st_mode & 0o040 != 0 }
        return user.id == 0 || facts.st_mode & 0o004 != 0
    }

    /// The names in a directory, sorted, without those that begin with a dot; none where it cannot be read.
    public static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}

/// A program that runs on this machine, as /proc shows it.
public struct RunningProgram: Hashable, Sendable {
    /// At most 15 octets: proc(5), comm.
    public let name: String
    public let arguments: [String]

    /// All that this process may see. Kernel threads have no arguments and are left out.
    public static func all() -> [RunningProgram] {
        SystemFile.names(in: "/proc").filter { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }.compactMap { pid in
            guard let name = SystemFile.line("/proc/\(pid)/comm"), let line = SystemFile.text("/proc/\(pid)/cmdline")
            else { return nil }
            let arguments = line.split(separator: "\0").map { String($0) }
            return arguments.isEmpty ? nil : RunningProgram(name: name, arguments: arguments)
        }
    }
}

/// What uname(2) says.
public enum KernelRelease {
    /// `6.1.0-18-amd64`.
    public static var text: String {
        var facts = utsname()
        guard unsafe uname(&facts) == 0 else { return "" }
        return unsafe withUnsafeBytes(of: facts.release) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
