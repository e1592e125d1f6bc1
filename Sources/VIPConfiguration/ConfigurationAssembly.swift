// The last step: flags override the file's draft, defaults fill the rest, and the rules that span several values are
// checked, now that all are known.
// Deliberately not here: the rules of single values (Values) and of the file's shape (ConfigurationDecoder).

internal import VIPHealth
internal import VIPWire

/// Completes a draft and checks what spans several values.
struct ConfigurationAssembly {
    let file: String
    var problems: ProblemList

    mutating func assemble(_ draft: ConfigurationDraft, _ overrides: Overrides) -> Configuration {
        checkNames(draft.groups)
        checkAddresses(draft.groups)
        checkChecks(draft.groups)
        var drafts = draft.groups
        if overrides.hasAddresses {
            if drafts.count > 1 {
                let names = drafts.prefix(4).map(\.effectiveName).joined(separator: ", ")
                problems.add(
                    "--vip replaces the addresses of a single group, but \(file.printable) has \(drafts.count) "
                        + "(\(names)\(drafts.count > 4 ? "…" : "")); remove --vip, or name another file with --config")
            } else if drafts.isEmpty {
                drafts = [GroupDraft(mark: Mark(line: 1, column: 1))]
            }
        } else {
            checkPresence(of: draft)
        }
        let keys = keys(of: draft, overrides)
        return Configuration(
            node: overrides.node ?? draft.node, groups: drafts.map { complete($0, overrides) }, keys: keys,
            realtime: draft.realtime ?? false)
    }

    /// The keys, which need one to sign with before anything else.
    private mutating func keys(of draft: ConfigurationDraft, _ overrides: Overrides) -> KeySettings {
        let file = overrides.keyFile ?? draft.keyFile
        let extras = [
            draft.accepted.map { ("accept", $0.mark) }, draft.acceptsUnsigned.map { ("acceptUnsigned", $0.mark) },
        ]
        for case let (name, mark)? in extras where file == nil && !draft.speaksOfKeyFile {
            problems.add(
                "\(name) needs keyFile, the key that this machine signs with; add for instance "
                    + "keyFile: /etc/vipd/key, or remove \(name)", file: self.file, at: mark)
        }
        return KeySettings(
            file: file, accepted: draft.accepted?.value ?? [], acceptsUnsigned: draft.acceptsUnsigned?.value ?? false)
    }

    /// One group with flags and defaults; its suspicion is checked against the interval that results.
    private mutating func complete(_ draft: GroupDraft, _ overrides: Overrides) -> GroupConfiguration {
        let interval = overrides.interval ?? draft.interval ?? Limits.defaultInterval
        checkSuspicion(draft, interval: interval)
        if let strict = draft.strict, strict.value, draft.members == nil {
            problems.add(
                "strict needs members, the number of nodes; add for instance members: 3, or remove strict",
                file: file, at: strict.mark)
        }
        if draft.confirm.count > Limits.confirmers {
            problems.add(
                "confirm has \(draft.confirm.count) addresses; name at most \(Limits.confirmers)",
                file: file, at: draft.confirm[Limits.confirmers].mark)
        }
        let link: LinkChoice =
            (overrides.interface ?? draft.interface).map(LinkChoice.named)
            ?? draft.selector.map(LinkChoice.selector) ?? .bySubnet
        return GroupConfiguration(
            name: draft.effectiveName,
            addresses: overrides.hasAddresses ? overrides.addresses : draft.addresses.map(\.value), link: link,
            priority: overrides.priority ?? draft.priority ?? Limits.defaultPriority, interval: interval,
            suspectAfter: draft.suspectAfter?.value, leaseSeconds: draft.leaseSeconds ?? Limits.defaultLeaseSeconds,
            broadcast: draft.broadcast ?? false, preempt: draft.preempt ?? false,
            preemptDelay: draft.preemptDelay ?? Limits.defaultPreemptDelay, members: draft.members,
            strict: draft.strict?.value ?? false, confirm: draft.confirm.map(\.value), pace: draft.pace,
            checks: draft.checks, holdsWhenAllUnhealthy: draft.holdsWhenAllUnhealthy ?? true,
            holdDown: draft.holdDown ?? Limits.defaultHoldDown, hooks: draft.hooks, webhook: draft.webhook)
    }

    private mutating func checkSuspicion(_ draft: GroupDraft, interval: Duration) {
        let hasQuorum = draft.members != nil
        let shortest = Limits.shortestSuspectAfter(interval: interval, hasQuorum: hasQuorum)
        guard let suspectAfter = draft.suspectAfter, suspectAfter.value < shortest else { return }
        let usual = Limits.defaultSuspectAfter(interval: interval, hasQuorum: hasQuorum)
        problems.add(
            "suspectAfter \(DurationText.format(suspectAfter.value)) is less than "
                + "\(hasQuorum ? "three intervals, with members," : "one and a half intervals") of "
                + "\(DurationText.format(interval)); write at least \(DurationText.format(shortest)), or leave it "
                + "out for \(DurationText.format(usual))",
            file: file, at: suspectAfter.mark)
    }

    private mutating func checkPresence(of draft: ConfigurationDraft) {
        if !draft.speaksOfGroups {
            problems.add("the file names no virtual IP; add for instance vip: 192.168.1.210, or give --vip", file: file)
            return
        }
        for group in draft.groups where !group.speaksOfAddresses {
            problems.add(
                "group \(group.effectiveName) has no addresses; add for instance addresses: [192.168.1.210]",
                file: file, at: group.mark)
        }
    }

    private mutating func checkNames(_ groups: [GroupDraft]) {
        var lines: [String: Int] = [:]
        for group in groups {
            let mark = group.name?.mark ?? group.mark
            if let line = lines[group.effectiveName] {
                problems.add(
                    "group \(group.effectiveName) stands here again, first on line \(line); "
                        + "give each group a name of its own", file: file, at: mark)
            } else {
                lines[group.effectiveName] = mark.line
            }
        }
    }

    private mutating func checkChecks(_ groups: [GroupDraft]) {
        let count = groups.reduce(0) { $0 + $1.checks.count }
        guard count > CheckLimits.checks, let last = groups.last(where: { !$0.checks.isEmpty }) else { return }
        problems.add(
            "the groups have \(count) checks together; write at most \(CheckLimits.checks)", file: file, at: last.mark)
    }

    private mutating func checkAddresses(_ groups: [GroupDraft]) {
        var earlier: [IPv4Address: (group: Int, line: Int)] = [:]
        for (index, group) in groups.enumerated() {
            for address in group.addresses {
                guard let first = earlier[address.value] else {
                    earlier[address.value] = (index, address.mark.line)
                    continue
                }
                let place =
                    first.group == index
                    ? "again, first on line \(first.line); remove one of them"
                    : "again, but group \(groups[first.group].effectiveName) has it on line \(first.line); "
                        + "an address belongs to one group"
                problems.add("\(address.value) stands here \(place)", file: file, at: address.mark)
            }
        }
    }
}
