// What a check may be: the bounds that both the configuration and the checker's own door hold it to.
// Deliberately not here: the defaults (CheckSpecification.swift).

/// The bounds of what is asked of the checker. Lengths are bytes of UTF-8.
public enum CheckLimits {
    public static let intervals: ClosedRange<Duration> = .milliseconds(100) ... .seconds(3600)
    public static let timeouts: ClosedRange<Duration> = .milliseconds(10) ... .seconds(60)
    /// Of `rise` and of `fall`.
    public static let counts = 1...100
    public static let nameLength = 1...63
    /// Names of groups.
    public static let groupLength = 1...255
    /// Checks that one checker has at a time.
    public static let checks = 64
    public static let urls = 1...8
    public static let urlLength = 1...2048
    public static let statusCodes = 100...599
    public static let statuses = 1...16
    public static let bodyLength = 1...1024
    /// Of a file's path, of one argument, and of one variable of the environment.
    public static let textLength = 1...4096
    public static let arguments = 1...64
    public static let variables = 0...64
    /// Of a hook and of a post.
    public static let hookTimeouts: ClosedRange<Duration> = .milliseconds(100) ... .seconds(600)
}

extension CheckSpecification {
    /// What keeps it from being a check, as in `interval: 1ms is not within 100ms-3600s`; nil: nothing.
    public var objection: String? {
        Objection.text(name, within: CheckLimits.nameLength, at: "name")
            ?? Objection.value(interval, within: CheckLimits.intervals, at: "interval")
            ?? Objection.value(timeout, within: CheckLimits.timeouts, at: "timeout")
            ?? Objection.value(rise, within: CheckLimits.counts, at: "rise")
            ?? Objection.value(fall, within: CheckLimits.counts, at: "fall")
            ?? probe.objection
    }
}

extension CheckSpecification.Probe {
    var objection: String? {
        switch self {
        case .tcp(let host, let port):
            if port == 0 { return "port: 0 is no port" }
            return Objection.text(host, within: 1...253, at: "host")
                ?? (host.utf8.contains {
                    $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "@")
                }
                    ? "host: \(ServiceText.harmless(host)) is no name of a host" : nil)
        case .http(let probe), .etcd(let probe): return probe.objection
        case .exec(let arguments): return Objection.command(arguments, at: "exec")
        }
    }
}

extension HTTPProbe {
    var objection: String? {
        if !CheckLimits.urls.contains(urls.count) { return "urls: give 1 to \(CheckLimits.urls.upperBound) of them" }
        for url in urls {
            if let objection = Objection.url(url, at: "url") { return objection }
        }
        if !CheckLimits.statuses.contains(statuses.count) {
            return "statuses: give 1 to \(CheckLimits.statuses.upperBound) of them"
        }
        for range in statuses
        where !CheckLimits.statusCodes.contains(range.lowerBound) || !CheckLimits.statusCodes.contains(range.upperBound)
        {
            return "statuses: \(range.lowerBound)-\(range.upperBound) is not within 100-599"
        }
        if let body, let objection = Objection.text(body, within: CheckLimits.bodyLength, at: "body") {
            return objection
        }
        for (key, file) in [("caFile", caFile), ("certificateFile", certificateFile), ("keyFile", keyFile)] {
            if let file, let objection = Objection.path(file, at: key) { return objection }
        }
        return keyFile != nil && certificateFile == nil ? "keyFile: a key goes with a certificateFile" : nil
    }
}

/// Reasons not to take a value, which `key` names in the message; nil: none.
enum Objection {
    static func value<Value: Comparable>(_ value: Value, within range: ClosedRange<Value>, at key: String) -> String? {
        range.contains(value) ? nil : "\(key): \(value) is not within \(range.lowerBound) to \(range.upperBound)"
    }

    /// A text that goes through a C interface: no NUL, and no longer than it should be.
    static func text(_ text: String, within lengths: ClosedRange<Int>, at key: String) -> String? {
        if text.utf8.contains(0) { return "\(key): has a NUL in it" }
        if lengths.contains(text.utf8.count) { return nil }
        return text.isEmpty ? "\(key): is empty" : "\(key): is longer than \(lengths.upperBound) bytes"
    }

    static func path(_ path: String, at key: String) -> String? {
        Self.text(path, within: CheckLimits.textLength, at: key)
            ?? (path.utf8.first == UInt8(ascii: "/")
                ? nil : "\(key): \(ServiceText.harmless(path)) does not begin with /; give the whole path")
    }

    static func command(_ arguments: [String], at key: String) -> String? {
        guard let program = arguments.first else { return "\(key): names no program" }
        if arguments.count > CheckLimits.arguments.upperBound {
            return "\(key): has more than \(CheckLimits.arguments.upperBound) arguments"
        }
        for argument in arguments {
            if let objection = text(argument, within: 0...CheckLimits.textLength.upperBound, at: key) {
                return objection
            }
        }
        return path(program, at: key)
    }

    /// A URL is judged as far as it decides what vipd speaks; the rest is libcurl's to understand.
    static func url(_ url: String, at key: String) -> String? {
        if let objection = text(url, within: CheckLimits.urlLength, at: key) { return objection }
        if url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) {
            return "\(key): \(ServiceText.harmless(url)) has a space or a control character in it"
        }
        let scheme = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }
        guard let scheme else { return "\(key): \(ServiceText.harmless(url)) does not begin with http:// or https://" }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if authority.isEmpty { return "\(key): \(ServiceText.harmless(url)) names no host" }
        return authority.contains("@") ? "\(key): has a user or a password in it; vipd sends none" : nil
    }
}
