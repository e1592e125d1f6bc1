// Durations as people write them: 250ms, 1.5s, 2m.
// Deliberately not here: which durations a key allows.

/// The text form of durations in files and flags.
enum DurationText {
    /// Microseconds in each unit, largest first.
    private static let units: [(name: String, microseconds: Int64)] = [
        ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1),
    ]

    /// Reads a decimal number with a unit (us, ms, s or m) right behind it, to the microsecond.
    static func parse(_ text: String) throws(ValueError) -> Duration {
        let wayOut = "write a number with a unit, like 250ms, 1.5s or 2m"
        var rest = text.utf8[...]
        let whole = takeDigits(&rest)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits(&rest)
            guard !fraction.isEmpty else { throw ValueError("\(text.quoted) is not a duration; \(wayOut)") }
        }
        guard !whole.isEmpty else { throw ValueError("\(text.quoted) is not a duration; \(wayOut)") }
        // Nine digits on each side keep all products within 64 bits.
        guard whole.count <= 9, fraction.count <= 9 else {
            throw ValueError("\(text.quoted) has too many digits; \(wayOut)")
        }
        guard !rest.isEmpty else {
            throw ValueError("\(text.quoted) has no unit; write \(text)ms for milliseconds or \(text)s for seconds")
        }
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(rest) }) else {
            throw ValueError("\(text.quoted) is not a duration; \(wayOut)")
        }
        var scale: Int64 = 1
        for _ in fraction { scale *= 10 }
        let part = number(fraction) * unit.microseconds
        guard part % scale == 0 else {
            throw ValueError("\(text.quoted) is finer than a microsecond; \(wayOut)")
        }
        return .microseconds(number(whole) * unit.microseconds + part / scale)
    }

    /// A duration of whole microseconds in the largest unit below minutes that makes it a whole number.
    static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let unit = units.dropFirst().first { microseconds % $0.microseconds == 0 } ?? ("us", 1)
        return "\(microseconds / unit.microseconds)\(unit.name)"
    }

    /// "10ms to 10s".
    static func format(_ range: ClosedRange<Duration>) -> String {
        rangeText(format(range.lowerBound), format(range.upperBound))
    }

    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private static func number(_ digits: Substring.UTF8View) -> Int64 {
        digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
}
