import Testing
import VIPControl

@testable import vipd_web

struct MetricsTextTests {
    private func text(_ body: (inout MetricsText) -> Void) -> String {
        var text = MetricsText()
        body(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test("labels and helps are escaped as the format wants it: backslash, quote and line feed, and nothing else")
    func escaping() {
        let written = text {
            let family = $0.family("x", .gauge, "a\\b\n\"c\"")
            $0.sample(family, ["name": "\\ \" \n \t é\u{1b}"], true)
        }
        #expect(
            written == """
                # HELP x a\\\\b\\n"c"
                # TYPE x gauge
                x{name="\\\\ \\" \\n \t é\u{1b}"} 1

                """)
    }

    @Test("a histogram's buckets add up, to the same count as its last")
    func histogram() {
        let written = text {
            let family = $0.family("t_seconds", .histogram, "h")
            $0.histogram(family, ["g": "a"], counts: [1, 0, 2], boundsMs: [5, 10_000], sumUs: 30_000_250)
        }
        #expect(
            written == """
                # HELP t_seconds h
                # TYPE t_seconds histogram
                t_seconds_bucket{g="a",le="0.005"} 1
                t_seconds_bucket{g="a",le="10"} 1
                t_seconds_bucket{g="a",le="+Inf"} 3
                t_seconds_sum{g="a"} 30.00025
                t_seconds_count{g="a"} 3

                """)
    }

    @Test("a sample with the labels of one before is left out, and so is a family without any")
    func doubles() {
        let written = text {
            let family = $0.family("x_total", .counter, "h")
            $0.sample(family, ["peer": "a"], 1 as UInt64)
            $0.sample(family, ["peer": "a"], 2 as UInt64)
            _ = $0.family("empty", .gauge, "h")
        }
        #expect(written == "# HELP x_total h\n# TYPE x_total counter\nx_total{peer=\"a\"} 1\n")
    }

    @Test(
        "numbers are exact and as short as they go",
        arguments: [
            (0, "0"), (1, "0.001"), (250, "0.25"), (1000, "1"), (1_795_057_864_123, "1795057864.123"), (-30, "-0.03"),
        ])
    func decimals(value: Int64, text: String) {
        #expect(MetricsText.decimal(value, digits: 3) == text)
    }
}

struct MetricsTests {
    private func lines(_ report: StatusReport?) -> [String] {
        var text = MetricsText()
        Metrics.write(report, to: &text)
        return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("without a daemon there is one metric, which says so")
    func down() {
        #expect(lines(nil).filter { !$0.hasPrefix("#") } == ["vipd_up 0"])
    }

    @Test("each fact of the status is a sample")
    func facts() {
        let lines = lines(Sample.report)
        for sample in [
            "vipd_up 1", #"vipd_holder{group="default"} 0"#, #"vipd_held{group="default"} 1"#,
            #"vipd_holder_info{group="default",holder="k8s-controller2"} 1"#,
            #"vipd_state{group="default",state="candidate"} 1"#, #"vipd_state{group="default",state="holder"} 0"#,
            #"vipd_term{group="default"} 17"#, #"vipd_lease_left_seconds{group="default"} 2.9"#,
            #"vipd_peer_heard_seconds{group="default",peer="k8s-controller2"} 0.034"#,
            #"vipd_transitions_total{group="default",reason="silence"} 1"#,
            #"vipd_transitions_total{group="default",reason="handover"} 1"#,
            #"vipd_takeover_phase_seconds_bucket{group="default",phase="silence",le="0.25"} 0"#,
            #"vipd_takeover_phase_seconds_bucket{group="default",phase="silence",le="0.5"} 1"#,
            #"vipd_takeover_phase_seconds_sum{group="default",phase="silence"} 0.251"#,
            #"vipd_handover_phase_seconds_count{group="default",phase="silence"} 1"#,
            #"vipd_frames_sent_total{group="default",kind="announcement"} 12"#,
            #"vipd_frames_sent_total{group="default",kind="probe"} 5"#,
            #"vipd_frames_received_total{group="default"} 9"#,
            #"vipd_frames_dropped_total{group="default",reason="truncated"} 2"#,
            #"vipd_conflicts{group="default"} 1"#, #"vipd_conflicts_total{group="default"} 1"#,
            #"vipd_check_state{group="default",check="apiserver",state="failing"} 1"#,
            #"vipd_check_state{group="default",check="apiserver",state="passing"} 0"#,
            #"vipd_daemon_events_total{event="clientsRefused"} 7"#, "vipd_start_time_seconds 1795057864.123",
        ] {
            #expect(lines.contains(sample))
        }
    }

    @Test("every family has its help and its type, once, before its samples, and no sample stands twice")
    func format() {
        let lines = lines(Sample.report)
        var seen: Set<String> = []
        var family = ""
        for line in lines {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP ") {
                family = String(words[2])
                #expect(seen.insert("help \(family)").inserted)
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == family)
                #expect(words[3] != "counter" || family.hasSuffix("_total"))
            } else {
                #expect(line.hasPrefix(family))
                #expect(seen.insert(String(line[..<(line.lastIndex(of: " ") ?? line.endIndex)])).inserted)
            }
        }
    }

    @Test("of two nodes that go by one name, the one that was heard last is kept")
    func namesakes() {
        var report = Sample.report
        var older = report.groups[0].peers[0]
        older.heardMs = 5000
        older.eligible = false
        report.groups[0].peers.insert(older, at: 0)
        let lines = lines(report)
        #expect(lines.filter { $0.hasPrefix("vipd_peer_heard_seconds{") }.count == 1)
        #expect(lines.contains(#"vipd_peer_heard_seconds{group="default",peer="k8s-controller2"} 0.034"#))
        #expect(lines.contains(#"vipd_peer_eligible{group="default",peer="k8s-controller2"} 1"#))
    }

    @Test("a name off the wire stays in its label")
    func hostileNames() {
        var report = Sample.report
        report.groups[0].peers[0].name = "x\"} 1\nvipd_up 0\n\\"
        let lines = lines(report)
        #expect(lines.contains(#"vipd_peer_eligible{group="default",peer="x\"} 1\nvipd_up 0\n\\"} 1"#))
        #expect(!lines.contains("vipd_up 0"))
    }

    @Test("metrics are written once for each status, and anew for the next and for none")
    func writtenOnce() {
        let page = MetricsPage()
        let first = page.bytes(of: Sample.report, number: 1)
        var report = Sample.report
        report.groups[0].term = 18
        #expect(page.bytes(of: report, number: 1) == first)
        #expect(page.bytes(of: report, number: 2) != first)
        #expect(page.bytes(of: nil, number: 2) != first)
        #expect(page.bytes(of: Sample.report, number: 2) == first)
    }

    @Test("a daemon that counts no transitions yet has no metrics of them")
    func olderDaemon() {
        var report = Sample.report
        report.groups[0].tallies = nil
        #expect(!lines(report).contains { $0.contains("transitions") || $0.contains("takeover") })
    }
}
