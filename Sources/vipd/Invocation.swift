// One command line, understood: the command, its options, its operand. Deliberately not here: whether the values make
// sense, which is for whoever uses them.

import VIPConfiguration
import VIPText

/// A command line that makes no sense, in one line with the way out.
struct UsageError: Error, Equatable {
    let message: String
}

/// What a command line asks for.
struct Invocation {
    let command: Command
    private var values: [String: [String]] = [:]
    private(set) var operand: String?
    /// True where help was asked for, whatever else was.
    var wantsHelp: Bool { has("--help") }

    /// True if the switch `name` was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of an option that may be given once.
    func value(_ name: String) -> String? { values[name]?.first }

    /// The values of an option that repeats, in order.
    func allValues(_ name: String) -> [String] { values[name] ?? [] }

    /// Understands `arguments`, those after the program's name.
    init(parsing arguments: [String]) throws(UsageError) {
        guard let first = arguments.first else {
            throw UsageError(message: "a command is missing, such as 'vipd status'; 'vipd help' lists them all")
        }
        command = try Self.command(first)
        var rest = arguments.dropFirst()
        var optionsEnded = false
        while let argument = rest.popFirst() {
            if argument == "--", !optionsEnded {
                optionsEnded = true
            } else if argument.hasPrefix("-"), argument != "-", !optionsEnded {
                try take(option: argument, from: &rest)
            } else {
                try take(operand: argument)
            }
        }
        if case .choice(let words) = command.operand, operand == nil, !wantsHelp {
            throw UsageError(
                message: "\(command.name) needs one of \(words.joined(separator: ", ")), "
                    + "as in 'vipd \(command.name) \(words[0])'")
        }
    }

    /// The command named `word`, where help and version also go by the names of flags.
    static func command(_ word: String) throws(UsageError) -> Command {
        switch word {
        case "--help", "-h": return .helpCommand
        case "--version": return .version
        default: break
        }
        if let command = Command.all.first(where: { $0.name == word }) { return command }
        if word.hasPrefix("-") {
            let owner = Command.all.first { $0.option(Self.split(word).name) != nil }
            let example = owner.map { ", as in 'vipd \($0.name) \(Self.split(word).name)'" } ?? ""
            throw UsageError(message: "'\(word)' comes before the command; options go behind it\(example)")
        }
        throw UsageError(
            message: "unknown command '\(word)'" + hint(word, Command.all.map(\.name))
                + "'vipd help' lists them all")
    }

    /// What may follow an unknown word: the word that was meant, if one is near.
    private static func hint(_ word: String, _ candidates: [String]) -> String {
        Suggestion.nearest(to: word, among: candidates).map { ", did you mean '\($0)'? " } ?? "; "
    }

    private static func split(_ argument: String) -> (name: String, value: String?) {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    private mutating func take(option argument: String, from rest: inout ArraySlice<String>) throws(UsageError) {
        let (name, attached) = Self.split(argument)
        guard let option = command.option(name) else {
            throw UsageError(
                message: "\(command.name) has no option '\(name)'"
                    + Self.hint(name, command.allOptions.map(\.name)) + "'vipd help \(command.name)' lists them")
        }
        if values[option.name] != nil, !option.repeats, option.value != nil {
            throw UsageError(message: "\(option.name) is given twice; once is enough")
        }
        guard let kind = option.value else {
            guard attached == nil else { throw UsageError(message: "\(option.name) takes no value; leave out '=…'") }
            values[option.name] = []
            return
        }
        let value = attached ?? (rest.first?.hasPrefix("--") == false ? rest.popFirst() : nil)
        guard let value, !value.isEmpty else {
            throw UsageError(message: "\(option.name) needs a value: \(option.name) \(kind.placeholder)")
        }
        if case .words(let words) = kind, !words.contains(value) {
            throw UsageError(message: "\(option.name) is \(words.joined(separator: " or ")), not '\(value)'")
        }
        values[option.name, default: []].append(value)
    }

    private mutating func take(operand argument: String) throws(UsageError) {
        guard let kind = command.operand, operand == nil else {
            throw UsageError(
                message: "'\(argument)' is one too many for \(command.name); see 'vipd help \(command.name)'")
        }
        if case .choice(let words) = kind, !words.contains(argument) {
            throw UsageError(
                message: words.count == 1
                    ? "\(command.name) knows only \(words[0]), not '\(argument)'"
                    : "\(command.name) is \(words.joined(separator: " or ")), not '\(argument)'")
        }
        operand = argument
    }
}

extension RunOptions {
    /// The flags of `run` that concern the configuration, as they were typed.
    init(_ invocation: Invocation) {
        self.init(
            configPath: invocation.value("--config"), vips: invocation.allValues("--vip"),
            interface: invocation.value("--interface"), node: invocation.value("--node"),
            priority: invocation.value("--priority"), interval: invocation.value("--interval"),
            keyFile: invocation.value("--key-file"))
    }
}
