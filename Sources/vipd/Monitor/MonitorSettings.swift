// What `vipd monitor` is to know and do, from its flags and the configuration. Deliberately not here: doing it.
import VIPConfiguration
import VIPLinux

struct MonitorSettings {
    /// Groups whose names and addresses are known.
    private(set) var groups: [GroupConfiguration] = []
    /// What tags are checked with; nil for nothing.
    private(set) var keys: FrameKeyring?
    /// What is to be known, but stops nothing, in one line; nil for nothing.
    private(set) var remark: String?
    /// Ends after so many lines.
    let count: Int?

    init(_ invocation: Invocation) throws(CommandFailure) {
        count = try Self.count(invocation.value("--count"))
        if let path = invocation.value("--config") {
            do {
                try take(Configuration.load(options: RunOptions(configPath: path)))
            } catch {
                throw CommandFailure(message: "\(error)", exitCode: ExitCode.usage)
            }
        } else {
            // This machine's own, which is of no use perhaps, and must not be in the way.
            do {
                if try ConfigurationFile.read(Limits.defaultPath) != nil {
                    try take(Configuration.load(options: RunOptions()))
                }
            } catch {
                remark = "goes on without the whole of \(Limits.defaultPath): \(error)"
            }
        }
        if let path = invocation.value("--key-file") {
            do throws(KeyFileError) {
                keys = FrameKeyring(signing: try KeyFile.read(path))
            } catch {
                throw CommandFailure(message: error.description, exitCode: ExitCode.usage)
            }
        }
    }

    private static func count(_ text: String?) throws(CommandFailure) -> Int? {
        guard let text else { return nil }
        guard let count = Int(text), count > 0 else {
            throw CommandFailure(
                message: "--count is a number of lines, 1 or more, not '\(text)'", exitCode: ExitCode.usage)
        }
        return count
    }

    private mutating func take(_ configuration: Configuration) throws(KeyFileError) {
        groups = configuration.groups
        guard let file = configuration.keys.file else { return }
        var accepted: [FrameKey] = []
        for file in configuration.keys.accepted { accepted.append(try KeyFile.read(file)) }
        keys = FrameKeyring(
            signing: try KeyFile.read(file), accepted: accepted, acceptsUnsigned: configuration.keys.acceptsUnsigned)
    }

    /// The interface to listen on: `named`, or the one that the groups live on, or the only one there is.
    func interface(_ named: String?, among links: [LinkFacts]) throws(CommandFailure) -> String {
        if let named { return named }
        var names: Set<String> = []
        for group in groups {
            do throws(LinkChoiceError) {
                names.insert(try group.link.resolve(for: group, among: links).name)
            } catch {
                throw CommandFailure(message: error.description)
            }
        }
        let isConfigured = !groups.isEmpty
        if !isConfigured { names = Set(links.filter { $0.canCarryVIP && $0.isUp }.map(\.name)) }
        guard names.count != 1 else { return names.first ?? "" }
        let list = names.sorted().joined(separator: ", ")
        let problem =
            isConfigured
            ? "the groups live on several interfaces: \(list)"
            : names.isEmpty
                ? "this machine has no Ethernet interface that is up" : "this machine has several interfaces: \(list)"
        throw CommandFailure(message: "\(problem); name one with --interface")
    }
}
