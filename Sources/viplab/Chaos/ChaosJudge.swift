// Whether what was seen of an episode is what vipd promises (docs/DESIGN.md, "What is promised"). Pure: histories in,
// violations out.

/// A promise that was not kept.
struct ChaosViolation: Equatable, Sendable {
    /// As docs/DESIGN.md calls the property.
    let property: String
    let detail: String
}

/// What the promises of one holder amount to at the lab's settings: vipd's defaults.
struct ChaosBounds: Sendable {
    let nodes: Int
    let hasQuorum: Bool

    let interval = Duration.milliseconds(100)
    let probeSpacing = Duration.milliseconds(20)
    let lease = Duration.seconds(3)
    var suspectAfter: Duration { interval * (hasQuorum ? 5 : 2) }

    /// Two holders that hear each other. Each loses its next announcement with the odds given; so many lost in a row that
    /// it happens once in a thousand million times are allowed for.
    func conflict(lossPercent: Int) -> Duration {
        var (lost, odds) = (0, 1.0)
        while lossPercent > 0 && odds > 1e-9 {
            odds *= Double(lossPercent) / 100
            lost += 1
        }
        return Bounds.heal + interval * lost
    }

    /// The longest overlap of a handover with quorum, by the old holder's consent.
    var consent: Duration { stretched(suspectAfter + probeSpacing * 10 + .milliseconds(5)) }

    /// A stall of a machine from which on it counts as hung, with quorum: 0.2 S.
    var hang: Duration { suspectAfter / 5 }

    /// From the end of all faults to one holder that all agree on: `one-holder-after-healing`, and 2 s in which processes
    /// start and links that were not there are tried again.
    var healing: Duration {
        let votes = hasQuorum ? suspectAfter + lease + (suspectAfter * 2 + probeSpacing * 6) * 3 : .zero
        return stretched(
            lease + .seconds(2) + suspectAfter + interval * 16 + probeSpacing * (4 * nodes) + votes) + .seconds(2)
    }

    private func stretched(_ duration: Duration) -> Duration { duration + duration / 50 }
}

/// What was seen between two moments, and what was done.
struct ChaosEvidence: Sendable {
    let start: Instant
    let end: Instant
    let timeline: HolderTimeline
    let disturbances: [Disturbance]
    let sayings: [Saying]
    let stalls: [Stall]
}

/// Judges an episode.
struct ChaosJudge: Sendable {
    let bounds: ChaosBounds
    private(set) var violations: [ChaosViolation] = []
    /// Times over their bound by no more than the host stood still.
    private(set) var stalledVerdicts = 0
    /// The longest time in which two machines held that hear each other.
    private(set) var longestOverlap = Duration.zero

    init(bounds: ChaosBounds) { self.bounds = bounds }

    /// How far apart two of the lab's threads may note one event.
    private static let grain = Duration.milliseconds(5)
    /// How long a frame may have been under way to the thread that hears it.
    private static let hearing = Duration.milliseconds(60)

    mutating func judge(_ evidence: ChaosEvidence) {
        for low in 0..<bounds.nodes {
            for high in low + 1..<max(low + 1, bounds.nodes) { judgePair(low, high, evidence) }
        }
        judgeSayings(evidence)
    }

    private mutating func judgePair(_ low: Int, _ high: Int, _ evidence: ChaosEvidence) {
        let both = evidence.holding(low).intersected(with: evidence.holding(high))
        let own = evidence.disturbances.filter { $0.node == low || $0.node == high }
        let names = "\(Plan.name(ofNode: low + 1)) and \(Plan.name(ofNode: high + 1))"
        for piece in both.subtracting(own.filter { !$0.kind.isLossy }.spans(upTo: evidence.end)) {
            let lossy = own.filter { $0.kind.isLossy && $0.start < piece.end && $0.end ?? evidence.end > piece.start }
            let arrives = lossy.reduce(1.0) { odds, loss in
                if case .lossy(let percent) = loss.kind { odds * Double(100 - percent) / 100 } else { odds }
            }
            longestOverlap = max(longestOverlap, piece.length)
            expect(
                piece, atMost: bounds.conflict(lossPercent: Int(((1 - arrives) * 100).rounded(.up))), evidence,
                property: "one-holder-per-segment", "\(names) both had the VIP and heard each other")
        }
        guard bounds.hasQuorum else { return }
        // Whoever is cut off has to let go before another claims: only a daemon that cannot act is excused.
        let excused = own.filter { $0.kind == .powerless || $0.kind == .absent }
        for piece in both.subtracting(excused.spans(upTo: evidence.end)) {
            let before = (piece.start - bounds.consent, piece.end)
            let naming = evidence.sayings.last { $0.isHandover && $0.at >= before.0 && $0.at <= before.1 }
            let isHung = evidence.stalls.total(from: piece.start - .seconds(1), to: piece.end) >= bounds.hang
            if isHung {
                stalledVerdicts += 1
                continue
            }
            expect(
                piece, atMost: naming == nil ? Self.grain : bounds.consent, evidence, property: "one-holder-anywhere",
                "\(names) both had the VIP" + (naming == nil ? "" : " at a handover"))
        }
    }

