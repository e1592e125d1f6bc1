// The manual and the completions: that they have all there is, and that the programs that read them can.

import Glibc
import Testing
import VIPConfiguration

@testable import vipd

/// Runs a shell with a script on its standard input; its standard output, and whether it succeeded.
private func shell(_ command: String, reading input: String) throws -> (output: String, succeeded: Bool) {
    var template = Array("/tmp/vipd-manual-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    try #require(file >= 0)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
        close(file)
        unlink(path)
    }
    var rest = ArraySlice(Array(input.utf8))
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        try #require(count > 0)
        rest = rest.dropFirst(count)
    }
    let stream = try #require(popen("\(command) <\(path) 2>&1", "r"))
    var output: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { output.append(UInt8(byte)) }
    return (String(decoding: output, as: UTF8.self), pclose(stream) == 0)
}

@Suite struct ManualTests {
    @Test("vipd(8) has every command, option and exit code")
    func commands() {
        let page = Manual.page("vipd")
        for command in Command.all {
            #expect(page.contains("\n.SS vipd \(command.name.replacing("-", with: "\\-"))\n"))
            for option in command.allOptions { #expect(page.contains(option.name.replacing("-", with: "\\-"))) }
            for exit in command.exitCodes { #expect(page.contains("exit status \(exit.code)")) }
        }
    }

    @Test("vipd.yaml(5) has every key with its default")
    func keys() {
        let page = Manual.page("vipd.yaml")
        for key in ConfigurationKey.tables.flatMap(\.keys) {
            #expect(page.contains("\n.B \(key.name)\n"))
            if let standard = key.defaultValue {
                #expect(page.contains("Default: \(standard.replacing("-", with: "\\-"))."))
            }
        }
    }

    @Test(
        "groff has nothing to say against the pages", .enabled(if: access("/usr/bin/groff", X_OK) == 0),
        arguments: Manual.pages)
    func groff(_ name: String) throws {
        let (output, succeeded) = try shell("groff -man -Tutf8 -ww -z", reading: Manual.page(name))
        #expect(output.isEmpty)
        #expect(succeeded)
    }

    @Test(
        "neither has mandoc, but for the length of lines in the source",
        .enabled(if: access("/usr/bin/mandoc", X_OK) == 0), arguments: Manual.pages)
    func mandoc(_ name: String) throws {
        let (output, _) = try shell("mandoc -T lint -W warning", reading: Manual.page(name))
        #expect(output.isEmpty, "\(output)")
    }

    @Test("the pages have the date of the version that debian/changelog begins with")
    func date() throws {
        let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let command = "date -u +%F -d \"$(sed -n 's/^ -- .*  //p;T;q' '\(folder)/debian/changelog')\""
        let date = try shell(command, reading: "").output.dropLast()
        for name in Manual.pages { #expect(Manual.page(name).contains(" \"\(date)\" \"vipd ")) }
    }
}

@Suite struct CompletionTests {
    /// What bash completes the words of a line to; the last is the one that is being written.
    private func bash(_ words: String...) throws -> [String] {
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let script =
            Completion.script(for: "bash")
            + "vipd() { [ \"$2\" = nodes ] && echo k8s-controller1; }\nCOMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1)\n"
            + "_vipd\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
        return try shell("bash", reading: script).output.split(separator: "\n").map(String.init)
    }

    @Test("bash completes commands, options, operands, and names that the daemon knows")
    func bashCompletes() throws {
        #expect(try bash("vipd", "m") == ["move", "maintenance", "monitor", "manual"])
        #expect(try bash("vipd", "maintenance", "o") == ["on", "off"])
        #expect(try bash("vipd", "status", "--j") == ["--json"])
        #expect(try bash("vipd", "move", "--to", "k8s") == ["k8s-controller1"])
        #expect(try bash("vipd", "check", "/etc/host").contains("/etc/hosts"))
        #expect(try bash("vipd", "check", "--h") == ["--help"])
        #expect(try bash("vipd", "run", "--config", "/etc/host").contains("/etc/hosts"))
    }

    @Test(
        "zsh, which loads the file as a function, completes from the first key on",
        .enabled(if: access("/usr/bin/zsh", X_OK) == 0 || access("/bin/zsh", X_OK) == 0))
    func zshAtOnce() throws {
        let script = """
            directory=$(mktemp -d)
            cat > $directory/_vipd <<'END'
            \(Completion.script(for: "zsh"))
            END
            fpath=($directory $fpath)
            autoload -Uz _vipd
            compdef() { print defined }
            _describe() { print described }
            CURRENT=2
            words=(vipd '')
            _vipd
            rm -r $directory
            """
        #expect(try shell("zsh -f", reading: script).output == "described\n")
    }

    @Test("each shell's script has every command and every option", arguments: Completion.shells)
    func complete(_ name: String) {
        let script = Completion.script(for: name)
        for command in Command.all {
            #expect(script.contains(command.name))
            for option in command.allOptions { #expect(script.contains(option.name.dropFirst(2))) }
        }
    }

    @Test("the shells take their scripts", arguments: Completion.shells)
    func syntax(_ name: String) throws {
        guard access("/usr/bin/\(name)", X_OK) == 0 || access("/bin/\(name)", X_OK) == 0 else { return }
        #expect(try shell("\(name) -n", reading: Completion.script(for: name)).succeeded)
    }
}
