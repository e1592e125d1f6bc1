// The C library's words for an error number. Deliberately not here: what was tried.
import Glibc

enum ErrorText {
    /// For a number of errno(3), positive, or negative as the shim returns it: `No such file or directory`.
    static func of(_ number: Int32) -> String {
        unsafe String(cString: strerror(number < 0 ? 0 &- number : number))
    }

    /// The same as it goes on after a colon: `connection refused`.
    static func lowercased(_ number: Int32) -> String { continuing(of(number)) }

    /// `text` with a small first letter, unless its first word is an abbreviation, as in `SSL: …`.
    static func continuing(_ text: String) -> String {
        let letters = text.prefix { $0.isLetter }
        guard let first = letters.first, letters.dropFirst().allSatisfy(\.isLowercase) else { return text }
        return first.lowercased() + text.dropFirst()
    }
}
