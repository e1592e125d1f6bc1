import Testing
import VIPControl
import VIPJSON

struct StatusReportTests {
    /// The keys and their order are those of the documented example; scripts rely on them.
    private let golden = """
        {"node":{"name":"k8s-controller1","id":"9f00000000000001","version":"0.1.0",\
        "authentication":"authenticated","keyId":"21203334","startedAt":"2026-11-19T03:11:04.123Z",\
        "realtime":{"wanted":true,"scheduled":true,"memoryLocked":false}},\
        "groups":[{"name":"default","addresses":["192.168.1.210"],"interface":"eth0",\
        "state":"candidate","reason":"k8s-controller2 holds the address",\
        "term":17,"holder":{"name":"k8s-controller2","address":"192.168.1.212","mac":"02:00:00:00:00:02",\
        "since":"2026-11-19T03:11:04.123Z"},\
        "peers":[{"name":"k8s-controller2","address":"192.168.1.212","mac":"02:00:00:00:00:02","state":"holder",\
        "priority":100,"eligible":true,"health":"ok","heardMs":34}],\
        "lastTransition":{"at":"2026-11-19T03:11:04.123Z","from":"k8s-controller1","to":"k8s-controller2",\
        "reason":"silence","silenceMs":251,"claimMs":33,"confirmedMs":1,"confirmedBy":"192.168.1.1"},\
        "conflicts":[{"address":"192.168.1.210","mac":"02:00:00:00:00:99","since":"2026-11-19T03:11:04.123Z",\
        "lastSeen":"2026-11-19T03:11:04.123Z","count":3,"description":"a foreign host answers for the address"}],\
        "counters":{"announcementsSent":12,"probesSent":5,"framesDropped":{"badTag":0,"truncated":2}},\
        "address":"192.168.1.211","mac":"02:00:00:00:00:01","priority":100,"eligible":true,"health":"ok",\
        "checks":[{"name":"apiserver","state":"passing","message":"HTTP 200","since":"2026-11-19T03:11:04.123Z"}],\
        "next":"k8s-controller1","leaseLeftMs":2900,\
        "tallies":{"transitions":{"start":0,"silence":1,"lease":0,"resign":0,"conflict":0,"carrierLost":0,\
        "leaseLapsed":0,"maintenance":0,"stop":0,"addressRefused":0,"handover":1,"unhealthy":0,"quorumLost":0},\
        "conflicts":1,"boundsMs":[5,10,25,50,100,250,500,1000,2500,5000,10000],\
        "takeover":{"silence":{"counts":[0,0,0,0,0,0,1,0,0,0,0,0],"sumUs":251000},\
        "claim":{"counts":[0,0,0,1,0,0,0,0,0,0,0,0],"sumUs":33000},\
        "confirm":{"counts":[1,0,0,0,0,0,0,0,0,0,0,0],"sumUs":900}},\
        "handover":{"silence":{"counts":[1,0,0,0,0,0,0,0,0,0,0,0],"sumUs":5000},\
        "claim":{"counts":[0,0,0,0,0,0,0,0,0,0,0,1],"sumUs":11000000},\
        "confirm":{"counts":[0,0,0,0,0,0,0,0,0,0,0,0],"sumUs":0}}}}],\
        "counters":{"clientsRefused":7}}
        """

    @Test("a full report has the documented keys in the documented order")
    func goldenText() {
        #expect(Sample.report.json.text() == golden)
    }

    @Test("a report read back is the report that was written")
    func roundTrip() throws {
        let read = try StatusReport(json: JSONValue(parsing: Sample.report.json.text().utf8))
        #expect(read == Sample.report)
    }

    @Test("what is unknown is null and reads back as unknown")
    func unknowns() throws {
        var report = Sample.report
        report.groups[0].interface = nil
        report.groups[0].reason = nil
        report.groups[0].holder = nil
        report.groups[0].lastTransition = TransitionStatus(
            at: Sample.time, from: nil, to: nil, reason: "start", silenceMs: nil, claimMs: nil, confirmedMs: nil)
        report.groups[0].peers[0] = PeerStatus(
            name: "x", address: nil, mac: nil, state: nil, priority: nil, eligible: false, health: nil, heardMs: nil)
        report.groups[0].own = OwnStatus(address: nil, mac: nil, priority: 1, eligible: false, health: nil)
        let text = report.json.text()
        #expect(text.contains(#""interface":null,"state":"candidate","reason":null,"term":17,"holder":null"#))
        #expect(text.contains(#""confirmedMs":null"#))
        #expect(try StatusReport(json: JSONValue(parsing: text.utf8)) == report)
    }

