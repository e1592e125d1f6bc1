// Files given to a target, in any build: a corpus, or the one that a fuzzer found.
import Glibc

enum Replay {
    /// Gives the target each file, and each in the folders and theirs; returns the exit status. The line it ends with
    /// tells how many there were: a corpus that is not found must not look like one that is clean.
    static func run(_ paths: [String], _ target: Target) -> Int32 {
        var count = 0
        for path in paths {
            guard let files = files(at: path) else { return cannotRead(path) }
            for file in files {
                guard let bytes = contents(of: file) else { return cannotRead(file) }
                target.run(bytes)
                count += 1
            }
        }
        write("\(target.name): \(count) inputs", to: STDOUT_FILENO)
        return 0
    }

    private static func cannotRead(_ path: String) -> Int32 {
        let cause = unsafe String(cString: strerror(errno))
        write("vipd-fuzz: cannot read \(path): \(cause); check the path", to: STDERR_FILENO)
        return 1
    }

    /// The file itself, or those in the folder and in its folders, in the order of their names; nil with errno.
    private static func files(at path: String) -> [String]? {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        guard information.st_mode & S_IFMT == S_IFDIR else { return [path] }
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        var found: [String] = []
        for name in names.sorted() {
            guard let files = files(at: path + "/" + name) else { return nil }
            found += files
        }
        return found
    }

    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
