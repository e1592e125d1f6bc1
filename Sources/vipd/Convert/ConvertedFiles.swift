// The files of a conversion, as this machine has them. Deliberately not here: which are asked for (VIPConvert).
import Glibc
import VIPConfiguration
import VIPConvert

extension SourceFiles {
    /// Regular files of this machine, within the same bounds as vipd's own configuration.
    static var ofSystem: SourceFiles {
        SourceFiles(read: { path throws(Refusal) in try contents(of: path) }, matches: paths)
    }

    /// The same, beside `input`, which is the file of standard input's name.
    static func ofSystem(beside input: Int32) -> SourceFiles {
        SourceFiles(
            read: { path throws(Refusal) in
                try path == StandardInput.name
                    ? refusing { () throws(ConfigurationError) in
                        try ConfigurationFile.contents(of: input, named: path, wanted: wanted)
                    }
                    : contents(of: path)
            }, matches: paths)
    }

    private static let wanted = "a keepalived.conf"

    private static func contents(of path: String) throws(Refusal) -> [UInt8]? {
        try refusing { () throws(ConfigurationError) in try ConfigurationFile.read(path, wanted: wanted) }
    }

    private static func refusing(
        _ read: () throws(ConfigurationError) -> [UInt8]?
    ) throws(Refusal) -> [UInt8]? {
        do throws(ConfigurationError) {
            return try read()
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
