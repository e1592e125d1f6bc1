import Testing
import VIPControl
import VIPElection

@testable import VIPDaemon

@Suite struct CivilClockTests {
    private static func at(_ microseconds: Int64) -> Instant { Instant(nanoseconds: microseconds * 1000) }

    /// Reads a civil clock that is `ahead` of the daemon's; in microseconds, as all here.
    private static func read(
        _ clock: inout CivilClock, at now: Int64, ahead: Int64, taking time: Int64, share: Int64 = 2
    ) {
        clock.read((now + time / share + ahead) * 1000, after: at(now), before: at(now + time))
    }

    @Test("an instant has the same civil time whenever it is asked for, however long the reading of clocks takes")
    func steady() {
        var clock = CivilClock()
        var times: Set<Timestamp> = []
        // The instant is at the very edge of a millisecond.
        var now: Int64 = 5_000_000
        for time in [0, 1, 3, 60_000, 0, 2, 40_000, 1] as [Int64] {
            for share in [1, 2, 7] as [Int64] {
                Self.read(&clock, at: now, ahead: 1_000_000, taking: time, share: share)
                now += 1_000_000
                times.insert(clock.time(of: Self.at(4_000_000)))
            }
        }
        #expect(times == [Timestamp(milliseconds: 5000)])
    }

    @Test("a clock that was set is followed, forwards and back, and past instants with it")
    func wasSet() {
        var clock = CivilClock()
        for ahead in [1_000_000, 3_600_000_000, 2_000, 1_000_000] as [Int64] {
            Self.read(&clock, at: 5_000_000, ahead: ahead, taking: 0)
            #expect(clock.time(of: Self.at(4_000_000)) == Timestamp(milliseconds: (4_000_000 + ahead) / 1000))
        }
    }

    @Test("a first reading that took long is made good by the next that does not")
    func kept() {
        var clock = CivilClock()
        Self.read(&clock, at: 5_000_000, ahead: 1_000_000, taking: 60_000, share: 1)
        Self.read(&clock, at: 6_000_000, ahead: 1_000_000, taking: 0)
        #expect(clock.time(of: Self.at(4_000_000)) == Timestamp(milliseconds: 5000))
    }

    @Test("an instant before 1970 is in the millisecond that it began in")
    func longAgo() {
        var clock = CivilClock()
        Self.read(&clock, at: 5_000_000, ahead: -4_000_000, taking: 0)
        #expect(clock.time(of: Self.at(3_999_999)) == Timestamp(milliseconds: -1))
    }
}
