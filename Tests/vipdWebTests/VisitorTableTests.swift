import Testing

@testable import vipd_web

struct VisitorTableTests {
    private let start = Instant.now
    private let here = PeerAddress(bytes: [127, 0, 0, 1])
    private let there = PeerAddress(bytes: [192, 168, 1, 50])

    private func table(_ change: (inout VisitorTable.Limits) -> Void = { _ in }) -> VisitorTable {
        var limits = VisitorTable.Limits()
        (limits.visitors, limits.visitorsOfAddress, limits.streams, limits.streamsOfAddress) = (4, 3, 2, 1)
        change(&limits)
        return VisitorTable(limits: limits)
    }

    @Test("a full table makes room for a newcomer by the oldest that has not asked yet")
    func oldestSilent() {
        var table = table()
        for id in 1...3 as ClosedRange<UInt64> { table.enter(id, from: here, at: start + .seconds(Int(id))) }
        #expect(table.admit(from: here) == .welcomeInstead(of: 1))
        #expect(table.count == 2)
        #expect(table.evictions == 1)
    }

    @Test("who has done nothing for longest gives way, be it before, between or behind its requests")
    func leastMoved() {
        var table = table()
        for id in 1...3 as ClosedRange<UInt64> { table.enter(id, from: here, at: start) }
        table.move(1, to: .answered(since: start + .seconds(1)))
        table.move(2, to: .idle(since: start + .seconds(2)))
        table.move(3, to: .answered(since: start + .seconds(3)))
        for (newcomer, leaving) in [(4, 1), (5, 2), (6, 3), (7, 4)] as [(UInt64, UInt64)] {
            #expect(table.admit(from: here) == .welcomeInstead(of: leaving))
            table.enter(newcomer, from: here, at: start + .seconds(Int(newcomer)))
        }
    }

    @Test("an address that takes all the room gives way, not another's client")
    func fairness() {
        var table = table()
        table.enter(1, from: there, at: start)
        for id in 2...4 as ClosedRange<UInt64> { table.enter(id, from: here, at: start + .seconds(1)) }
        #expect(table.admit(from: there) == .welcomeInstead(of: 2))
    }

    @Test("streams, and those who wait for the daemon, keep their places; then a newcomer is refused")
    func refused() {
        var table = table()
        for id in 1...3 as ClosedRange<UInt64> { table.enter(id, from: here, at: start) }
        table.move(1, to: .streaming(busySince: nil))
        table.move(2, to: .waiting)
        table.move(3, to: .waiting)
        #expect(table.admit(from: here) == .refused)
        #expect(table.admit(from: there) == .welcome)
        #expect(table.refusals == 1)
    }

    @Test("streams are bounded, all together and of one address")
    func streams() {
        var table = table()
        table.enter(1, from: here, at: start)
        table.enter(2, from: here, at: start)
        table.enter(3, from: there, at: start)
        #expect(table.mayStream(1))
        table.move(1, to: .streaming(busySince: nil))
        #expect(!table.mayStream(2))
        #expect(table.mayStream(3))
        table.move(3, to: .streaming(busySince: nil))
        table.enter(4, from: PeerAddress(bytes: [10, 0, 0, 1]), at: start)
        #expect(!table.mayStream(4))
        #expect(table.streamCount == 2)
    }

    @Test("whoever takes too long is named once, by what it was doing")
    func overdue() throws {
        var table = table()
        table.enter(1, from: here, at: start)
        table.enter(2, from: here, at: start)
        table.enter(3, from: there, at: start)
        table.move(2, to: .streaming(busySince: start))
        table.move(3, to: .waiting)
        let limits = table.limits
        #expect(table.nextDeadline == start + limits.head)
        #expect(table.overdue(at: start + limits.head - .nanoseconds(1)).isEmpty)
        #expect(table.overdue(at: start + limits.head) == [1])
        #expect(table.overdue(at: start + limits.head) == [])
        #expect(table.overdue(at: start + limits.stuckStream) == [2])
        #expect(table.nextDeadline == nil)
        table.move(3, to: .answered(since: start))
        #expect(table.overdue(at: start + limits.answer) == [3])
    }

    @Test("a stream with nothing to send may stay for ever")
    func quietStream() {
        var table = table()
        table.enter(1, from: here, at: start)
        table.move(1, to: .streaming(busySince: nil))
        #expect(table.overdue(at: start + .seconds(100_000)).isEmpty)
    }

    @Test("a byte a second does not keep the head of a request open: its time counts from the connection's beginning")
    func slowHead() {
        var table = table()
        table.enter(1, from: here, at: start)
        #expect(table.overdue(at: start + table.limits.head) == [1])
    }

    @Test("large answers that nobody reads are bounded, whoever asks for them; small ones are given to all")
    func unreadAnswers() {
        var table = table { ($0.unread, $0.smallAnswer) = (1000, 100) }
        for id in 1...4 as ClosedRange<UInt64> { table.enter(id, from: here, at: start) }
        #expect(table.mayAnswer(1, bytes: 600) == true)
        table.move(1, to: .answered(since: start))
        #expect(table.mayAnswer(2, bytes: 400) == true)
        table.move(2, to: .answered(since: start + .milliseconds(1)))
        #expect(table.mayAnswer(3, bytes: 101) == false)
        #expect(table.mayAnswer(3, bytes: 100) == true)
        #expect(table.slowestReader(at: start + .milliseconds(900)) == nil)
        #expect(table.slowestReader(at: start + .seconds(2)) == 1)
        // Ended, but its answer is in memory still.
        #expect(table.mayAnswer(4, bytes: 600) == false)
        table.noteRead(1)
        #expect(table.mayAnswer(4, bytes: 600) == true)
        #expect(table.evictions == 1)
    }
}
