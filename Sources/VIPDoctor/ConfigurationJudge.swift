// The configuration, the key and the checker: what this node was told, and whether the programs can use it.
import VIPWire

/// What came of reading the configuration.
public enum ConfigurationFacts: Equatable, Sendable {
    /// Valid; where it is from, as in `/etc/vipd/vipd.yaml`.
    case valid(source: String)
    /// Each mistake in one line, with its place.
    case invalid(file: String, [String])
    /// This process may not read the file; the daemon may.
    case hidden(path: String)
    /// There is none, so the daemon was asked what it serves.
    case fromDaemon
    /// There is none, and no daemon.
    case missing(path: String)
}

/// What was found of the key that frames are signed with.
public enum KeyFacts: Equatable, Sendable {
    /// No key is configured.
    case none
    /// Its id.
    case usable(String)
    /// What is wrong with a file, in one line with the way out.
    case unusable(String)
    /// This process may read a file, and the daemon, which runs as another user, may not.
    case closed(path: String, user: String)
    /// This process may not read the file, which says nothing of the daemon.
    case hidden(path: String)
}

/// What was found of the process that runs checks and hooks.
public enum CheckerFacts: Equatable, Sendable {
    /// The socket that systemd keeps for it is there.
    case socket(String)
    /// Its program is there, which the daemon starts by itself.
    case program(String)
    /// Neither is; where they were looked for.
    case missing([String])
}

public enum ConfigurationJudge {
    public static func findings(_ facts: ConfigurationFacts) -> [Finding] {
        switch facts {
        case .valid(let source): return [Finding(.ok, .configuration, "the configuration is fine (\(source))")]
        case .invalid(let file, let mistakes):
            return mistakes.map { mistake in
                Finding(
                    .problem, .configuration, mistake,
                    why: "The daemon does not start with it; one that runs goes on with what it has.",
                    cure: ["vipd check \(file)"])
            }
        case .hidden(let path):
            return [
                Finding(
                    .note, .notLookedAt, "the configuration in \(path) cannot be read by this user",
                    why: "Where a daemon runs, what it serves was looked at instead.", cure: ["sudo vipd doctor"])
            ]
        case .fromDaemon:
            return [
                Finding(
                    .note, .configuration,
                    "there is no configuration file: what the daemon serves was looked at instead",
                    why: "It was started with --vip, which a restart by hand has to repeat.")
            ]
        case .missing(let path):
            return [
                Finding(
                    .note, .configuration,
                    "there is no configuration file (\(path)), no --vip and no daemon: only the machine was looked at",
                    why: "Nothing can be said of an address that is not known.",
                    cure: ["vipd doctor --vip ADDR"])
            ]
        }
    }

    /// What the running daemon serves against what the file says.
    public static func findings(configured: [GroupFacts], served: [GroupFacts]) -> [Finding] {
        func names(_ groups: [GroupFacts]) -> Set<String> {
            Set(groups.map { "\($0.name): " + $0.addresses.sorted().map(\.description).joined(separator: " ") })
        }
        let (wanted, running) = (names(configured), names(served))
        guard wanted != running else { return [] }
        return [
            Finding(
                .warning, .daemonDiffers,
                "the daemon serves other groups than configured: "
                    + "\(running.sorted().joined(separator: "; ")), not \(wanted.sorted().joined(separator: "; "))",
                why: "A file that was changed counts once the daemon has read it anew.", cure: ["systemctl reload vipd"]
            )
        ]
    }

    public static func findings(_ key: KeyFacts) -> [Finding] {
        switch key {
        case .none:
            return [
                Finding(
                    .note, .unauthenticated, "there is no key: frames are not signed",
                    why:
                        "Whoever can send on the segment can take part in the election. With a key only nodes can: make one on "
                        + "one node, copy the file to all others, and name it as keyFile on each.",
                    cure: ["vipd key --write /etc/vipd/key"])
            ]
        case .usable(let id): return [Finding(.ok, .key, "the key can be used: \(id)")]
        case .unusable(let reason):
            return [
                Finding(.problem, .key, reason, why: "The daemon does not start without the key that it is told of.")
            ]
        case .closed(let path, let user):
            return [
                Finding(
                    .problem, .key, "the key in \(path) cannot be read by the user \(user)",
                    why: "That is who the daemon runs as; it does not start without the key that it is told of.",
                    cure: ["chown root:\(user) \(path)", "chmod 0640 \(path)"])
            ]
        case .hidden(let path):
            return [
                Finding(
                    .note, .notLookedAt, "the key in \(path) cannot be read by this user",
                    why: "So it should be; frames of other nodes were not verified.", cure: ["sudo vipd doctor"])
            ]
        }
    }

    public static func findings(_ checker: CheckerFacts) -> [Finding] {
        switch checker {
        case .socket(let path): return [Finding(.ok, .checker, "checks are run by the service behind \(path)")]
        case .program(let path): return [Finding(.ok, .checker, "checks are run by \(path)")]
        case .missing(let places):
            return [
                Finding(
                    .problem, .checker, "checks or hooks are configured, and nothing is here that runs them",
                    why: "There is neither \(places.joined(separator: " nor ")). The checks stay unknown, which fails "
                        + "nothing: a sick service would not move the address.",
                    cure: ["systemctl enable --now vipd-check.socket"])
            ]
        }
    }
}
