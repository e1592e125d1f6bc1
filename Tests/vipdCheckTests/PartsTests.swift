// The parts of the checker that neither wait nor ask the system for anything.

import Testing

@testable import vipd_check

struct TimetableTests {
    @Test("ticks keep their rate, whenever they are asked for, and missed ones are left out")
    func rate() {
        let table = Timetable(id: 0, interval: 100, now: 1000)
        #expect(table.first == 1000)
        #expect(table.next(after: 999) == 1000)
        #expect(table.next(after: 1000) == 1100)
        #expect(table.next(after: 1099) == 1100)
        #expect(table.next(after: 1100) == 1200)
        #expect(table.next(after: 99_950) == 100_000)
    }

    @Test(
        "the first ticks lie apart from each other, within a second or the interval", arguments: [100, 1000, 3_600_000])
    func spread(interval: Int64) {
        let window = min(interval, 1000)
        let offsets = (0..<8).map { Timetable(id: $0, interval: interval, now: 5000).first - 5000 }
        #expect(offsets.allSatisfy { (0..<window).contains($0) })
        let gaps = zip(offsets.sorted(), offsets.sorted().dropFirst()).map { $1 - $0 }
        #expect(gaps.allSatisfy { $0 >= window / 20 }, "\(offsets)")
    }
}

struct LineCutterTests {
    @Test("lines are the same however the bytes come in pieces")
    func pieces() {
        let text = Array("one\ntwo\r\n\n  \nthree".utf8)
        for size in 1...text.count {
            var cutter = LineCutter(length: 100)
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) { lines += cutter.take(text[start...].prefix(size)) }
            #expect(lines == ["one", "two"])
            #expect(cutter.end() == "three")
            #expect(cutter.end() == nil)
        }
    }

    @Test("a line without end is cut, and the one after it is whole")
    func long() {
        var cutter = LineCutter(length: 10)
        #expect(cutter.take([UInt8](repeating: UInt8(ascii: "x"), count: 100_000)).isEmpty)
        #expect(cutter.take(Array("\nnext\n".utf8)) == ["xxxxxxxxxx", "next"])
    }
}

struct OutputTailTests {
    @Test("the last line that is not blank is kept, however much comes before it and in whatever pieces")
    func lastLine() {
        let text = Array((String(repeating: "line\n", count: 1000) + "last\n \n\n").utf8)
        for size in [1, 7, 1024, text.count] {
            var tail = OutputTail()
            for start in stride(from: 0, to: text.count, by: size) { tail.take(text[start...].prefix(size)) }
            #expect(tail.lastLine == "last")
        }
        #expect(OutputTail().lastLine == nil)
    }
}

struct ErrorTextTests {
    @Test(
        "a text that goes on after a colon begins small, unless it begins with an abbreviation",
        arguments: [
            ("Connection refused", "connection refused"), ("SSL: no match", "SSL: no match"), ("", ""),
            ("GnuTLS recv error", "GnuTLS recv error"), ("already small", "already small"), ("(28) x", "(28) x"),
        ])
    func continuing(text: String, expected: String) { #expect(ErrorText.continuing(text) == expected) }
}
