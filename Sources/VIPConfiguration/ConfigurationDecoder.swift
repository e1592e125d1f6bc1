// From the tree of a file to a draft: which key may stand where, and that each value is of the right type.
// Goes on after a problem, so that all of them are told at once.
// Deliberately not here: the rules of single values (Values) and those across several (ConfigurationAssembly).

internal import VIPText
internal import VIPWire

/// Decodes one file.
struct ConfigurationDecoder {
    /// The file's name for the problems.
    let file: String
    private(set) var problems = ProblemList()

    init(file: String) { self.file = file }

    /// What the document says; `root` nil means that it is empty.
    mutating func decode(_ root: YAMLNode?) -> ConfigurationDraft {
        var draft = ConfigurationDraft()
        guard let root, !root.isNull else { return draft }
        guard case .mapping(let entries) = root.content else {
            var message =
                "the file must consist of keys, not of \(root.kindName); write for instance vip: 192.168.1.210"
            if case .scalar(let text, isPlain: true) = root.content, text.contains(":") {
                message += ", with a space after the colon"
            }
            refuse(message, at: root.mark)
            draft.speaksOfGroups = true
            return draft
        }
        var short: GroupDraft?
        let groupsMark = entries.first { $0.key == FileKey.groups.rawValue }?.keyMark
        for entry in unique(entries) {
            if let key = FileKey(rawValue: entry.key) {
                switch key {
                case .node: draft.node = value(of: entry, "a name", NameRule.node.check)
                case .vip:
                    draft.speaksOfGroups = true
                    guard !isBesideGroups(entry, groupsMark) else { continue }
                    var group = short ?? GroupDraft(mark: entry.keyMark)
                    group.speaksOfAddresses = true
                    group.addresses = addresses(of: entry, allowsSingle: true)
                    short = group
                case .groups:
                    draft.speaksOfGroups = true
                    draft.groups = groups(of: entry)
                case .keyFile:
                    draft.speaksOfKeyFile = true
                    draft.keyFile = value(of: entry, "a path") { text throws(ValueError) in
                        try PathRule.check(text, example: PathRule.keyExample)
                    }
                case .accept:
                    draft.accepted = Located(value: paths(of: entry), mark: entry.keyMark)
                case .acceptUnsigned:
                    draft.acceptsUnsigned = boolean(of: entry).map { Located(value: $0, mark: entry.keyMark) }
                case .realtime: draft.realtime = boolean(of: entry)
                }
            } else if let key = GroupKey(rawValue: entry.key), key.mayStandBesideVIP {
                guard !isBesideGroups(entry, groupsMark) else { continue }
                var group = short ?? GroupDraft(mark: entry.keyMark)
                decode(key, entry, into: &group)
                short = group
            } else {
                refuseTopLevel(entry)
            }
        }
        if let short { draft.groups.append(short) }
        return draft
    }

    private mutating func groups(of entry: YAMLNode.Entry) -> [GroupDraft] {
        guard case .sequence(let items) = entry.value.content, !items.isEmpty else {
            refuse(
                "groups must be a list of groups, not \(entry.value.emptyOrKindName); "
                    + "write for instance groups: [{name: api, addresses: [192.168.1.210]}]", at: entry.value.mark)
            return []
        }
        if items.count > Limits.groupCount {
            refuse(
                "groups has \(items.count) entries; write at most \(Limits.groupCount)",
                at: items[Limits.groupCount].mark)
        }
        return items.prefix(Limits.groupCount).compactMap { group($0) }
    }

    private mutating func group(_ node: YAMLNode) -> GroupDraft? {
        guard case .mapping(let entries) = node.content else {
            refuse(
                "a group must be a set of keys, not \(node.kindName); "
                    + "write for instance {name: api, addresses: [192.168.1.210]}", at: node.mark)
            return nil
        }
        var group = GroupDraft(mark: node.mark)
        for entry in unique(entries) {
            if let key = GroupKey(rawValue: entry.key) {
                decode(key, entry, into: &group)
            } else if entry.key == FileKey.vip.rawValue {
                refuse(
                    "a group's addresses stand under \"addresses\"; \"vip\" belongs at the top of the file",
                    at: entry.keyMark)
                group.speaksOfAddresses = true
            } else if let key = FileKey(rawValue: entry.key), FileKey.ofAllGroups.contains(key) {
                refuse("\"\(entry.key)\" belongs at the top of the file: it is for all groups", at: entry.keyMark)
            } else {
                refuseUnknown(entry, among: GroupKey.allCases.map(\.rawValue))
            }
        }
        return group
    }

    private mutating func decode(_ key: GroupKey, _ entry: YAMLNode.Entry, into group: inout GroupDraft) {
        switch key {
        case .name:
            group.name = value(of: entry, "a name", NameRule.group.check).map {
                Located(value: $0, mark: entry.value.mark)
            }
        case .addresses:
            group.speaksOfAddresses = true
            group.addresses = addresses(of: entry, allowsSingle: false)
        case .interface:
            group.interface = value(of: entry, "a name", NameRule.interface.check)
            if group.selector != nil { refuseBothChoices(at: entry.keyMark) }
        case .deviceSelector:
            group.selector = selector(of: entry)
            if group.interface != nil { refuseBothChoices(at: entry.keyMark) }
        case .priority, .interval, .suspectAfter, .lease, .broadcast, .preempt, .preemptDelay, .members, .strict,
            .confirm, .pace:
            decodeSetting(key, entry, into: &group)
        case .checks: group.checks = checks(of: entry)
        case .whenAllUnhealthy: group.holdsWhenAllUnhealthy = holdsWhenAllUnhealthy(of: entry)
        case .holdDown: group.holdDown = value(of: entry, "a duration", SettingRule.holdDown)
        case .hooks: group.hooks = hooks(of: entry)
        case .webhook: group.webhook = value(of: entry, "a URL") { text throws(ValueError) in try URLRule.check(text) }
        }
    }

