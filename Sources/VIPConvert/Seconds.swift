// keepalived's times: seconds with a fraction. Deliberately not here: which are allowed where.

/// A span of time in whole microseconds, which is as fine as keepalived counts.
struct Seconds: Comparable {
    let microseconds: Int64

    init(microseconds: Int64) { self.microseconds = microseconds }

    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// Reads `1`, `0.25` and the like; nil for anything else. What is finer than a microsecond is cut off.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
        guard isNumber, let whole = Int64(parts[0]), whole < 1_000_000_000 else { return nil }
        let fraction = parts.count > 1 ? parts[1].prefix(6) : ""
        guard parts.count == 1 || !fraction.isEmpty else { return nil }
        let digits = fraction + String(repeating: "0", count: 6 - fraction.count)
        guard let part = Int64(digits) else { return nil }
        microseconds = whole * 1_000_000 + part
    }

    /// As vipd's file has it: 1s, 250ms, 1500us.
    var text: String {
        if microseconds % 1_000_000 == 0 { return "\(microseconds / 1_000_000)s" }
        return microseconds % 1000 == 0 ? "\(microseconds / 1000)ms" : "\(microseconds)us"
    }

    /// The nearest within `range`.
    func clamped(to range: ClosedRange<Duration>) -> Seconds {
        min(max(self, Seconds(range.lowerBound)), Seconds(range.upperBound))
    }

    static func < (left: Seconds, right: Seconds) -> Bool { left.microseconds < right.microseconds }
}
