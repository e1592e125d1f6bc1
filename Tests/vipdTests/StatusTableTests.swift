import Testing
import VIPControl

@testable import vipd

struct StatusTableTests {
    /// The cluster of the documentation, as its first node sees it.
    static let report = StatusReport(
        node: NodeIdentity(name: "k8s-controller1", id: "9f00000000000001", authentication: .authenticated),
        groups: [
            GroupStatus(
                name: "default", addresses: ["192.168.1.210"], interface: "eth0", state: .candidate,
                reason: "in reserve",
                term: 17,
                holder: HolderStatus(
                    name: "k8s-controller2", address: "192.168.1.212", mac: "02:00:00:00:00:02",
                    since: Timestamp(rfc3339: "2026-11-19T03:11:04Z")),
                peers: [
                    // Not in order: the table sorts.
                    PeerStatus(
                        name: "k8s-controller3", address: "192.168.1.213", mac: nil, state: .ineligible, priority: 100,
                        eligible: false, health: "apiserver: connection refused", heardMs: 212),
                    PeerStatus(
                        name: "k8s-controller2", address: "192.168.1.212", mac: nil, state: .holder, priority: 100,
                        eligible: true, health: "ok", heardMs: 34),
                ],
                lastTransition: TransitionStatus(
                    at: Timestamp(milliseconds: 0), from: "k8s-controller1", to: "k8s-controller2", reason: "silence",
                    silenceMs: 251, claimMs: 33, confirmedMs: 1),
                conflicts: [], counters: GroupCounters(announcementsSent: 0, framesDropped: []),
                own: OwnStatus(
                    address: "192.168.1.211", mac: "02:00:00:00:00:01", priority: 100, eligible: true, health: "ok"))
        ])

    /// The text at 2026-11-19 07:23:30 in a place that has UTC.
    private func text(_ report: StatusReport, isColoured: Bool = false) -> String {
        let now = Timestamp(rfc3339: "2026-11-19T07:23:30Z") ?? .now()
        return StatusTable(report: report, now: now, palette: Palette(isColoured: isColoured)) { time in
            String(time.rfc3339.prefix(19)).replacing("T", with: " ")
        }.text
    }

