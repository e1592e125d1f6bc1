// `vipd convert`: a keepalived.conf as vipd's configuration on standard output, and what it could not carry over on
// standard error. Deliberately not here: reading and mapping it (VIPConvert), and the files (ConvertedFiles).
import Glibc
import VIPConvert

extension Command {
    /// Where keepalived looks.
    static let keepalivedPath = "/etc/keepalived/keepalived.conf"

    static let convert = Command(
        name: "convert",
        summary: "turn keepalived's configuration into vipd's",
        details: [
            "Reads FILE, \(keepalivedPath) unless given, and what it includes;",
            "- is standard input, whose includes are seen from the current folder.",
            "Prints the configuration of its vrrp instances, and on standard error what could",
            "not be carried over, or means something else, with file and line. Nothing is",
            "changed: look the result through, write it to /etc/vipd/vipd.yaml, and check it",
            "with vipd check.",
        ],
        operand: .file,
        options: [
            Option(
                name: "--instance", value: .name, repeats: true,
                summary: "convert this vrrp_instance only; may be repeated"),
            Option(
                name: "--config-id", value: .name, summary: "what @NAME in the file means",
                standard: "the short host name"),
        ],
        exitCodes: [
            (ExitCode.success, "there is a configuration, whatever was left out"),
            (ExitCode.failure, "the file cannot be read or understood, or has nothing for vipd"),
        ])
}

struct ConvertCommand {
    let invocation: Invocation
    /// What is read for the operand `-`.
    let input: Int32
    let output: Output
    let errors: Output

    /// Converts the file, and returns the exit code.
    func run() throws(CommandFailure) -> Int32 {
        let conversion: Conversion
        let path = invocation.operand ?? Command.keepalivedPath
        let isInput = StandardInput.isMeant(by: path)
        do throws(ConversionError) {
            conversion = try Conversion(
                path: isInput ? StandardInput.name : path,
                configID: invocation.value("--config-id") ?? Self.hostName,
                instances: invocation.allValues("--instance"),
                files: isInput ? .ofSystem(beside: input) : .ofSystem)
        } catch {
            tell(error.notes)
            throw CommandFailure(message: error.description)
        }
        output.write(conversion.yaml)
        tell(conversion.notes)
        if conversion.omittedNotes > 0 { errors.write("and \(conversion.omittedNotes) more\n") }
        return ExitCode.success
    }

    private func tell(_ notes: [ConversionNote]) {
        for note in notes { errors.write(escaped(note.description) + "\n") }
    }

    /// Up to its first dot, as keepalived takes it.
    private static var hostName: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "" }
        return unsafe withUnsafeBytes(of: &name.nodename) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 && $0 != UInt8(ascii: ".") }, as: UTF8.self)
        }
    }
}
