import Testing
import VIPControl

struct TimestampTests {
    @Test(
        "moments have the RFC 3339 form date(1) gives them",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_057_864_123, "2026-11-19T03:11:04.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func rfc3339(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("every day of four centuries reads back as itself, after the one before it")
    func everyDay() {
        var previous = ""
        for day in Int64(0)..<146_097 {
            let time = Timestamp(seconds: day * 86_400, milliseconds: 7)
            let text = time.rfc3339
            guard text > previous, Timestamp(rfc3339: text) == time else {
                Issue.record("day \(day): \(text) after \(previous)")
                return
            }
            previous = text
        }
    }

    @Test("fractions of any length are read to the millisecond")
    func fractions() {
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:01Z")?.milliseconds == 1000)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:01.5Z")?.milliseconds == 1500)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:01.123456789Z")?.milliseconds == 1123)
    }

    @Test(
        "what is no moment in UTC is refused",
        arguments: [
            "", "2026-11-19", "2026-11-19T03:11:04", "2026-11-19T03:11:04+01:00", "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1234567890Z", "-026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ",
        ])
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("what no year can hold becomes the last moment that one can")
    func clamped() {
        #expect(Timestamp(seconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(seconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
    }
}
