// Judging what was measured against what vipd promises, and telling a slow vipd from a host that stood still.

/// vipd's promises, as far as they are times. They are the product's: no slow machine loosens them.
enum Bounds {
    /// A first node alone holds the VIP, counted from its start.
    static let firstHolder = Duration.seconds(1)
    /// The client is without after a power cut, at the default interval.
    static let powerCut = Duration.milliseconds(300)
    /// The client is without when the holder's daemon is killed or hangs: its kernel serves on, and then lets go.
    static let deadDaemon = Duration.milliseconds(100)
    /// A dead daemon's address is held by another: the lease of 3 s, the kernel's timer grain of 1 s, and the claim.
    static let leaseEnd = Duration.milliseconds(4_500)
    /// SIGTERM to exit.
    static let stop = Duration.seconds(1)
    /// The slowest attempt of a client at a planned stop, of which none may fail.
    static let stopAttempt = Duration.milliseconds(20)
    /// Two holders at a planned stop: the successor takes the VIP before the holder lets it go, by the holder's will, a
    /// few milliseconds and a round trip before.
    static let handover = Duration.milliseconds(50)
    /// From a planned departure to the reset of a connection that was open through the VIP.
    static let reset = Duration.milliseconds(100)
    /// A holder without carrier lets go: at once, which is before its next announcement would have been due.
    static let release = Duration.milliseconds(100)
    /// Two holders when a partition heals: the two hear each other's next announcement.
    static let heal = Duration.milliseconds(200)
    /// An address that someone else removed is back.
    static let reinstall = Duration.milliseconds(100)
    /// The same, at the median of several times.
    static let healed = Duration.milliseconds(10)
    /// A link that has lost its subnet moves the VIP: a second of patience, and a handover.
    static let stranded = Duration.milliseconds(1_300)
    /// The 5 ms that a handover leaves a connection to end in, and as much for what a stall lasts before it is noticed.
    static let lastAnswer = Duration.milliseconds(10)
    /// How long the lab waits for anything at all before it gives up.
    static let patience = Duration.seconds(8)
}

/// What came of an expectation, or of several.
enum Verdict: Equatable {
    case passed
    case failed([String])
    /// A time was over its bound, by no more than the host stood still.
    case stalled(Duration)
}

/// Collects what was expected and did not happen.
struct Judge {
    private var failures: [String] = []
    private var stalled: Duration?

    mutating func expect(_ condition: Bool, _ complaint: @autoclosure () -> String) {
        if !condition { failures.append(complaint()) }
    }

    /// A time within its bound. Where it is over, and would not be but for the time that the host stood still, there is
    /// no verdict; where even that does not explain it, it is a failure that mentions the stall.
    mutating func expect(_ time: Duration, atMost bound: Duration, _ what: String, stalled stall: Duration) {
        guard time > bound else { return }
        if time - stall <= bound {
            stalled = max(stalled ?? .zero, stall)
        } else {
            let excuse = stall > .zero ? " (of which the host stood still for \(stall.short))" : ""
            failures.append("\(what) \(time.short)\(excuse); the bound is \(bound.short)")
        }
    }

    mutating func expectTakeover(_ measurement: Measurement) {
        expect(measurement.takeover != nil, "nobody took over from \(measurement.holder.name)")
    }

    mutating func expectNoOverlap(_ measurement: Measurement) {
        expect(measurement.overlap == .zero, "two machines held the VIP for \(measurement.overlap.short)")
    }

    /// No attempt of the client's has failed. Where an attempt was reset that had no more time than a handover leaves it,
    /// but for the time that the host stood still, there is no verdict.
    mutating func expectNoFailures(_ outage: Outage, at occasion: String) {
        let unexcused = outage.failures.filter { $0.stalled == .zero || $0.duration - $0.stalled > Bounds.lastAnswer }
        if let longest = outage.failures.map(\.stalled).max(), unexcused.isEmpty {
            stalled = max(stalled ?? .zero, longest)
        }
        let accounts = unexcused.prefix(3).map(\.account).joined(separator: "; ")
        expect(
            unexcused.isEmpty,
            "\(outage.failed) of \(outage.attempts) connection attempts failed at \(occasion): \(accounts)")
    }

    /// A departure by plan: no attempt fails and none is slow, and the two hold together for no longer than it takes.
    mutating func expectNoticedByNobody(_ measured: Measurement, _ outage: Outage, at occasion: String) {
        expectNoFailures(outage, at: occasion)
        expect(outage.attempts > 0, "there were no connection attempts at \(occasion)")
        expect(
            outage.slowest, atMost: Bounds.stopAttempt, "at \(occasion) the slowest connection attempt took",
            stalled: measured.stalled)
        expect(
            measured.overlap, atMost: Bounds.handover, "at \(occasion) there were two holders for",
            stalled: measured.stalled)
    }

    var verdict: Verdict {
        if !failures.isEmpty { return .failed(failures) }
        return stalled.map(Verdict.stalled) ?? .passed
    }
}
