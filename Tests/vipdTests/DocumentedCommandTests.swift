// The commands that the documentation tells people to type, whether in a block or in a sentence, are commands that vipd and
// the Makefile have. That they do what is said there is tried on booted machines (tools/docs-test).

import Glibc
import Testing

@testable import vipd

/// The repository, from where this file stands in it.
private let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

private func text(_ path: String) throws -> String {
    let stream = try #require(fopen("\(repository)/\(path)", "r"), "\(path)")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
}

/// What stands between backticks, and each line of a block.
private func commands(in page: String) -> [String] {
    var found: [String] = []
    var prose = ""
    var isFenced = false
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("```") {
            isFenced.toggle()
        } else if isFenced || line.hasPrefix("    ") {
            found.append(String(line.drop { $0 == " " }))
        } else {
            prose += line + " "
        }
    }
    found += prose.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, part in
        index % 2 == 1 ? String(part) : nil
    }
    return found
}

/// The words of one command: up to a comment, a pipe or the like, without prompt and sudo.
private func words(of command: String) -> [String] {
    let words = command.split(separator: " ").map(String.init)
        .prefix { !["#", "|", "\\|", "||", "&&", ">", "&"].contains($0) }
        .map { $0.hasSuffix(";") ? String($0.dropLast()) : $0 }
    return Array(words.drop { ["$", "#", "sudo"].contains($0) })
}

@Suite struct DocumentedCommandTests {
    /// All pages for people, but for PROTOCOL.md, which has octets that look like a command, and reference.md, which is
    /// held against the tables themselves (ReferenceTests).
    static let pages = [
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/README.md", "docs/tutorial.md", "docs/kubernetes.md",
        "docs/monitoring.md", "docs/SECURITY.md", "docs/DESIGN.md", "docs/benchmarks.md", "docs/scale.md",
        "docs/guides/from-keepalived.md", "docs/guides/from-kube-vip.md", "docs/guides/from-talos.md",
        "docs/guides/proxmox.md", "systemd/vipd.yaml.example",
    ]

    /// Something of vipd's own, not a picture or a sentence: small letters and hyphens.
    private static func isWord(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
    }

    @Test("Each vipd command of a page is one that vipd takes", arguments: pages)
    func vipdCommands(_ page: String) throws {
        for command in commands(in: try text(page)) {
            let words = words(of: command)
            guard words.count > 1, words[0].split(separator: "/").last == "vipd", Self.isWord(words[1]) else {
                continue
            }
            do {
                _ = try Invocation(parsing: Array(words.dropFirst()))
            } catch {
                // A sentence may name an option or a command without its value.
                let isIncomplete = error.message.contains("needs a value") || error.message.contains("needs one of")
                #expect(isIncomplete, "\(page): \(command): \(error.message)")
            }
        }
    }

    @Test("Each make command of a page names targets of the Makefile", arguments: pages)
    func makeCommands(_ page: String) throws {
        let targets = Set(
            try text("Makefile").split(separator: "\n").compactMap { line in
                line.firstIndex(of: ":").map { String(line[..<$0]) }
            })
        for command in commands(in: try text(page)) {
            let words = words(of: command)
            guard words.count > 1, words[0] == "make" else { continue }
            // Behind a variable there may be words of its value.
            for word in words.dropFirst().prefix(while: { !$0.contains("=") }) where Self.isWord(word) {
                #expect(targets.contains(word), "\(page): \(command): the Makefile has no target \(word)")
            }
        }
    }

    @Test("A page's command that vipd does not have is found, and one behind a comment or a pipe is not looked for")
    func finds() {
        let page = """
            Say `vipd statsu` or `sudo vipd events | vipd nothing`.
                $ vipd move --tu x
            ```sh all
            vipd check   # vipd chekc
            ```
            """
        #expect(
            commands(in: page).map(words) == [
                ["vipd", "move", "--tu", "x"], ["vipd", "check"], ["vipd", "statsu"], ["vipd", "events"],
            ])
    }
}
