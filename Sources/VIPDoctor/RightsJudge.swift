// What the daemon needs of this machine beside the network: rights, a user, a unit; and whether it runs.

/// What was found of all that.
public struct RightsFacts: Equatable, Sendable {
    /// This process runs as root.
    public var isRoot: Bool
    /// The capabilities in effect for this process.
    public var hasNetworkAdministration: Bool
    public var hasRawNetwork: Bool
    /// The user vipd is there; nobody is what the daemon falls back to.
    public var hasAccount: Bool
    /// Where the unit is, if it is installed.
    public var unitPath: String?
    public var hasSystemd: Bool
    /// What became of asking the daemon.
    public var daemon: Daemon

    public enum Daemon: Equatable, Sendable {
        case answers(version: String)
        /// The reason, in one line with the way out.
        case silent(String)
        /// The same of one that listens and does not answer.
        case hangs(String)
    }

    public init(
        isRoot: Bool, hasNetworkAdministration: Bool, hasRawNetwork: Bool, hasAccount: Bool, unitPath: String?,
        hasSystemd: Bool, daemon: Daemon
    ) {
        self.isRoot = isRoot
        self.hasNetworkAdministration = hasNetworkAdministration
        self.hasRawNetwork = hasRawNetwork
        self.hasAccount = hasAccount
        self.unitPath = unitPath
        self.hasSystemd = hasSystemd
        self.daemon = daemon
    }
}

public enum RightsJudge {
    /// - Parameter version: this program's, to be compared with the daemon's.
    public static func findings(_ facts: RightsFacts, version: String) -> [Finding] {
        [capabilities(facts), account(facts), unit(facts), daemon(facts, version: version)].compactMap(\.self)
    }

    private static func capabilities(_ facts: RightsFacts) -> Finding {
        var missing: [String] = []
        if !facts.hasNetworkAdministration { missing.append("CAP_NET_ADMIN") }
        if !facts.hasRawNetwork { missing.append("CAP_NET_RAW") }
        if missing.isEmpty {
            return Finding(.ok, .capabilities, "the daemon may run here: CAP_NET_ADMIN and CAP_NET_RAW are in effect")
        }
        let list = missing.joined(separator: " and ")
        guard facts.isRoot else {
            return Finding(
                .note, .notLookedAt,
                "without \(list) kernel features and the network were not tried",
                why:
                    "Frames cannot be sent or heard, nor addresses set, by an ordinary user. The daemon gets its rights "
                    + "from its unit, whoever asks here.",
                cure: ["sudo vipd doctor"])
        }
        return Finding(
            .problem, .capabilities, "root has no \(list) here: a container, or a bounding set, took it away",
            why: "The daemon sends raw frames and sets addresses; without it refuses to start.",
            cure: ["capsh --print"])
    }

    private static func account(_ facts: RightsFacts) -> Finding {
        if facts.hasAccount { return Finding(.ok, .account, "the user vipd is there") }
        let cure = ["useradd --system --no-create-home --shell /usr/sbin/nologin vipd"]
        guard facts.unitPath == nil else {
            return Finding(
                .problem, .account, "there is no user vipd", why: "The unit does not start without it.", cure: cure)
        }
        return Finding(
            .note, .account, "there is no user vipd",
            why: "A daemon that root starts by hand goes on as nobody, as does much else that has no user of its own.",
            cure: cure)
    }

    private static func unit(_ facts: RightsFacts) -> Finding? {
        guard facts.hasSystemd else { return nil }
        if let path = facts.unitPath { return Finding(.ok, .unit, "the unit is installed: \(path)") }
        return Finding(
            .note, .unit, "vipd.service is not installed",
            why:
                "Under systemd the daemon starts at boot, is watched, and has no more rights than it needs. The package "
                + "and `make install` bring the unit.")
    }

    private static func daemon(_ facts: RightsFacts, version: String) -> Finding {
        switch facts.daemon {
        case .answers(let running) where running == version:
            return Finding(.ok, .daemon, "the daemon runs and answers")
        case .answers(let running):
            return Finding(
                .note, .daemon, "the daemon that runs is of version \(running), this program of \(version)",
                why: "What was upgraded takes effect with the next start.", cure: ["systemctl restart vipd"])
        case .hangs(let reason):
            return Finding(
                .problem, .daemon, "the daemon does not answer: \(reason)",
                why:
                    "A daemon that hangs renews no lease: the kernel takes the addresses away, and another node takes over. "
                    + "systemd's watchdog kills it and starts it anew; where it does not, somebody has to.",
                cure: ["systemctl restart vipd"])
        case .silent(let reason):
            return Finding(
                .note, .daemon, "no daemon was asked: \(reason)",
                why: "What only a running daemon knows is missing here: its peers, conflicts and counters.",
                cure: facts.unitPath == nil ? [] : ["systemctl enable --now vipd"])
        }
    }
}
