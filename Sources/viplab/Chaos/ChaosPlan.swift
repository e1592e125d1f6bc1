// What goes wrong when: drawn from a seed, the same on every machine. Pure; ChaosRun does it.

/// One trouble of an episode.
struct ChaosAct: Equatable, Sendable {
    enum Target: Equatable, Sendable {
        /// Whoever holds the VIP at that moment.
        case holder
        /// From 0.
        case node(Int)
    }

    let kind: ChaosKind
    let target: Target
    /// Since the episode's beginning.
    let start: Duration
    /// To its repair.
    let length: Duration
    /// Of those that come in degrees: frames of a hundred that are lost; links of a storm; a priority.
    let strength: Int
}

/// A few troubles that overlap; all are repaired before the next episode.
struct ChaosEpisode: Equatable, Sendable {
    let number: Int
    /// In the order of their starts.
    let acts: [ChaosAct]
}

/// The episodes of a seed.
struct ChaosPlan: Sendable {
    let seed: UInt64
    let nodes: Int
    /// The nodes sign their frames, so that there are keys to be rolled.
    var isSigned = false

    private static let mostActs = 5
    private static let spread = Duration.seconds(3)
    private static let shortest = 0.03
    private static let longest = 6.0

    /// An episode by its number, from 1: each is drawn by itself, so that one can be had without those before it.
    func episode(_ number: Int) -> ChaosEpisode {
        var random = SplitMix64(state: seed &+ UInt64(number) &* 0xd134_2543_de82_ef95)
        let acts = (0..<Int.random(in: 1...Self.mostActs, using: &random)).map { _ in act(&random) }
        return ChaosEpisode(number: number, acts: acts.sorted { $0.start < $1.start })
    }

    private func act(_ random: inout SplitMix64) -> ChaosAct {
        let kinds = ChaosKind.allCases.filter { isSigned || !$0.needsKey }
            .flatMap { Array(repeating: $0, count: $0.weight) }
        let kind = kinds[Int.random(in: kinds.indices, using: &random)]
        // The holder is where it hurts.
        let target =
            Bool.random(using: &random) ? ChaosAct.Target.holder : .node(Int.random(in: 0..<nodes, using: &random))
        let start = Self.spread / 1000 * Int.random(in: 0..<1000, using: &random)
        // As likely between 30 and 60 ms as between 3 and 6 s: promises break at either end.
        var seconds = Self.shortest
        for _ in 0..<Int.random(in: 0...100, using: &random) { seconds *= Self.growth }
        let length = Duration.milliseconds(Int(seconds * 1000))
        let strength = Int.random(in: kind == .loss ? 5...40 : 50...150, using: &random)
        return ChaosAct(kind: kind, target: target, start: start, length: length, strength: strength)
    }

    /// A hundredth of the way from the shortest to the longest: 200 to the power of 1/100.
    private static let growth = 1.054_408
}
