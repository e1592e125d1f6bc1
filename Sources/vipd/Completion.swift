// Completion for bash, zsh and fish, written from the table of commands. Names of nodes and groups come from the daemon.
// Deliberately not here: the table, and asking the daemon (TalkingCommands).

import VIPText

enum Completion {
    static let shells = ["bash", "zsh", "fish"]

    /// The script for a shell; that of bash for any other.
    static func script(for shell: String) -> String {
        switch shell {
        case "zsh": zsh
        case "fish": fish
        default: bash
        }
    }

    /// What a value can be completed from.
    private enum Source {
        case files, nodes, groups, interfaces, nothing
        case words([String])

        init(_ kind: ValueKind) {
            switch kind {
            case .file, .path: self = .files
            case .node: self = .nodes
            case .group: self = .groups
            case .interface: self = .interfaces
            case .words(let words): self = .words(words)
            case .address, .name, .number, .duration: self = .nothing
            }
        }
    }

    private static var names: [String] { Command.all.map(\.name) }

    private static func words(after command: Command) -> [String] {
        let operands: [String] =
            switch command.operand {
            case .choice(let words): words
            case .command: names
            case .file, nil: []
            }
        return operands + command.allOptions.map(\.name)
    }

    // bash

    private static var bash: String {
        var values = ""
        for (option, source) in valuedOptions {
            let reply: String =
                switch source {
                case .files: "_vipd_files"
                case .nodes: "COMPREPLY=($(compgen -W \"$(vipd completion nodes 2>/dev/null)\" -- \"$word\"))"
                case .groups: "COMPREPLY=($(compgen -W \"$(vipd completion groups 2>/dev/null)\" -- \"$word\"))"
                case .interfaces: "COMPREPLY=($(compgen -W \"$(ls /sys/class/net)\" -- \"$word\"))"
                case .words(let words):
                    "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$word\"))"
                case .nothing: "COMPREPLY=()"
                }
            values += "        \(option)) \(reply); return ;;\n"
        }
        var commands = ""
        for command in Command.all {
            let files = command.takesFile ? "[[ $word == -* ]] || { _vipd_files; return; }; " : ""
            commands += "        \(command.name)) \(files)COMPREPLY=($(compgen -W \""
            commands += "\(words(after: command).joined(separator: " "))\" -- \"$word\")) ;;\n"
        }
        return """
            # bash completion for vipd
            _vipd_files() {
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
                # A slash behind a directory instead of a space, and quotes where a name needs them.
                compopt -o filenames 2>/dev/null
            }
            _vipd() {
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "\(names.joined(separator: " "))" -- "$word"))
                    return
                fi
                case $previous in
            \(values.dropLast())
                esac
                case ${COMP_WORDS[1]} in
            \(commands.dropLast())
                esac
            }
            complete -F _vipd vipd

            """
    }

    /// Every option with a value, once, and what it is completed from.
    private static var valuedOptions: [(name: String, source: Source)] {
        var seen: Set<String> = []
        return Command.all.flatMap(\.allOptions).compactMap { option in
            guard let value = option.value, seen.insert(option.name).inserted else { return nil }
            return (option.name, Source(value))
        }
    }

    // zsh

    private static var zsh: String {
        let commands = Command.all.map { "        \(quoted("\($0.name):\($0.summary)"))" }.joined(separator: "\n")
        var cases = ""
        for command in Command.all {
            var specifications = command.allOptions.map { option in
                let value = option.value.map { ":\($0.placeholder):\(zshAction(Source($0)))" } ?? ""
                return quoted("\(option.repeats ? "*" : "")\(option.name)[\(option.summary)]\(value)")
            }
            switch command.operand {
            case .choice(let words): specifications.append(quoted("1: :(\(words.joined(separator: " ")))"))
            case .command: specifications.append(quoted("1: :(\(names.joined(separator: " ")))"))
            case .file: specifications.append(quoted("1:FILE:_files"))
            case nil: break
            }
            cases += "        \(command.name)) _arguments \(specifications.joined(separator: " ")) ;;\n"
        }
        return """
            #compdef vipd
            _vipd() {
                local -a commands
                commands=(
            \(commands)
                )
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                shift words
                (( CURRENT-- ))
                case ${words[1]} in
            \(cases.dropLast())
                esac
            }
            # Where zsh loads this file as the function _vipd, that call is the first one; else it was sourced.
            if [[ ${funcstack[1]} == _vipd ]]; then _vipd "$@"; else compdef _vipd vipd; fi

            """
    }

    private static func zshAction(_ source: Source) -> String {
        switch source {
        case .files: "_files"
        case .nodes: "($(vipd completion nodes 2>/dev/null))"
        case .groups: "($(vipd completion groups 2>/dev/null))"
        case .interfaces: "_net_interfaces"
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .nothing: " "
        }
    }

    // fish

    private static var fish: String {
        var lines = ["# fish completion for vipd", "complete -c vipd -f"]
        for command in Command.all {
            lines.append("complete -c vipd -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.summary))")
            let condition = "-n '__fish_seen_subcommand_from \(command.name)'"
            switch command.operand {
            case .choice(let words):
                lines.append("complete -c vipd \(condition) -a \(quoted(words.joined(separator: " ")))")
            case .command: lines.append("complete -c vipd \(condition) -a \(quoted(names.joined(separator: " ")))")
            case .file: lines.append("complete -c vipd \(condition) -F")
            case nil: break
            }
            for option in command.allOptions {
                var line = "complete -c vipd \(condition) -l \(option.name.dropFirst(2)) -d \(quoted(option.summary))"
                if let short = option.short { line += " -s \(short.dropFirst())" }
                if let value = option.value { line += fishAction(Source(value)) }
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fishAction(_ source: Source) -> String {
        switch source {
        case .files: " -r -F"
        case .nodes: " -x -a '(vipd completion nodes 2>/dev/null)'"
        case .groups: " -x -a '(vipd completion groups 2>/dev/null)'"
        case .interfaces: " -x -a '(ls /sys/class/net)'"
        case .words(let words): " -x -a '\(words.joined(separator: " "))'"
        case .nothing: " -x"
        }
    }

    /// In single quotes of a shell.
    private static func quoted(_ text: String) -> String { "'\(text.replacing(text: "'", with: "'\\''"))'" }
}

extension Command {
    fileprivate var takesFile: Bool { if case .file = operand { true } else { false } }
}
