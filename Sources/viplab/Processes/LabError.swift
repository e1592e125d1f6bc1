// What goes wrong in the lab itself: the wrong machine, the wrong arguments, a command that failed.
import Glibc

/// A failure of the lab, told in one line: what failed, on what, and the way out.
struct LabError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// `-errno` of a shim function, or `errno`, as a sentence.
    init(_ operation: String, code: Int32) {
        self.init("\(operation): \(errorText(abs(code)))")
    }
}

/// A mistake on the command line: exit code 2.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func errorText(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
}

/// The shim's convention turned into Swift's: a negative result is thrown.
@discardableResult
func check(_ result: Int32, _ operation: @autoclosure () -> String) throws -> Int32 {
    if result < 0 { throw LabError(operation(), code: result) }
    return result
}
