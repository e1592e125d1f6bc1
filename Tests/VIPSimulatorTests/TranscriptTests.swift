// Short scenarios and the dialogue that each must lead to, word for word: transcripts/NAME.txt.
//
// When the election is meant to say something else, write them anew, and read what has changed before committing it:
//
//     VIPD_REWRITE_TRANSCRIPTS=1 swift test --filter Transcripts
//     git diff Tests/VIPSimulatorTests/transcripts

import Foundation
import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

/// A story with faults at given times.
struct TranscribedStory: Sendable, CustomTestStringConvertible {
    var name: String
    /// What happens, and what must come of it.
    var title: String
    var members: Int?
    /// What was before is not told.
    var beginsAtMs: Int64 = 1_950
    var faults: [(milliseconds: Int64, fault: Fault)]
    var endsAtMs: Int64

    var testDescription: String { name }

    /// All nodes are switched on at once. Without members node-1, whose priority is the highest, holds within half a
    /// second.
    func transcript() -> String {
        let plans = [120, 110, 100].map { priority in
            MachinePlan(
                settings: GroupSettings(
                    name: "default", addresses: [IPv4Address(192, 168, 1, 210)], priority: priority, members: members))
        }
        let settings = plans[0].settings
        var world = World(
            plans: plans, quality: .good, seed: 1,
            observer: Transcript(nodes: plans.count, from: Self.instant(beginsAtMs)))
        for node in 0..<3 {
            world.schedule(.booted(node, clockWentBack: false), at: Self.instant(0))
            world.schedule(.daemonStarted(node), at: Self.instant(0))
        }
        for (milliseconds, fault) in faults { world.schedule(fault, at: Self.instant(milliseconds)) }
        world.run(until: Self.instant(endsAtMs))
        let quorum = members.map { ", \($0) members" } ?? ""
        let header = [
            "\(name): \(title)", "",
            "Three nodes of priorities 120, 110 and 100; interval 100 ms, suspected after "
                + "\(settings.suspectAfter.milliseconds) ms, lease 3 s\(quorum).",
            "", "       ms [who has the address]",
        ]
        return (header + world.observer.lines).joined(separator: "\n") + "\n"
    }

    private static func instant(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
}

extension TranscribedStory {
    static let all = [
        TranscribedStory(
            name: "boot-together", title: "all start at once; the best of them holds within half a second",
            beginsAtMs: 0, faults: [], endsAtMs: 600),
        TranscribedStory(
            name: "crash", title: "the holder loses power; the next in turn takes over, and keeps it when it is back",
            faults: [(2_000, .powerCut(0)), (3_000, .booted(0, clockWentBack: false)), (3_000, .daemonStarted(0))],
            endsAtMs: 3_300),
        TranscribedStory(
            name: "double-crash", title: "the holder loses power, and the next in turn right before it would claim",
            faults: [(2_000, .powerCut(0)), (2_200, .powerCut(1))], endsAtMs: 2_700),
        TranscribedStory(
            name: "split-and-heal", title: "the holder is cut off, each side holds, and one lets go when they meet",
            faults: [(2_000, .split(0b001)), (3_000, .split(0))], endsAtMs: 3_400),
        TranscribedStory(
            name: "hang", title: "the holder's daemon hangs; nobody claims before its kernel's lease has ended",
            faults: [(2_000, .daemonHung(0)), (6_000, .daemonResumed(0))], endsAtMs: 6_400),
        TranscribedStory(
            name: "pause", title: "a hypervisor stops the holder for a second; when it goes on there is another",
            faults: [(2_000, .machinePaused(0, .clockGoesOn, keepsFrames: false)), (3_000, .machineResumed(0))],
            endsAtMs: 3_400),
        TranscribedStory(
            name: "handover", title: "an operator moves the address; then the new holder's daemon is stopped",
            faults: [(2_000, .moveRequested(0, to: nil)), (3_000, .daemonStopped(1, isUrgent: false))],
            endsAtMs: 3_300),
        TranscribedStory(
            name: "stubborn-stranger",
            title: "a foreign host takes the address and defends it; the holder dies, and nobody claims until it goes",
            faults: [
                (2_000, .foreignHostAppeared(index: 0, isStubborn: true)), (2_400, .powerCut(0)),
                (4_000, .foreignHostLeft),
            ], endsAtMs: 7_600),
        TranscribedStory(
            name: "sick-services",
            title: "all are sick at first, and the best holds; then health comes and goes; at last all are sick again",
            beginsAtMs: 0,
            faults: [
                (0, .healthSet(0, false)), (0, .healthSet(1, false)), (0, .healthSet(2, false)),
                (1_000, .healthSet(1, true)), (2_000, .healthSet(2, true)), (2_500, .healthSet(1, false)),
                (7_000, .healthSet(2, false)), (7_500, .powerCut(2)),
            ], endsAtMs: 8_000),
        TranscribedStory(
            name: "quorum-boot",
            title: "all start at once; nobody votes before an earlier promise can no longer bind it",
            members: 3, beginsAtMs: 0, faults: [], endsAtMs: 4_000),
        TranscribedStory(
            name: "quorum-split", title: "the holder is cut off and lets go before the majority claims; then all meet",
            members: 3, beginsAtMs: 5_950, faults: [(6_000, .split(0b100)), (8_000, .split(0))], endsAtMs: 8_400),
        TranscribedStory(
            name: "quorum-lost-and-found", title: "the majority loses power; the holder lets go until one is back",
            members: 3, beginsAtMs: 5_950,
            faults: [
                (6_000, .powerCut(0)), (6_500, .powerCut(1)),
                (8_000, .booted(1, clockWentBack: false)), (8_000, .daemonStarted(1)),
            ], endsAtMs: 13_000),
        TranscribedStory(
            name: "quorum-straggler",
            title: "a candidate is cut off for a while; when it is back, it and the holder are a majority",
            members: 3, beginsAtMs: 5_950,
            faults: [(6_000, .split(0b001)), (8_000, .split(0)), (9_000, .powerCut(1))], endsAtMs: 12_000),
    ]
}

struct TranscriptTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "transcripts")
    private static let isRewriting = ProcessInfo.processInfo.environment["VIPD_REWRITE_TRANSCRIPTS"] == "1"

    @Test("The dialogue is the one that is written down", arguments: TranscribedStory.all)
    func transcripts(story: TranscribedStory) throws {
        let file = Self.folder.appending(path: "\(story.name).txt")
        let transcript = story.transcript()
        if Self.isRewriting { try transcript.write(to: file, atomically: true, encoding: .utf8) }
        let expected = try String(contentsOf: file, encoding: .utf8)
        let difference = zip(transcript.split(separator: "\n"), expected.split(separator: "\n")).first { $0 != $1 }
        #expect(
            transcript == expected,
            "first difference: \(difference.map { "now:  \($0)\nthen: \($1)" } ?? "one goes on where the other ends")")
    }

    @Test("Every transcript belongs to a scenario")
    func noStrays() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path(percentEncoded: false))
        #expect(files.sorted() == TranscribedStory.all.map { "\($0.name).txt" }.sorted())
    }
}
