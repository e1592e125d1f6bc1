// Where the tests of quorum (DESIGN.md, section 5.6) begin, and what they ask a node for.

import Testing
import VIPElection
import VIPWire

extension GroupSettings {
    /// I = 100 ms, S = 500 ms, P = 20 ms, L = 3 s; a majority is two of three.
    static let three = GroupSettings(name: "api", addresses: [Dialogue.vip], members: 3)
    static let five = GroupSettings(name: "api", addresses: [Dialogue.vip], members: 5)
    static let threeStrictly = GroupSettings(name: "api", addresses: [Dialogue.vip], members: 3, strict: true)
}

extension Dialogue {
    /// Follows `a`, which holds in term 5, for so long that it may vote; `c` is another candidate.
    static func voter(_ settings: GroupSettings = .three) -> Dialogue {
        var dialogue = candidate(settings)
        dialogue.a.flags = [.eligible, .quorum]
        dialogue.c.flags = [.eligible, .quorum]
        dialogue.pass(.seconds(8), hearing: \.a)
        dialogue.tell(dialogue.c.probes())
        return dialogue
    }

    /// `a` has gone silent, and this node has just asked for votes.
    static func standing(_ settings: GroupSettings = .three) -> Dialogue {
        var dialogue = voter(settings)
        dialogue.pass(settings.suspectAfter - settings.interval + settings.interval / 5 * 3)
        return dialogue
    }

    /// Elected by `c`, in term 6.
    static func elected(_ settings: GroupSettings = .three) -> Dialogue {
        var dialogue = standing(settings)
        dialogue.tell(dialogue.c.acknowledges(dialogue.lastSequence, term: 6))
        return dialogue
    }

    /// Lets time pass while `c` acknowledges all that this node announces.
    mutating func passAcknowledged(_ duration: Duration) {
        let end = now + duration
        while let said = takeTurn(until: end) {
            guard let last = said.compactMap(\.trailer).last else { continue }
            tell(c.acknowledges(last.sequence, term: last.term))
        }
        now = end
    }

    /// Of this node's latest frame.
    var lastSequence: UInt64 {
        var copy = self
        return (copy.tell(.settingsChanged(election.settings)).compactMap(\.trailer).last?.sequence ?? 1) - 1
    }

    /// Waits for votes to be asked for again, and returns the question.
    mutating func question(within duration: Duration) -> Trailer? {
        let end = now + duration
        while let said = takeTurn(until: end) {
            if let asked = said.compactMap(\.trailer).first(where: { $0.subject == Self.b.id }) { return asked }
        }
        return nil
    }

    mutating func expectQuestion(
        within duration: Duration, _ expected: Bool = true, at location: SourceLocation = #_sourceLocation
    ) {
        let asked = question(within: duration)
        #expect((asked != nil) == expected, sourceLocation: location)
    }

    mutating func expectVote(
        for candidate: WritableKeyPath<Dialogue, Voice>, term: UInt64, _ expected: Bool = true,
        at location: SourceLocation = #_sourceLocation
    ) {
        let voted = votes(for: candidate, term: term)
        #expect(voted == expected, sourceLocation: location)
    }

    /// Whether this node gives `candidate` a vote in `term` now.
    mutating func votes(for candidate: WritableKeyPath<Dialogue, Voice>, term: UInt64) -> Bool {
        let id = self[keyPath: candidate].id
        let said = tell(self[keyPath: candidate].asksForVotes(term: term)).compactMap(\.trailer)
        return said.contains {
            $0.subject == id && $0.acknowledgedSequence == self[keyPath: candidate].sequence && $0.term == term
        }
    }
}
