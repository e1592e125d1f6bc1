// `vipd events --timings`: from events to the table.

import Testing
import VIPControl

@testable import vipd

struct TimingsTableTests {
    private func event(
        _ kind: String, group: String? = "api", _ phases: [EventPhase] = [], to: String? = nil, confirmedMs: Int? = nil,
        _ message: String = ""
    ) -> EventRecord {
        EventRecord(
            id: 1, at: Timestamp(rfc3339: "2026-11-20T03:11:04.123Z") ?? .now(), group: group, kind: kind, to: to,
            confirmedMs: confirmedMs, phases: phases, message: message)
    }

    private var takeover: [EventRecord] {
        [
            event(
                "transition",
                [
                    EventPhase("silence", microseconds: 200_000), EventPhase("probing", microseconds: 60_000),
                    EventPhase("netlink", microseconds: 212), EventPhase("announcing", microseconds: 21),
                ], to: "two", "one -> two, holder went silent, term 17"),
            event("state", to: "holder"),
            event(
                "confirmed", [EventPhase("confirmation", microseconds: 1345)], confirmedMs: 1,
                "confirmed by 192.168.1.1"),
            event("confirmed", confirmedMs: 3), event("confirmed", confirmedMs: 2),
        ]
    }

    private func text(_ events: [EventRecord]) -> String {
        TimingsTable.text(of: TimedChange.changes(of: events), palette: Palette(isColoured: false)) { time in
            String(time.rfc3339.dropFirst(11).dropLast())
        }
    }

    @Test("a takeover is a table of phases with time, share and place, and its whole")
    func golden() {
        #expect(
            text(takeover) == """
                03:11:04.123  api: one -> two, holder went silent, term 17
                  silence       200.000 ms   76.5 %  |######################        |  the old holder was silent
                  probing        60.000 ms   22.9 %  |                      ####### |  asked for the address, unanswered
                  netlink           212 us    0.1 %  |                             #|  the kernel installed the addresses
                  announcing         21 us    0.0 %  |                             #|  told the other nodes
                  confirmation    1.345 ms    0.5 %  |                             #|  confirmed by 192.168.1.1
                  whole         261.578 ms
                  2 more hosts answered, the last after 3 ms

                """)
    }

    @Test("what a node does after a change belongs to that change of its group, and no other")
    func groups() {
        let events = [
            event("transition", [EventPhase("naming", microseconds: 900)], to: "two"),
            event("transition", group: "web", [EventPhase("claim", microseconds: 7)], to: "two"),
            event("state", [EventPhase("closing", microseconds: 400)]),
            event("daemon", group: nil), event("state", group: "db", [EventPhase("removing", microseconds: 1)]),
        ]
        #expect(TimedChange.changes(of: events).map { $0.phases.map(\.name) } == [["naming", "closing"], ["claim"]])
    }

    @Test("changes that this node was not there to time are left out, and none at all is said in words")
    func none() {
        let events = [event("transition", to: "two"), event("confirmed", confirmedMs: 3)]
        #expect(text(events) == "no takeover is on this node's timeline yet that it was there to time\n")
        #expect(text(events + takeover) == text(takeover))
    }

    @Test("a name that this release does not know stands in the table as it came, made harmless")
    func strange() {
        let shown = text([event("transition", [EventPhase("new\n", microseconds: 1)], to: "two", "a\u{7}")])
        #expect(shown.contains("  new\\u{a}  1 us  100.0 %  |##############################|"))
        #expect(shown.contains("a\\u{7}"))
    }

    @Test(
        "times below a millisecond are in microseconds",
        arguments: [(0, "0 us"), (999, "999 us"), (1000, "1.000 ms"), (2_061_004, "2061.004 ms")])
    func durations(microseconds: Int, text: String) {
        #expect(TimingsTable.duration(microseconds) == text)
    }

    @Test("every phase has words of its own")
    func words() {
        #expect(Set(PhaseName.allCases.map(\.inWords)).count == PhaseName.allCases.count)
    }
}
