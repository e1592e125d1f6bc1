// A file as the daemon's configuration, vipd's own or Talos': refused with words and places, or settings within the
// bounds that the election relies on.
import VIPConfiguration
import VIPHealth
import VIPWire

extension Target {
    static let configuration = Target(
        name: "configuration", summary: "a configuration file, vipd's own or Talos'", longestInput: 8192
    ) { bytes in
        do throws(ConfigurationError) {
            judge(try load(RunOptions(configPath: "vipd.yaml"), bytes))
        } catch {
            judge(error, of: bytes)
        }
        // Flags lie over the same file.
        let flags = RunOptions(
            configPath: "vipd.yaml", vips: ["192.168.1.210"], interface: "eth0", priority: "7", interval: "10ms")
        if let overridden = try? load(flags, bytes) { judge(overridden) }
    }

    private static func load(_ options: RunOptions, _ bytes: [UInt8]) throws(ConfigurationError) -> Configuration {
        try Configuration.load(options: options) { _ in bytes }
    }

    private static func judge(_ configuration: Configuration) {
        let groups = configuration.groups
        demand((1...Limits.groupCount).contains(groups.count), "\(groups.count) groups")
        demand(Set(groups.map(\.name)).count == groups.count, "two groups of one name")
        if let node = configuration.node { demand(Trailer.isName(node), "the name \(node) fits no frame") }
        for group in groups { judge(group) }
    }

    private static func judge(_ group: GroupConfiguration) {
        let addresses = group.addresses
        demand((1...Limits.addressesInGroup).contains(addresses.count), "\(addresses.count) addresses")
        demand(Set(addresses).count == addresses.count, "an address twice in a group")
        demand(addresses.allSatisfy(\.isUnicast), "an address that is no host's")
        demand(Limits.groupNameLength.contains(group.name.utf8.count), "the name \(group.name)")
        demand(Limits.priority.contains(group.priority), "priority \(group.priority)")
        demand(Limits.interval.contains(group.interval), "interval \(group.interval)")
        demand(
            group.suspectAfter >= group.interval && group.suspectAfter <= Limits.longestSuspectAfter,
            "suspectAfter \(group.suspectAfter)")
        demand(Limits.leaseSeconds.contains(group.leaseSeconds), "lease \(group.leaseSeconds)")
        demand(Limits.preemptDelay.contains(group.preemptDelay), "preemptDelay \(group.preemptDelay)")
        demand(Limits.holdDown.contains(group.holdDown), "holdDown \(group.holdDown)")
        demand(group.members.map(Limits.members.contains) ?? true, "members \(group.members ?? 0)")
        demand(group.pace.map(Limits.pace.contains) ?? true, "pace \(group.pace ?? 0)")
        demand(group.confirm.count <= Limits.confirmers, "\(group.confirm.count) hosts to confirm")
        demand(group.checks.count <= Limits.checkCount, "\(group.checks.count) checks")
        demand(group.checks.allSatisfy { $0.objection == nil }, "a check that the checker refuses")
    }

    private static func judge(_ error: ConfigurationError, of bytes: [UInt8]) {
        let count = error.problems.count
        demand((1...ConfigurationError.problemsKept).contains(count), "\(count) problems")
        // YAML knows more line ends than \n, so there are at most as many lines as bytes, and the end's.
        for problem in error.problems {
            demand((1...bytes.count + 1).contains(problem.line ?? 1), "a problem on line \(problem.line ?? 0)")
            demand((1...bytes.count + 1).contains(problem.column ?? 1), "a problem in column \(problem.column ?? 0)")
            let words = problem.description
            demand(!problem.message.isEmpty, "a problem without words")
            let isOneLine = words.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            demand(isOneLine, "more than a line: \(words)")
        }
    }
}