    private mutating func judgeSayings(_ evidence: ChaosEvidence) {
        let holding = (0..<bounds.nodes).map(evidence.holding)
        var told: Set<Int> = []
        for saying in evidence.sayings where !told.contains(saying.node) {
            let around = Span(start: saying.at - Self.hearing, end: saying.at + Self.hearing)
            guard holding[saying.node].intersected(with: [around]).isEmpty else { continue }
            if evidence.stalls.total(from: saying.at - .seconds(1), to: saying.at + Self.hearing) > Self.hearing {
                stalledVerdicts += 1
                continue
            }
            told.insert(saying.node)
            violations.append(
                ChaosViolation(
                    property: "sender-holds",
                    detail: "\(Plan.name(ofNode: saying.node + 1)) spoke in the VIP's name "
                        + "\((saying.at - evidence.start).short) into the episode, and its kernel did not have it"))
        }
    }

    private mutating func expect(
        _ piece: Span, atMost bound: Duration, _ evidence: ChaosEvidence, property: String, _ what: String
    ) {
        let stalled = evidence.stalls.total(from: piece.start - .milliseconds(100), to: piece.end)
        note(
            piece.length, atMost: bound, stalled: stalled, property: property,
            "\(what) for \(piece.length.short), from \((piece.start - evidence.start).short) into the episode")
    }

    /// A time with a bound; over it by no more than the host stood still, there is no verdict.
    mutating func note(
        _ time: Duration, atMost bound: Duration, stalled: Duration, property: String, _ what: String
    ) {
        guard time > bound else { return }
        if time - stalled <= bound {
            stalledVerdicts += 1
        } else {
            let excuse = stalled > .zero ? ", of which the host stood still for \(stalled.short)" : ""
            violations.append(
                ChaosViolation(property: property, detail: "\(what)\(excuse); the bound is \(bound.short)"))
        }
    }

    mutating func note(_ violation: ChaosViolation) { violations.append(violation) }
}

extension Disturbance.Kind {
    var isLossy: Bool { if case .lossy = self { true } else { false } }
}

/// A stretch of time.
struct Span: Equatable, Sendable {
    let start: Instant
    let end: Instant
    var length: Duration { end - start }
}

extension [Span] {
    /// What two lists have in common; each in the order of time, without overlaps.
    func intersected(with others: [Span]) -> [Span] {
        flatMap { one in
            others.compactMap { other in
                let (start, end) = (Swift.max(one.start, other.start), Swift.min(one.end, other.end))
                return start < end ? Span(start: start, end: end) : nil
            }
        }
    }

    /// What is left without the others.
    func subtracting(_ others: [Span]) -> [Span] {
        others.reduce(self) { rest, other in
            rest.flatMap { span in
                [
                    Span(start: span.start, end: Swift.min(span.end, other.start)),
                    Span(start: Swift.max(span.start, other.end), end: span.end),
                ].filter { $0.start < $0.end }
            }
        }
    }
}

extension [Disturbance] {
    func spans(upTo end: Instant) -> [Span] { map { Span(start: $0.start, end: $0.end ?? end) } }
}

extension ChaosEvidence {
    /// When a machine's kernel had the VIP.
    func holding(_ node: Int) -> [Span] {
        var spans: [Span] = []
        var since: Instant?
        for event in timeline.events where event.node == node && event.at < end {
            switch event.change {
            case .holds(true): since = event.at
            case .holds(false):
                if let began = since { spans.append(Span(start: began, end: event.at)) }
                since = nil
            case .wired: continue
            }
        }
        if let since { spans.append(Span(start: since, end: end)) }
        return spans.intersected(with: [Span(start: start, end: end)])
    }
}
