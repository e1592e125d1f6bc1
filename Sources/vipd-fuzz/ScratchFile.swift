// A file of this process' own, for targets whose reader wants a path. Deliberately not here: what is in it.
import Glibc

/// One file, in $TMPDIR, that is removed when the process ends by itself.
// Sendable because it is only reached from the one thread on which vipd-fuzz does everything.
final class ScratchFile: @unchecked Sendable {
    static let shared = ScratchFile()

    private let path: String
    private let descriptor: Int32

    private init() {
        (descriptor, path) = unsafe inScratchPlace("a file") { template in
            let descriptor = unsafe mkstemp(template)
            return descriptor < 0 ? nil : descriptor
        }
        atexit { _ = unsafe unlink(ScratchFile.shared.path) }
    }

    /// Its path, once `contents` are all that is in it.
    func filled(with contents: [UInt8]) -> String {
        let isWritten =
            unsafe ftruncate(descriptor, 0) == 0 && pwrite(descriptor, contents, contents.count, 0) == contents.count
        demand(isWritten, "cannot write \(path)")
        return path
    }
}