    @Test("the table is that of the documentation")
    func golden() {
        #expect(
            text(Self.report) == """
                VIP 192.168.1.210 on eth0 is held by k8s-controller2 since 2026-11-19 03:11:04 (4 h 12 min), term 17

                NODE               ADDRESS        STATE      PRIORITY  HEARD     HEALTH
                k8s-controller1 *  192.168.1.211  candidate       100  -         ok
                k8s-controller2    192.168.1.212  holder          100  34 ms     ok
                k8s-controller3    192.168.1.213  ineligible      100  212 ms    apiserver: connection refused

                Last change: k8s-controller1 -> k8s-controller2, holder went silent; 284 ms from last sign of life
                to announcement, confirmed after 1 ms.

                """)
        #expect(StatusTable.exitCode(for: Self.report) == 0)
    }

    @Test("frames that were dropped are told with their reasons, and nothing where none were")
    func dropped() {
        var report = Self.report
        report.groups[0].counters.framesDropped = [.init("badTag", 0), .init("stale", 0)]
        #expect(text(report) == text(Self.report))
        report.groups[0].counters.framesDropped = [.init("badTag", 3), .init("stale", 0), .init("noRoom", 12)]
        #expect(text(report).contains("\n\nFrames dropped: 3 badTag, 12 noRoom.\n\nLast change: "))
    }

    @Test(
        "the first line says that frames are not known to be the nodes' own",
        arguments: [
            (AuthenticationStatus.unauthenticated, "term 17, unauthenticated\n"),
            (.acceptsUnsigned, "term 17, accepts unsigned frames\n"), (.authenticated, "term 17\n"),
        ])
    func authentication(status: AuthenticationStatus, end: String) throws {
        var report = Self.report
        report.node.authentication = status
        let text = text(report)
        let firstLine = text[...(try #require(text.firstIndex(of: "\n")))]
        #expect(firstLine.hasSuffix(end))
    }

    @Test("a lone node that waits for its link says so, and that nobody holds")
    func waiting() {
        var report = Self.report
        report.groups[0].interface = nil
        report.groups[0].state = .ineligible
        report.groups[0].reason = "waiting for a link with a subnet that has 192.168.1.210"
        report.groups[0].term = 0
        report.groups[0].holder = nil
        report.groups[0].peers = []
        report.groups[0].lastTransition = nil
        report.groups[0].own = OwnStatus(address: nil, mac: nil, priority: 100, eligible: false, health: nil)
        #expect(
            text(report) == """
                VIP 192.168.1.210 is held by nobody, term 0
                This node is ineligible: waiting for a link with a subnet that has 192.168.1.210

                NODE               ADDRESS  STATE      PRIORITY  HEARD     HEALTH
                k8s-controller1 *  -        ineligible      100  -         -

                """)
        #expect(StatusTable.exitCode(for: report) == 3)
    }

    @Test("each check is shown with its state, since when, and what it last said")
    func checks() {
        let since = Timestamp(rfc3339: "2026-11-19T07:20:00Z") ?? .now()
        var report = Self.report
        report.groups[0].peers = []
        report.groups[0].lastTransition = nil
        report.groups[0].checks = [
            CheckStatus(name: "apiserver", state: "failing", message: "connection\u{1b}[1m refused", since: since),
            CheckStatus(name: "etcd", state: "passing", message: "healthy", since: since),
        ]
        #expect(
            text(report) == """
                VIP 192.168.1.210 on eth0 is held by k8s-controller2 since 2026-11-19 03:11:04 (4 h 12 min), term 17

                NODE               ADDRESS        STATE     PRIORITY  HEARD     HEALTH
                k8s-controller1 *  192.168.1.211  candidate      100  -         ok

                CHECK      STATE    SINCE                MESSAGE
                apiserver  failing  2026-11-19 07:20:00  connection\\u{1b}[1m refused
                etcd       passing  2026-11-19 07:20:00  healthy

                """)
    }

    @Test("groups, many addresses and conflicts are shown, and a conflict outweighs a missing holder")
    func groups() {
        var report = Self.report
        report.groups[0].peers = []
        report.groups[0].lastTransition = nil
        var second = report.groups[0]
        second.name = "web"
        second.addresses = (1...6).map { "192.168.1.\($0)" }
        second.holder = nil
        second.conflicts = [
            ConflictStatus(
                address: "192.168.1.3", mac: "02:00:00:00:00:99",
                since: Timestamp(rfc3339: "2026-11-19T07:00:00Z") ?? .now(),
                lastSeen: Timestamp(rfc3339: "2026-11-19T07:23:29Z") ?? .now(), count: 12,
                description: "02:00:00:00:00:99, no node of this group, claims 192.168.1.3 too; find it")
        ]
        report.groups.append(second)
        #expect(
            text(report) == """
                Group default: VIP 192.168.1.210 on eth0 is held by k8s-controller2 since 2026-11-19 03:11:04 (4 h 12 min), term 17

                NODE               ADDRESS        STATE     PRIORITY  HEARD     HEALTH
                k8s-controller1 *  192.168.1.211  candidate      100  -         ok

                Group web: VIP 192.168.1.1, 192.168.1.2, 192.168.1.3, 192.168.1.4 and 2 more on eth0 is held by nobody, term 17
                CONFLICT since 2026-11-19 07:00:00 (12 frames, last 2026-11-19 07:23:29): 02:00:00:00:00:99, no node of \
                this group, claims 192.168.1.3 too; find it

                NODE               ADDRESS        STATE     PRIORITY  HEARD     HEALTH
                k8s-controller1 *  192.168.1.211  candidate      100  -         ok

                """)
        #expect(StatusTable.exitCode(for: report) == 4)
        report.groups[1].conflicts = []
        #expect(StatusTable.exitCode(for: report) == 3)
    }

    @Test("names off the wire cannot steer the terminal or break the table")
    func hostileNames() {
        var report = Self.report
        let evil = "\u{1b}]0;x\u{7}\nroot\u{9b}2J\u{202e}\u{2028}\u{7f}"
        report.groups[0].peers[0].name = evil
        report.groups[0].peers[0].health = evil
        report.groups[0].holder?.name = evil
        report.groups[0].lastTransition?.from = evil
        report.groups[0].lastTransition?.reason = evil
        let text = text(report)
        #expect(text.utf8.allSatisfy { $0 == UInt8(ascii: "\n") || (0x20..<0x7f).contains($0) })
        #expect(text.contains("\\u{1b}]0;x\\u{7}\\u{a}root\\u{9b}2J\\u{202e}\\u{2028}\\u{7f}  192.168.1.213"))
        #expect(escaped("grüße-中🙂") == "grüße-中🙂")
    }

    @Test("colour changes nothing but colour")
    func colour() {
        let coloured = text(Self.report, isColoured: true)
        #expect(coloured.contains("\u{1b}[32mk8s-controller2\u{1b}[0m"))
        var plain = coloured
        for code in ["0", "1", "32", "33", "1;31"] { plain = plain.replacing("\u{1b}[\(code)m", with: "") }
        #expect(plain == text(Self.report))
    }

    @Test(
        "the last change tells what is known of it",
        arguments: [
            (nil, "a", "start", nil, nil, nil, "Last change: nobody -> a, no holder was known."),
            (
                nil, "a", "start", nil, 3, nil,
                "Last change: nobody -> a, no holder was known; 3 ms from claim to announcement."
            ),
            ("a", nil, "stopped", nil, nil, nil, "Last change: a -> nobody, stopped."),
            (
                "a", nil, "silence", 500, nil, nil,
                "Last change: a -> nobody, holder went silent; 500 ms after the last sign of life."
            ),
            (
                "a", "b", "silence", 200, 5, nil,
                "Last change: a -> b, holder went silent; 205 ms from last sign of life to announcement."
            ),
        ] as [(String?, String?, String, Int?, Int?, Int?, String)])
    func lastChange(
        from: String?, to: String?, reason: String, silence: Int?, claim: Int?, confirmed: Int?, sentence: String
    ) {
        var report = Self.report
        report.groups[0].lastTransition = TransitionStatus(
            at: Timestamp(milliseconds: 0), from: from, to: to, reason: reason, silenceMs: silence, claimMs: claim,
            confirmedMs: confirmed)
        #expect(text(report).hasSuffix("\n\n\(sentence)\n"), "\(text(report))")
    }

    @Test(
        "spans of time are told in two units at most",
        arguments: [
            (-5000, "0 s"), (999, "0 s"), (42_000, "42 s"), (60_000, "1 min 0 s"), (3_599_999, "59 min 59 s"),
            (15_120_000, "4 h 12 min"), (90_000_000, "1 d 1 h"),
        ] as [(Int64, String)])
    func durations(milliseconds: Int64, text: String) {
        #expect(durationText(milliseconds: milliseconds) == text)
    }

    @Test("an event is one line whatever its message")
    func eventLine() {
        let event = EventRecord(
            id: 1, at: Timestamp(rfc3339: "2026-11-19T03:11:04.123Z") ?? .now(), group: "default",
            node: "k8s-controller2", kind: "transition", term: 17, silenceMs: 251, claimMs: 33,
            message: "k8s-controller2\n took over")
        let localTime = { (time: Timestamp) in String(time.rfc3339.dropFirst(11).dropLast()) }
        #expect(
            EventLine.text(of: event, localTime: localTime)
                == "03:11:04.123  default: k8s-controller2\\u{a} took over (term 17, silence 251 ms, claim 33 ms)\n")
        var named = event
        named.message = "nobody -> a, handed over, term 17; 284 ms from last sign of life to announcement"
        #expect(
            EventLine.text(of: named, localTime: localTime)
                == "03:11:04.123  default: \(named.message) (silence 251 ms, claim 33 ms)\n")
        named.message = "the kernel has the addresses, term 1"
        let other = EventLine.text(of: named, localTime: localTime)
        #expect(other.hasSuffix("term 1 (term 17, silence 251 ms, claim 33 ms)\n"))
        let bare = EventRecord(id: 2, at: event.at, kind: "start", message: "vipd started")
        #expect(EventLine.text(of: bare, localTime: localTime) == "03:11:04.123  vipd started\n")
    }

    @Test("the holder is who has the addresses, until it has let go")
    func holds() throws {
        var groups = [Self.report.groups[0], Self.report.groups[0]]
        groups[1].name = "web"
        for state in NodeState.allCases {
            groups[0].state = .holder
            groups[1].state = state
            let expected = state == .holder || state == .handingOver
            #expect(try TalkingCommands.holds(groups, group: nil) == expected)
            #expect(try TalkingCommands.holds(groups, group: "web") == expected)
            #expect(try TalkingCommands.holds(groups, group: "default"))
        }
        #expect(try !TalkingCommands.holds([], group: nil))
        let failure = #expect(throws: CommandFailure.self) { try TalkingCommands.holds(groups, group: "wbe") }
        #expect(failure?.exitCode == 2)
        #expect(failure?.message == "there is no group 'wbe'; this node has default, web")
    }

    @Test(
        "the last line tells what came of realtime, where it was asked for",
        arguments: [
            (RealtimeStatus(), "confirmed after 1 ms.\n"),
            (
                RealtimeStatus(isWanted: true, isScheduled: true, isMemoryLocked: true),
                "confirmed after 1 ms.\n\nRuns in realtime.\n"
            ),
            (
                RealtimeStatus(isWanted: true, isScheduled: true),
                "\n\nRealtime was refused: runs without locked memory; vipd events tells why.\n"
            ),
            (
                RealtimeStatus(isWanted: true),
                "\n\nRealtime was refused: runs without SCHED_RR and locked memory; vipd events tells why.\n"
            ),
        ])
    func realtime(status: RealtimeStatus, end: String) {
        var report = Self.report
        report.node.realtime = status
        #expect(text(report).hasSuffix(end))
    }
}
