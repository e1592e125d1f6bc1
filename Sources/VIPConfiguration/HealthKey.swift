// The part of the table of keys that concerns checks and hooks.
// Deliberately not here: the other keys (ConfigurationKey), and how values are read (ConfigurationDecoder+Health).

import VIPHealth

extension GroupKey {
    /// The entries of the keys that concern a node's health and what follows from it.
    var healthEntry: ConfigurationKey {
        switch self {
        case .whenAllUnhealthy:
            ConfigurationKey(
                name: rawValue, summary: "what a sick node does while no other is well: hold the addresses, or release",
                type: "word", defaultValue: "hold", range: "hold or release")
        case .holdDown:
            ConfigurationKey(
                name: rawValue, summary: "the least time between two moves for reasons of health", type: "duration",
                defaultValue: DurationText.format(Limits.defaultHoldDown), range: DurationText.format(Limits.holdDown))
        case .hooks:
            ConfigurationKey(
                name: rawValue, summary: "programs that run when this node takes or drops the addresses",
                type: "set of keys", defaultValue: nil, range: nil)
        case .webhook:
            ConfigurationKey(
                name: rawValue, summary: "where the facts that hooks get are posted to as JSON", type: "URL",
                defaultValue: nil, range: URLRule.range)
        default:
            ConfigurationKey(
                name: rawValue, summary: "what must be well for this node to be a good holder",
                type: "list of checks", defaultValue: nil, range: "at most \(Limits.checkCount) checks")
        }
    }
}

/// The keys of one check.
enum CheckKey: String, CaseIterable {
    case name, tcp, http, https, exec, kubernetes, etcd, interval, timeout, rise, fall

    /// Those that say what is checked; a check has exactly one.
    static let probes: [CheckKey] = [.tcp, .http, .https, .exec, .kubernetes, .etcd]

    var entry: ConfigurationKey {
        switch self {
        case .name:
            entry(
                "the name of the check in this group", "name", "the key that says what is checked", NameRule.check.range
            )
        case .tcp:
            entry(
                "a port that must accept connections", "host and port", nil,
                "host:port, like 127.0.0.1:6443 or [::1]:6443")
        case .http: entry("a URL that must answer: {url: ...}, or the URL alone", "set of keys or URL", nil, nil)
        case .https: entry("the same over TLS, with certificates", "set of keys or URL", nil, nil)
        case .exec:
            entry(
                "a program that must end with exit code 0", "absolute path, or a list of words", nil, CommandRule.range)
        case .kubernetes: entry("the API server of this machine is alive", "set of keys, may be {}", nil, nil)
        case .etcd:
            entry("the etcd member of this machine is well and sees a leader", "set of keys, may be {}", nil, nil)
        case .interval:
            entry("from the start of one run to the next", "duration", "1s", DurationText.format(CheckLimits.intervals))
        case .timeout: entry("how long a run may take", "duration", "500ms", DurationText.format(CheckLimits.timeouts))
        case .rise: entry("runs in a row that must pass before a sick check is well", "whole number", "2", Self.runs)
        case .fall: entry("runs in a row that must fail before a check is sick", "whole number", "3", Self.runs)
        }
    }

    private static let runs = rangeText(CheckLimits.counts.lowerBound, CheckLimits.counts.upperBound)

    private func entry(
        _ summary: String, _ type: String, _ defaultValue: String?, _ range: String?
    ) -> ConfigurationKey {
        ConfigurationKey(name: rawValue, summary: summary, type: type, defaultValue: defaultValue, range: range)
    }
}

/// The keys of a check by HTTP.
enum ProbeKey: String, CaseIterable {
    case url, status, body, caFile, certFile, keyFile, insecure

    /// Those that the ready-made checks take.
    static let ofReadyMade: [ProbeKey] = [.url, .caFile, .certFile, .keyFile]

    var entry: ConfigurationKey {
        switch self {
        case .url: entry("what is asked for", "URL", URLRule.range)
        case .status:
            entry("answers that pass: a code, a range like 200-399, or a list", "status codes", StatusRule.range)
        case .body:
            entry(
                "text that the answer must contain", "text",
                "1 to \(CheckLimits.bodyLength.upperBound) bytes, in its first 64 KiB")
        case .caFile: entry("certificates of the authorities that are trusted, instead of the system's", "path", nil)
        case .certFile: entry("the certificate that vipd shows, with keyFile", "path", nil)
        case .keyFile: entry("the key of that certificate, which the user vipd must be able to read", "path", nil)
        case .insecure: entry("take any certificate", "true or false", nil)
        }
    }

    private func entry(_ summary: String, _ type: String, _ range: String?) -> ConfigurationKey {
        ConfigurationKey(name: rawValue, summary: summary, type: type, defaultValue: nil, range: range)
    }
}

/// The keys of `hooks`.
enum HookKey: String, CaseIterable {
    case acquired, released, fault, timeout

    var entry: ConfigurationKey {
        switch self {
        case .acquired: entry("runs when this node has taken the addresses", "absolute path, or a list of words")
        case .released: entry("runs when this node has dropped them", "absolute path, or a list of words")
        case .fault:
            entry(
                "runs when this node cannot hold, is sick, or another claims an address",
                "absolute path, or a list of words")
        case .timeout:
            ConfigurationKey(
                name: rawValue, summary: "how long a hook may run before it is killed", type: "duration",
                defaultValue: DurationText.format(Limits.defaultHookTimeout),
                range: DurationText.format(CheckLimits.hookTimeouts))
        }
    }

    private func entry(_ summary: String, _ type: String) -> ConfigurationKey {
        ConfigurationKey(name: rawValue, summary: summary, type: type, defaultValue: nil, range: CommandRule.range)
    }
}
