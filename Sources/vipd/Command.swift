// What a command of vipd is made of, as data: parser, help and manual read the same table (CommandTable.swift).
// Deliberately not here: what the commands do.

/// One command of the table.
struct Command {
    let name: String
    /// One line for the list of commands.
    let summary: String
    /// What the help of the command says beyond that; lines of at most 78 columns.
    var details: [String] = []
    var operand: Operand?
    var options: [Option] = []
    /// The exit codes beyond those all commands share, and what they mean.
    var exitCodes: [(code: Int32, meaning: String)] = []

    /// Every command has `--help`.
    static let help = Option(name: "--help", short: "-h", summary: "print this help")

    var allOptions: [Option] { options + [Self.help] }

    func option(_ name: String) -> Option? { allOptions.first { $0.name == name || $0.short == name } }
}

/// An option of a command: a switch, or one with a value.
struct Option {
    let name: String
    var short: String?
    /// Nil for a switch.
    var value: ValueKind?
    /// True where it may be given more than once.
    var repeats = false
    let summary: String
    /// What holds where the option is not given.
    var standard: String?
}

/// What a value is.
enum ValueKind {
    case file, path, address, interface, node, group, name, number, duration
    /// One of these.
    case words([String])

    /// What stands for the value in help.
    var placeholder: String {
        switch self {
        case .file: "FILE"
        case .path: "PATH"
        case .address: "ADDR"
        case .interface, .node, .group, .name: "NAME"
        case .number: "N"
        case .duration: "DUR"
        case .words(let words): words.joined(separator: "|")
        }
    }
}

/// What may stand after a command's name without a flag.
enum Operand {
    /// One of these words, which must be there.
    case choice([String])
    /// The name of a command, which may be left out.
    case command
    /// A file, which may be left out.
    case file

    /// How it stands in the synopsis.
    var synopsis: String {
        switch self {
        case .choice(let words): words.joined(separator: "|")
        case .command: "[COMMAND]"
        case .file: "[FILE]"
        }
    }
}
