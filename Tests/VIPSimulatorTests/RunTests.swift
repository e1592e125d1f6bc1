import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

struct RunTests {
    @Test("The same seed tells the same story, word for word", arguments: Profile.all)
    func determinism(profile: Profile) {
        func story(_ seed: UInt64) -> [String] {
            var narration = Narration(tellsEveryFrame: true)
            _ = SimulationRun.verdict(on: Scenario(seed: seed, profile: profile, nodes: 2), watchedBy: &narration)
            return narration.lines
        }
        let first = story(3)
        #expect(first.count > 100)
        #expect(first == story(3))
        #expect(first != story(4))
    }

    @Test("A watcher changes nothing about the verdict")
    func watching() {
        let scenario = Scenario(seed: 5, profile: .everything)
        var capture = CaptureFile()
        let watched = SimulationRun.verdict(on: scenario, watchedBy: &capture)
        #expect(watched.violations == SimulationRun.verdict(on: scenario).violations)
        #expect(capture.bytes.count > 10_000)
    }

    @Test("A capture is a pcap of nanoseconds whose records carry the frames as sent")
    func capture() {
        var capture = CaptureFile()
        let bytes = announcement(by: 0).serialized()
        let fact = Occurrence.Fact.sent(announcement(by: 0), bytes: bytes, .daemon(0))
        capture.observe(Occurrence(at: Instant(nanoseconds: 2_000_000_003), fact: fact))
        let length = UInt8(bytes.count)
        let expected: [UInt8] =
            [0x4D, 0x3C, 0xB2, 0xA1]  // magic, nanoseconds
            + [2, 0, 4, 0]  // version
            + [0, 0, 0, 0, 0, 0, 0, 0]  // zone, accuracy
            + [0xFF, 0xFF, 0, 0]  // longest frame
            + [1, 0, 0, 0]  // Ethernet
            + [2, 0, 0, 0, 3, 0, 0, 0]  // seconds, nanoseconds
            + [length, 0, 0, 0, length, 0, 0, 0]  // captured, on the wire
            + bytes
        #expect(capture.bytes == expected)
    }

    @Test("Profiles and properties have names of their own")
    func names() {
        #expect(Set(Profile.all.map(\.name)).count == Profile.all.count)
        #expect(Set(Property.all.map(\.name)).count == Property.all.count)
        #expect(Profile.all.allSatisfy { Profile.named($0.name) == $0 })
    }
}
