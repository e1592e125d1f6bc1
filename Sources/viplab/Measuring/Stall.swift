// Times when the machine itself did not run what wanted to run: what a measurement has to be told apart from.
import CVIPLab
import Foundation
import Synchronization

/// A time when a thread that wanted to run was kept from it.
struct Stall: Hashable, Sendable {
    let start: Instant
    let end: Instant
}

extension [Stall] {
    /// How much of the window was stalled, on any CPU: overlapping stalls count once.
    func total(from start: Instant, to end: Instant) -> Duration {
        var total = Duration.zero
        var covered = start
        for stall in sorted(by: { $0.start < $1.start }) where stall.end > covered && stall.start < end {
            let upTo = Swift.min(stall.end, end)
            total += upTo - Swift.max(stall.start, covered)
            covered = upTo
        }
        return total
    }
}

/// Watches for stalls: a thread on each CPU wants to run every 5 ms and notes when it was more than 10 ms late.
final class StallWatch: Sendable {
    private struct State: Sendable {
        var stalls: [Stall] = []
        var isStopped = false
    }

    static let period = Duration.milliseconds(5)
    static let threshold = Duration.milliseconds(10)
    static let capacity = 10_000
    private let state = Mutex(State())

    init() {
        for cpu in 0..<ProcessInfo.processInfo.processorCount {
            Thread.detachNewThread { [self] in watch(cpu: Int32(cpu)) }
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    var stalls: [Stall] { state.withLock { $0.stalls } }

    private func watch(cpu: Int32) {
        // Where this process may not run on that CPU, the thread watches wherever it is put.
        _ = viplab_pin_to_cpu(cpu)
        var beat = Instant.now
        while !state.withLock({ $0.isStopped }) {
            beat = beat + Self.period
            beat.sleepUntil()
            let now = Instant.now
            if now - beat > Self.threshold {
                let stall = Stall(start: beat, end: now)
                state.withLock { $0.stalls.append(stall, keeping: Self.capacity) }
                beat = now
            }
        }
    }
}
