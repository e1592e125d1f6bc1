// What a chaos run comes to in the end.

/// Counts over all episodes.
struct ChaosTally {
    private(set) var violations = 0
    private var episodes = 0
    private var stalledVerdicts = 0
    private var kinds: [ChaosKind: Int] = [:]
    private var longestOverlap = Duration.zero
    private var healings: [Duration] = []

    mutating func count(_ kind: ChaosKind) { kinds[kind, default: 0] += 1 }

    /// - Parameter healing: from the last repair to one holder that all agree on
    mutating func note(_ judge: ChaosJudge, healing: Duration?) {
        episodes += 1
        violations += judge.violations.count
        stalledVerdicts += judge.stalledVerdicts
        longestOverlap = max(longestOverlap, judge.longestOverlap)
        if let healing { healings.append(healing) }
    }

    func summary(after length: Duration, ledger: FootprintLedger) -> [String] {
        let faults = kinds.values.reduce(0, +)
        let common = kinds.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        var lines = [
            "\(ChaosRun.clock(length)), \(episodes) episodes, \(faults) faults, \(violations) violations"
                + (stalledVerdicts == 0 ? "" : ", \(stalledVerdicts) without a verdict as the host stood still"),
            "faults: " + common.map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", "),
        ]
        if let healing = Spread(healings) {
            lines.append(
                "agreement on one holder after the last repair: median \(healing.median.short), "
                    + "longest \(healing.greatest.short)")
        }
        lines.append("longest time with two holders that heard each other: \(longestOverlap.short)")
        lines.append(
            "of a daemon, at most: \(ledger.mostDescriptors) descriptors, \(ledger.mostResidentKB) KB resident")
        return lines
    }
}
