// How the decoder takes `checks`, `hooks` and what belongs to them.
// Deliberately not here: the rules of single values (HealthValues), and running any of it (vipd-check).

internal import VIPHealth

extension ConfigurationDecoder {
    /// `whenAllUnhealthy`: true for hold.
    mutating func holdsWhenAllUnhealthy(of entry: YAMLNode.Entry) -> Bool? {
        value(of: entry, "hold or release") { text throws(ValueError) in
            switch text {
            case "hold": return true
            case "release": return false
            default: throw ValueError("\(text.quoted) is neither hold nor release; write one of the two")
            }
        }
    }

    /// The checks of a group, without those that were refused.
    mutating func checks(of entry: YAMLNode.Entry) -> [CheckSpecification] {
        guard case .sequence(let items) = entry.value.content else {
            refuse(
                "checks must be a list of checks, not \(entry.value.kindName); "
                    + "write for instance checks: [{kubernetes: {}}]", at: entry.value.mark)
            return []
        }
        if items.count > Limits.checkCount {
            refuse(
                "checks has \(items.count) entries; write at most \(Limits.checkCount)",
                at: items[Limits.checkCount].mark)
        }
        var lines: [String: Int] = [:]
        return items.prefix(Limits.checkCount).compactMap { item in
            guard let check = check(item) else { return nil }
            if let line = lines[check.name] {
                refuse(
                    "check \(check.name) stands here again, first on line \(line); give each check a name of its own",
                    at: item.mark)
                return nil
            }
            lines[check.name] = item.mark.line
            return check
        }
    }

    private mutating func check(_ node: YAMLNode) -> CheckSpecification? {
        guard case .mapping(let entries) = node.content else {
            refuse(
                "a check must be a set of keys, not \(node.kindName); "
                    + "write for instance {name: apiserver, tcp: \"127.0.0.1:6443\"}", at: node.mark)
            return nil
        }
        var check = CheckSpecification(name: "", probe: .exec([]))
        var probes: [String] = []
        var isWhole = true
        for entry in unique(entries) {
            guard let key = CheckKey(rawValue: entry.key) else {
                refuseUnknown(entry, among: CheckKey.allCases.map(\.rawValue))
                isWhole = false
                continue
            }
            if CheckKey.probes.contains(key) {
                probes.append(entry.key)
                if let probe = probe(key, entry) { check.probe = probe } else { isWhole = false }
                continue
            }
            decode(key, entry, into: &check)
        }
        // An unknown key may have been meant for the one that is missing.
        guard isWhole || probes.count > 1 else { return nil }
        guard probes.count == 1 else {
            let known = CheckKey.probes.map(\.rawValue).joined(separator: ", ")
            refuse(
                probes.isEmpty
                    ? "the check does not say what to check; add one of \(known)"
                    : "the check has \(probes.joined(separator: " and ")); make a check of each", at: node.mark)
            return nil
        }
        if check.name.isEmpty { check.name = probes[0] }
        return check
    }

    private mutating func decode(_ key: CheckKey, _ entry: YAMLNode.Entry, into check: inout CheckSpecification) {
        func runs(_ text: String) throws(ValueError) -> Int {
            try SettingRule.wholeNumber(text, in: CheckLimits.counts)
        }
        switch key {
        case .name:
            if let name = value(of: entry, "a name", NameRule.check.check) { check.name = name }
        case .interval:
            let interval = value(of: entry, "a duration") { text throws(ValueError) in
                try SettingRule.duration(text, in: CheckLimits.intervals)
            }
            if let interval { check.interval = interval }
        case .timeout:
            let timeout = value(of: entry, "a duration") { text throws(ValueError) in
                try SettingRule.duration(text, in: CheckLimits.timeouts)
            }
            if let timeout { check.timeout = timeout }
        case .rise: if let rise = number(of: entry, runs) { check.rise = rise }
        case .fall: if let fall = number(of: entry, runs) { check.fall = fall }
        case .tcp, .http, .https, .exec, .kubernetes, .etcd: break
        }
    }

