// A moment of civil time with milliseconds, its RFC 3339 form and the local form people read.
// Deliberately not here: durations and deadlines, which never use the civil clock.
import Glibc

/// A moment of civil time (UTC, without leap seconds), in whole milliseconds.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, within the years 0 to 9999 that RFC 3339 can write.
    public let milliseconds: Int64

    /// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
    private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// Makes a moment of milliseconds since 1970; what lies beyond the years 0 to 9999 becomes their first or last.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
    }

    /// Makes a moment of seconds since 1970, as of `time(2)`, and milliseconds within the second (0...999).
    public init(seconds: Int64, milliseconds: Int64 = 0) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        self.init(milliseconds: overflow ? (seconds < 0 ? .min : .max) : product &+ milliseconds)
    }

    /// The moment it is (CLOCK_REALTIME).
    public static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), milliseconds: Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Parses RFC 3339 in UTC, as in `2026-11-19T03:11:04Z`, with one to nine digits of a fraction or none; digits
    /// beyond the third are dropped. Nil for anything else, other offsets included.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T"),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"),
            let second = reader.number(digits: 2),
            let fraction = reader.fraction(), reader.skip("Z"), reader.isAtEnd,
            (1...12).contains(month), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        // A day the month does not have lands in the next one, and reads back as another date.
        guard day >= 1, Self.date(days: days) == (year, month, day) else { return nil }
        self.init(milliseconds: (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + fraction)
    }

    /// As in `2026-11-19T03:11:04.123Z`.
    public var rfc3339: String {
        let days = Self.floorDivide(milliseconds, 86_400_000)
        let (year, month, day) = Self.date(days: days)
        let rest = milliseconds - days * 86_400_000
        let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { Self.padded($0, 2) }
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
            + "T\(clock.joined(separator: ":")).\(Self.padded(rest % 1000, 3))Z"
    }

    /// As in `2026-11-19 03:11:04`, in the time zone of the process (`TZ`, else /etc/localtime), with
    /// `.123` behind it where `withMilliseconds` is true.
    public func local(withMilliseconds: Bool = false) -> String {
        var seconds = time_t(Self.floorDivide(milliseconds, 1000))
        var fields = unsafe tm()
        guard unsafe localtime_r(&seconds, &fields) != nil else { return rfc3339 }
        let year = unsafe Self.padded(Int64(fields.tm_year) + 1900, 4)
        let date = unsafe [fields.tm_mon + 1, fields.tm_mday].map { Self.padded(Int64($0), 2) }
        let clock = unsafe [fields.tm_hour, fields.tm_min, fields.tm_sec].map { Self.padded(Int64($0), 2) }
        let fraction = withMilliseconds ? "." + Self.padded(milliseconds - Int64(seconds) * 1000, 3) : ""
        return "\(year)-\(date.joined(separator: "-")) \(clock.joined(separator: ":"))\(fraction)"
    }

    private static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the leap day is
    /// the last of its year; 400 of them have 146,097 days, 719,468 lie between 0000-03-01 and 1970-01-01.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let leapDays = floorDivide(marchYear, 4) - floorDivide(marchYear, 100) + floorDivide(marchYear, 400)
        return 365 * marchYear + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
    }

    /// The date of a day number: the inverse of `days(year:month:day:)`.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

/// Reads fixed-width decimal fields from left to right.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits: Int) -> Int64? {
        guard rest.count >= digits else { return nil }
        var value: Int64 = 0
        for character in rest.prefix(digits) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            value = value * 10 + Int64(character - UInt8(ascii: "0"))
        }
        rest.removeFirst(digits)
        return value
    }

    /// The milliseconds of an optional fraction; nil if a point is there without one to nine digits after it.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let digit = number(digits: 1) {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard (1...9).contains(count) else { return nil }
        return value * [100, 10, 1][min(count, 3) - 1]
    }
}
