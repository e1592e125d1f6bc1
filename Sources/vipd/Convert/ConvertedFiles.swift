// The files of a conversion, as this machine has them. Deliberately not here: which are asked for (VIPConvert).
import Glibc
import VIPConfiguration
import VIPConvert

extension SourceFiles {
    /// Regular files of this machine, within the same bounds as vipd's own configuration.
    static var ofSystem: SourceFiles {
        SourceFiles(read: { path throws(Refusal) in try contents(of: path) }, matches: paths)
    }

    private static func contents(of path: String) throws(Refusal) -> [UInt8]? {
        do throws(ConfigurationError) {
            return try ConfigurationFile.read(path, wanted: "a keepalived.conf")
        } catch {
            throw Refusal(message: error.message)
        }
    }

    /// What glob(3) finds, sorted; nothing where it finds nothing or has no memory.
    private static func paths(matching pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, GLOB_BRACE, nil, &found) == 0, let paths = unsafe found.gl_pathv else { return [] }
        return unsafe UnsafeBufferPointer(start: paths, count: Int(found.gl_pathc))
            .compactMap { path in unsafe path.map { unsafe String(cString: $0) } }
    }
}
