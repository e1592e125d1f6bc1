// How the lab's own processes tell it what they see: lines on standard output.
import Glibc

enum ReportLines {
    /// Writes lines to standard output, whole: whether there still is a reader.
    static func write(_ lines: [String]) -> Bool {
        var rest = Array(lines.map { $0 + "\n" }.joined().utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return false }
            rest = rest.dropFirst(max(count, 0))
        }
        return true
    }
}
