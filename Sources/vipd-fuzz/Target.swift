// What is fuzzed: a name, and a function that takes any bytes. The targets themselves stand in files of their own.
// Deliberately not here: where the bytes come from (Replay.swift, Fuzzing.swift).

/// One reader of strangers' bytes.
struct Target: Sendable {
    /// Its name on the command line, and that of its corpus' folder.
    let name: String
    /// What it is, for the list of targets.
    let summary: String
    /// Bytes of an input beyond which nothing new is to be found.
    let longestInput: Int
    /// Takes in one input. What must not happen ends the process: see ``demand(_:_:)``.
    let run: @Sendable ([UInt8]) -> Void

    /// All of them, in the order in which they are run.
    static let all = [
        frames, election, requests, answers, configuration, convert, netlink, checker, keys, captures,
    ]

    static func named(_ name: String) -> Target? { all.first { $0.name == name } }
}
