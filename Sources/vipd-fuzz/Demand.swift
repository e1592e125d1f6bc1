// What a target demands of the code under it. A release build's own traps say nothing, and assertions are not in it.
import Glibc

/// Ends the process, with words, unless `condition` holds.
func demand(_ condition: Bool, _ words: @autoclosure () -> String) {
    if !condition { fail(words()) }
}

/// Ends the process in a way that libFuzzer takes for a finding.
func fail(_ words: String) -> Never {
    write("vipd-fuzz: " + words, to: STDERR_FILENO)
    abort()
}

/// Writes one line at once: what a process said before it came to an end must not be left in a buffer.
func write(_ line: String, to descriptor: Int32) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}
