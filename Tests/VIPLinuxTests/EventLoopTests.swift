// The loop's promises: order within a turn, unwatching, the timer, and being an actor's executor.

import Glibc
import Synchronization
import Testing

@testable import VIPLinux

/// What happened, in order.
private final class Record {
    var entries: [String] = []
}

/// An actor that lives on a loop.
private actor Resident {
    let loop: EventLoop
    private(set) var visits: [String] = []

    init(loop: EventLoop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    func visit(_ name: String) { visits.append(name) }

    /// Ends the loop from within: traps if this does not run on the loop's thread.
    func end() { loop.stop() }
}

@Suite struct EventLoopTests {
    @Test("A turn ends after everything that was ready has been handled, with what a handler left unread")
    func inputBeforeTurnEnd() throws {
        let entries = try onFreshThread {
            let loop = try EventLoop()
            let record = Record()
            let first = try Pipe()
            let second = try Pipe()
            try first.write(1, 2, 3)
            try second.write(9)
            try loop.watch(first.reading, for: .readable) { _ in
                record.entries.append("first \(first.readByte() ?? 0)")
            }
            try loop.watch(second.reading, for: .readable) { _ in
                record.entries.append("second \(second.readByte() ?? 0)")
            }
            loop.onTurnEnd = { _ in
                record.entries.append("end")
                loop.stop()
            }
            loop.run()
            return record.entries
        }
        #expect(entries.filter { $0.hasPrefix("first") } == ["first 1", "first 2", "first 3"])
        #expect(entries.contains("second 9"))
        #expect(entries.filter { $0 == "end" }.count == 1 && entries.last == "end")
    }

    @Test("A deadline that has passed is seen only after the input that waits with it")
    func inputBeforeDeadline() throws {
        let entries = try onFreshThread {
            let loop = try EventLoop()
            let record = Record()
            let pipe = try Pipe()
            try loop.watch(pipe.reading, for: .readable) { _ in
                record.entries.append("input \(pipe.readByte() ?? 0)")
            }
            let deadline = EventLoop.now
            loop.wakeAt(deadline)
            try pipe.write(7)
            loop.onTurnEnd = { now in
                if now >= deadline { record.entries.append("deadline") }
                loop.stop()
            }
            loop.run()
            return record.entries
        }
        #expect(entries == ["input 7", "deadline"])
    }

    @Test("Before the time that was asked for a turn ends with each wait, and what is left is in the next")
    func shortTurns() throws {
        let entries = try onFreshThread {
            let loop = try EventLoop()
            let record = Record()
            let pipe = try Pipe()
            try pipe.write(1, 2, 3)
            try loop.watch(pipe.reading, for: .readable) { _ in
                record.entries.append("input \(pipe.readByte() ?? 0)")
            }
            loop.wakeAt(EventLoop.now + 3_600_000_000_000)
            loop.onTurnEnd = { _ in
                record.entries.append("end")
                if record.entries.count == 6 { loop.stop() }
            }
            loop.run()
            return record.entries
        }
        #expect(entries == ["input 1", "end", "input 2", "end", "input 3", "end"])
    }

    @Test("A loop that leaves time to others misses no time that was asked for: looking for work takes none away")
    func generousLoopWakes() throws {
        let wakings = try onFreshThread {
            let loop = try EventLoop()
            loop.leavesTimeToOthers = true
            var wakings = 0
            // Each has passed when the loop looks whether there is something to do.
            loop.wakeAt(EventLoop.now)
            loop.onTurnEnd = { now in
                wakings += 1
                if wakings == 3 { return loop.stop() }
                loop.wakeAt(now)
            }
            loop.run()
            return wakings
        }
        #expect(wakings == 3)
    }

    @Test("A descriptor that never runs dry does not keep the turn from ending")
    func flood() throws {
        let ended = try onFreshThread {
            let loop = try EventLoop()
            let pipe = try Pipe()
            try pipe.write(1)
            try loop.watch(pipe.reading, for: .readable) { _ in }
            loop.onTurnEnd = { _ in loop.stop() }
            loop.run()
            return true
        }
        #expect(ended)
    }

    @Test("A descriptor unwatched by a handler is not reported any more, though it was ready in the same round")
    func unwatchInHandler() throws {
        let handled = try onFreshThread {
            let loop = try EventLoop()
            let record = Record()
            let pipes = [try Pipe(), try Pipe()]
            for (index, pipe) in pipes.enumerated() {
                try pipe.write(1)
                try loop.watch(pipe.reading, for: .readable) { _ in
                    record.entries.append("\(index)")
                    for pipe in pipes { loop.unwatch(pipe.reading) }
                }
            }
            loop.onTurnEnd = { _ in loop.stop() }
            loop.run()
            return record.entries.count
        }
        #expect(handled == 1)
    }

    @Test("An event of a closed descriptor does not reach the next one that gets its number")
    func reusedNumber() throws {
        let entries = try onFreshThread {
            let loop = try EventLoop()
            let record = Record()
            let pipes = [try Pipe(), try Pipe()]
            let quiet = try Pipe()
            for (index, pipe) in pipes.enumerated() {
                try pipe.write(1)
                try loop.watch(pipe.reading, for: .readable) { _ in
                    record.entries.append("old")
                    pipes.forEach { loop.unwatch($0.reading) }
                    // The other's number goes to a pipe in which there is nothing.
                    let other = pipes[1 - index].reading
                    guard dup2(quiet.reading, other) == other else { return }
                    do {
                        try loop.watch(other, for: .readable) { _ in record.entries.append("new") }
                        record.entries.append("reused")
                    } catch {
                        record.entries.append("\(error)")
                    }
                }
            }
            loop.onTurnEnd = { _ in loop.stop() }
            loop.run()
            return record.entries
        }
        #expect(entries == ["old", "reused"])
    }

    @Test("A descriptor can be watched again after it was unwatched, and for something else")
    func watchAgain() throws {
        let found = try onFreshThread {
            let loop = try EventLoop()
            let pipe = try Pipe()
            var found: [EventLoop.Readiness] = []
            try loop.watch(pipe.writing, for: []) { _ in found.append([]) }
            loop.unwatch(pipe.writing)
            try loop.watch(pipe.writing, for: []) { readiness in
                found.append(readiness)
                loop.unwatch(pipe.writing)
            }
            try loop.modify(pipe.writing, for: .writable)
            loop.onTurnEnd = { _ in loop.stop() }
            loop.run()
            return found
        }
        #expect(found == [.writable])
    }

    @Test("A hangup is reported though nothing was asked for")
    func hangup() throws {
        let found = try onFreshThread {
            let loop = try EventLoop()
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            close(ends[0])
            var found: EventLoop.Readiness = []
            try loop.watch(ends[1], for: []) { readiness in
                found = readiness
                loop.unwatch(ends[1])
            }
            loop.onTurnEnd = { _ in loop.stop() }
            loop.run()
            close(ends[1])
            return found
        }
        #expect(found == .failed)
    }

    @Test("A regular file cannot be watched, and the error says which descriptor")
    func regularFile() throws {
        try onFreshThread {
            let loop = try EventLoop()
            let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            #expect(throws: SystemError(operation: "wait for descriptor \(file)", errno: EPERM)) {
                try loop.watch(file, for: .readable) { _ in }
            }
        }
    }

    @Test("A descriptor that rests is not reported before its rest is over, and then again without being asked for")
    func rest() throws {
        let (until, heard) = try onFreshThread {
            let loop = try EventLoop()
            let pipe = try Pipe()
            try pipe.write(1)
            let until = EventLoop.now + 3_000_000
            var heard: [Int64] = []
            try loop.watch(pipe.reading, for: .readable) { _ in
                heard.append(EventLoop.now)
                if heard.count == 2 {
                    _ = pipe.readByte()
                    loop.stop()
                }
            }
            try loop.rest(pipe.reading, until: 0)
            try loop.rest(pipe.reading, until: until)
            loop.run()
            return (until, heard)
        }
        #expect(heard.count == 2)
        #expect(heard.allSatisfy { $0 >= until })
    }

    @Test("A descriptor that rests is reported at once where it failed, or when it is watched for something anew")
    func restEnds() throws {
        let heard = try onFreshThread {
            let loop = try EventLoop()
            let other = try Pipe()
            try other.write(1)
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            var heard: [String] = []
            try loop.watch(ends[0], for: .readable) { readiness in
                heard.append(readiness.contains(.failed) ? "failed" : "readable")
                loop.unwatch(ends[0])
            }
            try loop.watch(other.reading, for: .readable) { _ in
                heard.append("other \(other.readByte() ?? 0)")
                loop.stop()
            }
            let anHourOn = EventLoop.now + 3_600_000_000_000
            try loop.rest(ends[0], until: anHourOn)
            try loop.rest(other.reading, until: anHourOn)
            close(ends[1])
            loop.onTurnEnd = { _ in
                if heard == ["failed"] { try? loop.modify(other.reading, for: .readable) }
            }
            loop.run()
            close(ends[0])
            return heard
        }
        #expect(heard == ["failed", "other 1"])
    }

    @Test("The loop wakes at the time asked for, not before, and once")
    func timer() throws {
        let (deadline, turns) = try onFreshThread {
            let loop = try EventLoop()
            let deadline = EventLoop.now + 2_000_000
            var turns: [Int64] = []
            loop.wakeAt(EventLoop.now + 3_600_000_000_000)
            loop.wakeAt(deadline)
            loop.onTurnEnd = { now in
                turns.append(now)
                if turns.count == 1 { loop.wakeAt(0) } else { loop.stop() }
            }
            loop.run()
            return (deadline, turns)
        }
        #expect(turns.count == 2)
        #expect(turns.allSatisfy { $0 >= deadline })
    }

    @Test("A time that was taken back wakes nobody")
    func timerTakenBack() throws {
        let woken = try onFreshThread {
            let loop = try EventLoop()
            loop.wakeAt(0)
            loop.wakeAt(nil)
            let pipe = try Pipe()
            var woken: [String] = []
            // The first turn is the pipe's: were the timer armed, it would come alone and before.
            try loop.watch(pipe.reading, for: .readable) { _ in woken.append("pipe \(pipe.readByte() ?? 0)") }
            try pipe.write(5)
            loop.onTurnEnd = { _ in
                woken.append("end")
                loop.stop()
            }
            loop.run()
            return woken
        }
        #expect(woken == ["pipe 5", "end"])
    }

    @Test("A handler enters an actor that lives on the loop, without a task")
    func actorEntry() throws {
        let visits = try onFreshThread {
            let loop = try EventLoop()
            let resident = Resident(loop: loop)
            let pipe = try Pipe()
            try pipe.write(1)
            try loop.watch(pipe.reading, for: .readable) { _ in
                _ = pipe.readByte()
                resident.assumeIsolated { $0.visit("handler") }
            }
            loop.onTurnEnd = { _ in loop.stop() }
            loop.run()
            return resident.assumeIsolated { $0.visits }
        }
        #expect(visits == ["handler"])
    }

    @Test("Tasks of other threads wake the loop, and reach its actor on its thread")
    func tasksFromOutside() throws {
        let visits = try onFreshThread {
            let loop = try EventLoop()
            let resident = Resident(loop: loop)
            Task.detached {
                await resident.visit("task")
                await resident.end()
            }
            loop.run()
            return resident.assumeIsolated { $0.visits }
        }
        #expect(visits == ["task"])
    }

    @Test("A task begun at a turn's end does not wait for a descriptor")
    func jobsOfTurnEnd() throws {
        let visits = try onFreshThread {
            let loop = try EventLoop()
            let resident = Resident(loop: loop)
            var hasBegun = false
            loop.wakeAt(0)
            loop.onTurnEnd = { _ in
                guard !hasBegun else { return }
                hasBegun = true
                Task(executorPreference: loop) {
                    await resident.visit("task")
                    await resident.end()
                }
            }
            loop.run()
            return resident.assumeIsolated { $0.visits }
        }
        #expect(visits == ["task"])
    }

    @Test("A task that prefers the loop stays on its thread between its awaits")
    func taskExecutor() throws {
        let stayed = try onFreshThread {
            let loop = try EventLoop()
            let resident = Resident(loop: loop)
            let here = UInt(pthread_self())
            let stayed = Mutex<[Bool]>([])
            Task.detached(executorPreference: loop) {
                for _ in 0..<3 {
                    await Task.yield()
                    stayed.withLock { $0.append(currentThread() == here) }
                }
                await resident.end()
            }
            loop.run()
            return stayed.withLock { $0 }
        }
        #expect(stayed == [true, true, true])
    }
}

/// pthread_self, which is not to be called from asynchronous code directly, as that may change its thread.
private func currentThread() -> UInt { UInt(pthread_self()) }
