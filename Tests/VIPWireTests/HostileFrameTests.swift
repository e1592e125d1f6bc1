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
                _ = refusal(of: octets)
            }
            for bit in 0..<8 {
                octets[offset] = good ^ 1 << bit
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

    @Test("random octets of every length are refused, nearly all as no ARP")
    func randomOctets() {
        // Windows of every length on octets drawn once: many more frames in the time than if each were drawn.
        var generator = SeededGenerator(seed: 3)
        let octets = generator.octets(65_536)
        var truncated = 0
        var oversized = 0
        var notARP = 0
        let count = 125 * 1600
        for number in 0..<count {
            let length = number % 1600
            let start = Int(truncatingIfNeeded: generator.next() & 0xFFFF) % (octets.count - length)
            do {
                _ = try Frame(parsing: octets.span.bytes.extracting(start..<(start + length)))
                Issue.record("the \(length) octets from \(start) on were read as a frame")
            } catch .truncated {
                truncated += 1
            } catch .oversized {
                oversized += 1
            } catch .notARP {
                notARP += 1
            } catch {
                // One window in 65,536 has ARP's EtherType, and then another fault.
            }
        }
        #expect(truncated == 125 * 42)
        #expect(oversized == 125 * 81)
        #expect(count - truncated - oversized - notARP < 20)
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
        // A node id of 0 needs more octets to be wrong at once, no frame grew here, and nobody looked at seals: these
        // have frames elsewhere.
        let missing = Set(FrameRefusal.allCases).subtracting(reasons.compactMap { $0 })
        #expect(missing.isSubset(of: [.oversized, .badNode, .unsigned, .unknownKey, .badTag]))
        #expect(reasons.contains(nil))
    }

    /// What was read is a frame that may be written, and reads the same again.
    private func checkConsistency(of octets: [UInt8]) {
        guard let frame = try? parse(octets) else { return }
        let written = frame.serialized()
        if (try? parse(written)) != frame { Issue.record("read, written and read again, \(octets) differ") }
    }
}