    private mutating func decodeSetting(_ key: GroupKey, _ entry: YAMLNode.Entry, into group: inout GroupDraft) {
        switch key {
        case .name, .addresses, .interface, .deviceSelector, .checks, .whenAllUnhealthy, .holdDown, .hooks, .webhook:
            break
        case .priority: group.priority = number(of: entry, SettingRule.priority)
        case .interval: group.interval = value(of: entry, "a duration", SettingRule.interval)
        case .suspectAfter:
            group.suspectAfter = value(of: entry, "a duration", SettingRule.suspectAfter)
                .map { Located(value: $0, mark: entry.value.mark) }
        case .lease: group.leaseSeconds = value(of: entry, "a duration", SettingRule.leaseSeconds)
        case .broadcast: group.broadcast = boolean(of: entry)
        case .preempt: group.preempt = boolean(of: entry)
        case .preemptDelay: group.preemptDelay = value(of: entry, "a duration", SettingRule.preemptDelay)
        case .members: group.members = number(of: entry, SettingRule.members)
        case .confirm: group.confirm = addresses(of: entry, allowsSingle: true)
        case .pace: group.pace = number(of: entry, SettingRule.pace)
        case .strict: group.strict = boolean(of: entry).map { Located(value: $0, mark: entry.keyMark) }
        }
    }

    private mutating func refuseBothChoices(at mark: Mark) {
        refuse("\"interface\" and \"deviceSelector\" both choose the interface; keep one of them", at: mark)
    }

    mutating func selector(of entry: YAMLNode.Entry) -> DeviceSelector? {
        guard case .mapping(let entries) = entry.value.content, !entries.isEmpty else {
            refuse(
                "deviceSelector must be a set of keys, not \(entry.value.emptyOrKindName); "
                    + "write for instance {physical: true}", at: entry.value.mark)
            return nil
        }
        var selector = DeviceSelector()
        let what = "a pattern"
        for entry in unique(entries) {
            guard let key = SelectorKey(rawValue: entry.key) else {
                refuseUnknown(entry, among: SelectorKey.allCases.map(\.rawValue))
                continue
            }
            switch key {
            case .physical: selector.physical = boolean(of: entry)
            case .hardwareAddr: selector.hardwareAddr = value(of: entry, what, PatternRule.hardwareAddress)
            case .permanentAddr: selector.permanentAddr = value(of: entry, what, PatternRule.hardwareAddress)
            case .busPath: selector.busPath = value(of: entry, what, PatternRule.text)
            case .pciID: selector.pciID = value(of: entry, what, PatternRule.text)
            case .driver: selector.driver = value(of: entry, what, PatternRule.text)
            }
        }
        return selector
    }

    /// The entries without those whose key stood there before; each of these is a problem.
    mutating func unique(_ entries: [YAMLNode.Entry]) -> [YAMLNode.Entry] {
        var first: [String: Mark] = [:]
        return entries.filter { entry in
            guard let earlier = first[entry.key] else {
                first[entry.key] = entry.keyMark
                return true
            }
            refuse(
                "key \(entry.key.quoted) stands here again, first on line \(earlier.line); remove one of them",
                at: entry.keyMark)
            return false
        }
    }

    /// Notes that a key of the short form stands beside `groups`, if so.
    private mutating func isBesideGroups(_ entry: YAMLNode.Entry, _ groups: Mark?) -> Bool {
        guard let groups else { return false }
        let wayOut =
            entry.key == FileKey.vip.rawValue
            ? "make it the \"addresses\" of a group" : "move it into the groups that it is meant for"
        refuse("\"\(entry.key)\" cannot stand beside \"groups\" (line \(groups.line)); \(wayOut)", at: entry.keyMark)
        return true
    }

    private mutating func refuseTopLevel(_ entry: YAMLNode.Entry) {
        switch GroupKey(rawValue: entry.key) {
        case .addresses:
            refuse(
                "\"addresses\" belongs into a group of \"groups\"; at the top of the file write vip", at: entry.keyMark)
        case .name:
            refuse("\"name\" belongs into a group of \"groups\"; this machine's name is \"node\"", at: entry.keyMark)
        default:
            let short = GroupKey.allCases.filter(\.mayStandBesideVIP).map(\.rawValue)
            refuseUnknown(entry, among: FileKey.allCases.map(\.rawValue) + short)
        }
    }

    mutating func refuseUnknown(_ entry: YAMLNode.Entry, among known: [String]) {
        refuse("unknown key \(entry.key.quoted); \(Self.wayOut(ofUnknown: entry.key, among: known))", at: entry.keyMark)
    }

    private static func wayOut(ofUnknown key: String, among known: [String]) -> String {
        Suggestion.nearest(to: key, among: known).map { "did you mean \"\($0)\"?" }
            ?? "the keys here are \(known.joined(separator: ", "))"
    }

    /// Notes a problem; the message is made only if the list has room for it.
    mutating func refuse(_ message: @autoclosure () -> String, at mark: Mark) {
        problems.add(message(), file: file, at: mark)
    }
}
