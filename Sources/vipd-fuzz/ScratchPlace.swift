// A place of this process' own in $TMPDIR, for targets whose reader wants a path. Deliberately not here: what is made there,
// and its removal.
import Glibc

/// Makes `what` under a new name in $TMPDIR, and returns it with its path. `make` completes the name that it is given and
/// returns nil where that failed, as mkstemp(3) and mkdtemp(3) do in their ways.
func inScratchPlace<Made>(
    _ what: String, _ make: (UnsafeMutablePointer<CChar>) -> Made?
) -> (made: Made, path: String) {
    let place = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array((place + "/vipd-fuzz-XXXXXX").utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { unsafe $0.baseAddress.flatMap { unsafe make($0) } }
    guard let made else { fail("cannot make \(what) in \(place)") }
    return (made, String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
}
