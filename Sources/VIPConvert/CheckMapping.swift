// From vrrp_script, track_script and track_interface to checks by programs.
// Deliberately not here: hooks (HookMapping).

import VIPConfiguration
import VIPHealth
import VIPText

extension Mapping {
    mutating func mapChecks(of instances: [VRRPInstance], _ sync: SyncGroup?, into group: inout OutputGroup) {
        let tracking = instances.map(\.tracking) + (sync.map { [$0.tracking] } ?? [])
        var scripts: Set<String> = []
        for tracked in tracking.flatMap(\.scripts) where scripts.insert(tracked.name).inserted {
            if let check = check(for: tracked) { add(check, at: tracked.place, to: &group) }
        }
        var interfaces: Set<String> = []
        for tracked in tracking.flatMap(\.interfaces) where interfaces.insert(tracked.name).inserted {
            // Its own link's carrier is what vipd watches anyway.
            guard tracked.name != group.interface else { continue }
            if let check = check(forInterface: tracked) { add(check, at: tracked.place, to: &group) }
        }
    }

    private mutating func add(_ check: OutputCheck, at place: SourcePlace, to group: inout OutputGroup) {
        guard group.checks.count < Limits.checkCount, checkCount < CheckLimits.checks else {
            notes.add(
                "a group of vipd's has at most \(Limits.checkCount) checks, and all together \(CheckLimits.checks); this one "
                    + "is left out", at: place)
            return
        }
        var check = check
        check.name = OutputName.name(
            for: check.name, length: CheckLimits.nameLength.upperBound, taken: Set(group.checks.map(\.name)))
        group.checks.append(check)
        checkCount += 1
    }

    // Scripts.

    private mutating func check(for tracked: TrackedName) -> OutputCheck? {
        trackedScripts.insert(tracked.name)
        guard let source = file.scripts[tracked.name] else {
            notes.add("there is no vrrp_script \(tracked.name.quoted)", at: tracked.place)
            return nil
        }
        guard let script = source.script else {
            notes.add("vrrp_script \(source.name.quoted) names no script", at: source.place)
            return nil
        }
        let weight = tracked.weight ?? source.weight
        guard canMap(weight, isReversed: tracked.isReversed || source.isReversed, at: tracked.place) else { return nil }
        guard let probe = probe(for: script, of: source) else { return nil }
        let interval = time(source.interval, orElse: Seconds(.seconds(1)), within: CheckLimits.intervals, "interval")
        let ownTimeout = interval.clamped(to: CheckLimits.timeouts)
        return OutputCheck(
            name: source.name, probe: probe, interval: interval,
            timeout: time(source.timeout, orElse: ownTimeout, within: CheckLimits.timeouts, "timeout"),
            rise: count(source.rise, "rise"), fall: count(source.fall, "fall"))
    }

    private mutating func probe(for script: Script, of source: TrackedScript) -> OutputCheck.Probe? {
        if let endpoint = Self.endpoint(of: script.text) { return .tcp(endpoint) }
        if let name = Self.processName(in: script.text) {
            notes.add(
                "killall -0 becomes pgrep -x: without privileges the former fails on the processes of others",
                at: script.place)
            return .exec(["/usr/bin/pgrep", "-x", name])
        }
        let command = script.command()
        if let objection = CommandLimits.objection(to: command) {
            notes.add("vrrp_script \(source.name.quoted) is left out: \(objection)", at: script.place)
            return nil
        }
        notes.add(Reasons.scriptUser, at: script.place)
        if command[0] == Script.shell { notes.add(Reasons.shell, at: script.place) }
        if script.text.contains(text: "kill -0 ") || script.text.contains(text: "killall -0 ") {
            notes.add(
                "kill -0 and killall -0 fail on the processes of others without privileges, so that the check would never "
                    + "be well; write for instance /usr/bin/pgrep -x NAME", at: script.place)
        }
        return .exec(command)
    }

    /// Whose process `killall -0 NAME` looks for, as the kernel has its name: at most 15 bytes; nil for other texts.
    private static func processName(in text: String) -> String? {
        let words = Script.words(of: text)
        guard words.count == 3, ["killall", "/usr/bin/killall", "/bin/killall"].contains(words[0]), words[1] == "-0",
            !words[2].isEmpty, !words[2].hasPrefix("-"), words[2].utf8.allSatisfy(isOfName)
        else { return nil }
        return String(words[2].prefix(15))
    }

    /// Letters, digits, and what pgrep(1) does not take for a pattern.
    private static func isOfName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    /// What `</dev/tcp/HOST/PORT`, with which bash connects, connects to; nil for other texts.
    private static func endpoint(of text: String) -> String? {
        let parts = text.drop { $0 == "<" || $0 == " " }.split(separator: "/", omittingEmptySubsequences: false)
        guard text.hasPrefix("<"), parts.count == 5, parts[0].isEmpty, parts[1] == "dev", parts[2] == "tcp",
            let port = UInt16(parts[4]), port > 0, !parts[3].isEmpty, parts[3].utf8.count <= 253,
            parts[3].utf8.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-")
            })
        else { return nil }
        return "\(parts[3]):\(port)"
    }

    /// Whether vipd has something for the weight; notes what.
    private mutating func canMap(_ weight: Int, isReversed: Bool, at place: SourcePlace) -> Bool {
        if isReversed {
            notes.add("reverse is not carried over: a check of vipd's is well while its program succeeds", at: place)
            return false
        }
        if weight != 0 {
            notes.add(
                "a weight is not carried over: while a check fails, vipd hands over to any node that is well, and leaves "
                    + "priorities alone", at: place)
        }
        return true
    }

    private mutating func time(
        _ source: Placed<Seconds>?, orElse standard: Seconds, within range: ClosedRange<Duration>, _ word: String
    ) -> Seconds {
        guard let source else { return standard }
        let value = source.value.clamped(to: range)
        if value != source.value {
            notes.add(
                "\(word) \(source.value.text) becomes \(value.text), the nearest that vipd has for a check",
                at: source.place)
        }
        return value
    }

    private mutating func count(_ source: Placed<Int>?, _ word: String) -> Int {
        guard let source else { return 1 }
        let value = min(max(source.value, CheckLimits.counts.lowerBound), CheckLimits.counts.upperBound)
        if value != source.value {
            notes.add(
                "\(word) \(source.value) becomes \(value), the nearest that vipd has for a check", at: source.place)
        }
        return value
    }

    /// Scripts that nothing watches do not run in keepalived either.
    mutating func noteUntracked() {
        for name in file.scriptNames where !trackedScripts.contains(name) {
            guard let script = file.scripts[name] else { continue }
            notes.add("vrrp_script \(name.quoted) is watched by no group, so it is left out", at: script.place)
        }
    }

    // Interfaces.

    /// A check that the link has a carrier: reading the file fails where the link is down.
    private mutating func check(forInterface tracked: TrackedName) -> OutputCheck? {
        let name = tracked.name
        guard OutputName.isLink(name) else {
            notes.add("\(name.quoted) is no name of a link", at: tracked.place)
            return nil
        }
        guard canMap(tracked.weight ?? 0, isReversed: tracked.isReversed, at: tracked.place) else { return nil }
        return OutputCheck(
            name: "link-\(name)", probe: .exec(["/bin/grep", "-q", "1", "/sys/class/net/\(name)/carrier"]),
            interval: Seconds(.seconds(1)), timeout: Seconds(.milliseconds(500)), rise: 1, fall: 1)
    }
}