    private mutating func probe(_ key: CheckKey, _ entry: YAMLNode.Entry) -> CheckSpecification.Probe? {
        switch key {
        case .tcp:
            return value(of: entry, "a host and a port", EndpointRule.check).map { .tcp(host: $0.host, port: $0.port) }
        case .exec:
            return command(of: entry).map { .exec($0) }
        case .http:
            return httpProbe(of: entry, keys: [.url, .status, .body], scheme: "http").map { .http($0) }
        case .https:
            return httpProbe(of: entry, keys: ProbeKey.allCases, scheme: "https").map { .http($0) }
        case .kubernetes:
            return readyMade(of: entry) { parts in
                .kubernetes(
                    urls: parts.url.map { [$0] } ?? CheckSpecification.Probe.kubernetesURLs, caFile: parts.caFile,
                    certificateFile: parts.certificateFile, keyFile: parts.keyFile)
            }
        case .etcd:
            return readyMade(of: entry) { parts in
                .etcd(
                    urls: parts.url.map { [$0] } ?? CheckSpecification.Probe.etcdURLs, caFile: parts.caFile,
                    certificateFile: parts.certificateFile, keyFile: parts.keyFile)
            }
        case .name, .interval, .timeout, .rise, .fall: return nil
        }
    }

    /// A ready-made check: what its set of keys, which may be empty, overrides.
    private mutating func readyMade(
        of entry: YAMLNode.Entry, _ make: (ProbeParts) -> CheckSpecification.Probe
    ) -> CheckSpecification.Probe? {
        switch entry.value.content {
        case .mapping(let entries):
            guard let parts = parts(entries, of: entry, keys: ProbeKey.ofReadyMade, scheme: nil) else { return nil }
            return make(parts)
        case .scalar where entry.value.isNull: return make(ProbeParts())
        default:
            refuse(
                "\(entry.key) must be a set of keys, not \(entry.value.kindName); write \(entry.key): {}",
                at: entry.value.mark)
            return nil
        }
    }

    private mutating func httpProbe(of entry: YAMLNode.Entry, keys: [ProbeKey], scheme: String) -> HTTPProbe? {
        if case .scalar = entry.value.content, !entry.value.isNull {
            let url = value(of: entry, "a URL") { text throws(ValueError) in try URLRule.check(text, scheme: scheme) }
            return url.map { HTTPProbe(urls: [$0]) }
        }
        guard case .mapping(let entries) = entry.value.content else {
            refuse(
                "\(entry.key) must be a set of keys or a URL, not \(entry.value.kindName); "
                    + "write for instance \(entry.key): {url: \"\(scheme)://127.0.0.1:8080/healthz\"}",
                at: entry.value.mark)
            return nil
        }
        guard let parts = parts(entries, of: entry, keys: keys, scheme: scheme) else { return nil }
        guard let url = parts.url else {
            // A URL that was refused is told already.
            if !entries.contains(where: { $0.key == ProbeKey.url.rawValue }) {
                refuse("\(entry.key) needs a url; add one to its keys", at: entry.value.mark)
            }
            return nil
        }
        return HTTPProbe(
            urls: [url], statuses: parts.statuses, body: parts.body, caFile: parts.caFile,
            certificateFile: parts.certificateFile, keyFile: parts.keyFile, isInsecure: parts.isInsecure)
    }

    /// What the keys of a check by HTTP say.
    private struct ProbeParts {
        var url: String?
        var statuses = [200...299]
        var body: String?
        var caFile: String?
        var certificateFile: String?
        var keyFile: String?
        var isInsecure = false
    }

    private mutating func parts(
        _ entries: [YAMLNode.Entry], of parent: YAMLNode.Entry, keys: [ProbeKey], scheme: String?
    ) -> ProbeParts? {
        var parts = ProbeParts()
        var isWhole = true
        for entry in unique(entries) {
            guard let key = ProbeKey(rawValue: entry.key), keys.contains(key) else {
                if scheme == "http", ProbeKey(rawValue: entry.key) != nil {
                    refuse("\"\(entry.key)\" belongs to https; \(parent.key) has no TLS", at: entry.keyMark)
                } else {
                    refuseUnknown(entry, among: keys.map(\.rawValue))
                }
                isWhole = false
                continue
            }
            let taken: Bool
            switch key {
            case .url:
                parts.url = value(of: entry, "a URL") { text throws(ValueError) in
                    try URLRule.check(text, scheme: scheme)
                }
                taken = parts.url != nil
            case .status:
                let statuses = statuses(of: entry)
                if let statuses { parts.statuses = statuses }
                taken = statuses != nil
            case .body:
                parts.body = value(of: entry, "a text", BodyRule.check)
                taken = parts.body != nil
            case .caFile:
                parts.caFile = value(of: entry, "a path", PathRule.check)
                taken = parts.caFile != nil
            case .certFile:
                parts.certificateFile = value(of: entry, "a path", PathRule.check)
                taken = parts.certificateFile != nil
            case .keyFile:
                parts.keyFile = value(of: entry, "a path", PathRule.check)
                taken = parts.keyFile != nil
            case .insecure:
                let isInsecure = boolean(of: entry)
                parts.isInsecure = isInsecure ?? false
                taken = isInsecure != nil
            }
            if !taken { isWhole = false }
        }
        guard isWhole, isSensible(parts, of: parent) else { return nil }
        return parts
    }

