// The picture of `vipd status --watch` in windows of all sizes: that it fits, scrolls, and steers no terminal.
import Testing
import VIPControl
import VIPLinux

@testable import vipd

@Suite struct WatchPageTests {
    private static let hostile = "k8s\u{1b}]0;title\u{7}\u{1b}[2J\u{202e}\u{9b}31m名前é"

    private func page(
        _ report: StatusReport? = StatusTableTests.report, events: Int = 0, trouble: String? = nil,
        isColoured: Bool = false
    ) -> WatchPage {
        let now = Timestamp(rfc3339: "2026-11-19T07:23:30Z") ?? .now()
        let records = (0..<events).map { number in
            EventRecord(
                id: UInt64(number + 1), at: now, group: "default", kind: "state", message: "event \(number + 1)")
        }
        func text(_ time: Timestamp) -> String { String(time.rfc3339.prefix(19)).replacing("T", with: " ") }
        return WatchPage(
            report: report, reportedAt: report == nil ? nil : Timestamp(milliseconds: now.milliseconds - 12_000),
            events: records, trouble: trouble, now: now, palette: Palette(isColoured: isColoured), localTime: text,
            eventTime: text)
    }

    private func lines(_ page: WatchPage, rows: Int, columns: Int, from offset: Int = 0) -> [String] {
        var offset = offset
        return page.lines(in: Terminal.Size(rows: rows, columns: columns), from: &offset)
    }

    @Test("a window of the usual size has the node, the clock, the table, the events, and the keys")
    func usual() {
        #expect(
            lines(page(events: 2), rows: 18, columns: 80).joined(separator: "\n") == """
                vipd on k8s-controller1                                      2026-11-19 07:23:30

                VIP 192.168.1.210 on eth0 is held by k8s-controller2 since 2026-11-19 03:11:04
                (4 h 12 min), term 17

                NODE               ADDRESS        STATE      PRIORITY  HEARD     HEALTH
                k8s-controller1 *  192.168.1.211  candidate       100  -         ok
                k8s-controller2    192.168.1.212  holder          100  34 ms     ok
                k8s-controller3    192.168.1.213  ineligible      100  212 ms    apiserver: con…

                Last change: k8s-controller1 -> k8s-controller2, holder went silent; 284 ms from
                last sign of life to announcement, confirmed after 1 ms.

                EVENTS
                2026-11-19 07:23:30  default: event 1
                2026-11-19 07:23:30  default: event 2

                q quits
                """)
    }

    @Test("a higher window has more of the events, the last of them at the end")
    func moreEvents() {
        let shown = lines(page(events: 100), rows: 40, columns: 80).filter { $0.contains("default: event") }
        #expect(shown.count == 40 - 3 - 10 - 2)
        #expect(shown.last?.hasSuffix("event 100") == true)
    }

    @Test("a window that is too low scrolls, to its end and no further")
    func scrolls() {
        let page = page(events: 9)
        let size = Terminal.Size(rows: 8, columns: 80)
        var offset = 0
        var lines = page.lines(in: size, from: &offset)
        #expect(lines.count == 8)
        #expect(lines[7] == "q quits, arrows and PageUp/PageDown scroll: lines 1-5 of 17")
        offset = 1
        #expect(page.lines(in: size, from: &offset)[2] == "(4 h 12 min), term 17")
        offset = .max / 2
        lines = page.lines(in: size, from: &offset)
        #expect(offset == 12)
        #expect(lines[6].hasSuffix("event 9"))
        #expect(lines[7].hasSuffix("lines 13-17 of 17"))
        // A window that has grown shows its beginning again.
        lines = page.lines(in: Terminal.Size(rows: 40, columns: 80), from: &offset)
        #expect(offset == 0 && lines[2].hasPrefix("VIP 192.168.1.210"))
    }

    @Test("a daemon that is gone is named with the way out, and what stands below is old")
    func trouble() {
        let shown = lines(page(trouble: "cannot reach vipd at /s: is it running?"), rows: 20, columns: 80)
        #expect(shown[1] == "NOT CONNECTED, trying again; as it was 12 s ago")
        #expect(shown[2] == "cannot reach vipd at /s: is it running?")
        #expect(shown[4].hasPrefix("VIP 192.168.1.210"))
        let first = lines(page(nil, trouble: "cannot reach vipd"), rows: 6, columns: 40)
        #expect(first[0].hasPrefix("vipd ") && first[1...2] == ["NOT CONNECTED, trying again", "cannot reach vipd"])
    }

    @Test("whatever nodes, checks and errors say, no window gets more than fits, nor control characters but colours")
    func fits() {
        var report = StatusTableTests.report
        report.node.name = Self.hostile
        report.groups[0].peers[0].name = Self.hostile
        report.groups[0].peers[0].health = Self.hostile
        report.groups[0].state = .ineligible
        report.groups[0].reason = Self.hostile
        var page = page(report, events: 3, trouble: Self.hostile, isColoured: true)
        page.events[1].message = Self.hostile
        for rows in 1...30 {
            for columns in [1, 2, 3, 9, 20, 33, 60, 79, 80, 81, 120, 200] {
                let lines = lines(page, rows: rows, columns: columns, from: rows)
                #expect(lines.count == rows)
                for line in lines {
                    #expect(displayWidth(line) <= columns)
                    let bare = DisplayText(line).pieces.reduce(into: "") { text, piece in
                        if case .scalar(let scalar) = piece { text.unicodeScalars.append(scalar) }
                    }
                    let colours = line.unicodeScalars.count - bare.unicodeScalars.count
                    #expect(colours == 0 || line.contains("\u{1b}[0m"))
                    let steering = bare.unicodeScalars.filter {
                        [.control, .format].contains($0.properties.generalCategory)
                    }
                    #expect(steering.isEmpty)
                }
            }
        }
    }
}

