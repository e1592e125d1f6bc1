// `vipd check`: what is wrong with a configuration, each with the line it stands in; or what it comes to on this machine.
// Deliberately not here: the rules (VIPConfiguration).
import Glibc
import VIPConfiguration
import VIPDaemon
import VIPHealth
import VIPLinux
import VIPWire

struct CheckCommand {
    let output: Output
    let palette: Palette
    /// What is read for the operand `-`.
    var input: Int32 = STDIN_FILENO
    /// The interfaces that the groups are looked for on.
    var links: [LinkFacts] = LinkFacts.present

    /// A group may have thousands of addresses; so many are named.
    private static let namedAddresses = 4
    /// Of a long line, so many columns around the mistake are shown.
    private static let excerptWidth = 100

    /// Checks the file at `path`, and returns the exit code.
    func run(path: String) -> Int32 {
        let file = StandardInput.isMeant(by: path) ? StandardInput.name : path
        var source: [UInt8]?
        do {
            source =
                StandardInput.isMeant(by: path)
                ? try ConfigurationFile.contents(of: input, named: file) : try ConfigurationFile.read(path)
            let configuration = try Configuration.load(options: RunOptions(configPath: file)) { _ in source }
            let keys = try Self.describe(configuration.keys)
            let mistakes = configuration.groups.compactMap(mistake)
            if mistakes.isEmpty {
                let realtime = configuration.realtime ? ["  runs in realtime"] : []
                output.write(summary(of: configuration, keys + realtime, at: file))
                return ExitCode.success
            }
            output.write(mistakes.map { palette.paint(escaped("\(file): \($0)"), .bad) + "\n" }.joined())
        } catch let error as ConfigurationError {
            output.write(explanation(of: error, in: source ?? []))
        } catch {
            output.write(palette.paint(escaped("\(error)"), .bad) + "\n")
        }
        return ExitCode.failure
    }

    /// What the keys come to, a line each; none without one.
    private static func describe(_ keys: KeySettings) throws(KeyFileError) -> [String] {
        guard let file = keys.file else { return [] }
        var lines = ["  signs with key \(try KeyFile.read(file).keyID)"]
        for file in keys.accepted { lines.append("  accepts key \(try KeyFile.read(file).keyID)") }
        if keys.acceptsUnsigned { lines.append("  accepts unsigned frames") }
        return lines
    }

    // What is wrong.

    /// What no change of this machine's state would mend; nil for nothing. An interface may come, and an address that another
    /// program still has, as before a migration, may go.
    private func mistake(of group: GroupConfiguration) -> LinkChoiceError? {
        do throws(LinkChoiceError) {
            _ = try group.link.resolve(for: group, among: links)
            return nil
        } catch {
            switch error {
            case .notFound, .ownAddress: return nil
            case .ambiguous, .notEthernet, .reservedAddress: return error
            }
        }
    }

    private func explanation(of error: ConfigurationError, in text: [UInt8]) -> String {
        var lines: [String] = []
        let source = Self.lines(of: text)
        for problem in error.problems {
            lines.append(palette.paint(escaped(problem.description), .bad))
            if let line = problem.line, let column = problem.column, source.indices.contains(line - 1) {
                lines += Self.excerpt(source[line - 1], line: line, column: column)
            }
        }
        if error.omitted > 0 { lines.append("and \(error.omitted) more") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of bytes: [UInt8]) -> [Substring] {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        // No column counts it.
        let text = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
        return String(decoding: text, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    /// The line of the file, and a mark under the column, both behind the line's number.
    static func excerpt(_ source: Substring, line: Int, column: Int) -> [String] {
        let start = max(0, column - 1 - excerptWidth / 2)
        let shown = source.dropFirst(start).prefix(excerptWidth)
        let number = String(line)
        // What is escaped is longer than it was; the mark moves with it.
        func visible(_ text: Substring) -> String { escaped(String(text.map { $0 == "\t" ? " " : $0 })) }
        let indent = visible(shown.prefix(max(0, column - 1 - start))).count
        return [
            "  \(number) | \(visible(shown))",
            "  \(String(repeating: " ", count: number.count)) | \(String(repeating: " ", count: indent))^",
        ]
    }

    // What is right.

    private func summary(of configuration: Configuration, _ keys: [String], at path: String) -> String {
        let groups = configuration.groups.map(describe)
        return palette.paint("\(escaped(path)) is fine.", .good) + "\n" + (keys + groups).joined(separator: "\n") + "\n"
    }

    private func describe(_ group: GroupConfiguration) -> String {
        let named = group.addresses.prefix(Self.namedAddresses).map(\.description).joined(separator: ", ")
        let more = group.addresses.count - Self.namedAddresses
        let place: String
        do throws(LinkChoiceError) {
            place = "on \(escaped(try group.link.resolve(for: group, among: links).name))"
        } catch {
            // It stands behind the group's name already.
            let naming = "group \(group.name): "
            let reason = error.description
            place = "waits: " + escaped(reason.hasPrefix(naming) ? String(reason.dropFirst(naming.count)) : reason)
        }
        var parts = ["\(named)\(more > 0 ? " and \(more) more" : "")", place, "priority \(group.priority)"]
        if let members = group.members {
            parts.append("quorum of \(members) members\(group.strict ? ", strict" : "")")
        }
        if !group.checks.isEmpty { parts.append("checks \(group.checks.map(\.name).joined(separator: ", "))") }
        return "  \(group.name): " + parts.joined(separator: "; ")
    }
}