    private mutating func isSensible(_ parts: ProbeParts, of parent: YAMLNode.Entry) -> Bool {
        if (parts.certificateFile == nil) != (parts.keyFile == nil) {
            let missing = parts.keyFile == nil ? "keyFile" : "certFile"
            refuse("\(parent.key) has one of certFile and keyFile; add \(missing)", at: parent.value.mark)
            return false
        }
        if parts.isInsecure && parts.caFile != nil {
            refuse(
                "\(parent.key) has a caFile, which insecure makes useless; keep one of them", at: parent.value.mark)
            return false
        }
        return true
    }

    private mutating func statuses(of entry: YAMLNode.Entry) -> [ClosedRange<Int>]? {
        guard case .sequence(let items) = entry.value.content, !items.isEmpty else {
            return value(of: entry, "a status code, a range or a list of them", StatusRule.check).map { [$0] }
        }
        guard items.count <= CheckLimits.statuses.upperBound else {
            refuse(
                "status has \(items.count) entries; write at most \(CheckLimits.statuses.upperBound), or a range like 200-399",
                at: entry.value.mark)
            return nil
        }
        let statuses = items.compactMap { item -> ClosedRange<Int>? in
            guard case .scalar(let text, _) = item.content else {
                refuse("each of status must be a code, not \(item.kindName); write one like 200", at: item.mark)
                return nil
            }
            return checked("status", at: item.mark) { () throws(ValueError) in try StatusRule.check(text) }
        }
        return statuses.count == items.count ? statuses : nil
    }

    // Commands.

    /// The commands of `hooks`.
    mutating func hooks(of entry: YAMLNode.Entry) -> HookCommands {
        var hooks = HookCommands()
        guard case .mapping(let entries) = entry.value.content, !entries.isEmpty else {
            refuse(
                "hooks must be a set of keys, not \(entry.value.emptyOrKindName); "
                    + "write for instance hooks: {acquired: /etc/vipd/up.sh}", at: entry.value.mark)
            return hooks
        }
        for entry in unique(entries) {
            guard let key = HookKey(rawValue: entry.key) else {
                refuseUnknown(entry, among: HookKey.allCases.map(\.rawValue))
                continue
            }
            switch key {
            case .acquired: hooks.acquired = command(of: entry)
            case .released: hooks.released = command(of: entry)
            case .fault: hooks.fault = command(of: entry)
            case .timeout:
                let timeout = value(of: entry, "a duration") { text throws(ValueError) in
                    try SettingRule.duration(text, in: CheckLimits.hookTimeouts)
                }
                if let timeout { hooks.timeout = timeout }
            }
        }
        return hooks
    }

    /// A command: the path of a program alone, or the list of its words.
    private mutating func command(of entry: YAMLNode.Entry) -> [String]? {
        var words: [String] = []
        switch entry.value.content {
        case .scalar(let text, _) where !entry.value.isNull: words = [text]
        case .sequence(let items) where !items.isEmpty:
            for item in items {
                guard case .scalar(let text, _) = item.content, !item.isNull else {
                    refuse("each word of \(entry.key) must be a text, not \(item.kindName)", at: item.mark)
                    return nil
                }
                words.append(text)
            }
        default:
            refuse(
                "\(entry.key) must be a path or a list of words, not \(entry.value.emptyOrKindName); "
                    + "write for instance \(entry.key): [/etc/vipd/script.sh, argument]", at: entry.value.mark)
            return nil
        }
        return checked(entry.key, at: entry.value.mark) { () throws(ValueError) in try CommandRule.check(words) }
    }
}
