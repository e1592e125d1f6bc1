// A moment of CLOCK_MONOTONIC, the clock that the lab, its clients and its watchers share across processes.
import Glibc

/// A moment, in nanoseconds of CLOCK_MONOTONIC: comparable between processes of one machine, meaningless elsewhere.
struct Instant: Comparable, Hashable, Sendable {
    var nanoseconds: Int64

    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + duration.inNanoseconds)
    }
    static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds - duration.inNanoseconds)
    }
    static func - (a: Instant, b: Instant) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }

    /// Sleeps until this moment, whatever signals arrive; returns at once when it has passed.
    func sleepUntil() {
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}

extension Duration {
    var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
    var inMilliseconds: Double { Double(inNanoseconds) / 1_000_000 }
    var inSeconds: Double { Double(inNanoseconds) / 1_000_000_000 }

    /// "236 ms", "3.4 s", "0.8 ms": three digits at most, the unit people use at that size.
    var short: String {
        let milliseconds = inMilliseconds
        switch abs(milliseconds) {
        case 0: return "0 ms"
        case ..<9.95: return "\(rounded(milliseconds, to: 1)) ms"
        case ..<999.5: return "\(Int(milliseconds.rounded())) ms"
        case ..<9_995: return "\(rounded(milliseconds / 1000, to: 2)) s"
        default: return "\(rounded(milliseconds / 1000, to: 1)) s"
        }
    }
}

/// `value` with so many digits after the point, and none that depend on a locale.
func rounded(_ value: Double, to digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let whole = scaled / Int64(scale)
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(scaled % Int64(scale))
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
}