    @Test("names survive whatever characters they are made of")
    func hostileNames() throws {
        for name in ["é中🙂", "a\u{0}b", "\"\\\n\u{1b}[2J", ""] {
            var report = Sample.report
            report.node.name = name
            for layout in [JSONValue.Layout.compact, .indented] {
                #expect(try StatusReport(json: JSONValue(parsing: report.json.text(layout).utf8)) == report)
            }
        }
    }

    @Test("the layouts for terminals have nothing in it that steers a terminal")
    func indentedIsInert() {
        var report = Sample.report
        report.node.name = "\u{1b}[2J\u{9b}2J\u{202e}"
        let text = report.json.text(.indented)
        #expect(text.utf8.allSatisfy { $0 == UInt8(ascii: "\n") || (0x20..<0x7f).contains($0) })
    }

    @Test("keys of a newer daemon are ignored")
    func newerDaemon() throws {
        let text = golden.replacing(#"{"node":"#, with: #"{"future":[1.5,{"a":null}],"node":"#)
        #expect(try StatusReport(json: JSONValue(parsing: text.utf8)) == Sample.report)
    }

    @Test("tallies between other bounds than this release has are left out, and the rest is read")
    func otherBounds() throws {
        let text = golden.replacing(#""boundsMs":[5,"#, with: #""boundsMs":[4,"#)
        let report = try StatusReport(json: JSONValue(parsing: text.utf8))
        #expect(report.groups[0].tallies == nil)
        #expect(report.groups[0].next == "k8s-controller1")
    }

    @Test("a duration counts at the bound that it does not exceed, and a sum is exact")
    func durationTally() {
        var tally = DurationTally()
        for time in [
            Duration.milliseconds(5), .microseconds(5001), .seconds(10), .microseconds(10_000_001), .seconds(-1),
        ] {
            tally.add(time)
        }
        #expect(tally.counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
        #expect(tally.total == 5)
        #expect(tally.sumUs == 5000 + 5001 + 10_000_000 + 10_000_001)
    }

    @Test(
        "a value of the wrong type is refused by its place",
        arguments: [
            (#""term":17"#, #""term":-1"#, "groups[0].term: expected an integer from 0 up, not an integer"),
            (#""heardMs":34"#, #""heardMs":"34""#, "groups[0].peers[0].heardMs: expected an integer, not a string"),
            (#""state":"candidate""#, #""state":"asleep""#, #"groups[0].state: "asleep" is not known here"#),
            (
                #""eligible":true,"health":"ok","heardMs""#, #""eligible":1,"health":"ok","heardMs""#,
                "groups[0].peers[0].eligible: expected true or false, not an integer"
            ),
            (
                #""addresses":["192.168.1.210"]"#, #""addresses":[7]"#,
                "groups[0].addresses: expected strings, not an integer"
            ),
            (
                #""2026-11-19T03:11:04.123Z"},"peers""#, #""yesterday"},"peers""#,
                "groups[0].holder.since: expected a time as in 2026-11-19T03:11:04.123Z"
            ),
        ])
    func wrongTypes(original: String, replacement: String, message: String) throws {
        try #require(golden.contains(original))
        let json = try JSONValue(parsing: golden.replacing(original, with: replacement).utf8)
        let error = #expect(throws: JSONError.self) { try StatusReport(json: json) }
        #expect(error?.description == message)
    }

    @Test("an event read back is the event that was written, bare or full")
    func events() throws {
        let bare = EventRecord(id: 1, at: Sample.time, kind: "start", message: "vipd started")
        var timed = Sample.event(8)
        timed.phases = [EventPhase("silence", microseconds: 251_004), EventPhase("probing", microseconds: 33_000)]
        let phases = #"[{"name":"silence","us":251004},{"name":"probing","us":33000}]"#
        #expect(timed.json.text().hasSuffix(#","phases":\#(phases)}"#))
        for event in [Sample.event(7), bare, timed] {
            #expect(try EventRecord(json: JSONValue(parsing: event.json.text().utf8)) == event)
        }
        #expect(
            Sample.event(7).json.text() == """
                {"id":7,"at":"2026-11-19T03:11:04.123Z","group":"default","node":"k8s-controller2",\
                "kind":"transition","from":"k8s-controller1","to":"k8s-controller2","state":"candidate",\
                "reason":"silence","term":17,"silenceMs":251,"claimMs":33,"confirmedMs":null,\
                "message":"k8s-controller2 took over"}
                """)
    }
}