@Suite struct DisplayTextTests {
    @Test(
        "a text takes the cells that a terminal gives it",
        arguments: [
            ("", 0), ("k8s", 3), ("é", 1), ("e\u{301}", 1), ("名前", 4), ("ｋ８ｓ", 6), ("한국", 4), ("🚀", 2),
            ("\u{1b}[1;31mred\u{1b}[0m", 3),
        ])
    func width(text: String, cells: Int) { #expect(displayWidth(text) == cells) }

    @Test("columns stand under each other, however wide their characters")
    func padding() {
        #expect(padded("名前", to: 6) == "名前  ")
        #expect(wrapped(["名前", "名前"], to: 8) == ["名前", "名前"])
    }

    @Test(
        "a text is cut at a whole character, with colours ended",
        arguments: [
            ("holder", 6, "holder"), ("holder", 5, "hold…"), ("holder", 1, "…"), ("holder", 0, ""), ("名前", 3, "名…"),
            ("名前", 2, "…"), ("\u{1b}[32mholder\u{1b}[0m", 4, "\u{1b}[32mhol…\u{1b}[0m"),
            ("\u{1b}[32mok\u{1b}[0m", 2, "\u{1b}[32mok\u{1b}[0m"), ("e\u{301}tat", 3, "e\u{301}t…"),
        ])
    func cut(text: String, width: Int, result: String) { #expect(DisplayText(text).cut(to: width) == result) }

    @Test(
        "control characters and sequences that are no colour do not come out",
        arguments: ["a\u{7}b", "a\nb", "a\u{9b}b", "a\u{1b}b", "a\u{1b}\u{1b}b", "a\u{7f}b", "ab\u{1b}"])
    func harmless(text: String) { #expect(DisplayText(text).cut(to: 80) == "ab") }

    @Test("a sequence that is no colour is left without its beginning, and so is text")
    func disarmed() {
        #expect(DisplayText("\u{1b}[2Jx\u{1b}]0;t\u{7}\u{1b}[3").cut(to: 80) == "[2Jx]0;t[3")
    }
}

@Suite struct WatchScreenTests {
    @Test("the first picture clears the screen, the next writes the lines that changed, the same writes none")
    func update() {
        let first = WatchScreen.update(from: nil, to: ["a", "b"], columns: 9)
        #expect(first.contains("\u{1b}[2J") && first.contains("\u{1b}[1;1Ha\u{1b}[K\u{1b}[2;1Hb\u{1b}[K"))
        let next = WatchScreen.update(from: ["a", "b"], to: ["a", "c", "d"], columns: 9)
        #expect(next == "\u{1b}[?2026h\u{1b}[2;1Hc\u{1b}[K\u{1b}[3;1Hd\u{1b}[K\u{1b}[?2026l")
    }

    @Test("a line up to the last column keeps its last character")
    func fullLine() {
        #expect(!WatchScreen.update(from: [""], to: ["abc"], columns: 3).contains("\u{1b}[K"))
    }
}

@Suite struct KeyReaderTests {
    @Test(
        "keys are those that terminals send for them",
        arguments: [
            ("q", WatchKey.quit), ("j", .lineDown), ("\u{1b}[B", .lineDown), ("\u{1b}OB", .lineDown), ("k", .lineUp),
            ("\u{1b}[A", .lineUp), ("\u{1b}OA", .lineUp), ("\u{1b}[5~", .pageUp), ("\u{1b}[6~", .pageDown),
            (" ", .pageDown), ("\u{1b}[H", .first), ("\u{1b}[1~", .first), ("g", .first), ("\u{1b}[F", .last),
            ("\u{1b}[4~", .last), ("G", .last), ("\u{c}", .redraw),
        ])
    func keys(bytes: String, key: WatchKey) {
        var reader = KeyReader()
        #expect(reader.read(Array(bytes.utf8)) == [key])
        // The same in pieces, as a slow line brings it.
        var slow = KeyReader()
        #expect(bytes.utf8.flatMap { slow.read([$0]) } == [key])
    }

    @Test("a sequence without a meaning does nothing, whatever letters are in it")
    func unknown() {
        var reader = KeyReader()
        #expect(reader.read(Array("\u{1b}[21~\u{1b}[1;5q\u{1b}q\u{1b}[?1;2c".utf8)) == [])
        #expect(reader.read(Array("\u{1b}\u{1b}[Aq".utf8)) == [.lineUp, .quit])
        #expect(reader.read(Array(("\u{1b}[" + String(repeating: "1", count: 99) + "mq").utf8)).last == .quit)
    }
}

@Suite struct DrawingPaceTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test("a change is drawn soon, with those that come along")
    func soon() {
        var pace = DrawingPace()
        var drawn = (-1...0).filter { pace.takeDue(at: at($0)) }
        pace.noteChange(at: at(0))
        pace.noteChange(at: at(15))
        #expect(pace.due == at(20))
        drawn += (0...500).filter { pace.takeDue(at: at($0)) }
        #expect(drawn == [20] && pace.due == nil)
    }

    @Test("a storm of changes is drawn five times a second, a key at once")
    func storm() {
        var pace = DrawingPace()
        let drawn = (0..<1000).filter { millisecond in
            pace.noteChange(at: at(millisecond))
            return pace.takeDue(at: at(millisecond))
        }
        #expect(drawn == [20, 220, 420, 620, 820])
        pace.hurry(at: at(850))
        let isDrawn = pace.takeDue(at: at(850))
        #expect(isDrawn)
    }
}
