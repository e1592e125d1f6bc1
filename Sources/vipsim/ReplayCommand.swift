// vipsim replay: one run told line by line, and recorded; vipsim list.

import Foundation
import VIPSimulator

/// Tells one run on standard output, and records its frames if that is wanted. Returns whether every property held.
func replay(_ options: ReplayOptions) throws -> Bool {
    let scenario = Scenario(seed: options.seed, profile: options.profile, nodes: options.nodes)
    var watcher = Retelling(
        narration: Narration(tellsEveryFrame: options.tellsEveryFrame),
        capture: options.captureFile == nil ? nil : CaptureFile())
    let verdict = SimulationRun.verdict(on: scenario, watchedBy: &watcher)
    let violations = verdict.violations.flatMap { ["VIOLATED \($0.words)", "    \($0.property.statement)"] }
    say(scenario.description + watcher.narration.lines + (violations.isEmpty ? ["every property held"] : violations))
    if let file = options.captureFile, let capture = watcher.capture {
        do {
            try Data(capture.bytes).write(to: URL(fileURLWithPath: file))
        } catch {
            throw CaptureError(description: "cannot write the capture \(file): \(error.localizedDescription)")
        }
    }
    return verdict.violations.isEmpty
}

/// A capture that could not be written.
struct CaptureError: Error, CustomStringConvertible {
    let description: String
}

/// Words, and frames if they are to be recorded.
private struct Retelling: Watcher {
    var narration: Narration
    var capture: CaptureFile?

    mutating func observe(_ occurrence: Occurrence) {
        narration.observe(occurrence)
        capture?.observe(occurrence)
    }
}

/// Prints the profiles and the properties.
func printList() {
    let profiles = Profile.all.map { "  \($0.name): \($0.summary)" }
    let properties = Property.all.map { "  \($0.name): \($0.statement)" }
    say(["profiles:"] + profiles + ["", "properties:"] + properties)
}
