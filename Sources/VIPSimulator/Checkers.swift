// All checkers together, and what one is.

public import VIPElection
import VIPWire

/// Judges a history, fact by fact, by one property or a few that share what they remember.
protocol Checker: Sendable {
    var violations: [Violation] { get }
    mutating func observe(_ occurrence: Occurrence)
    /// The history ends here.
    mutating func finish(at end: Instant)
}

/// Every property's checker.
public struct Checkers: Watcher, Sendable {
    private var overlap: OverlapChecker
    private var anywhere: QuorumChecker?
    private var claims: ClaimChecker
    private var handovers: HandoverChecker
    private var senders: SenderChecker
    private var health: HealthChecker
    private var liveness: LivenessChecker

    /// - Parameters:
    ///   - settings: what the nodes have in common.
    ///   - nodes: how many machines the history is of.
    public init(settings: GroupSettings, nodes: Int) {
        let bounds = Bounds(settings)
        overlap = OverlapChecker(bounds: bounds, nodes: nodes)
        anywhere = bounds.hasQuorum ? QuorumChecker(bounds: bounds, nodes: nodes) : nil
        handovers = HandoverChecker(bounds: bounds, nodes: nodes)
        claims = ClaimChecker(bounds: bounds, addresses: settings.addresses, nodes: nodes)
        senders = SenderChecker(addresses: settings.addresses, nodes: nodes)
        health = HealthChecker(bounds: bounds, nodes: nodes)
        liveness = LivenessChecker(bounds: bounds, addressCount: settings.addresses.count, nodes: nodes)
    }

    public mutating func observe(_ occurrence: Occurrence) {
        overlap.observe(occurrence)
        anywhere?.observe(occurrence)
        claims.observe(occurrence)
        handovers.observe(occurrence)
        senders.observe(occurrence)
        health.observe(occurrence)
        liveness.observe(occurrence)
    }

    /// The history ends here.
    public mutating func finish(at end: Instant) {
        overlap.finish(at: end)
        anywhere?.finish(at: end)
        handovers.finish(at: end)
        liveness.finish(at: end)
    }

    /// What did not hold, in the order in which it was noticed.
    public var violations: [Violation] {
        let safety = overlap.violations + (anywhere?.violations ?? []) + claims.violations + senders.violations
        return (safety + handovers.violations + health.violations + liveness.violations).sorted { $0.at < $1.at }
    }
}
