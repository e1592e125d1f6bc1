// How standard input is meant on the command line, and called in messages. Deliberately not here: reading it.

enum StandardInput {
    /// What messages call it, where a file's path would stand.
    static let name = "<stdin>"

    /// True for the `-` that programs take for it by custom.
    static func isMeant(by path: String) -> Bool { path == "-" }
}
