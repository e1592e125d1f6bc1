import Testing

@testable import vipd_web

struct StatusDemandTests {
    private let start = Instant.now

    @Test("nobody who wants to know, nobody who asks")
    func idle() {
        var demand = StatusDemand()
        #expect(demand.dueAt(now: start) == nil)
        demand.noteEvent()
        #expect(demand.dueAt(now: start) == nil)
        #expect(!demand.isFresh(at: start))
    }

    @Test("a thousand clients in a second cost the daemon ten questions at most")
    func bounded() {
        var demand = StatusDemand()
        var questions = 0
        for millisecond in 0..<1000 {
            let now = start + .milliseconds(millisecond)
            if !demand.isFresh(at: now) { demand.want() }
            demand.noteEvent()
            if let due = demand.dueAt(now: now), due <= now {
                questions += 1
                demand.noteAsked(at: now)
                demand.noteAnswered(at: now)
            }
        }
        #expect(questions == 10)
    }

    @Test("without events, a status serves all who come within its freshness")
    func fresh() {
        var demand = StatusDemand()
        demand.want()
        demand.noteAsked(at: start)
        #expect(demand.dueAt(now: start) == nil)
        demand.noteAnswered(at: start)
        #expect(demand.isFresh(at: start + StatusDemand.freshness - .nanoseconds(1)))
        #expect(!demand.isFresh(at: start + StatusDemand.freshness))
        #expect(demand.isFresh(at: start + .milliseconds(999), within: StatusDemand.metricsFreshness))
        #expect(!demand.isFresh(at: start + .seconds(1), within: StatusDemand.metricsFreshness))
        #expect(demand.dueAt(now: start + .seconds(60)) == nil)
    }

    @Test("an event makes a status old at once, and those who follow get another as soon as may be")
    func event() {
        var demand = StatusDemand(isWatched: true)
        demand.noteAsked(at: start)
        demand.noteAnswered(at: start)
        #expect(demand.dueAt(now: start) == start + StatusDemand.cadence)
        demand.noteEvent()
        #expect(!demand.isFresh(at: start))
        #expect(!demand.isFresh(at: start, within: StatusDemand.metricsFreshness))
        #expect(demand.dueAt(now: start) == start + StatusDemand.spacing)
    }

    @Test("an event that is told while a question is out is told of before its answer, which knows of it")
    func eventWhileAsking() {
        var demand = StatusDemand(isWatched: true)
        demand.noteAsked(at: start)
        demand.noteEvent()
        #expect(demand.dueAt(now: start + .seconds(1)) == nil)
        demand.noteAnswered(at: start)
        #expect(demand.isFresh(at: start))
    }

    @Test("who comes while a question is out waits for its answer, and has no other asked")
    func join() {
        var demand = StatusDemand()
        demand.want()
        demand.noteAsked(at: start)
        demand.want()
        demand.noteAnswered(at: start)
        #expect(demand.dueAt(now: start + .seconds(1)) == nil)
    }

    @Test("a daemon that is gone is not owed to, and who follows still does when it is back")
    func forget() {
        var demand = StatusDemand(isWatched: true)
        demand.noteAsked(at: start)
        demand.forget()
        #expect(demand.dueAt(now: start) == start)
        #expect(!demand.isFresh(at: start))
    }
}
