// Octets that nobody meant as frames, or that somebody meant as attacks: read or refused, never a trap.

import Testing
import VIPWire

@Suite struct HostileFrameTests {
    @Test("a golden frame with any one octet changed to anything is read or refused", arguments: GoldenFrame.all)
    func oneOctetChanged(golden: GoldenFrame) {
        var octets = golden.octets
        for offset in octets.indices {
            let good = octets[offset]
            for value in UInt8.min...UInt8.max {
                octets[offset] = value
                checkConsistency(of: octets)
            }
            octets[offset] = good
        }
        #expect(refusal(of: octets) == nil)
    }

    @Test("a golden frame with any one octet left out or doubled is read or refused", arguments: GoldenFrame.all)
    func oneOctetShifted(golden: GoldenFrame) {
        for offset in golden.octets.indices {
            var octets = golden.octets
            octets.insert(octets[offset], at: offset)
            checkConsistency(of: octets)
            octets.removeSubrange(offset...(offset + 1))
            checkConsistency(of: octets)
        }
    }

    @Test("random octets of every length are refused, all but a few as no ARP")
    func randomOctets() {
        var generator = SeededGenerator(seed: 3)
        var refusals: [FrameRefusal?: Int] = [:]
        for number in 0..<40_000 {
            refusals[refusal(of: generator.octets(number % 1600)), default: 0] += 1
        }
        // 42 of 1600 lengths are too short and 81 too long; one in 65,536 of the rest has ARP's EtherType.
        #expect(refusals[.truncated] == 1050)
        #expect(refusals[.oversized] == 2025)
        #expect(refusals[.notARP, default: 0] > 36_900)
        #expect(refusals[nil] == nil)
    }

    @Test("random octets behind a whole ARP header are read as padding or refused by name")
    func randomTrailers() {
        var generator = SeededGenerator(seed: 4)
        var reasons: Set<FrameRefusal?> = []
        for number in 0..<40_000 {
            // Each field stays as it was more often than not, so that the later checks are reached, too.
            let golden = GoldenFrame.withTrailer[number % GoldenFrame.withTrailer.count]
            var octets = golden.octets
            for _ in 0..<(1 + number % 4) {
                let offset = Int.random(in: 0..<octets.count, using: &generator)
                octets[offset] = UInt8(truncatingIfNeeded: generator.next())
            }
            if number % 7 == 0 { octets.removeLast(Int.random(in: 0...octets.count, using: &generator)) }
            reasons.insert(refusal(of: octets))
        }
        // A node id of 0 needs more octets to be wrong at once, and no frame grew here: both have frames elsewhere.
        let missing = Set(FrameRefusal.allCases).subtracting(reasons.compactMap { $0 })
        #expect(missing.isSubset(of: [.oversized, .badNode]))
        #expect(reasons.contains(nil))
    }

    /// What was read is a frame that may be written, and reads the same again.
    private func checkConsistency(of octets: [UInt8]) {
        guard let frame = try? parse(octets) else { return }
        let written = frame.serialized()
        if (try? parse(written)) != frame { Issue.record("read, written and read again, \(octets) differ") }
    }
}
