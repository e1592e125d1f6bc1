// Reading what this node was told: the file and the flags, or where there are none what the daemon serves; and the keys.
// Deliberately not here: the rules of the file (VIPConfiguration), and what it means (VIPDoctor).

import VIPConfiguration
import VIPControl
import VIPDoctor
import VIPLinux
import VIPWire

/// What was read, and what there is to say about it.
struct ReadConfiguration {
    private(set) var groups: [ExaminedGroup] = []
    /// The keys that the nodes' frames are verified by.
    private(set) var keyring: FrameKeyring?
    /// This node is known to have none.
    private(set) var lacksKey = false
    private(set) var findings: [Finding] = []

    /// - Parameter served: what the daemon answered.
    /// - Throws: where a flag is wrong: that is a mistake on the command line, not on this machine.
    init(_ options: RunOptions, served: StatusReport?) throws(CommandFailure) {
        let file = options.configPath ?? Limits.defaultPath
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(options: options)
            findings = ConfigurationJudge.findings(.valid(source: SystemFile.exists(file) ? file : "--vip"))
            groups = configuration.groups.map(ExaminedGroup.init)
            // Flags are for this run, and another file need not be the daemon's.
            if let served, options == RunOptions() {
                findings += ConfigurationJudge.findings(
                    configured: groups.map(\.facts), served: served.groups.map(GroupFacts.init))
            }
            readKeys(configuration.keys)
        } catch {
            if let flag = error.problems.first(where: { $0.file == nil }) {
                throw CommandFailure(message: flag.message, exitCode: ExitCode.usage)
            }
            let isHidden = !UserAccount.isRoot && SystemFile.exists(file) && SystemFile.text(file) == nil
            if isHidden {
                findings = ConfigurationJudge.findings(ConfigurationFacts.hidden(path: file))
            } else if options.configPath != nil || !options.vips.isEmpty || SystemFile.exists(file) {
                findings = ConfigurationJudge.findings(.invalid(file: file, error.problems.map(\.description)))
                return
            } else {
                findings = ConfigurationJudge.findings(served == nil ? .missing(path: file) : .fromDaemon)
            }
            guard let served else { return }
            groups = served.groups.map { ExaminedGroup(facts: GroupFacts($0), configuration: nil) }
            lacksKey = served.node.authentication == .unauthenticated
            if lacksKey { findings += ConfigurationJudge.findings(KeyFacts.none) }
        }
    }

    private mutating func readKeys(_ settings: KeySettings) {
        guard let file = settings.file else {
            lacksKey = true
            findings += ConfigurationJudge.findings(KeyFacts.none)
            return
        }
        do throws(KeyFileError) {
            var accepted: [FrameKey] = []
            for file in settings.accepted { accepted.append(try KeyFile.read(file)) }
            let read = FrameKeyring(
                signing: try KeyFile.read(file), accepted: accepted, acceptsUnsigned: settings.acceptsUnsigned)
            keyring = read
            let closed = Self.closed([file] + settings.accepted)
            findings += ConfigurationJudge.findings(
                closed.map { .closed(path: $0.path, user: $0.user) } ?? .usable(read.signing.keyID.description))
        } catch {
            let isHidden = !UserAccount.isRoot && SystemFile.exists(file) && SystemFile.text(file) == nil
            findings += ConfigurationJudge.findings(
                isHidden ? KeyFacts.hidden(path: file) : .unusable("\(error)"))
        }
    }

    /// A file that the daemon may not read once it is no longer root (renouncePrivileges), and who it is then. An ordinary
    /// user's daemon is that user's.
    private static func closed(_ files: [String]) -> (path: String, user: String)? {
        guard UserAccount.isRoot, let user = UserAccount(named: "vipd") ?? UserAccount(named: "nobody") else {
            return nil
        }
        return files.first { !SystemFile.mayRead($0, as: user) }.map { ($0, user.name) }
    }
}
