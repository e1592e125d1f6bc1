// The runs in which bugs were found, run again. Deliberately not here: the bugs' own tests; where the generator of scenarios
// changes, a seed is another world, so each bug has a dialogue, a transcript or a planted fault (tools/mutants) as well.

import Testing
import VIPElection

@testable import VIPSimulator

/// A run that once broke a property.
struct RememberedSeed: Sendable, CustomTestStringConvertible {
    var profile: String
    var seed: UInt64
    /// What was wrong.
    var bug: String

    var testDescription: String { "\(profile) \(seed): \(bug)" }

    init(_ profile: String, _ seed: UInt64, _ bug: String) {
        (self.profile, self.seed, self.bug) = (profile, seed, bug)
    }

    static let all = [
        RememberedSeed("kernel", 6, "a probe that could not be sent counted as unanswered"),
        RememberedSeed("kernel", 8, "the heartbeat went on for an address that was removed"),
        RememberedSeed("quorum", 25, "candidates that had failed kept their votes to themselves"),
        RememberedSeed("quorum", 67, "candidates that had failed kept their votes to themselves"),
        RememberedSeed("quorum", 104, "candidates that had failed kept their votes to themselves"),
        RememberedSeed("everything", 32, "the same, strict: a pause longer than any candidacy"),
        RememberedSeed("everything", 62, "the same, strict, two nodes"),
        RememberedSeed("everything", 124, "the same, strict"),
        RememberedSeed("handover", 19, "the same, strict, six nodes"),
        RememberedSeed("handover", 64, "the same, strict, two nodes"),
        RememberedSeed("handover", 1007, "the same, strict: two nodes that missed each other for ever"),
        RememberedSeed("quorum", 220, "a successor handed on before its predecessor had let go"),
        RememberedSeed("strict", 172, "the same across a partition"),
        RememberedSeed("strict", 899, "two nodes held at once"),
        RememberedSeed("strict", 46, "a second successor named: a bound was too narrow"),
        RememberedSeed("everything", 325, "a rival, just being named, passed for the successor"),
        RememberedSeed("sick", 393, "an announcement overtaken by a naming: a bound was too narrow"),
        RememberedSeed("sick", 1438, "a handover outlived its cause: a checker asked about the wrong one"),
        RememberedSeed("loss", 2851, "a checker's bound did not grow with the network's delay"),
        RememberedSeed("loss", 5706, "the same"),
        RememberedSeed("partition", 2748, "the same"),
        RememberedSeed("partition", 3796, "the same"),
        RememberedSeed("hang", 3701, "a conflict in the middle of a handover: a bound was too narrow"),
        RememberedSeed(
            "handover", 3910, "strict: a second successor was named while the first hung with the addresses"),
        RememberedSeed("strict", 2485, "a machine that stood still for 7 s claimed by what it had heard before"),
        RememberedSeed("everything", 459, "a node whose own kernel kept the addresses voted for another"),
        RememberedSeed("everything", 3897, "a rival was taken for the successor that the holder was about to name"),
        RememberedSeed("pause", 9782, "a predecessor that had claimed anew was taken for one that still lets go"),
        RememberedSeed("sick", 891, "strict: a handover that had named nobody put the next off for ever"),
        RememberedSeed("strict", 3639, "the lease of an address that the kernel kept stood still with its machine"),
        RememberedSeed("strict", 5183, "the same with a daemon that hung"),
        RememberedSeed("handover", 5170, "strict: a holder died inside the overlap, which no property named"),
        RememberedSeed(
            "handover", 3411, "a daemon that hung when it was stopped ended after the repair, and stayed down"),
        RememberedSeed("quorum", 3416, "the same"),
        RememberedSeed("strict", 1268, "a stop called an address free that the kernel would not remove"),
        RememberedSeed("handover", 389, "of an early state, without a record"),
        RememberedSeed("loss", 392, "of an early state, without a record"),
        RememberedSeed("everything", 43, "of an early state, without a record"),
        RememberedSeed("everything", 200, "of an early state, without a record"),
    ]
}

struct SeedTests {
    @Test("What was found once does not come back", arguments: RememberedSeed.all)
    func remembered(_ remembered: RememberedSeed) throws {
        let profile = try #require(Profile.named(remembered.profile))
        let verdict = SimulationRun.verdict(on: Scenario(seed: remembered.seed, profile: profile))
        #expect(verdict.violations.map(\.words) == [])
    }
}
